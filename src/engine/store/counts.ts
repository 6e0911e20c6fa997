/** The only place where counts by state change: a transition of instances, applied to their task and their job. */
import { hasEnded, isFinal } from '../../catalogue/job-states.ts';
import { type Counts, type State, states } from '../model/lifecycle.ts';
import { rollUp } from '../model/roll-up.ts';
import type { Database } from './database.ts';
import { recordJobEvent, recordTaskEvent } from './job-events.ts';
import { recordEnd, recordFirstFailure } from './record-job-events.ts';

/** The columns of a row that count by state. */
export interface CountColumns {
  readonly submitted_count: number;
  readonly pending_count: number;
  readonly runnable_count: number;
  readonly starting_count: number;
  readonly running_count: number;
  readonly succeed_count: number;
  readonly failed_interrupted_count: number;
  readonly failed_count: number;
}

const columnOf = (state: State) => `${state.toLowerCase()}_count`;

/** The names of the count columns, for a SELECT or RETURNING list. */
export const countColumns = states.map(columnOf).join(', ');

/** Counts by state from the columns of a row. */
export const countsOfRow = (row: CountColumns): Counts => ({
  SUBMITTED: row.submitted_count,
  PENDING: row.pending_count,
  RUNNABLE: row.runnable_count,
  STARTING: row.starting_count,
  RUNNING: row.running_count,
  SUCCEED: row.succeed_count,
  FAILED_INTERRUPTED: row.failed_interrupted_count,
  FAILED: row.failed_count,
});

/** Counts instances of a task that moved from one state to another, as `addToCounts` does. */
export const recordTransition = (
  db: Database,
  task: number,
  from: State,
  to: State,
  number: number,
  now: number,
): void => {
  addToCounts(db, task, { [from]: -number, [to]: number }, now);
};

/** How many more, or with a negative number fewer, instances are in each state. */
type CountChanges = Readonly<Partial<Record<State, number>>>;

/**
 * Changes the counts of a task, and updates the states of the task and the job. Call it in the transaction that moves the
 * instances.
 * @returns whether the task has ended, so that its successors have to be updated
 */
export const addToCounts = (db: Database, task: number, changes: CountChanges, now: number): boolean => {
  const changed = states.filter((state) => (changes[state] ?? 0) !== 0);
  if (changed.length === 0) return false;
  const row = db.get<CountColumns & { job: number; state: State; name: string }>(
    `UPDATE tasks SET ${changed.map((state) => `${columnOf(state)} = ${columnOf(state)} + ?`).join(', ')} WHERE id = ?
     RETURNING job, state, name, ${countColumns}`,
    ...changed.map((state) => changes[state] ?? 0),
    task,
  );
  if (row === undefined) throw new Error(`There is no task ${task} to count for.`);
  const state = rollUp(countsOfRow(row));
  const hasTaskEnded = state !== row.state && changeTaskState(db, task, row, state, now);
  const failures = (changes.FAILED ?? 0) + (changes.FAILED_INTERRUPTED ?? 0);
  if (failures > 0 && failures === row.failed_count + row.failed_interrupted_count)
    recordFirstFailure(db, row.job, row.name, now);
  return hasTaskEnded;
};

/** @returns whether the task has ended */
const changeTaskState = (
  db: Database,
  task: number,
  row: { readonly job: number; readonly state: State; readonly name: string },
  state: State,
  now: number,
): boolean => {
  // Its successors wait for the first time that it ends; later changes of its final state do not concern them.
  const settling = hasEnded(state) && !hasEnded(row.state);
  db.run(
    'UPDATE tasks SET state = ?, end_time = ?, settling = max(settling, ?) WHERE id = ?',
    state,
    endTimeOf(state, now),
    settling ? 1 : 0,
    task,
  );
  recordTaskEvent(db, task, state, now);
  countTask(db, row.job, row.name, row.state, state, now);
  return settling;
};

const countTask = (db: Database, jobSeq: number, name: string, from: State, to: State, now: number): void => {
  const before = columnOf(from);
  const after = columnOf(to);
  const row = db.get<CountColumns & { state: State; terminating: number }>(
    `UPDATE jobs SET ${before} = ${before} - 1, ${after} = ${after} + 1 WHERE seq = ?
     RETURNING state, terminating, ${countColumns}`,
    jobSeq,
  );
  if (row === undefined) throw new Error(`There is no job ${jobSeq} to count for.`);
  const state = rollUp(countsOfRow(row));
  if (state === row.state) return;
  const hasFailed = state === 'FAILED' || state === 'FAILED_INTERRUPTED';
  const failure = (): string =>
    row.terminating === 1 ? 'terminated' : reasonOf(firstFailedOf(db, jobSeq) ?? { name, state: to });
  db.run(
    'UPDATE jobs SET state = ?, end_time = ?, state_reason = ?, terminating = terminating * ? WHERE seq = ?',
    state,
    endTimeOf(state, now),
    hasFailed ? failure() : null,
    isFinal(state) ? 0 : 1,
    jobSeq,
  );
  recordJobEvent(db, jobSeq, state, now);
  recordEnd(db, jobSeq, row.state, state, now);
};

interface FailedTask {
  readonly name: string;
  readonly state: State;
}

const reasonOf = ({ name, state }: FailedTask): string => `task ${name} ended ${state}`;

/** The task that failed first. The last to change is usually one that never ran because of it. */
const firstFailedOf = (db: Database, jobSeq: number): FailedTask | undefined =>
  db.get<FailedTask>(
    `SELECT name, state FROM tasks WHERE job = ?1 AND state IN ('FAILED', 'FAILED_INTERRUPTED') AND id NOT IN (
       SELECT end_task FROM dependences JOIN tasks AS before ON before.id = start_task
       WHERE dependences.job = ?1 AND before.state IN ('FAILED', 'FAILED_INTERRUPTED'))
     ORDER BY end_time, position LIMIT 1`,
    jobSeq,
  );

const endTimeOf = (state: State, now: number): number | null => (isFinal(state) ? now : null);
