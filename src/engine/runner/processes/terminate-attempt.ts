/** Terminates the processes of an attempt: SIGTERM, then SIGKILL after the grace period. */
import type { EngineSettings } from '../../settings.ts';
import { containerNameOf, removeContainer } from './container.ts';
import { markedProcesses, nameOf, signalGroup, signalTo } from './process-table.ts';

/** The processes of one attempt. */
export interface ProcessGroup {
  /** The process that runs the command, or builds its sandbox; it leads a process group. */
  readonly pid: number;
  readonly marker: string;
  readonly isSandboxed: boolean;
}

/**
 * Asks the processes to end. A sandbox that gets SIGTERM ends at once and takes the command with it, so there the
 * processes of the command get the signal one by one.
 */
const sendTerm = (settings: EngineSettings, { pid, marker, isSandboxed }: ProcessGroup): void => {
  if (!isSandboxed) {
    signalGroup(pid, 'SIGTERM');
    return;
  }
  for (const process of markedProcesses(settings.engineId)) {
    if (process.marker === marker && process.pid !== pid && nameOf(process.pid) !== 'bwrap')
      signalTo(process.pid, 'SIGTERM');
  }
};

/** Kills the processes. Those that left the group are found by their marker. */
export const forceKill = (
  settings: EngineSettings,
  { pid, marker }: Omit<ProcessGroup, 'isSandboxed'>,
): void => {
  removeContainer(settings, containerNameOf(marker));
  signalGroup(pid, 'SIGKILL');
  // One that 0.1.0 started in a sandbox leads no group.
  signalTo(pid, 'SIGKILL');
  for (const process of markedProcesses(settings.engineId)) {
    if (process.marker === marker) signalTo(process.pid, 'SIGKILL');
  }
};

/** Kills what a command left running in its process group, which keeps its number as long as a process is in it. */
export const killProcessGroup = (pid: number): void => {
  signalGroup(pid, 'SIGKILL');
};

/** Terminates, and kills after the grace period unless `isRunning` says that the attempt has ended. */
export const terminate = (
  settings: EngineSettings,
  group: ProcessGroup,
  isRunning: () => boolean,
  later: (work: () => void, milliseconds: number) => void,
): void => {
  sendTerm(settings, group);
  // Once the attempt has ended, its number may belong to another process.
  later(() => isRunning() && forceKill(settings, group), settings.killGraceMs);
};
