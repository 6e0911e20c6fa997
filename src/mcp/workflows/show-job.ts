/** ShowJob: how a job went, as text and as a view; and the tools that only the view calls. */
import * as z from 'zod';
import type { OutputOf } from '../../catalogue/index.ts';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import type { EngineAttempt } from '../../client/engine-requests.ts';
import { InputError } from '../../shared/errors.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { JobCourse } from '../job-view/course.ts';
import { createCourseReader } from '../job-view/course-reader.ts';
import { courseFieldsOf } from '../job-view/course-text.ts';
import { headlineOf } from '../job-view/sentences.ts';
import { jobDataTool, jobLogTool, jobViewTool } from '../job-view/view-resource.ts';
import { coverageTextOf } from '../logs/log-coverage.ts';
import type { Stream } from '../logs/log-source.ts';
import { readLogs } from '../logs/read-logs.ts';
import { sizeTextOf } from '../render/size.ts';
import { readHolds } from './job-holds.ts';

/** The tool for models, and the tools of its view, which share what was read. */
export interface JobViewTools {
  readonly ShowJob: Tool;
  /** Tools that are listed only to clients that show the view. */
  readonly viewTools: readonly Tool[];
}

// In a list that is read with every request, the name explains itself.
const input = z.strictObject({ JobId: JobId.meta({ description: undefined }) });

const common = {
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  isRegional: true,
  hasDetail: false,
} as const;

/** Creates them; what they read is stored in here, for a few jobs. */
export const createJobViewTools = (): JobViewTools => {
  const reader = createCourseReader(readHolds);
  const ShowJob: Tool = {
    ...common,
    name: jobViewTool,
    title: 'Show how a job goes',
    description:
      'Shows the course of a job: timeline of its tasks, counts, retries, critical path, what it waits for, failures, cost, memory and CPU used. At most 60 API calls.',
    input,
    run: async (args, context) => {
      // The arguments were checked against this schema.
      const { JobId: id } = args as z.output<typeof input>;
      const course = await reader.read(id, false, context);
      return { summary: headlineOf(course), fields: courseFieldsOf(course), next: nextOf(course) };
    },
  };
  const data: Tool = {
    ...common,
    audience: 'view',
    name: jobDataTool,
    title: 'Read the course of a job',
    description: 'Reads the data of the view of a job, and more of it with every call.',
    input,
    run: async (args, context) => {
      // The arguments were checked against this schema.
      const { JobId: id } = args as z.output<typeof input>;
      const course = await reader.read(id, true, context);
      return { summary: headlineOf(course), fields: { course }, isViewData: true };
    },
  };
  return { ShowJob, viewTools: [data, log] };
};

const nextOf = ({ JobId: id, failures, coverage, isFinal }: JobCourse): readonly string[] => [
  ...(failures.length > 0 ? [`DiagnoseJob with JobId ${id} explains the failures.`] : []),
  ...(coverage.readInstances < coverage.instances
    ? ['ShowJob again reads more.']
    : isFinal
      ? []
      : [`WaitForJob with JobId ${id} follows it.`]),
];

const logInput = z.strictObject({
  JobId,
  TaskName: ExistingTaskName,
  instance: z.int().min(0).max(1_000_000_000).describe('Index of the instance.'),
});

const streams: readonly Stream[] = ['stdout', 'stderr'];
/** As much as a panel of a view shows. */
const tail = { kind: 'tail', lines: 200 } as const;
const maxLineLength = 2000;
/** Characters of both streams. */
const maxLength = 14_000;

const log: Tool = {
  ...common,
  audience: 'view',
  name: jobLogTool,
  title: 'Read the end of a log',
  description: 'Reads the end of the log of one instance, and its attempts, for the view of a job.',
  hasAttempts: true,
  input: logInput,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { JobId: id, TaskName, instance } = args as z.output<typeof logInput>;
    return readLog(id, TaskName, instance, context);
  },
};

const readLog = async (
  id: string,
  TaskName: string,
  instance: number,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const attempts = await attemptsOf(id, TaskName, instance, context);
  const wanted = {
    ...{ JobId: id, TaskName, from: 0, instances: [instance], streams, part: tail },
    ...{ maxLineLength, maxLength },
  };
  const { parts, coverage } = await readLogs(wanted, context);
  const textOf = (stream: Stream): string =>
    parts
      .filter((part) => part.stream === stream)
      .flatMap(({ lines }) => lines)
      .join('\n');
  const all = parts.reduce((sum, { length }) => sum + length, 0);
  const shown = parts.reduce((sum, { first, end }) => sum + Math.max(0, end - first), 0);
  return {
    summary: `The end of the log of instance ${instance}: ${sizeTextOf(shown)} of ${sizeTextOf(all)}.`,
    fields: {
      stdout: textOf('stdout'),
      stderr: textOf('stderr'),
      note: [
        shown < all ? `The last ${sizeTextOf(shown)} of ${sizeTextOf(all)}.` : `${sizeTextOf(all)}.`,
        coverageTextOf(coverage),
      ]
        .filter(Boolean)
        .join(' '),
      attempts,
    },
    isViewData: true,
  };
};

/** The attempts of an instance; of the cloud only the last one. */
const attemptsOf = async (
  id: string,
  TaskName: string,
  TaskInstanceIndex: number,
  { engine, region, attempt, call }: ToolContext,
): Promise<readonly Fields[]> => {
  const requests = await engine?.();
  if (requests !== undefined) {
    const all = await requests.attempts({ Region: region, JobId: id, TaskName, TaskInstanceIndex });
    return all.map(attemptFieldsOf);
  }
  if (attempt !== undefined)
    throw new InputError(jobLogTool, [
      { path: 'attempt', message: 'The service keeps only the last attempt.' },
    ]);
  const page = await call('DescribeTask', { JobId: id, TaskName, Offset: TaskInstanceIndex, Limit: 1 });
  return (page.TaskInstanceSet ?? []).flatMap((instance) => (instance ? [lastAttemptOf(instance)] : []));
};

const attemptFieldsOf = (attempt: EngineAttempt): Fields => ({
  attempt: attempt.Attempt,
  state: attempt.State,
  ExitCode: attempt.ExitCode,
  reason: attempt.StateDetailedReason || attempt.StateReason,
  node: attempt.ComputeNodeId,
  machine: attempt.ComputeNodeInstanceId,
  began: attempt.RunningTime,
  ended: attempt.EndTime,
  use: attempt.Usage,
});

type Instance = NonNullable<NonNullable<OutputOf<'DescribeTask'>['TaskInstanceSet']>[number]>;

const lastAttemptOf = (instance: Instance): Fields => ({
  state: instance.TaskInstanceState,
  ExitCode: instance.ExitCode ?? null,
  reason: instance.StateDetailedReason || instance.StateReason || '',
  machine: instance.ComputeNodeInstanceId ?? null,
  began: instance.RunningTime ?? null,
  ended: instance.EndTime ?? null,
});
