import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine();
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const retained = (JobId: string, attempt: number) =>
  join(engine.dataDir, 'jobs', JobId, '0', `0.${attempt}.work`, 'file');

describe('a task with FailedAction', () => {
  test('INTERRUPT retains the workspace and the slot of its last attempt until it is terminated', async () => {
    const JobId = await engine.submit({
      Tasks: [shellTask('fails', 'echo x > file; exit 1', { FailedAction: 'INTERRUPT', MaxRetryCount: 1 })],
    });
    const job = await engine.settled(JobId);
    expect([job.JobState, job.EndTime]).toEqual(['FAILED_INTERRUPTED', null]);
    await until('the workspace of the first attempt is removed', () => !existsSync(retained(JobId, 1)));
    expect(existsSync(retained(JobId, 2))).toBe(true);
    expect(await engine.codeOf('DeleteJob', { JobId })).toBe('UnsupportedOperation');
    expect(await engine.codeOf('RetryJobs', { JobIds: [JobId] })).toBe('UnsupportedOperation');

    // One of the two slots is occupied, so only one of two instances runs.
    const pair = await engine.submit({
      Tasks: [shellTask('pair', 'echo here; sleep 1000', { TaskInstanceNum: 2 })],
    });
    await until(
      'the first runs',
      async () => (await engine.instances(pair, 'pair'))[0]?.TaskInstanceState === 'RUNNING',
    );
    expect((await engine.instances(pair, 'pair'))[1]?.TaskInstanceState).toBe('RUNNABLE');

    await engine.call('TerminateTaskInstance', { JobId, TaskName: 'fails', TaskInstanceIndex: 0 });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED');
    await until(
      'the slot is free',
      async () => (await engine.instances(pair, 'pair'))[1]?.TaskInstanceState === 'RUNNING',
    );
    await until('the workspace is removed', () => !existsSync(retained(JobId, 2)));
    await engine.call('TerminateJob', { JobId: pair });
    await engine.settled(pair);
  });

  test('FAST_INTERRUPT retains the workspace of the first failure, whatever MaxRetryCount says', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('fails', 'echo x > file; exit 1', { FailedAction: 'FAST_INTERRUPT', MaxRetryCount: 5 }),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED_INTERRUPTED');
    expect(existsSync(retained(JobId, 1))).toBe(true);
    await engine.call('TerminateJob', { JobId });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED');
    await until('the workspace is removed', () => !existsSync(retained(JobId, 1)));
  });
});

describe('a job with TaskExecutionDependOn', () => {
  const outcome = async (
    dependOn: 'PRE_TASK_SUCCEED' | 'PRE_TASK_AT_LEAST_PARTLY_SUCCEED' | 'PRE_TASK_FINISHED',
    command: string,
  ) => {
    const JobId = await engine.submit({
      TaskExecutionDependOn: dependOn,
      Tasks: [
        shellTask('before', command, { TaskInstanceNum: 2 }),
        shellTask('after', 'true'),
        shellTask('last', 'true'),
      ],
      Dependences: [
        { StartTask: 'before', EndTask: 'after' },
        { StartTask: 'after', EndTask: 'last' },
      ],
    });
    await engine.settled(JobId);
    const { TaskSet } = await engine.call('DescribeJob', { JobId });
    return TaskSet?.map((task) => task?.TaskState);
  };
  const half = 'exit $BATCH_TASK_INSTANCE_INDEX';
  test.each([
    ['PRE_TASK_SUCCEED', half, ['FAILED', 'FAILED', 'FAILED']],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', half, ['FAILED', 'SUCCEED', 'SUCCEED']],
    ['PRE_TASK_AT_LEAST_PARTLY_SUCCEED', 'false', ['FAILED', 'FAILED', 'FAILED']],
    ['PRE_TASK_FINISHED', 'false', ['FAILED', 'SUCCEED', 'SUCCEED']],
  ] as const)('%s, after `%s`: %j', async (dependOn, command, states) => {
    expect(await outcome(dependOn, command)).toEqual(states);
  });
});
