/** What SubmitJob checks beyond its schema, and how it stores what it accepts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ComputeEnv, Placement, shellTask } from '../running-engine.ts';
import { startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  const sandbox = { mode: 'none', reason: 'for a test', network: true, prefix: [] } as const;
  engine = await startWireEngine({ sandbox });
});
afterAll(() => engine.stop());

const submit = (Job: object) => engine.call('SubmitJob', { Placement, Job });
const errorOf = async (Job: object) => (await submit(Job)).response.Error;
const unnamed = { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, ComputeEnv };

describe('tasks without a name', () => {
  test.each([
    [
      [undefined, undefined],
      ['task-1', 'task-2'],
    ],
    [
      [undefined, 'task-1'],
      ['task-1-2', 'task-1'],
    ],
    [
      ['task-2', undefined],
      ['task-2', 'task-2-2'],
    ],
    [
      [undefined, 'task-1', 'task-1-2', undefined],
      ['task-1-3', 'task-1', 'task-1-2', 'task-4'],
    ],
  ])('of %j are called %j', async (given, expected) => {
    const Tasks = given.map((TaskName) => ({ ...unnamed, ...(TaskName !== undefined && { TaskName }) }));
    const { response } = await submit({ Tasks });
    const job = await engine.call('DescribeJob', { JobId: response.JobId });
    expect((job.response.TaskSet as { TaskName: string }[]).map(({ TaskName }) => TaskName)).toEqual(
      expected,
    );
  });
});

describe('a variable', () => {
  test.each(['MY-VAR', '1ST', 'A B', 'A=B', 'É', 'a.b'])(
    'named %j is refused, because no shell passes it on',
    async (Name) => {
      expect(await errorOf({ Tasks: [shellTask('a', 'env', { EnvVars: [{ Name, Value: 'x' }] })] })).toEqual({
        Code: 'InvalidParameterValue',
        Message: `Job.Tasks.0.EnvVars.0.Name: \`${Name}\` is not the name of a shell variable; it takes letters, digits and underscores, and begins with no digit.`,
      });
    },
  );
  test.each(['BATCH_JOB_ID', 'BATCH_TASK_INSTANCE_INDEX', 'BATCH_MCP_ATTEMPT'])(
    'named %s is refused, because the service sets it',
    async (Name) => {
      const task = shellTask('a', 'env', {
        EnvVars: [
          { Name: 'OK', Value: '' },
          { Name, Value: 'x' },
        ],
      });
      expect(await errorOf({ Tasks: [task] })).toMatchObject({
        Message: expect.stringContaining('Job.Tasks.0.EnvVars.1.Name'),
      });
    },
  );
  test.each(['_', 'lower', 'PATH', 'OPTIND', 'A1'])('named %s is accepted', async (Name) => {
    expect(
      await errorOf({ Tasks: [shellTask('a', 'env', { EnvVars: [{ Name, Value: 'x' }] })] }),
    ).toBeUndefined();
  });
});

test('variables with which no program can be started are refused, one that is too large and all together', async () => {
  const large = (bytes: number, names: string) =>
    errorOf({
      Tasks: [
        shellTask('a', 'env', {
          EnvVars: Array.from(names, (Name) => ({ Name, Value: 'x'.repeat(bytes - Name.length - 2) })),
        }),
      ],
    });
  expect(await large(128 * 1024, 'A')).toBeUndefined();
  expect(await large(128 * 1024 + 1, 'A')).toEqual({
    Code: 'InvalidParameterValue',
    Message:
      'Job.Tasks.0.EnvVars.0.Value: `A` is larger than the system takes, which is 128 KiB with its name.',
  });
  // Each takes 8 bytes more, of which the variables of the service need some too: 2 MiB are too much.
  expect(await large(124 * 1024 - 8, 'ABCDEFGHIJKLMNOP')).toBeUndefined();
  expect(await large(124 * 1024 - 7, 'ABCDEFGHIJKLMNOP')).toEqual({
    Code: 'InvalidParameterValue',
    Message:
      'Job.Tasks.0.EnvVars: together they are larger than the system takes beside the variables of the service, which is 1984 KiB.',
  });
});

test.each(['', ' \n'])('an entry %j of Commands is refused', async (Command) => {
  const Application = { DeliveryForm: 'LOCAL', Commands: [{ Command: 'true' }, { Command }] };
  expect(await errorOf({ Tasks: [{ Application, ComputeEnv }] })).toEqual({
    Code: 'InvalidParameterValue',
    Message: 'Job.Tasks.0.Application.Commands.1.Command is empty.',
  });
});

describe('a text that cannot be stored unchanged', () => {
  test.each([
    ['JobName', { JobName: 'night\0run', Tasks: [unnamed] }, 'Job.JobName'],
    ['JobDescription', { JobDescription: 'half \ud83d', Tasks: [unnamed] }, 'Job.JobDescription'],
    ['a tag', { Tags: [{ Key: 'k', Value: '\0' }], Tasks: [unnamed] }, 'Job.Tags.0.Value'],
    ['a command', { Tasks: [shellTask('a', 'echo \0')] }, 'Job.Tasks.0.Application.Command'],
    [
      'a variable',
      { Tasks: [shellTask('a', 'env', { EnvVars: [{ Name: 'A', Value: 'b\0c' }] })] },
      'Job.Tasks.0.EnvVars.0.Value',
    ],
  ])('is refused in %s', async (_, Job, path) => {
    expect(await errorOf(Job)).toEqual({
      Code: 'InvalidParameterValue',
      Message: `The value specified in the parameter \`${path}\` is not valid. It contains a NUL character or half of a surrogate pair.`,
    });
  });
  test('is not one of whole surrogate pairs', async () => {
    const { response } = await submit({ JobName: 'night 🌙', Tasks: [unnamed] });
    const job = await engine.call('DescribeJob', { JobId: response.JobId });
    expect(job.response.JobName).toBe('night 🌙');
  });
});

test('DescribeJobSubmitInfo returns MaxRetryCount and FailedAction although they were not given', async () => {
  const { response } = await submit({
    Tasks: [unnamed, { ...unnamed, MaxRetryCount: 2, FailedAction: 'INTERRUPT' }],
  });
  const info = await engine.call('DescribeJobSubmitInfo', { JobId: response.JobId });
  expect(info.response.Tasks).toEqual([
    { ...unnamed, MaxRetryCount: 0, FailedAction: 'TERMINATE' },
    { ...unnamed, MaxRetryCount: 2, FailedAction: 'INTERRUPT' },
  ]);
});

test('a task template is returned with MaxRetryCount and FailedAction although they were not given', async () => {
  await engine.call('CreateTaskTemplate', { TaskTemplateName: 't', TaskTemplateInfo: unnamed });
  const { response } = await engine.call('DescribeTaskTemplates');
  expect(response.TaskTemplateSet).toMatchObject([
    { TaskTemplateInfo: { ...unnamed, MaxRetryCount: 0, FailedAction: 'TERMINATE' } },
  ]);
});

describe('an error about an object that does not exist', () => {
  const job = 'There is no such job in ap-guangzhou: `job-00000000`.';
  const ghost = { JobId: 'job-00000000', TaskName: 'a' };
  test.each([
    ['DescribeTask', ghost, 'ResourceNotFound.Task'],
    ['DescribeTaskLogs', ghost, 'ResourceNotFound.Job'],
    ['TerminateTaskInstance', { ...ghost, TaskInstanceIndex: 0 }, 'ResourceNotFound.TaskInstance'],
    [
      'DescribeJobMonitorData',
      { ...ghost, TaskInstanceIndex: 0, MetricName: 'CpuUsage' },
      'ResourceNotFound.Job',
    ],
    ['DescribeJob', { JobId: ghost.JobId }, 'ResourceNotFound.Job'],
    ['DescribeJobSubmitInfo', { JobId: ghost.JobId }, 'ResourceNotFound.Job'],
    ['TerminateJob', { JobId: ghost.JobId }, 'ResourceNotFound.Job'],
    ['DeleteJob', { JobId: ghost.JobId }, 'ResourceNotFound.Job'],
  ])('of %s names the job', async (action, input, Code) => {
    expect((await engine.call(action, input)).response.Error).toEqual({ Code, Message: job });
  });

  test.each([
    ['DescribeTask', {}, 'ResourceNotFound.Task'],
    ['DescribeTaskLogs', {}, 'ResourceNotFound.Task'],
    ['TerminateTaskInstance', { TaskInstanceIndex: 0 }, 'ResourceNotFound.TaskInstance'],
    ['DescribeJobMonitorData', { TaskInstanceIndex: 0, MetricName: 'CpuUsage' }, 'ResourceNotFound.Job'],
  ])('of %s names the task', async (action, more, Code) => {
    const { response } = await submit({ Tasks: [shellTask('a', 'true')] });
    const input = { JobId: response.JobId, TaskName: 'b', ...more };
    expect((await engine.call(action, input)).response.Error).toEqual({
      Code,
      Message: `Job \`${response.JobId}\` has no task \`b\`.`,
    });
  });

  test.each([
    ['DescribeTaskLogs', { TaskInstanceIndexes: [1] }, 'ResourceNotFound.TaskInstance'],
    ['TerminateTaskInstance', { TaskInstanceIndex: 1 }, 'ResourceNotFound.TaskInstance'],
    ['DescribeJobMonitorData', { TaskInstanceIndex: 1, MetricName: 'CpuUsage' }, 'ResourceNotFound.Job'],
  ])('of %s names the instance', async (action, more, Code) => {
    const { response } = await submit({ Tasks: [shellTask('a', 'true')] });
    const input = { JobId: response.JobId, TaskName: 'a', ...more };
    expect((await engine.call(action, input)).response.Error).toEqual({
      Code,
      Message: 'Task `a` has the instances 0 to 0; there is no 1.',
    });
  });

  test('names the environment, or the node', async () => {
    const missing = await engine.call('TerminateComputeNode', {
      EnvId: 'env-00000000',
      ComputeNodeId: 'node-00000000',
    });
    expect(missing.response.Error).toEqual({
      Code: 'ResourceNotFound.ComputeEnv',
      Message: 'There is no compute environment `env-00000000` in ap-guangzhou.',
    });
    const env = { EnvName: 'pool', DesiredComputeNodeCount: 0 };
    const { EnvId } = (await engine.call('CreateComputeEnv', { Placement, ComputeEnv: env })).response;
    const node = await engine.call('TerminateComputeNode', { EnvId, ComputeNodeId: 'node-00000000' });
    expect(node.response.Error).toEqual({
      Code: 'ResourceNotFound.ComputeNode',
      Message: `Environment \`${EnvId}\` has no node \`node-00000000\`.`,
    });
  });
});

test('the activities of an environment can be read after its deletion, and its name and quota are free again', async () => {
  const { response } = await engine.call('CreateComputeEnv', {
    Placement,
    ComputeEnv: { EnvName: 'short', DesiredComputeNodeCount: 1 },
  });
  const { EnvId } = response;
  engine.settle();
  const before = (await engine.call('DescribeComputeEnvs')).response.TotalCount;
  expect((await engine.call('DeleteComputeEnv', { EnvId })).code).toBeUndefined();
  engine.settle();
  const { ActivitySet } = (await engine.call('DescribeComputeEnvActivities', { EnvId })).response;
  expect(ActivitySet).toMatchObject([
    {
      ComputeNodeActivityType: 'TERMINATE_COMPUTE_NODE',
      ActivityState: 'SUCCEED',
      Cause: `DeleteComputeEnv: ${EnvId}`,
    },
    { ComputeNodeActivityType: 'CREATE_COMPUTE_NODE', ActivityState: 'SUCCEED' },
  ]);
  for (const action of [
    'DescribeComputeEnv',
    'DeleteComputeEnv',
    'ModifyComputeEnv',
    'DescribeComputeEnvCreateInfo',
  ]) {
    expect((await engine.call(action, { EnvId })).code).toBe('ResourceNotFound.ComputeEnv');
  }
  expect((await engine.call('DescribeComputeEnvs')).response.TotalCount).toBe(Number(before) - 1);
});
