/** RerunJob: submits a job again, with changes, for everything or for what did not succeed. */
import * as z from 'zod';
import { actions, type InputOf } from '../../catalogue/index.ts';
import { hasEnded } from '../../catalogue/job-states.ts';
import { JobId } from '../../catalogue/shapes/common.ts';
import { Job } from '../../catalogue/shapes/job.ts';
import { Task } from '../../catalogue/shapes/task.ts';
import { InputError } from '../../shared/errors.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { instancesOf } from '../jobs/job-cost.ts';
import { counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { namedId } from '../render/untrusted.ts';
import { changeOf } from './changing.ts';
import { differencesOf, hiddenNoteOf } from './difference.ts';
import { type Locate, type Path, patched, pathInTask } from './patch.ts';
import { readSubmission, type Submission, withoutSucceeded } from './resubmission.ts';

const input = z.strictObject({
  JobId: JobId.describe('The job to run again.'),
  set: z
    .array(z.string().max(20_000))
    .max(50)
    .optional()
    .describe(
      'PATH=VALUE: Timeout=600 (all tasks), TASK.EnvVars.SIZE=8, JobName=…; TASK.Command~=OLD=>NEW replaces text.',
    ),
  remove: z.array(z.string().max(300)).max(50).optional().describe('Paths.'),
  only: z.enum(['unsuccessful']).optional().describe('Without tasks that succeeded.'),
  dryRun: z.boolean().optional().describe('Sends nothing.'),
});

export const RerunJob: Tool = {
  name: 'RerunJob',
  title: 'Run a job again',
  description: 'Submits a job again as a new one, with changes, and shows the difference.',
  group: 'workflow',
  effect: 'create',
  idempotent: false,
  input,
  isRegional: true,
  hasDetail: false,
  returns: 'JobId changes[path was now] dropped notReturned',
  makesCalls: true,
  creates: 'JobId',
  run: async (args, context) => {
    // The arguments were checked against this schema.
    return rerun(args as z.output<typeof input>, context);
  },
};

const rerun = async (
  { JobId: id, set, remove, only, dryRun = false }: z.output<typeof input>,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const read = await readSubmission(id, context);
  if (only !== undefined && !hasEnded(read.job.JobState)) {
    const message = `The job is ${read.job.JobState}: what has not succeeded may still do so. Wait for its end, or leave it out.`;
    throw new InputError('RerunJob', [{ path: 'only', message }]);
  }
  const reduced =
    only === undefined ? { submission: read.submission, dropped: [] } : withoutSucceeded(read, 'RerunJob');
  const changed = withEnvironments(
    reduced.submission,
    patched('RerunJob', reduced.submission, { set, remove }, locateIn(reduced.submission)),
  );
  const submission = checked(changed);
  const differences = differencesOf(reduced.submission.Job, submission.Job, Job);
  const hidden = hiddenNoteOf(submission.Job, Job, differences);
  const sent = dryRun ? undefined : await changeOf(context)({ action: 'SubmitJob', input: submission });
  const { Tasks } = submission.Job;
  const size = `${counted(Tasks.length, 'task')}, ${counted(
    Tasks.reduce((sum, task) => sum + instancesOf(task), 0),
    'instance',
  )}`;
  const old = namedId(id, read.job.JobName);
  const newId = sent?.fields.JobId;
  return {
    summary:
      sent === undefined
        ? `Nothing was submitted. ${old} would run again: ${size}.`
        : `${String(newId ?? 'A job')} was submitted: ${old} again, ${size}, everything but these changes as it was. It is SUBMITTED.`,
    fields: {
      ...(newId !== undefined && { JobId: newId }),
      changes: differences.length === 0 ? 'none' : tableOf(['path', 'was', 'now'], differences),
      zone: submission.Placement.Zone,
      ...(hidden !== undefined && { hidden }),
      ...(reduced.dropped.length > 0 && {
        dropped: reduced.dropped,
        order: (submission.Job.Dependences ?? []).map(
          ({ StartTask, EndTask }) => `${StartTask} → ${EndTask}`,
        ),
      }),
      ...(read.unknown.length > 0 && {
        notReturned: `${read.unknown.join(', ')}: if the old job had them, they are missing in the new one`,
      }),
    },
    next: [
      sent === undefined
        ? 'The same call without dryRun submits it.'
        : newId === undefined
          ? 'The response has no JobId; DescribeJobs lists the newest jobs first.'
          : `WaitForJob with JobId ${String(newId)} waits for its end.`,
    ],
  };
};

/** From the root of the submission: a field of the job, a field of every task, or the name of a task and a field of it. */
const locateIn =
  ({ Job: { Tasks } }: Submission): Locate =>
  (path: Path) => {
    const [first = '', ...rest] = path;
    if (first === 'Placement' || first === 'Job') return path;
    if (first === 'Zone') return ['Placement', ...path];
    if (first === 'Tasks' && rest.length > 1) {
      const [task = '', ...field] = rest;
      const inTask = pathInTask(field, Task);
      return inTask && ['Job', 'Tasks', task, ...inTask];
    }
    if (Object.hasOwn(Job.shape, first)) return ['Job', ...path];
    const inEvery = pathInTask(path, Task);
    if (inEvery) return ['Job', 'Tasks', '*', ...inEvery];
    if (!Tasks.some(({ TaskName }) => TaskName === first)) return undefined;
    const inOne = pathInTask(rest, Task);
    return inOne && ['Job', 'Tasks', first, ...inOne];
  };

/** A task runs either in an environment or on dedicated machines: the one that was set replaces the other. */
const withEnvironments = (before: Submission, after: Submission): Submission => ({
  ...after,
  Job: {
    ...after.Job,
    Tasks: after.Job.Tasks.map((task, index) => {
      const { EnvId, ComputeEnv, ...others } = task;
      if (EnvId === undefined || ComputeEnv === undefined) return withOneType(task, before.Job.Tasks[index]);
      return before.Job.Tasks[index]?.EnvId === undefined ? { ...others, EnvId } : { ...others, ComputeEnv };
    }),
  },
});

type TaskInput = Submission['Job']['Tasks'][number];

/** The same for the type of the machines, which is one, or any of several, or a size. */
const withOneType = (task: TaskInput, before: TaskInput | undefined): TaskInput => {
  const data = task.ComputeEnv?.EnvData;
  if (data?.InstanceType === undefined || data.InstanceType === before?.ComputeEnv?.EnvData?.InstanceType)
    return task;
  const { InstanceTypes: _, InstanceTypeOptions: __, ...others } = data;
  return { ...task, ComputeEnv: { ...task.ComputeEnv, EnvData: others } };
};

/** @throws InputError as SubmitJob would, with the path in the submission */
const checked = (submission: Submission): InputOf<'SubmitJob'> & Fields => {
  const tool = { name: 'RerunJob', input: actions.SubmitJob.input, isRegional: false, hasDetail: false };
  // They were just checked against the schema of SubmitJob.
  return readArguments(tool, submission).fields as InputOf<'SubmitJob'> & Fields;
};
