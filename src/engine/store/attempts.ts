/** What happens to an instance that has, or is given, a place: the moves the loop records. */
import { assertMove, numberOf, stateOfNumber } from '../model/lifecycle.ts';
import { type ActiveInstance, nodeEnded, type Outcome, timedOut } from '../model/scheduler.ts';
import { countMove } from './counts.ts';
import type { Database } from './database.ts';
import { deleteFilesLater } from './files-to-delete.ts';
import { type AttemptName, attemptFilesOf } from './instance-files.ts';
import { tellOfInstances } from './job-events.ts';

/** An instance that is STARTING or RUNNING, with what is needed to find its process and files. */
export interface Attempt extends Omit<ActiveInstance, 'ending'> {
  readonly jobId: string;
  readonly job: number;
  readonly region: string;
  readonly position: number;
  readonly attempt: number;
  readonly pid: number | undefined;
  /** When the process began, in the system's own terms; tells it from a later one of the same number. */
  readonly pidBirth: string | undefined;
  readonly killTime: number | undefined;
  readonly node: string | undefined;
  /** Name of the working directory; undefined: its own. */
  readonly work: string | undefined;
  readonly envId: string | undefined;
}

interface RawAttempt {
  readonly task: number;
  readonly idx: number;
  readonly state: number;
  readonly attempt: number;
  readonly failures: number;
  readonly running_time: number | null;
  readonly pid: number | null;
  readonly pid_birth: string | null;
  readonly kill_reason: string | null;
  readonly kill_time: number | null;
  readonly node: string | null;
  readonly work: string | null;
  readonly env_id: string | null;
  readonly position: number;
  readonly max_retry: number;
  readonly timeout_ms: number;
  readonly failed_action: string;
  readonly job: number;
  readonly job_id: string;
  readonly region: string;
}

const columns = `instances.task, idx, instances.state, attempt, failures, running_time, pid, pid_birth, kill_reason,
  kill_time, node, work, env_id, tasks.position, max_retry, timeout_ms, failed_action, tasks.job, job_id, region`;
const joined = 'instances JOIN tasks ON tasks.id = instances.task JOIN jobs ON jobs.seq = tasks.job';

const attemptOf = (row: RawAttempt): Attempt => {
  const state = stateOfNumber(row.state);
  return {
    task: row.task,
    idx: row.idx,
    state: state === 'STARTING' ? 'STARTING' : 'RUNNING',
    attempt: row.attempt,
    failures: row.failures,
    runningTime: row.running_time ?? undefined,
    pid: row.pid ?? undefined,
    pidBirth: row.pid_birth ?? undefined,
    killReason: row.kill_reason ?? undefined,
    killTime: row.kill_time ?? undefined,
    node: row.node ?? undefined,
    work: row.work ?? undefined,
    envId: row.env_id ?? undefined,
    hasEnv: row.env_id !== null,
    position: row.position,
    maxRetry: row.max_retry,
    timeoutMs: row.timeout_ms,
    failedAction: row.failed_action,
    job: row.job,
    jobId: row.job_id,
    region: row.region,
  };
};

/**
 * What holds a place. The whole list stands here because SQLite takes an index of some rows only where it finds the
 * condition of that index word for word.
 */
export const holdsPlace = 'instances.state IN (3, 4, 6)';

/** Everything that is STARTING or RUNNING; as many rows as there are places, at most. */
export const activeAttempts = (db: Database): Attempt[] =>
  db
    .all<RawAttempt>(`SELECT ${columns} FROM ${joined} WHERE ${holdsPlace} AND instances.state <> 6`)
    .map(attemptOf);

/** The first RUNNABLE instances of a task. */
export const nextRunnable = (db: Database, task: number, limit: number): number[] =>
  db
    .all<{ idx: number }>(
      'SELECT idx FROM instances WHERE task = ? AND state = 2 ORDER BY idx LIMIT ?',
      task,
      limit,
    )
    .map((row) => row.idx);

/**
 * Gives an instance a place, before anything is done for it: RUNNABLE to STARTING.
 * @param work the directory to run in; undefined: a new one
 * @returns the attempt, whose number is one more than the last
 */
export const markStarting = (
  db: Database,
  task: number,
  idx: number,
  machine: string,
  node: string | undefined,
  work: string | undefined,
  now: number,
): Attempt => {
  assertMove('RUNNABLE', 'STARTING');
  db.run(
    `UPDATE instances SET state = ?, attempt = attempt + 1, machine = ?, node = ?, work = ?, launch_time = ?, exit_code = NULL,
       running_time = NULL, end_time = NULL, pid = NULL, pid_birth = NULL, kill_reason = NULL, kill_time = NULL
     WHERE task = ? AND idx = ?`,
    numberOf('STARTING'),
    machine,
    node ?? null,
    work ?? null,
    now,
    task,
    idx,
  );
  countMove(db, task, 'RUNNABLE', 'STARTING', 1, now);
  const row = db.get<RawAttempt>(`SELECT ${columns} FROM ${joined} WHERE task = ? AND idx = ?`, task, idx);
  if (row === undefined) throw new Error(`There is no instance ${task}/${idx}.`);
  return attemptOf(row);
};

/** Its process exists: STARTING to RUNNING. */
export const markRunning = (
  db: Database,
  attempt: Attempt,
  pid: number,
  birth: string,
  now: number,
): void => {
  db.run(
    'UPDATE instances SET state = ?, pid = ?, pid_birth = ?, running_time = ? WHERE task = ? AND idx = ?',
    numberOf('RUNNING'),
    pid,
    birth,
    now,
    attempt.task,
    attempt.idx,
  );
  countRunning(db, attempt, now);
};

const countRunning = (db: Database, { task, idx }: Attempt, now: number): void => {
  assertMove('STARTING', 'RUNNING');
  tellOfInstances(db, task, [idx], 'RUNNING', now);
  countMove(db, task, 'STARTING', 'RUNNING', 1, now);
};

/** The start came to nothing through no fault of the instance: back to RUNNABLE. */
export const markNotStarted = (db: Database, attempt: Attempt, now: number): void => {
  assertMove(attempt.state, 'RUNNABLE');
  db.run(
    'UPDATE instances SET state = ?, launch_time = NULL, machine = NULL, node = NULL WHERE task = ? AND idx = ?',
    numberOf('RUNNABLE'),
    attempt.task,
    attempt.idx,
  );
  countMove(db, attempt.task, attempt.state, 'RUNNABLE', 1, now);
};

/**
 * Its attempt has ended.
 * @param attempt STARTING with a RunningTime: its process began and ended between two looks, and both are written now
 * @param now also its EndTime, unless it runs again; never before its RunningTime, whatever the clock did
 */
export const markEnded = (db: Database, attempt: Attempt, outcome: Outcome, now: number): void => {
  // What succeeded has run, whether anybody saw it or not.
  const runningTime = attempt.runningTime ?? (outcome.to === 'SUCCEED' ? now : undefined);
  let from = attempt.state;
  if (from === 'STARTING' && runningTime !== undefined) {
    countRunning(db, attempt, runningTime);
    from = 'RUNNING';
  }
  assertMove(from, outcome.to);
  const runsAgain = outcome.to === 'RUNNABLE';
  db.run(
    `UPDATE instances SET state = ?, exit_code = ?, reason = ?, detail = ?, failures = ?,
       end_time = CASE WHEN ? THEN NULL ELSE max(?, coalesce(running_time, 0)) END,
       launch_time = CASE WHEN ? THEN NULL ELSE launch_time END,
       running_time = CASE WHEN ? THEN NULL ELSE coalesce(running_time, ?) END,
       pid = NULL, pid_birth = NULL WHERE task = ? AND idx = ?`,
    numberOf(outcome.to),
    outcome.exitCode,
    outcome.reason,
    outcome.detail,
    outcome.failures,
    runsAgain ? 1 : 0,
    now,
    runsAgain ? 1 : 0,
    runsAgain ? 1 : 0,
    runningTime ?? null,
    attempt.task,
    attempt.idx,
  );
  tellOfInstances(db, attempt.task, [attempt.idx], outcome.to, now);
  countMove(db, attempt.task, from, outcome.to, 1, now);
};

/**
 * Notes that an instance is to be killed, and why, before any signal is sent. The first reason stands, but a person's
 * wish outranks what the engine does by itself: it must not be tried again.
 * @returns whether it was not noted before
 */
export const requestKill = (db: Database, task: number, idx: number, reason: string, now: number): boolean =>
  db.run(
    `UPDATE instances SET kill_reason = ?, kill_time = ?
     WHERE task = ? AND idx = ? AND (kill_reason IS NULL OR kill_reason IN (?, ?)) AND kill_reason IS NOT ?
     AND state IN (3, 4)`,
    reason,
    now,
    task,
    idx,
    timedOut,
    nodeEnded,
    reason,
  ).changes === 1;

/** Marks everything of a job that has a place to be killed, and lets go of kept scenes. */
export const killJob = (db: Database, job: number, reason: string, now: number): void => {
  db.run(
    `UPDATE instances SET kill_reason = ?, kill_time = ? WHERE (kill_reason IS NULL OR kill_reason IN (?, ?))
     AND state IN (3, 4) AND task IN (SELECT id FROM tasks WHERE job = ?)`,
    reason,
    now,
    timedOut,
    nodeEnded,
    job,
  );
  for (const { id } of db.all<{ id: number }>('SELECT id FROM tasks WHERE job = ? AND n6 > 0', job)) {
    discardRetained(db, id, undefined, reason, now);
  }
};

/** Lets go of kept scenes of a task, all of them or the one of an instance: FAILED_INTERRUPTED to FAILED. */
export const discardRetained = (
  db: Database,
  task: number,
  idx: number | undefined,
  reason: string,
  now: number,
): void => {
  assertMove('FAILED_INTERRUPTED', 'FAILED');
  const scenes = db.all<AttemptName>(
    `SELECT job_id AS jobId, tasks.position AS position, idx, attempt, work FROM ${joined}
     WHERE task = ? AND instances.state = ? AND idx = coalesce(?, idx)`,
    task,
    numberOf('FAILED_INTERRUPTED'),
    idx ?? null,
  );
  for (const scene of scenes) {
    const { work, places, run, written } = attemptFilesOf('', scene);
    for (const path of [work, places, run, written.stdout, written.stderr]) deleteFilesLater(db, path);
  }
  const { changes } = db.run(
    `UPDATE instances SET state = ?, reason = ?, end_time = ? WHERE task = ? AND state = ? AND idx = coalesce(?, idx)`,
    numberOf('FAILED'),
    reason,
    now,
    task,
    numberOf('FAILED_INTERRUPTED'),
    idx ?? null,
  );
  tellOfInstances(
    db,
    task,
    scenes.map((scene) => scene.idx),
    'FAILED',
    now,
  );
  countMove(db, task, 'FAILED_INTERRUPTED', 'FAILED', changes, now);
};
