/** Finds the objects that a request names, with a sentence for those that do not exist. */
import type { Database } from '../store/database.ts';
import { findJob, type JobRow } from '../store/jobs.ts';
import { findTask, type TaskRow } from '../store/tasks.ts';

/** The message of ResourceNotFound.Job. */
export const noJobMessage = (jobId: string, region: string): string =>
  `There is no such job in ${region}: \`${jobId}\`.`;

/** The message of ResourceNotFound.TaskInstance. */
export const noInstance = (task: TaskRow, index: number): string =>
  `Task \`${task.name}\` has the instances 0 to ${task.instances - 1}; there is no ${index}.`;

/** A task with its job, or a sentence that says which of the two does not exist. */
export const findJobAndTask = (
  db: Database,
  region: string,
  jobId: string,
  taskName: string,
): { readonly job: JobRow; readonly task: TaskRow } | string => {
  const job = findJob(db, region, jobId);
  if (job === undefined) return noJobMessage(jobId, region);
  const task = findTask(db, job.seq, taskName);
  return task === undefined ? `Job \`${jobId}\` has no task \`${taskName.slice(0, 60)}\`.` : { job, task };
};
