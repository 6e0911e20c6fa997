/** Has what was given a place start: what its process is made of is put together, or why it cannot be is noted. */
import type { EngineSettings } from '../settings.ts';
import { type Attempt, activeAttempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { faultOf, prepareAttempt } from './attempt-process.ts';
import type { LiveAttempts } from './live-attempt.ts';
import { keyOf } from './live-attempt.ts';
import type { StartFault, TaskLaunch } from './workspace/task-launch.ts';

/** What of the loop a start needs. */
export interface StartsLoop {
  /** Asks for another turn. */
  wake(): void;
  /** The machine has no room now: nothing is started for a while. */
  pause(): void;
  failTurn(error: unknown): void;
  isStopped(): boolean;
}

/** Makes the function that starts attempts that are STARTING in the store. */
export const createStarts = (
  db: Database,
  settings: EngineSettings,
  launchOf: (task: number) => TaskLaunch,
  lives: LiveAttempts,
  loop: StartsLoop,
): ((attempts: readonly Attempt[]) => void) => {
  /** Attempts whose files are being made ready. They are STARTING all the while. */
  const preparing = new Set<string>();

  const start = (attempts: readonly Attempt[]): void => {
    for (const attempt of attempts) {
      const launch = launchOrFault(attempt);
      if ('fault' in launch) {
        failStart(attempt, launch.fault);
      } else if (launch.noMachine !== undefined) {
        failStart(attempt, launch.noMachine);
      } else if (launch.ready !== undefined && !preparing.has(keyOf(attempt))) {
        preparing.add(keyOf(attempt));
        void launch.ready.then((fault) => startPrepared(attempt, fault));
      } else {
        preparing.delete(keyOf(attempt));
        const request = prepareAttempt(settings, attempt, launch);
        if ('fault' in request) failStart(attempt, request.fault);
        else lives.begin(attempt, request);
      }
    }
  };

  const startPrepared = (attempt: Attempt, fault: StartFault | undefined): void => {
    if (loop.isStopped()) return;
    // It may have been terminated in the meantime: then there is nothing to end, and it has ended.
    const isWanted = activeAttempts(db).some(
      (one) =>
        keyOf(one) === keyOf(attempt) && one.attempt === attempt.attempt && one.killReason === undefined,
    );
    if (fault !== undefined || !isWanted) {
      preparing.delete(keyOf(attempt));
      failStart(attempt, fault ?? { kind: 'unstartable', detail: 'ended before it began' });
      return;
    }
    try {
      start([attempt]);
    } catch (error) {
      loop.failTurn(error);
    }
    loop.wake();
  };

  const launchOrFault = (attempt: Attempt): TaskLaunch | { readonly fault: StartFault } => {
    try {
      return launchOf(attempt.task);
    } catch (error) {
      return { fault: faultOf(error) };
    }
  };

  const failStart = (attempt: Attempt, { kind, detail }: StartFault): void => {
    if (kind === 'defer') loop.pause();
    const endings = { defer: 'not-begun', failed: 'lost', unstartable: 'unstartable' } as const;
    lives.addEnded(attempt, { kind: endings[kind], detail });
  };

  return start;
};
