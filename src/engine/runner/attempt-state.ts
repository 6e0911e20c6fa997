/**
 * The phases of an attempt in the loop, and how reports of the backend lead from one to the next.
 *
 * Three state machines describe an attempt: the database has what must survive a crash, the loop what the backend has
 * reported, the process backend (`processes/entry.ts`) what it knows of the processes.
 *
 * | database            | loop       | backend              |
 * | ------------------- | ---------- | -------------------- |
 * | STARTING            | starting   | preparing, launching |
 * | STARTING, RUNNING   | running    | running, followed    |
 * | STARTING, RUNNING   | stopping   | any but ended        |
 * | STARTING, RUNNING   | collecting | ended                |
 * | STARTING, RUNNING   | exited     | ended                |
 * | the state after it  | -          | -                    |
 *
 * The database follows a moment later, in the turn that records a start or an end; the last line is an attempt whose end
 * is recorded. After a restart of the engine the loop begins with `starting` and the backend with `followed`, whatever
 * the database says.
 */
import type { Ending } from '../model/scheduler.ts';
import type { Report } from './backend.ts';

/** When the command of an attempt began. */
export interface Start {
  readonly backendId: string;
  /** Milliseconds since 1970, for the record. */
  readonly time: number;
  /** On the monotonic clock, for its Timeout. */
  readonly clock: number;
}

export type AttemptState =
  /** The backend has not reported its start. */
  | { readonly phase: 'starting' }
  | { readonly phase: 'running'; readonly start: Start }
  | { readonly phase: 'stopping'; readonly start: Start | undefined; readonly reason: string }
  /** Its command has ended, and its results are being stored. */
  | {
      readonly phase: 'collecting';
      readonly start: Start | undefined;
      readonly reason: string | undefined;
      readonly ending: Extract<Ending, { kind: 'exited' }>;
    }
  | {
      readonly phase: 'exited';
      readonly start: Start | undefined;
      readonly reason: string | undefined;
      readonly ending: Ending;
    };

/** When its command began; undefined until that is known. */
export const startOf = (state: AttemptState): Start | undefined =>
  state.phase === 'starting' ? undefined : 'start' in state ? state.start : undefined;

/** Why it is being, or was, stopped. */
export const stopReasonOf = (state: AttemptState): string | undefined =>
  'reason' in state ? state.reason : undefined;

/** The state after a report. A report that does not fit is a late one, and changes nothing. */
export const afterReport = (
  state: AttemptState,
  report: Report,
  now: Omit<Start, 'backendId'>,
): AttemptState => {
  switch (report.kind) {
    case 'started': {
      const { backendId, elapsedMs } = report;
      const start = { backendId, time: now.time, clock: now.clock - elapsedMs };
      if (state.phase === 'starting') return { phase: 'running', start };
      return state.phase === 'stopping' ? { ...state, start } : state;
    }
    case 'ended': {
      if (state.phase === 'collecting' || state.phase === 'exited') return state;
      const facts = { start: startOf(state), reason: stopReasonOf(state) };
      const { ending, hasResults } = report;
      if (ending.kind === 'exited' && hasResults) return { phase: 'collecting', ending, ...facts };
      return { phase: 'exited', ending, ...facts };
    }
    case 'stopping':
      return afterStop(state, report.reason);
    case 'collected':
      if (state.phase !== 'collecting') return state;
      return {
        ...state,
        phase: 'exited',
        ending: { ...state.ending, unstored: report.fault, skipped: report.skipped },
      };
    default:
      return report satisfies never;
  }
};

/** The state after a request to stop it. What has ended cannot be stopped. */
export const afterStop = (state: AttemptState, reason: string): AttemptState => {
  switch (state.phase) {
    case 'starting':
    case 'running':
      return { phase: 'stopping', start: startOf(state), reason };
    case 'stopping':
    case 'collecting':
    case 'exited':
      return state;
    default:
      return state satisfies never;
  }
};
