/** Completions over a real engine, also when it is slow. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionNames } from '../../../src/catalogue/index.ts';
import { wait } from '../../../src/mcp/contract/wait.ts';
import { type Complete, createCompletion } from '../../../src/mcp/resources/completion.ts';
import { startOverEngine, submissionOf, task } from '../workflows/over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let jobs: readonly string[];
let complete: Complete;
let now = 0;
beforeAll(async () => {
  over = await startOverEngine();
  const command = 'if [ $BATCH_TASK_INSTANCE_INDEX = 7 ]; then exit 1; fi';
  jobs = [
    await over.finish(submissionOf([task('old', 'true')])),
    await over.finish(
      submissionOf([task('render', command, { TaskInstanceNum: 12 }), task('report', 'true')]),
    ),
  ];
  complete = createCompletion({
    call: (action, input, region, signal) =>
      over.call(action, input, { signal, ...(region === undefined ? {} : { region }) }),
    region: 'ap-guangzhou',
    tools: actionNames,
    wait,
    now: () => now,
  });
});
afterAll(() => over.stop());

const valuesOf = async (name: string, value = '', known: Readonly<Record<string, string>> = {}) => {
  // Expires what the previous test has cached.
  now += 60_000;
  return (await complete({ name, value, context: known })).values;
};

test('jobs are completed newest first', async () => {
  const [newest, oldest] = await valuesOf('JobId', '', { Region: 'ap-guangzhou' });
  // Both may be created in the same second, the resolution of the service.
  expect(new Set([newest, oldest])).toEqual(new Set(jobs));
  expect(await valuesOf('JobId', (jobs[1] ?? '').slice(0, 8))).toContain(jobs[1]);
  expect(await valuesOf('JobId', '', { Region: 'ap-tokyo' })).toEqual([]);
});

test('tasks and instances are completed from the given job, failed instances first', async () => {
  const JobId = jobs[1] ?? '';
  expect(await valuesOf('TaskName', 're', { JobId })).toEqual(['render', 'report']);
  expect(await valuesOf('Index', '', { JobId, TaskName: 'render' })).toEqual([
    '7',
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '8',
    '9',
    '10',
    '11',
  ]);
  expect(await valuesOf('Index', '1', { JobId, TaskName: 'render' })).toEqual(['1', '10', '11']);
});

test('environments and templates are completed from the region', async () => {
  const { EnvId } = await over.call('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-3' },
    ComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount: 0, EnvData: { InstanceType: 'S5.SMALL2' } },
  });
  const { TaskTemplateId } = await over.call('CreateTaskTemplate', {
    TaskTemplateName: 'a-template',
    TaskTemplateInfo: task('a', 'true'),
  });
  expect(await valuesOf('EnvId', 'env-')).toEqual([EnvId]);
  expect(await valuesOf('TaskTemplateId')).toEqual([TaskTemplateId]);
});

test('regions, zones and actions are completed without a call, the default region first', async () => {
  const before = over.engine.requests.length;
  expect((await valuesOf('Region'))[0]).toBe('ap-guangzhou');
  expect(await valuesOf('Region', 'na-')).toEqual(['na-ashburn', 'na-siliconvalley', 'na-toronto']);
  expect((await valuesOf('Zone', '', { Region: 'ap-tokyo' }))[0]).toMatch(/^ap-tokyo-\d$/);
  expect(await valuesOf('Action', 'submit')).toEqual(['SubmitJob']);
  expect(await valuesOf('older-than', '7')).toEqual(['7 days']);
  expect(over.engine.requests.length).toBe(before);
});

describe('there are no completions', () => {
  test.each([
    ['of a name that is no variable', 'description', {}],
    ['of a task before the job is known', 'TaskName', {}],
    ['of a job that is not there', 'TaskName', { JobId: 'job-00000000' }],
    ['of a region that is not there', 'JobId', { Region: 'xx-nowhere' }],
  ])('%s', async (_, name, known) => {
    expect(await valuesOf(name, '', known)).toEqual([]);
  });
});

test('a list is read only once while the user types', async () => {
  await valuesOf('JobId');
  const before = over.engine.requests.length;
  for (const value of ['j', 'jo', 'job']) await complete({ name: 'JobId', value, context: {} });
  expect(over.engine.requests.length).toBe(before);
});

test('a completion has at most 100 values and the total number', async () => {
  const many = createCompletion({
    call: async () =>
      ({ JobSet: Array.from({ length: 250 }, (_, index) => ({ JobId: `job-${index}` })) }) as never,
    region: undefined,
    tools: actionNames,
    wait,
    now: () => 0,
  });
  const completed = await many({ name: 'JobId', value: 'job-', context: {} });
  expect({ ...completed, values: completed.values.length }).toEqual({
    values: 100,
    total: 250,
    hasMore: true,
  });
});

test('if the service does not respond, the completion is empty and the request is cancelled', async () => {
  const asked: AbortSignal[] = [];
  const late = createCompletion({
    call: (_action, _input, _region, signal) => {
      asked.push(signal);
      return new Promise(() => undefined);
    },
    region: undefined,
    tools: actionNames,
    // Times out at once.
    wait: async () => undefined,
    now: () => 0,
  });
  expect(await late({ name: 'JobId', value: '', context: {} })).toEqual({
    values: [],
    total: 0,
    hasMore: false,
  });
  expect(asked.map((signal) => signal.aborted)).toEqual([true]);
});
