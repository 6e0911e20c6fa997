/** Ends the processes of an attempt: asked first, made to after the grace time. */
import type { EngineSettings } from '../../settings.ts';
import type { LiveAttempt } from '../live-attempt.ts';
import { containerNameOf, removeContainer } from './container.ts';
import { markedProcesses, nameOf, signalGroup, signalTo } from './process-table.ts';

/**
 * Makes the function that ends one that has begun.
 * @param isAlive whether the number still means its process
 * @param later calls back after so many milliseconds
 */
export const createKiller = (
  settings: EngineSettings,
  isAlive: (live: LiveAttempt) => boolean,
  later: (work: () => void, milliseconds: number) => void,
): ((live: LiveAttempt) => void) => {
  /**
   * A sandbox ends at once with its own process, which is in the group, and takes the command along; so there the
   * command's processes are asked one by one.
   */
  const ask = (live: LiveAttempt): void => {
    if (settings.sandbox.mode !== 'bwrap') {
      signalGroup(live.pid, 'SIGTERM');
      return;
    }
    for (const { pid, marker } of markedProcesses(settings.engineId)) {
      if (marker === live.marker && pid !== live.pid && nameOf(pid) !== 'bwrap') signalTo(pid, 'SIGTERM');
    }
  };
  const make = (live: LiveAttempt): void => {
    if (live.isStoring || live.ending !== undefined || !isAlive(live)) return;
    live.signalled = 'KILL';
    removeContainer(settings, containerNameOf(live.marker));
    signalGroup(live.pid, 'SIGKILL');
    // What left the group is found by its marker.
    for (const { pid, marker } of markedProcesses(settings.engineId)) {
      if (marker === live.marker) signalTo(pid, 'SIGKILL');
    }
  };
  return (live) => {
    live.signalled = 'TERM';
    if (isAlive(live)) ask(live);
    later(() => make(live), settings.killGraceMs);
  };
};
