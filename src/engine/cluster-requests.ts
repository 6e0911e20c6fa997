/** Engine-only requests on the queue of a cluster. An engine that runs jobs on its machine answers them empty. */
import * as z from 'zod';
import type { InputOf } from '../catalogue/index.ts';
import { isRegionName } from '../catalogue/regions.ts';
import type { HandlerContext } from './handlers/handler.ts';
import { checkInput } from './http/check-input.ts';
import { Refusal } from './http/refusals.ts';
import type { QueueView } from './runner/slurm/queue-view.ts';
import type { ClusterTask, JobOptions } from './runner/slurm/resources.ts';
import { findJob } from './store/jobs.ts';
import { tasksOfJob } from './store/tasks.ts';

/** What an engine with a cluster answers from. */
export interface ClusterView extends QueueView {
  /** What the operator's table gives a task, and its time limit in minutes. */
  jobOptionsOf(region: string, task: ClusterTask): JobOptions;
}

type Context = Pick<HandlerContext, 'db'> & { readonly cluster: ClusterView | undefined };

const JobTarget = z.object({ Region: z.string(), JobId: z.string() });

/** Responds with the instances of a job that wait in the queue of the cluster, and why; `Note` if that is unknown. */
export const queueOf = async (body: unknown, { db, cluster }: Context): Promise<object> => {
  const { Region, JobId } = JobTarget.parse(body);
  const job = findJob(db, Region, JobId);
  if (cluster === undefined || job === undefined) return { Queued: [] };
  const names = new Map(tasksOfJob(db, job.seq).map(({ id, name }) => [id, name]));
  const groups = await cluster.waiting(new Set(names.keys()));
  if (groups === undefined) return { Queued: [], Note: 'the controller of Slurm does not answer at present' };
  return {
    Queued: groups.map(({ task, count, reason, meaning, jobs }) => ({
      TaskName: names.get(task) ?? '',
      Count: count,
      Reason: reason,
      Meaning: meaning,
      SlurmJobs: jobs,
    })),
  };
};

const Submission = z.object({ Region: z.string(), Input: z.unknown() });

/** Responds with the expected start of the largest task that begins at once; empty if it cannot be submitted. */
export const startOf = async (body: unknown, { cluster }: Context): Promise<object> => {
  const { Region, Input } = Submission.parse(body);
  if (cluster === undefined || !isRegionName(Region)) return {};
  const job = jobOf(Input);
  if (job === undefined) return {};
  const { Tasks, Dependences = [] } = job;
  const later = new Set(Dependences.map(({ EndTask }) => EndTask));
  const [first] = Tasks.map((task, position) => ({ task, position }))
    .filter(({ task }) => task.TaskName === undefined || !later.has(task.TaskName))
    .sort((one, other) => (other.task.TaskInstanceNum ?? 1) - (one.task.TaskInstanceNum ?? 1));
  if (first === undefined) return {};
  const { resources, minutes } = cluster.jobOptionsOf(Region, first.task);
  const estimate = await cluster.expectedStart(resources, minutes);
  return {
    Position: first.position,
    ...(estimate.kind === 'start'
      ? { Start: estimate.time, Partition: estimate.partition }
      : { Unknown: estimate.reason }),
  };
};

/** undefined for a submission that SubmitJob refuses. */
const jobOf = (input: unknown): InputOf<'SubmitJob'>['Job'] | undefined => {
  try {
    return checkInput('SubmitJob', input).Job;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};
