/** Why instances wait in the queue of a cluster, and when a job would start there. Only a local engine with a cluster knows. */
import type { InputOf } from '../../catalogue/index.ts';
import type { EngineRequests, QueuedInstances } from '../../client/engine-requests.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { nameOfTask } from '../jobs/job-cost.ts';
import { counted } from '../render/counted.ts';
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';

export interface QueueUse {
  /** One for each task and reason. */
  readonly sentences: readonly string[];
  /** Tasks with instances in the queue. */
  readonly tasks: ReadonlySet<string>;
}

const none: QueueUse = { sentences: [], tasks: new Set() };

/** Of more, the rest have the same reasons, as a rule. */
const maxSentences = 5;
/** Numbers of jobs in one sentence; with one of them an administrator finds the others. */
const maxJobs = 3;

/** What is in the queue of the cluster of a job; nothing where there is none, or where it cannot be read. */
export const queueUseOf = async (
  JobId: string,
  { engine: find, region, signal }: Pick<ToolContext, 'engine' | 'region' | 'signal'>,
): Promise<QueueUse> => {
  const engine = await find?.();
  if (engine === undefined) return none;
  try {
    const { Queued, Note } = await engine.queue({ Region: region, JobId });
    const rest = Queued.length - maxSentences;
    return {
      sentences: [
        ...Queued.slice(0, maxSentences).map(sentenceOf),
        ...(rest > 0 ? [`${counted(rest, 'more group')} of instances in the queue of the cluster`] : []),
        ...(Note === undefined ? [] : [`why instances wait in the cluster is not known: ${Note}`]),
      ],
      tasks: new Set(Queued.map(({ TaskName }) => TaskName)),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof TransportError) return none;
    throw error;
  }
};

const sentenceOf = ({ TaskName, Count, Reason, Meaning, SlurmJobs }: QueuedInstances): string => {
  const jobs = SlurmJobs.slice(0, maxJobs).join(', ');
  const more = SlurmJobs.length > maxJobs ? ', …' : '';
  return `${counted(Count, 'instance')} of ${quoted(TaskName)} ${Count === 1 ? 'waits' : 'wait'} in the queue of the cluster (Slurm job ${jobs}${more}; ${Reason}): ${Meaning}`;
};

/** When the job would start on a cluster, in a sentence; undefined where there is none. */
export const expectedStartOf = async (
  engine: EngineRequests,
  submission: InputOf<'SubmitJob'>,
  { region, now, signal }: Pick<ToolContext, 'region' | 'now' | 'signal'>,
): Promise<string | undefined> => {
  try {
    const found = await engine.expectedStart(region, submission);
    if (found === undefined) return undefined;
    const { Position, Start, Partition, Unknown } = found;
    const task = submission.Job.Tasks[Position];
    const name = quoted(task === undefined ? '' : nameOfTask(task, Position));
    if (Start === undefined) return `not known for ${name}: ${Unknown ?? 'Slurm did not say'}`;
    const seconds = Math.round((Start - now()) / 1000);
    const when =
      seconds < soonSeconds
        ? 'within a minute or so'
        : `about ${new Date(Start).toISOString().slice(0, 16)}Z, in ${durationOf(seconds)}`;
    return `${when}, for the first instance of ${name}${Partition === undefined ? '' : ` in partition ${Partition}`}: an estimate of Slurm, which other jobs can change`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof TransportError)
      return 'not known: the engine did not answer';
    throw error;
  }
};

/** Slurm's own plans are no more exact. */
const soonSeconds = 60;
