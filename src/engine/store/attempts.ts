/** Transitions of an instance that has a slot, or is given one: what the loop records. */
import { assertTransition } from '../model/lifecycle.ts';
import { type ActiveInstance, nodeTerminated, type Outcome, timedOut } from '../model/scheduler.ts';
import { recordTransition } from './counts.ts';
import type { Database } from './database.ts';
import { deleteFilesLater } from './files-to-delete.ts';
import { attemptFilesOf } from './instance-files.ts';
import { recordInstanceEvents } from './job-events.ts';
import type { Transitions } from './transitions.ts';

/** An instance that is STARTING or RUNNING, with what is needed to find its attempt and files. */
export interface Attempt extends Omit<ActiveInstance, 'ending' | 'deadline' | 'hasOtherNode'> {
  readonly jobId: string;
  readonly region: string;
  readonly position: number;
  readonly attempt: number;
  readonly runningTime: number | undefined;
  /** How the backend identifies the attempt after a restart; undefined until it runs. */
  readonly backendId: string | undefined;
  readonly node: string | undefined;
  readonly envId: string | undefined;
  /** The name of the working directory, of an attempt that 0.1.0 started. */
  readonly workName: string | undefined;
}

interface RawAttempt {
  readonly task: number;
  readonly instance_index: number;
  readonly state: string;
  readonly attempt: number;
  readonly failures: number;
  readonly machine_failures: number;
  readonly running_time: number | null;
  readonly handle: string | null;
  readonly kill_reason: string | null;
  readonly node: string | null;
  readonly work_name: string | null;
  readonly env_id: string | null;
  readonly position: number;
  readonly max_retry: number;
  readonly timeout_ms: number;
  readonly failed_action: string;
  readonly job_id: string;
  readonly region: string;
}

const columns = `instances.task, instance_index, instances.state, attempt, failures, machine_failures, running_time, handle,
  kill_reason, node, work_name, env_id, tasks.position, max_retry, timeout_ms, failed_action, job_id, region`;
const joined = 'instances JOIN tasks ON tasks.id = instances.task JOIN jobs ON jobs.seq = tasks.job';

const attemptOf = (row: RawAttempt): Attempt => ({
  task: row.task,
  index: row.instance_index,
  state: row.state === 'STARTING' ? 'STARTING' : 'RUNNING',
  attempt: row.attempt,
  failures: row.failures,
  machineFailures: row.machine_failures,
  runningTime: row.running_time ?? undefined,
  backendId: row.handle ?? undefined,
  killReason: row.kill_reason ?? undefined,
  node: row.node ?? undefined,
  workName: row.work_name ?? undefined,
  envId: row.env_id ?? undefined,
  hasEnv: row.env_id !== null,
  position: row.position,
  maxRetry: row.max_retry,
  timeoutMs: row.timeout_ms,
  failedAction: row.failed_action,
  jobId: row.job_id,
  region: row.region,
});

/**
 * The condition of an instance that occupies a slot. Queries repeat the whole list, because SQLite uses a partial index
 * only where it finds the condition of the index word for word.
 */
export const occupiesSlot = "instances.state IN ('STARTING', 'RUNNING', 'FAILED_INTERRUPTED')";

/** All instances that are STARTING or RUNNING: at most one for each slot. */
export const activeAttempts = (db: Database): Attempt[] =>
  db
    .all<RawAttempt>(
      `SELECT ${columns} FROM ${joined} WHERE ${occupiesSlot} AND instances.state <> 'FAILED_INTERRUPTED'`,
    )
    .map(attemptOf);

/** The first RUNNABLE instances of a task. */
export const nextRunnable = (db: Database, task: number, limit: number): number[] =>
  db
    .all<{ instance_index: number }>(
      `SELECT instance_index FROM instances WHERE task = ? AND state = 'RUNNABLE' ORDER BY instance_index LIMIT +?`,
      task,
      limit,
    )
    .map((row) => row.instance_index);

/**
 * Gives an instance a slot, before anything is done for it: RUNNABLE to STARTING.
 * @returns the attempt; its number is one higher than the last
 */
export const markStarting = (
  db: Database,
  task: number,
  index: number,
  machine: string,
  node: string | undefined,
  now: number,
  transitions: Transitions,
): Attempt => {
  db.run(
    `UPDATE instances SET state = 'STARTING', attempt = attempt + 1, machine = ?, node = ?, launch_time = ?,
       exit_code = NULL, running_time = NULL, end_time = NULL, handle = NULL, kill_reason = NULL, kill_time = NULL,
       work_name = NULL WHERE task = ? AND instance_index = ?`,
    machine,
    node ?? null,
    now,
    task,
    index,
  );
  transitions.record(task, index, 'RUNNABLE', 'STARTING', now);
  const row = db.get<RawAttempt>(
    `SELECT ${columns} FROM ${joined} WHERE task = ? AND instance_index = ?`,
    task,
    index,
  );
  if (row === undefined) throw new Error(`There is no instance ${task}/${index}.`);
  return attemptOf(row);
};

/** Its command runs: STARTING to RUNNING. */
export const markRunning = (
  db: Database,
  attempt: Attempt,
  backendId: string,
  now: number,
  transitions: Transitions,
): void => {
  db.run(
    `UPDATE instances SET state = 'RUNNING', handle = ?, running_time = ? WHERE task = ? AND instance_index = ?`,
    backendId,
    now,
    attempt.task,
    attempt.index,
  );
  transitions.record(attempt.task, attempt.index, 'STARTING', 'RUNNING', now);
};

/**
 * Records the end of an attempt. If the instance is to run again, the attempt moves to the history.
 * @param startedAt when its command began, if that has not been recorded yet
 * @param now its EndTime, but never before its RunningTime, whatever the clock did
 */
export const markEnded = (
  db: Database,
  attempt: Attempt,
  outcome: Outcome,
  startedAt: number | undefined,
  now: number,
  transitions: Transitions,
): void => {
  // What succeeded has run, even if its start was never reported.
  const runningTime = attempt.runningTime ?? startedAt ?? (outcome.to === 'SUCCEED' ? now : undefined);
  let from = attempt.state;
  if (from === 'STARTING' && runningTime !== undefined) {
    transitions.record(attempt.task, attempt.index, 'STARTING', 'RUNNING', runningTime);
    from = 'RUNNING';
  }
  db.run(
    `UPDATE instances SET state = ?, exit_code = ?, reason = ?, detail = ?, failures = ?, machine_failures = ?,
       running_time = coalesce(running_time, ?), end_time = max(?, coalesce(running_time, ?, 0)), handle = NULL
     WHERE task = ? AND instance_index = ?`,
    outcome.to,
    outcome.exitCode,
    outcome.reason,
    outcome.detail,
    outcome.failures,
    outcome.machineFailures,
    runningTime ?? null,
    now,
    runningTime ?? null,
    attempt.task,
    attempt.index,
  );
  if (outcome.to === 'RUNNABLE') moveToHistory(db, attempt.task, attempt.index);
  if (outcome.backoffMs > 0) {
    db.run('UPDATE tasks SET backoff_until = ? WHERE id = ?', now + outcome.backoffMs, attempt.task);
  }
  transitions.record(attempt.task, attempt.index, from, outcome.to, now);
};

const moveToHistory = (db: Database, task: number, index: number): void => {
  db.run(
    `INSERT OR REPLACE INTO attempts (task, instance_index, attempt, exit_code, reason, detail, launch_time, running_time,
       end_time, node, machine)
     SELECT task, instance_index, attempt, exit_code, reason, detail, launch_time, running_time, end_time, node, machine
     FROM instances WHERE task = ? AND instance_index = ?`,
    task,
    index,
  );
  db.run(
    `UPDATE instances SET launch_time = NULL, running_time = NULL, end_time = NULL
     WHERE task = ? AND instance_index = ?`,
    task,
    index,
  );
};

/**
 * Records that an instance is to be killed, and why. The first reason stands, but a final one, after which nothing is
 * retried, overrides one that allows a retry.
 * @returns whether the request is new
 */
export const requestKill = (
  db: Database,
  task: number,
  index: number,
  reason: string,
  now: number,
): boolean =>
  db.run(
    `UPDATE instances SET kill_reason = ?, kill_time = ?
     WHERE task = ? AND instance_index = ? AND (kill_reason IS NULL OR kill_reason IN (?, ?)) AND kill_reason IS NOT ?
     AND state IN ('STARTING', 'RUNNING')`,
    reason,
    now,
    task,
    index,
    timedOut,
    nodeTerminated,
    reason,
  ).changes === 1;

/** Requests that everything active of a job is killed, and discards its retained workspaces. */
export const killJob = (db: Database, jobSeq: number, reason: string, now: number): void => {
  db.run(
    `UPDATE instances SET kill_reason = ?, kill_time = ? WHERE (kill_reason IS NULL OR kill_reason IN (?, ?))
     AND state IN ('STARTING', 'RUNNING') AND task IN (SELECT id FROM tasks WHERE job = ?)`,
    reason,
    now,
    timedOut,
    nodeTerminated,
    jobSeq,
  );
  const retaining = db.all<{ id: number }>(
    'SELECT id FROM tasks WHERE job = ? AND failed_interrupted_count > 0',
    jobSeq,
  );
  for (const { id } of retaining) discardRetained(db, id, undefined, reason, now);
};

/** Discards the retained workspaces of a task, or of one instance: FAILED_INTERRUPTED to FAILED. */
export const discardRetained = (
  db: Database,
  task: number,
  index: number | undefined,
  reason: string,
  now: number,
): void => {
  assertTransition('FAILED_INTERRUPTED', 'FAILED');
  const retained = db
    .all<RawAttempt>(
      `SELECT ${columns} FROM ${joined}
       WHERE task = ? AND instances.state = 'FAILED_INTERRUPTED' AND instance_index = coalesce(?, instance_index)`,
      task,
      index ?? null,
    )
    .map(attemptOf);
  for (const attempt of retained) {
    const { work, scratch } = attemptFilesOf('', attempt);
    for (const path of [work, scratch]) deleteFilesLater(db, path);
  }
  const { changes } = db.run(
    `UPDATE instances SET state = 'FAILED', reason = ?, end_time = ?
     WHERE task = ? AND state = 'FAILED_INTERRUPTED' AND instance_index = coalesce(?, instance_index)`,
    reason,
    now,
    task,
    index ?? null,
  );
  const indexes = retained.map((attempt) => attempt.index);
  recordInstanceEvents(db, task, indexes, 'FAILED', now);
  recordTransition(db, task, 'FAILED_INTERRUPTED', 'FAILED', changes, now);
};
