/** What the engine tells beyond the API about all instances of a job: repeated attempts, and what its tasks have used. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineJobHistory } from '../../src/client/engine-requests.ts';
import { askEngine } from '../../src/engine/daemon/ask-engine.ts';
import { readAddress } from '../../src/engine/daemon/data-directory.ts';
import {
  makeDataDir,
  type RunningEngine,
  region,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from './running-engine.ts';

const dataDir = makeDataDir();
let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ dataDir });
});
afterAll(async () => {
  await engine.stop();
  removeDir(dataDir);
});

const ask = async (JobId: string) => {
  const address = readAddress(dataDir);
  if (address === undefined) throw new Error('The engine has no address.');
  return (await askEngine(address, 'history', { Region: region, JobId })) as EngineJobHistory & {
    readonly problem?: { readonly Code: string };
  };
};

test('repeated attempts come with number, times, exit code and reason, without the current one', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask('a', 'exit 5', { MaxRetryCount: 2, TaskInstanceNum: 2 }),
      shellTask('b', 'true', { TaskInstanceNum: 3 }),
    ],
  });
  await engine.settled(JobId);
  const { tasks, Reasons, OtherAttempts } = await ask(JobId);
  expect(OtherAttempts).toBe(0);
  expect(tasks.map(({ TaskName, Attempts }) => [TaskName, Attempts.length])).toEqual([
    ['a', 4],
    ['b', 0],
  ]);
  expect(tasks[0]?.Attempts.map(([index, attempt, , , , code]) => [index, attempt, code])).toEqual([
    [0, 1, 5],
    [0, 2, 5],
    [1, 1, 5],
    [1, 2, 5],
  ]);
  for (const [, , launch, running, end, , reason] of tasks[0]?.Attempts ?? []) {
    expect(launch).toBeLessThanOrEqual(running ?? 0);
    expect(running).toBeLessThanOrEqual(end ?? 0);
    expect(Reasons[reason]).toBe('the command ended with exit code 5');
  }
});

test('the use of a task is the sum of its attempts, and the peak that of the largest', async () => {
  const JobId = await engine.submit({ Tasks: [shellTask('a', 'sleep 600', { TaskInstanceNum: 2 })] });
  const usage = async () => (await ask(JobId)).tasks[0]?.Usage;
  await until('both are measured', async () => {
    const now = await usage();
    return now !== undefined && 'Measured' in now && now.Measured === 2;
  });
  const measured = await usage();
  expect(measured).toMatchObject({ Measured: 2, CpuSeconds: expect.any(Number) });
  expect(measured && 'Measured' in measured && measured.PeakMemoryBytes).toBeGreaterThan(100_000);
  expect(measured && 'Measured' in measured && measured.MeasuredSeconds).toBeGreaterThan(0);
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
});

test('a task that has not run says so, and an unknown job is refused', async () => {
  const JobId = await engine.submit({
    Tasks: [shellTask('a', 'sleep 600'), shellTask('b', 'true')],
    Dependences: [{ StartTask: 'a', EndTask: 'b' }],
  });
  await until('it is expanded', async () => (await ask(JobId)).tasks.length === 2);
  expect((await ask(JobId)).tasks[1]?.Usage).toEqual({ NotMeasured: 'no command has started' });
  expect((await ask('job-00000000')).problem).toMatchObject({ Code: 'ResourceNotFound.Job' });
  await engine.call('TerminateJob', { JobId });
});
