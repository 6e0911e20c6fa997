/** Jobs in zones with injected faults. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({
    faults: { zones: { 'ap-guangzhou-5': 'unavailable', 'ap-guangzhou-7': 'sold-out' } },
  });
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const submitTo = async (Zone: string, more: object = {}, task: object = {}) =>
  String(
    (
      await engine.call('SubmitJob', {
        Placement: { Zone },
        Job: { Tasks: [shellTask('a', 'true', task)], ...more },
      })
    ).JobId,
  );
const metrics = async (JobId: string) => (await engine.call('DescribeJob', { JobId })).TaskInstanceMetrics;

test('where machines are sold out, an elastic task fails with the reason after its retries', async () => {
  const JobId = await submitTo('ap-guangzhou-7', {}, { MaxRetryCount: 2, TaskInstanceNum: 3 });
  expect((await engine.settled(JobId)).JobState).toBe('FAILED');
  const instances = await engine.instances(JobId, 'a');
  expect(new Set(instances.map((instance) => instance.StateDetailedReason))).toEqual(
    new Set(['InternalError.CallCvm:ResourceInsufficient.SpecifiedInstanceType']),
  );
});

test('with StateIfCreateCvmFailed RUNNABLE it waits, and does not keep others from running', async () => {
  const waiting = await submitTo(
    'ap-guangzhou-7',
    { StateIfCreateCvmFailed: 'RUNNABLE', Priority: 100 },
    { TaskInstanceNum: 9 },
  );
  await until('it waits', async () => (await metrics(waiting))?.RunnableCount === 9);
  const other = await submitTo('ap-guangzhou-2');
  expect((await engine.settled(other)).JobState).toBe('SUCCEED');
  expect(await metrics(waiting)).toMatchObject({ RunnableCount: 9 });
  await engine.call('TerminateJob', { JobId: waiting });
  expect((await engine.settled(waiting)).JobState).toBe('FAILED');
});

test('a task with an EnvId runs in a sold-out zone, because no machine is created for it', async () => {
  const { EnvId } = await engine.call('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-2' },
    ComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount: 1 },
  });
  const JobId = await submitTo('ap-guangzhou-7', {}, { EnvId });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
});

test('SubmitJob into an unavailable zone is refused', async () => {
  const input = { Placement: { Zone: 'ap-guangzhou-5' }, Job: { Tasks: [shellTask('a', 'true')] } };
  expect(await engine.codeOf('SubmitJob', input)).toBe('InvalidParameterValue.UnavailableZone');
});
