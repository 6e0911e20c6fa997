/** Watches running attempts: keeps their logs below the limit, and samples what their processes use. */
import { totalmem } from 'node:os';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptKey } from '../backend.ts';
import { type Entry, pidOfEntry } from './entry.ts';
import { cutLog } from './log-ceiling.ts';
import { type Usage, usageOf } from './process-table.ts';
import type { Timers } from './timers.ts';

/** What an attempt has used. */
export interface UsageSample {
  readonly task: number;
  readonly index: number;
  readonly attempt: number;
  /** Since its command began. */
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** A point of its curves, in percent of this machine; undefined if the last one is recent. */
  readonly point: { readonly cpu: number; readonly memory: number } | undefined;
}

export interface Monitor {
  /** An attempt was started: watch, if nothing is watched yet. */
  wake(): void;
}

/** A stream of 1 GB/s writes 100 MB in this time; checking more often would cost more than it saves. */
const logIntervalMs = 100;
/**
 * Ages of a command at which it is measured, in milliseconds, and then how often: early, so that one that soon ends or is
 * killed has a figure. One that ends within the first costs nothing.
 */
const firstAges = [100, 300, 1000] as const;
const intervalMs = 2000;
/** Fine enough for a chart, coarse enough that a day of one instance is 8,640 rows. The first point is at the age of 1 s. */
const pointIntervalMs = 10_000;

/** What was measured of an attempt. */
interface Watched {
  /** When it was first seen to run, on the monotonic clock. */
  readonly since: number;
  measurements: number;
  nextAge: number;
  lastPoint: { readonly clock: number; readonly cpuSeconds: number } | undefined;
}

/** Watches only while something runs. @param recordUsage stores the samples; it may fail */
export const createMonitor = (
  settings: EngineSettings,
  entries: ReadonlyMap<AttemptKey, Entry>,
  timers: Timers,
  recordUsage: (samples: readonly UsageSample[]) => void,
): Monitor => {
  const watched = new WeakMap<Entry, Watched>();
  const cutLogs = (): void => {
    for (const { state, files } of entries.values()) {
      if (state.phase !== 'ended') for (const file of [files.stdout, files.stderr]) tryCut(settings, file);
    }
  };
  const sample = async (): Promise<void> => {
    const clock = performance.now();
    const due = [...entries.values()].flatMap((entry) => {
      const pid = pidOfEntry(entry);
      if (pid === undefined) return [];
      const found = watched.get(entry);
      if (found === undefined) {
        watched.set(entry, { since: clock, measurements: 0, nextAge: firstAges[0], lastPoint: undefined });
        return [];
      }
      return clock - found.since < found.nextAge ? [] : [{ entry, pid, watched: found }];
    });
    if (due.length === 0) return;
    const usages = await usageOf(due.map(({ pid }) => pid));
    const samples = due.flatMap(({ entry, pid, watched }) => {
      const usage = usages.get(pid);
      const isRunning = entries.get(entry.key) === entry && pidOfEntry(entry) === pid;
      return usage === undefined || !isRunning ? [] : [sampleOf(settings, entry, usage, watched, clock)];
    });
    recordUsage(samples);
  };
  const wake = (): void => {
    if (![...entries.values()].some(({ state }) => state.phase !== 'ended')) return;
    timers.once(
      'monitor',
      () => {
        cutLogs();
        // A gap in a chart is no reason to stop anything.
        void sample()
          .catch(() => undefined)
          .finally(wake);
      },
      logIntervalMs,
    );
  };
  return { wake };
};

const sampleOf = (
  settings: EngineSettings,
  { attempt: { task, index, attempt } }: Entry,
  { cpuSeconds, memoryBytes, peakMemoryBytes }: Usage,
  watched: Watched,
  clock: number,
): UsageSample => {
  const age = clock - watched.since;
  watched.measurements += 1;
  watched.nextAge = firstAges[watched.measurements] ?? age + intervalMs;
  const sample = { task, index, attempt, cpuSeconds, peakMemoryBytes };
  const { lastPoint } = watched;
  const isDue = lastPoint === undefined ? age >= firstAges[2] : clock - lastPoint.clock >= pointIntervalMs;
  if (!isDue) return { ...sample, point: undefined };
  const seconds = (clock - (lastPoint?.clock ?? watched.since)) / 1000;
  const used = Math.max(0, cpuSeconds - (lastPoint?.cpuSeconds ?? 0));
  watched.lastPoint = { clock, cpuSeconds };
  const cpu = Math.min(100, (100 * used) / seconds / settings.machine.cpu);
  return { ...sample, point: { cpu, memory: (100 * memoryBytes) / totalmem() } };
};

const tryCut = (settings: EngineSettings, file: string): void => {
  try {
    cutLog(file, settings.maxLogBytes);
  } catch {
    // On a full disk the cut is tried again, and makes room when it succeeds.
  }
};
