import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTimeOf } from '../../src/engine/runner/processes/process-table.ts';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine();
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

describe('a job', () => {
  test('of four tasks with a fan-out runs in the order of its dependences and ends SUCCEED', async () => {
    const JobId = await engine.submit({
      JobName: 'diamond',
      Tasks: [
        shellTask('first', 'date +%s%N'),
        shellTask('left', 'date +%s%N', { TaskInstanceNum: 3 }),
        shellTask('right', 'date +%s%N'),
        shellTask('last', 'date +%s%N'),
      ],
      Dependences: [
        { StartTask: 'first', EndTask: 'left' },
        { StartTask: 'first', EndTask: 'right' },
        { StartTask: 'left', EndTask: 'last' },
        { StartTask: 'right', EndTask: 'last' },
      ],
    });
    const job = await engine.settled(JobId);
    expect(job.JobState).toBe('SUCCEED');
    expect(job.TaskMetrics).toEqual(counts({ SucceedCount: 4 }));
    expect(job.TaskInstanceMetrics).toEqual(counts({ SucceedCount: 6 }));
    const at = async (task: string, index = 0) =>
      BigInt((await engine.logs(JobId, task, index)).stdout.trim());
    const middle = [await at('left', 0), await at('left', 1), await at('left', 2), await at('right')];
    const first = await at('first');
    const last = await at('last');
    expect(middle.every((time) => first < time && time < last)).toBe(true);
  });

  test('hands the documented variables and the EnvVars to each instance, and nothing else of the engine', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('env', 'env', {
          TaskInstanceNum: 2,
          EnvVars: [{ Name: 'GREETING', Value: "it's\n$HOME" }],
        }),
      ],
    });
    await engine.settled(JobId);
    const { stdout } = await engine.logs(JobId, 'env', 1);
    const names = [...stdout.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name).sort();
    expect(
      names.filter(
        (name) => name !== 'PATH' && name !== '_' && !/^(LANG|LC_|TZ|OLDPWD|SHLVL)/.test(name ?? ''),
      ),
    ).toEqual([
      'BATCH_JOB_ID',
      'BATCH_MCP_RUN',
      'BATCH_TASK_INSTANCE_INDEX',
      'BATCH_TASK_INSTANCE_NUM',
      'BATCH_TASK_NAME',
      'GREETING',
      'HOME',
      'PWD',
      'TMPDIR',
    ]);
    expect(stdout).toContain(`BATCH_JOB_ID=${JobId}\n`);
    expect(stdout).toContain('BATCH_TASK_INSTANCE_INDEX=1\n');
    expect(stdout).toContain('BATCH_TASK_INSTANCE_NUM=2\n');
    expect(stdout).toContain('BATCH_TASK_NAME=env\n');
    expect(stdout).toContain("GREETING=it's\n$HOME\n");
  });

  test('that fails has its exit code, the reason and what it wrote to stderr', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('bad', 'echo broken >&2; exit 3')] });
    const job = await engine.settled(JobId);
    expect({ state: job.JobState, reason: job.StateReason }).toEqual({
      state: 'FAILED',
      reason: 'task bad ended FAILED',
    });
    const [instance] = await engine.instances(JobId, 'bad');
    expect(instance).toMatchObject({
      TaskInstanceState: 'FAILED',
      ExitCode: 3,
      StateReason: 'failed',
      StateDetailedReason: 'the command ended with exit code 3',
    });
    expect(await engine.logs(JobId, 'bad')).toEqual({ stdout: '', stderr: 'broken\n' });
  });

  test('sent twice with one ClientToken is one job', async () => {
    const Tasks = [shellTask('once', 'true')];
    const first = await engine.submit({ Tasks }, 'a-token');
    expect(await engine.submit({ Tasks }, 'a-token')).toBe(first);
    expect(await engine.submit({ Tasks }, 'another')).not.toBe(first);
  });

  test('that is terminated kills its whole process tree, and cannot be deleted before it has ended', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('long', 'trap "" TERM; sleep 1000 & echo $!; sleep 1000', { TaskInstanceNum: 2 }),
        shellTask('after', 'true'),
      ],
      Dependences: [{ StartTask: 'long', EndTask: 'after' }],
    });
    const pid = Number(
      await until(
        'the instance runs',
        async () => (await engine.logs(JobId, 'long', 1)).stdout.trim() || undefined,
      ),
    );
    expect(await engine.codeOf('DeleteJob', { JobId })).toBe('ResourceInUse.Job');
    await engine.call('TerminateJob', { JobId });
    expect((await engine.call('DescribeJob', { JobId })).NextAction).toBe('TERMINATING');
    expect(await engine.codeOf('TerminateJob', { JobId })).toBe('ResourceInUse.Job');
    const job = await engine.settled(JobId);
    expect(job).toMatchObject({ JobState: 'FAILED', StateReason: 'terminated', NextAction: '' });
    expect(job.TaskInstanceMetrics).toEqual(counts({ FailedCount: 3 }));
    await until('its child is gone, too', () => startTimeOf(pid) === undefined);
    await engine.call('DeleteJob', { JobId });
    expect(await engine.codeOf('DescribeJob', { JobId })).toBe('ResourceNotFound.Job');
  });

  test('that failed is retried: only what failed runs again', async () => {
    const JobId = await engine.submit({
      Tasks: [
        // The shared directory above the working directory remembers across attempts.
        shellTask(
          'half',
          'echo x >> ../tries.$BATCH_TASK_INSTANCE_INDEX; [ $BATCH_TASK_INSTANCE_INDEX = 0 ] || [ $(wc -l < ../tries.1) = 2 ]',
          {
            TaskInstanceNum: 2,
          },
        ),
        shellTask('after', 'cat ../../0/tries.0 ../../0/tries.1'),
      ],
      Dependences: [{ StartTask: 'half', EndTask: 'after' }],
    });
    expect(await engine.settled(JobId)).toMatchObject({
      JobState: 'FAILED',
      StateReason: 'task half ended FAILED',
    });
    expect(await engine.instances(JobId, 'after')).toMatchObject([
      { TaskInstanceState: 'FAILED', ExitCode: null, LaunchTime: null },
    ]);
    await engine.call('RetryJobs', { JobIds: [JobId] });
    const job = await until('the retry has ended', async () => {
      const seen = await engine.call('DescribeJob', { JobId });
      return seen.JobState === 'SUCCEED' ? seen : undefined;
    });
    expect(job.StateReason).toBe('');
    expect((await engine.logs(JobId, 'after')).stdout).toBe('x\nx\nx\n');
    expect(await engine.codeOf('RetryJobs', { JobIds: [JobId] })).toBe('UnsupportedOperation');
  });

  test('is tried again up to MaxRetryCount times', async () => {
    const JobId = await engine.submit({
      Tasks: [shellTask('flaky', 'echo x >> ../tries; [ $(wc -l < ../tries) = 3 ]', { MaxRetryCount: 2 })],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  });

  test('whose instance passes its Timeout kills it and says so', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('slow', 'sleep 1000', { Timeout: 1 })] });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED');
    expect(await engine.instances(JobId, 'slow')).toMatchObject([
      { StateDetailedReason: 'timed out: it ran longer than its Timeout of 1 s and was killed' },
    ]);
  });

  test('runs no more instances at a time than MaxConcurrentNum', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('one', 'mkdir ../lock && sleep 0.02 && rmdir ../lock', {
          TaskInstanceNum: 5,
          MaxConcurrentNum: 1,
        }),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  });
});

test('one instance can be terminated without a retry while the others go on', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask('pair', '[ $BATCH_TASK_INSTANCE_INDEX = 0 ] || sleep 1000', {
        ...{ TaskInstanceNum: 2, MaxRetryCount: 2, FailedAction: 'INTERRUPT' },
      }),
    ],
  });
  await until(
    'the second runs',
    async () => (await engine.instances(JobId, 'pair'))[1]?.TaskInstanceState === 'RUNNING',
  );
  await engine.call('TerminateTaskInstance', { JobId, TaskName: 'pair', TaskInstanceIndex: 1 });
  await engine.settled(JobId);
  expect(
    (await engine.instances(JobId, 'pair')).map((one) => [one.TaskInstanceState, one.StateReason]),
  ).toEqual([
    ['SUCCEED', ''],
    ['FAILED', 'terminated by TerminateTaskInstance'],
  ]);
});

test('a log is cut to its last 2,048 bytes at a whole character', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask('long-log', 'i=0; while [ $i -lt 1000 ]; do printf "中文"; i=$((i+1)); done; printf .'),
    ],
  });
  await engine.settled(JobId);
  const { stdout } = await engine.logs(JobId, 'long-log');
  expect(Buffer.byteLength(stdout)).toBe(2047 - (2047 % 3) + 1);
  expect(stdout).toMatch(/^[中文]+\.$/);
});

test('jobs are listed newest first, by page and by every filter', async () => {
  const Tags = [{ Key: 'team', Value: 'red' }];
  const ids: string[] = [];
  for (const JobName of ['list-a', 'list-b', 'list-c']) {
    ids.push(await engine.submit({ JobName, Tags, Tasks: [shellTask('t', 'true')] }));
  }
  await Promise.all(ids.map((id) => engine.settled(id)));
  const listed = async (Filters: { Name: string; Values: string[] }[], more = {}) =>
    (await engine.call('DescribeJobs', { Filters, ...more })).JobSet?.map((job) => job?.JobName);
  expect(await listed([{ Name: 'tag:team', Values: ['red'] }])).toEqual(['list-c', 'list-b', 'list-a']);
  expect(await listed([{ Name: 'tag-key', Values: ['team'] }], { Offset: 1, Limit: 1 })).toEqual(['list-b']);
  expect(await listed([{ Name: 'tag-value', Values: ['blue'] }])).toEqual([]);
  expect(await listed([{ Name: 'job-name', Values: ['list-a', 'list-b'] }])).toEqual(['list-b', 'list-a']);
  const both = [
    { Name: 'job-id', Values: ids },
    { Name: 'job-state', Values: ['SUCCEED'] },
    { Name: 'zone', Values: ['ap-guangzhou-2'] },
  ];
  expect(await listed(both)).toEqual(['list-c', 'list-b', 'list-a']);
});

const zero = {
  SubmittedCount: 0,
  PendingCount: 0,
  RunnableCount: 0,
  StartingCount: 0,
  RunningCount: 0,
  SucceedCount: 0,
  FailedInterruptedCount: 0,
  FailedCount: 0,
};
const counts = (some: Partial<typeof zero>) => ({ ...zero, ...some });
