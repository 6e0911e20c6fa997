/** The one place where counts by state change: a move of instances, carried up to their task and their job. */
import { countsOf, isFinished, numberOf, type State, stateOfNumber } from '../model/lifecycle.ts';
import { rollUp } from '../model/roll-up.ts';
import type { Database } from './database.ts';
import { tellOfJob, tellOfTask } from './job-events.ts';

/** The eight count columns of a row. */
export interface CountColumns {
  readonly n0: number;
  readonly n1: number;
  readonly n2: number;
  readonly n3: number;
  readonly n4: number;
  readonly n5: number;
  readonly n6: number;
  readonly n7: number;
}

/** The names of the count columns, for a SELECT or RETURNING list. */
export const countColumns = 'n0, n1, n2, n3, n4, n5, n6, n7';

/** Counts by state from the columns of a row. */
export const countsOfRow = (row: CountColumns) =>
  countsOf([row.n0, row.n1, row.n2, row.n3, row.n4, row.n5, row.n6, row.n7]);

/**
 * Notes that instances of a task went from one state to another, and what that makes of the task and the job.
 * To be called in the transaction that moves them.
 */
export const countMove = (
  db: Database,
  task: number,
  from: State,
  to: State,
  number: number,
  now: number,
): void => {
  if (number === 0) return;
  const before = `n${numberOf(from)}`;
  const after = `n${numberOf(to)}`;
  const row = db.get<CountColumns & { job: number; state: number; name: string }>(
    `UPDATE tasks SET ${before} = ${before} - ?, ${after} = ${after} + ? WHERE id = ?
     RETURNING job, state, name, ${countColumns}`,
    number,
    number,
    task,
  );
  if (row === undefined) throw new Error(`There is no task ${task} to count for.`);
  const state = rollUp(countsOfRow(row));
  const old = stateOfNumber(row.state);
  if (state === old) return;
  db.run('UPDATE tasks SET state = ?, end_time = ? WHERE id = ?', numberOf(state), endOf(state, now), task);
  tellOfTask(db, task, state, now);
  countTask(db, row.job, row.name, old, state, now);
};

const countTask = (db: Database, job: number, name: string, from: State, to: State, now: number): void => {
  const before = `n${numberOf(from)}`;
  const after = `n${numberOf(to)}`;
  // What other tasks wait for is the end of this one, so only an end asks for a review.
  const review = isFinished(to) || to === 'FAILED_INTERRUPTED' ? 1 : 0;
  const row = db.get<CountColumns & { state: number; terminating: number }>(
    `UPDATE jobs SET ${before} = ${before} - 1, ${after} = ${after} + 1, review = max(review, ?) WHERE seq = ?
     RETURNING state, terminating, ${countColumns}`,
    review,
    job,
  );
  if (row === undefined) throw new Error(`There is no job ${job} to count for.`);
  const state = rollUp(countsOfRow(row));
  if (state === stateOfNumber(row.state)) return;
  const reason =
    state === 'FAILED' || state === 'FAILED_INTERRUPTED'
      ? row.terminating === 1
        ? 'terminated'
        : reasonOf(firstFailedOf(db, job) ?? { name, state: numberOf(to) })
      : null;
  db.run(
    'UPDATE jobs SET state = ?, end_time = ?, state_reason = ?, terminating = terminating * ? WHERE seq = ?',
    numberOf(state),
    endOf(state, now),
    reason,
    isFinished(state) ? 0 : 1,
    job,
  );
  tellOfJob(db, job, state, now);
};

type FailedTask = { readonly name: string; readonly state: number };

const reasonOf = ({ name, state }: FailedTask): string => `task ${name} ended ${stateOfNumber(state)}`;

/** The task that failed first. The last to change is mostly one that never ran because of it. */
const firstFailedOf = (db: Database, job: number): FailedTask | undefined =>
  db.get<FailedTask>(
    `SELECT name, state FROM tasks AS task WHERE job = ?1 AND state IN (?2, ?3) AND NOT EXISTS (
       SELECT 1 FROM dependences JOIN tasks AS before ON before.job = ?1 AND before.name = start_task
       WHERE dependences.job = ?1 AND end_task = task.name AND before.state IN (?2, ?3))
     ORDER BY end_time, position LIMIT 1`,
    job,
    numberOf('FAILED'),
    numberOf('FAILED_INTERRUPTED'),
  );

const endOf = (state: State, now: number): number | null => (isFinished(state) ? now : null);
