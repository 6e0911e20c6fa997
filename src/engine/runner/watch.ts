/** What is looked at while something runs: logs against their ceiling, and what the processes use. */
import { totalmem } from 'node:os';
import type { EngineSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import { transaction } from '../store/database.ts';
import { insertSample } from '../store/samples.ts';
import type { LiveAttempts } from './live-attempt.ts';
import { instanceOf } from './live-attempt.ts';
import { cutLog } from './processes/log-ceiling.ts';
import { type Usage, usageOf } from './processes/process-table.ts';

export interface Watch {
  /** Something was started: look, if nothing is looking yet. */
  look(): void;
  stop(): void;
}

/** A stream of 1 GB/s writes 100 MB between two looks; more often would cost more than it saves. */
const logMs = 100;
/** Fine enough for a curve, coarse enough that a day of one instance is 8,640 rows. */
const sampleMs = 10_000;
/** The first sample comes early, so that a short job has one, too. */
const firstSampleMs = 1000;

/** Starts watching. It looks only while something runs. */
export const startWatch = (
  db: Database,
  settings: EngineSettings,
  now: () => number,
  lives: LiveAttempts,
): Watch => {
  let logs: NodeJS.Timeout | undefined;
  let sampling: NodeJS.Timeout | undefined;
  const before = new Map<string, { readonly time: number; readonly usage: Usage }>();
  const running = () => lives.all().filter((live) => live.ending === undefined && live.pid > 0);

  const lookAtLogs = (): void => {
    logs = undefined;
    for (const live of running()) {
      for (const file of Object.values(live.files.written)) {
        try {
          cutLog(file, settings.maxLogBytes);
        } catch {
          // A full disk: the cut is tried again at the next look, and makes room when it works.
        }
      }
    }
    look();
  };

  const sample = (): void => {
    sampling = undefined;
    const time = now();
    const live = running();
    const usage = usageOf(live.map(({ pid }) => pid));
    const samples = live.flatMap(({ pid, key }) => {
      const used = usage.get(pid);
      if (used === undefined) return [];
      const last = before.get(key);
      before.set(key, { time, usage: used });
      const seconds = last === undefined ? firstSampleMs / 1000 : (time - last.time) / 1000;
      const cpuSeconds = Math.max(0, used.cpuSeconds - (last?.usage.cpuSeconds ?? 0));
      const cpu = seconds > 0 ? (100 * cpuSeconds) / seconds / settings.machine.cpu : 0;
      return [{ key, cpu: Math.min(100, cpu), memory: (100 * used.memoryBytes) / totalmem() }];
    });
    const keys = new Set(live.map(({ key }) => key));
    for (const key of before.keys()) if (!keys.has(key)) before.delete(key);
    try {
      transaction(db, () => {
        for (const { key, cpu, memory } of samples) {
          const [task, idx] = instanceOf(key);
          insertSample(db, task, idx, { time, cpu, memory });
        }
      });
    } catch {
      // A gap in a curve is no reason to stop anything.
    }
    look();
  };

  const look = (): void => {
    if (running().length === 0) return;
    logs ??= setTimeout(lookAtLogs, logMs);
    sampling ??= setTimeout(sample, before.size === 0 ? firstSampleMs : sampleMs);
  };

  return {
    look,
    stop: () => {
      clearTimeout(logs);
      clearTimeout(sampling);
    },
  };
};
