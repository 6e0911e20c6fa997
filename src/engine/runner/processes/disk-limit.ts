/** Terminates the attempt that uses most of the disk when all of them together use too much. */
import type { EngineSettings } from '../../settings.ts';
import type { AttemptKey } from '../backend.ts';
import { createDiskWatch } from '../workspace/disk-usage.ts';
import { type Entry, pidOfEntry } from './entry.ts';
import type { Timers } from './timers.ts';

export interface DiskLimit {
  /** An attempt was started: watch, if nothing is watched yet. */
  wake(): void;
}

/** A fast disk takes some gigabytes in this time, which the default limit leaves free. */
const intervalMs = 2000;

/** @param terminate ends an attempt for the reason */
export const createDiskLimit = (
  settings: EngineSettings,
  entries: ReadonlyMap<AttemptKey, Entry>,
  timers: Timers,
  terminate: (entry: Entry, reason: string) => void,
): DiskLimit => {
  const watch = createDiskWatch(settings);
  const running = (): readonly Entry[] =>
    [...entries.values()].filter((entry) => pidOfEntry(entry) !== undefined && entry.stop === 'none');
  const check = async (): Promise<void> => {
    const users = running().map(({ key, files }) => ({ key, directories: [files.work, files.scratch] }));
    const exceeded = await watch.check(users);
    const entry = exceeded && entries.get(exceeded.key);
    if (exceeded !== undefined && entry !== undefined) terminate(entry, exceeded.reason);
  };
  const wake = (): void => {
    const isActive = [...entries.values()].some(({ state }) => state.phase !== 'ended');
    // What could not be measured this time is measured the next time.
    if (isActive)
      timers.once(
        'disk',
        () =>
          void check()
            .catch(() => undefined)
            .finally(wake),
        intervalMs,
      );
  };
  return { wake };
};
