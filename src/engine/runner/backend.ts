/** What runs attempts: the processes of this machine, or later a cluster scheduler. The loop knows only this. */
import type { Ending } from '../model/scheduler.ts';
import type { Attempt } from '../store/attempts.ts';

/** Identifies an instance, and with it its current attempt, between the loop and the backend. */
export type AttemptKey = string;

export const keyOf = (instance: { readonly task: number; readonly index: number }): AttemptKey =>
  `${instance.task}/${instance.index}`;

/**
 * What a backend reports about an attempt, in this order. `started` may be missing, `stopping` usually is. `ended` comes exactly once.
 * `collected` follows only if the command exited and left results to store.
 */
export type Report =
  | {
      readonly kind: 'started';
      readonly key: AttemptKey;
      /** How the backend finds the attempt again after a restart of the engine. */
      readonly backendId: string;
      /** How long it has been running, in milliseconds; more than 0 for one that was recovered. */
      readonly elapsedMs: number;
    }
  | {
      readonly kind: 'ended';
      readonly key: AttemptKey;
      readonly ending: Ending;
      /** It exited, and its results have to be stored by `collect`. */
      readonly hasResults?: boolean;
    }
  /** The backend terminates it without being asked, for a reason that it could not store, on a full disk for instance. */
  | { readonly kind: 'stopping'; readonly key: AttemptKey; readonly reason: string }
  /** Its results are stored: not all of them if there is a `fault`, without single files if some were `skipped`. */
  | {
      readonly kind: 'collected';
      readonly key: AttemptKey;
      readonly fault?: string;
      readonly skipped?: string;
    };

/**
 * A backend answers by reports, never immediately: a cluster may need minutes. It calls `wake` of the loop when there is
 * a report. Every attempt that was started or recovered is reported `ended` exactly once.
 */
export interface Backend {
  /** Starts an attempt that the store has as STARTING. What goes wrong is reported as its end. */
  start(attempt: Attempt): void;
  /** The reports since the last call. */
  observe(): readonly Report[];
  /** Terminates an attempt: SIGTERM, then SIGKILL after the grace period. Repeating it has no effect. */
  stop(key: AttemptKey): void;
  /** Stores the results of an attempt whose command has exited; reported as `collected`. */
  collect(key: AttemptKey): void;
  /** Deletes the workspace of an attempt that has ended, because the disk is too full to record its end. */
  makeRoom(key: AttemptKey): void;
  /** Forgets an attempt whose end is recorded, and deletes what it leaves behind, unless that is retained. */
  release(key: AttemptKey, isRetained: boolean): void;
  /** Takes over the attempts of an earlier engine, once, before anything is started. */
  recover(attempts: readonly Attempt[]): void;
  /** Detaches from the attempts; they continue, and the next engine recovers them. */
  close(): void;
}
