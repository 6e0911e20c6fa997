/** Watches running attempts: keeps their logs below the limit, and samples what their processes use. */
import { totalmem } from 'node:os';
import type { EngineSettings } from '../../settings.ts';
import type { AttemptKey } from '../backend.ts';
import { type Entry, pidOfEntry } from './entry.ts';
import { cutLog } from './log-ceiling.ts';
import { type Usage, usageOf } from './process-table.ts';
import type { Timers } from './timers.ts';

/** What an attempt used in an interval. */
export interface UsageSample {
  readonly task: number;
  readonly index: number;
  /** Percent of this machine. */
  readonly cpu: number;
  readonly memory: number;
}

export interface Monitor {
  /** An attempt was started: watch, if nothing is watched yet. */
  wake(): void;
}

/** A stream of 1 GB/s writes 100 MB in this time; checking more often would cost more than it saves. */
const logIntervalMs = 100;
/** Fine enough for a chart, coarse enough that a day of one instance is 8,640 rows. */
const sampleIntervalMs = 10_000;
/** The first sample comes early, so that a short job has one. */
const firstSampleMs = 1000;

interface Measured {
  readonly clock: number;
  readonly usage: Usage;
}

/** Watches only while something runs. @param recordUsage stores the samples; it may fail */
export const createMonitor = (
  settings: EngineSettings,
  entries: ReadonlyMap<AttemptKey, Entry>,
  timers: Timers,
  recordUsage: (samples: readonly UsageSample[]) => void,
): Monitor => {
  let earlier: ReadonlyMap<AttemptKey, Measured> = new Map();
  const hasRunning = (): boolean => [...entries.values()].some(({ state }) => state.phase !== 'ended');

  const cutLogs = (): void => {
    for (const { state, files } of entries.values()) {
      if (state.phase !== 'ended') for (const file of [files.stdout, files.stderr]) tryCut(settings, file);
    }
    wake();
  };
  const sample = (): void => {
    const { measured, samples } = measure(settings, [...entries.values()], earlier);
    earlier = measured;
    try {
      recordUsage(samples);
    } catch {
      // A gap in a chart is no reason to stop anything.
    }
    wake();
  };
  const wake = (): void => {
    if (!hasRunning()) return;
    timers.once('logs', cutLogs, logIntervalMs);
    timers.once('sample', sample, earlier.size === 0 ? firstSampleMs : sampleIntervalMs);
  };
  return { wake };
};

const tryCut = (settings: EngineSettings, file: string): void => {
  try {
    cutLog(file, settings.maxLogBytes);
  } catch {
    // On a full disk the cut is tried again, and makes room when it succeeds.
  }
};

const measure = (
  settings: EngineSettings,
  entries: readonly Entry[],
  earlier: ReadonlyMap<AttemptKey, Measured>,
): { readonly measured: ReadonlyMap<AttemptKey, Measured>; readonly samples: readonly UsageSample[] } => {
  const clock = performance.now();
  const running = entries.flatMap((entry) => {
    const pid = pidOfEntry(entry);
    return pid === undefined ? [] : [{ entry, pid }];
  });
  const usages = usageOf(running.map(({ pid }) => pid));
  const measured = new Map<AttemptKey, Measured>();
  const samples: UsageSample[] = [];
  for (const { entry, pid } of running) {
    const usage = usages.get(pid);
    if (usage === undefined) continue;
    const last = earlier.get(entry.key);
    measured.set(entry.key, { clock, usage });
    const seconds = last === undefined ? firstSampleMs / 1000 : (clock - last.clock) / 1000;
    const cpuSeconds = Math.max(0, usage.cpuSeconds - (last?.usage.cpuSeconds ?? 0));
    const cpu = seconds > 0 ? (100 * cpuSeconds) / seconds / settings.machine.cpu : 0;
    const { task, index } = entry.attempt;
    samples.push({ task, index, cpu: Math.min(100, cpu), memory: (100 * usage.memoryBytes) / totalmem() });
  }
  return { measured, samples };
};
