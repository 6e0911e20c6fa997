/** The process backend, connected to the store. */
import type { EngineSettings } from '../settings.ts';
import { requestKill } from '../store/attempts.ts';
import { type Database, transaction } from '../store/database.ts';
import { insertSample } from '../store/samples.ts';
import { recordUsage } from '../store/usage.ts';
import type { Backend } from './backend.ts';
import { createProcessBackend } from './processes/backend.ts';
import { createLaunches } from './workspace/task-launch.ts';

export interface LocalBackendOptions {
  readonly db: Database;
  readonly settings: EngineSettings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wake: () => void;
}

export const createLocalBackend = ({ db, settings, now, wake }: LocalBackendOptions): Backend =>
  createProcessBackend({
    settings,
    launchOf: createLaunches(db, settings),
    wake,
    recordUsage: (samples) => {
      const time = now();
      transaction(db, () => {
        for (const { task, index, attempt, cpuSeconds, peakMemoryBytes, point } of samples) {
          recordUsage(db, task, index, attempt, { time, cpuSeconds, peakMemory: peakMemoryBytes });
          if (point !== undefined) insertSample(db, task, index, { time, ...point });
        }
      });
    },
    requestStop: ({ task, index }, reason) => {
      if (requestKill(db, task, index, reason, now())) wake();
    },
  });
