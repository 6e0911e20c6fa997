/** A job as it was submitted: read again, completed by what this program knows, reduced to what did not succeed. */
import { actions, type InputOf, type OutputOf } from '../../catalogue/index.ts';
import { knownFieldsOf } from '../../catalogue/schema-walk.ts';
import { InputError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { reducedDependencesOf } from '../jobs/job-reduction.ts';
import { withoutNulls } from '../jobs/without-nulls.ts';

export type Submission = Pick<InputOf<'SubmitJob'>, 'Placement' | 'Job'>;

export interface Resubmission {
  readonly job: OutputOf<'DescribeJob'>;
  /** With the secrets that the service returns: for a request, not for an answer. */
  readonly submission: Submission;
  /** Fields of the submission that the API does not return and that are not known otherwise. */
  readonly unknown: readonly string[];
}

/** What DescribeJobSubmitInfo omits. */
const omitted = [
  'Notifications',
  'TaskExecutionDependOn',
  'StateIfCreateCvmFailed',
  'NotificationTarget',
] as const;

/**
 * Reads how a job was submitted. A job that this program submitted is known completely.
 * @throws the service's error; TransportError where the response has no tasks
 */
export const readSubmission = async (JobId: string, context: ToolContext): Promise<Resubmission> => {
  const [job, info, created] = await Promise.all([
    context.call('DescribeJob', { JobId }),
    context.call('DescribeJobSubmitInfo', { JobId }),
    context.createdWith?.(JobId),
  ]);
  const { JobName, JobDescription, Priority, Tasks, Dependences, Tags } = info;
  const read = {
    Placement: { Zone: job.Zone },
    Job: { JobName, JobDescription: JobDescription || null, Priority, Tasks, Dependences, Tags },
  };
  // Arguments of a call of SubmitJob, with masks in place of secrets.
  const known = (created?.tool === 'SubmitJob' ? created.arguments : undefined) as Submission | undefined;
  const returned = withReferences(
    knownFieldsOf(withoutNulls(read), actions.SubmitJob.input),
    known,
  ) as Submission;
  if (!returned.Job.Tasks?.length) {
    const message = `DescribeJobSubmitInfo: the response has no Tasks, so ${JobId} cannot be submitted again. Nothing was sent.`;
    throw new TransportError(message, false);
  }
  return {
    job,
    submission: {
      Placement: known?.Placement ?? returned.Placement,
      Job: {
        ...returned.Job,
        ...Object.fromEntries(
          omitted.flatMap((field) => {
            const value = known?.Job[field];
            return value === undefined ? [] : [[field, value]];
          }),
        ),
      },
    },
    unknown: known === undefined ? omitted.map((field) => `Job.${field}`) : [],
  };
};

/** A secret that the service masks, or returns as asterisks, goes by the variable it was submitted with. */
const withReferences = (value: unknown, known: unknown): unknown => {
  if (typeof value === 'string') {
    const isReference = typeof known === 'string' && /^\$\{env:\w+\}$/.test(known);
    return /^\*+$/.test(value) && isReference ? known : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const partOf = (key: string | number): unknown =>
    typeof known === 'object' && known !== null ? Reflect.get(known, key) : undefined;
  if (Array.isArray(value)) return value.map((part, index) => withReferences(part, partOf(index)));
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withReferences(part, partOf(key))]),
  );
};

export interface Reduced {
  readonly submission: Submission;
  readonly dropped: readonly string[];
}

/**
 * The submission without the tasks that succeeded.
 * @throws InputError where none is left
 */
export const withoutSucceeded = (
  { submission, job }: Pick<Resubmission, 'submission' | 'job'>,
  tool: string,
): Reduced => {
  const succeeded = new Set(
    (job.TaskSet ?? []).flatMap((task) =>
      task?.TaskState === 'SUCCEED' && task.TaskName ? [task.TaskName] : [],
    ),
  );
  const { Tasks, Dependences, ...others } = submission.Job;
  const isDropped = (name: string | undefined): boolean => name !== undefined && succeeded.has(name);
  const left = Tasks.filter(({ TaskName }) => !isDropped(TaskName));
  if (left.length === 0) {
    const message = 'Every task of the job has succeeded. Leave `only` out to run all of it again.';
    throw new InputError(tool, [{ path: 'only', message }]);
  }
  const order = reducedDependencesOf(Dependences ?? [], isDropped);
  return {
    submission: {
      ...submission,
      Job: { ...others, Tasks: left, ...(order.length > 0 && { Dependences: order }) },
    },
    dropped: Tasks.flatMap(({ TaskName }) => (isDropped(TaskName) && TaskName ? [TaskName] : [])),
  };
};
