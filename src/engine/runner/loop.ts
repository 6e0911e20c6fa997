/** The loop of the engine: takes turns until nothing is left to decide, then waits for a report, a request or a time. */
import { activeAttempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { createAlarm } from './alarm.ts';
import type { AttemptState } from './attempt-state.ts';
import { type AttemptKey, type Backend, keyOf } from './backend.ts';
import { type LoopOptions, type TurnContext, takeTurn } from './turn.ts';

export interface Loop {
  /** Something in the store may have changed. Returns at once; the turn follows. */
  wake(): void;
  /** Stops deciding. Attempts continue, and the next engine recovers them. */
  stop(): void;
}

/** How long nothing is started after the disk was full or a turn failed. */
const pauseMs = 1000;

/** Starts the loop; attempts of an earlier engine are recovered first. */
export const startLoop = (options: LoopOptions): Loop => {
  const { db, monotonic, log } = options;
  let isStopped = false;
  let scheduled: NodeJS.Immediate | undefined;
  let pausedUntil = 0;

  const wake = (): void => {
    if (!isStopped) scheduled ??= setImmediate(runTurn);
  };
  const alarm = createAlarm(monotonic, wake);
  const states = new Map<AttemptKey, AttemptState>();
  const backend = options.createBackend(wake);
  const context: TurnContext = {
    ...options,
    states,
    backend,
    alarm,
    isPaused: () => monotonic() < pausedUntil,
    pause: () => {
      pausedUntil = monotonic() + pauseMs;
      alarm.at(pausedUntil);
    },
  };

  const runTurn = (): void => {
    scheduled = undefined;
    try {
      if (takeTurn(context)) wake();
      if (context.isPaused()) alarm.at(pausedUntil);
    } catch (error) {
      // Most likely a full disk. Nothing is lost: what was not recorded is decided again.
      log.error(`a turn of the engine failed and is repeated in ${pauseMs / 1000} s: ${String(error)}`);
      context.pause();
    }
  };

  recover(db, states, backend);
  wake();
  return {
    wake,
    stop: () => {
      isStopped = true;
      if (scheduled !== undefined) clearImmediate(scheduled);
      alarm.stop();
      backend.close();
    },
  };
};

/** Hands the attempts of an earlier engine to the backend, which reports what became of them. */
const recover = (db: Database, states: Map<AttemptKey, AttemptState>, backend: Backend): void => {
  const attempts = activeAttempts(db);
  // Also for one that is RUNNING: its phase is not known yet; the backend reports it.
  for (const attempt of attempts) states.set(keyOf(attempt), { phase: 'starting' });
  backend.recover(attempts);
};
