/** Messages about jobs, tasks and instances for the topics that a submission names; stored with the change itself. */
import { notifiedStates } from '../../catalogue/job-states.ts';
import type { State } from '../model/lifecycle.ts';
import { messagesOf, type NotificationView } from '../model/notifications.ts';
import { timeText } from '../model/time.ts';
import type { Database } from './database.ts';
import { recordEvents } from './events.ts';

const hasEvent = (state: State): boolean => notifiedStates.some((notified) => notified === state);

interface JobFacts {
  readonly region: string;
  readonly notifications: string;
  readonly job_id: string;
  readonly name: string;
  readonly priority: number;
  readonly state: State;
  readonly create_time: number;
  readonly end_time: number | null;
}
const jobColumns =
  'region, notifications, job_id, jobs.name, jobs.priority, jobs.state, create_time, jobs.end_time';

/** What the vendor calls `Batch`. It documents the body for nodes only; this one follows it, with the API's names. */
const bodyOf = (job: JobFacts) => ({
  JobId: job.job_id,
  JobName: job.name,
  JobState: job.state,
  Priority: job.priority,
  CreateTime: timeText(job.create_time),
  EndTime: job.end_time === null ? null : timeText(job.end_time),
});

const record = (
  db: Database,
  job: JobFacts,
  name: string,
  more: Record<string, unknown>,
  time: number,
): void => {
  // The catalogue checked it when it was submitted.
  const notifications = JSON.parse(job.notifications) as readonly NotificationView[];
  recordEvents(
    db,
    messagesOf(notifications, { name, region: job.region, time, body: { ...bodyOf(job), ...more } }),
  );
};

/** Whether a task belongs to a job that asks for messages. */
export const hasNotifications = (db: Database, task: number): boolean =>
  db.get(
    'SELECT 1 FROM tasks JOIN jobs ON jobs.seq = tasks.job WHERE tasks.id = ? AND notifications IS NOT NULL',
    task,
  ) !== undefined;

/** Records that a job has reached a state. Most jobs name no topic; then this costs one query. */
export const recordJobEvent = (db: Database, seq: number, state: State, time: number): void => {
  if (!hasEvent(state)) return;
  const job = db.get<JobFacts>(
    `SELECT ${jobColumns} FROM jobs WHERE seq = ? AND notifications IS NOT NULL`,
    seq,
  );
  if (job !== undefined) record(db, job, `JOB_${state}`, {}, time);
};

/** Records that a task has reached a state. */
export const recordTaskEvent = (db: Database, task: number, state: State, time: number): void => {
  if (!hasEvent(state)) return;
  const facts = factsOfTask(db, task);
  if (facts !== undefined)
    record(db, facts, `TASK_${state}`, { TaskName: facts.task_name, TaskState: state }, time);
};

/** Records that instances of a task have reached a state. */
export const recordInstanceEvents = (
  db: Database,
  task: number,
  indexes: readonly number[],
  state: State,
  time: number,
): void => {
  if (!hasEvent(state) || indexes.length === 0) return;
  const facts = factsOfTask(db, task);
  if (facts === undefined) return;
  for (const TaskInstanceIndex of indexes) {
    const more = { TaskName: facts.task_name, TaskInstanceIndex, TaskInstanceState: state };
    record(db, facts, `TASK_INSTANCE_${state}`, more, time);
  }
};

const factsOfTask = (db: Database, task: number): (JobFacts & { readonly task_name: string }) | undefined =>
  db.get(
    `SELECT ${jobColumns}, tasks.name AS task_name FROM tasks JOIN jobs ON jobs.seq = tasks.job
     WHERE tasks.id = ? AND notifications IS NOT NULL`,
    task,
  );
