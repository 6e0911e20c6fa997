/** How much is read of a large job by one call, and by those after it, against a real engine. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import { maxCalls } from '../../../src/mcp/job-view/course-reader.ts';
import { pagesToRead } from '../../../src/mcp/job-view/pages.ts';
import { jobDataTool } from '../../../src/mcp/job-view/view-resource.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { startTestEngine, toolboxOver, until } from '../harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let toolbox: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  toolbox = toolboxOver(engine, ['--confirm', 'none']);
});
afterAll(async () => {
  await toolbox.close();
  await engine.stop();
});

const caller = { name: 'test', signal: new AbortController().signal };
const call = async (name: string, args: Fields): Promise<Fields> => {
  const outcome = await toolbox.call(name, args, caller);
  if (outcome.kind !== 'answer') throw new Error('The gate asked.');
  if (outcome.answer.isError) throw new Error(outcome.answer.content[0].text);
  return outcome.answer.structuredContent;
};
/** Calls the tool, and returns the number of API calls that it made. */
const read = async (name: string, JobId: string) => {
  const before = engine.requests.length;
  const fields = await call(name, { JobId });
  return { calls: engine.requests.length - before, course: fields.course as JobCourse, fields };
};

/** More than a first reading can read, one call each. */
const tasks = 80;

test('a first reading makes at most 60 calls, a later one 6, and the job is completed by them', async () => {
  const EnvId = String(
    (
      await call('CreateComputeEnv', {
        Placement: { Zone: 'ap-guangzhou-1' },
        ComputeEnv: {
          EnvName: 'empty',
          DesiredComputeNodeCount: 0,
          EnvType: 'MANAGED',
          EnvData: { InstanceTypes: ['S5.SMALL2'], ImageId: 'img-31tjrtph' },
        },
      })
    ).EnvId,
  );
  const Application = { DeliveryForm: 'LOCAL', Command: 'true' };
  const JobId = String(
    (
      await call('SubmitJob', {
        Placement: { Zone: 'ap-guangzhou-1' },
        Job: {
          JobName: 'large',
          Tasks: Array.from({ length: tasks }, (_, at) => ({
            ...{ TaskName: `task-${at}`, TaskInstanceNum: 2, Application, EnvId },
          })),
        },
      })
    ).JobId,
  );
  await until(
    () => call('DescribeJob', { JobId }),
    (job) => job.JobState === 'RUNNABLE',
  );
  const first = await read('ShowJob', JobId);
  expect(first.calls).toBeGreaterThan(50);
  expect(first.calls).toBeLessThanOrEqual(maxCalls.first);
  expect(String(first.fields.coverage)).toMatch(/^\d+ of 160 instances not read yet; counts are complete\. /);
  expect(String(first.fields.summary)).toContain('0 of 160 done, 160 waiting');
  let last = first;
  await until(
    async () => {
      last = await read(jobDataTool, JobId);
      expect(last.calls).toBeLessThanOrEqual(maxCalls.again);
      return last.course.coverage;
    },
    ({ readInstances, instances }) => readInstances === instances,
    60_000,
  );
  expect(last.course.tasks.map(({ states }) => states)).toEqual(new Array(tasks).fill('q2'));
  expect(last.course.holds).toContainEqual(expect.stringContaining('"task-0" waits for a machine'));
}, 240_000);

test('what is being read is read once, and what has ended and was read is not read again', async () => {
  const { JobId } = await call('SubmitJob', {
    Placement: { Zone: 'ap-guangzhou-1' },
    Job: {
      JobName: 'small',
      Tasks: [
        {
          TaskName: 'work',
          TaskInstanceNum: 3,
          Application: { DeliveryForm: 'LOCAL', Command: 'true' },
          ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' } },
        },
      ],
    },
  });
  const id = String(JobId);
  await until(
    () => call('DescribeJob', { JobId: id }),
    (job) => job.JobState === 'SUCCEED',
  );
  const before = engine.requests.length;
  await Promise.all([read('ShowJob', id), read('ShowJob', id), read(jobDataTool, id)]);
  // Those that come while it is read share the reading: job, submission, prices, instances, two metrics.
  expect(engine.requests.length - before).toBe(6);
  expect(await read('ShowJob', id)).toMatchObject({ calls: 1 });
});

test('pages are chosen so that every task is known, then what can change, then what was not read', () => {
  const job = {
    TaskSet: [
      { TaskName: 'done', TaskState: 'SUCCEED' },
      { TaskName: 'running', TaskState: 'RUNNING' },
      { TaskName: 'later', TaskState: 'PENDING' },
    ],
  } as never;
  const submission = {
    Tasks: [
      { TaskName: 'done', TaskInstanceNum: 2500 },
      { TaskName: 'running', TaskInstanceNum: 1500 },
      { TaskName: 'later', TaskInstanceNum: 9000 },
    ],
  } as never;
  const nothing = new Map();
  expect(pagesToRead(job, submission, nothing, 4)).toMatchObject([
    { TaskName: 'running', page: 0 },
    { TaskName: 'done', page: 0 },
    { TaskName: 'running', page: 1 },
    { TaskName: 'done', page: 1 },
  ]);
  const page = (time: number, isOpen: boolean) => ({ instances: [], time, isOpen, hasFailed: false });
  const read = new Map([
    ['done', { counts: {}, total: 2500, pages: new Map([[0, page(1, false)]]) }],
    [
      'running',
      {
        counts: {},
        total: 1500,
        pages: new Map([
          [0, page(5, true)],
          [1, page(4, true)],
        ]),
      },
    ],
  ]);
  expect(pagesToRead(job, submission, read, 3)).toMatchObject([
    { TaskName: 'running', page: 1 },
    { TaskName: 'running', page: 0 },
    { TaskName: 'done', page: 1 },
  ]);
});
