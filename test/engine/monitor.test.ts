import { expect, test } from 'vitest';
import { monitorPointsOf } from '../../src/engine/model/monitor.ts';
import { removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

test('what a running instance uses is sampled and returned in percent', async () => {
  const engine = await startRunningEngine();
  const JobId = await engine.submit({
    Tasks: [
      shellTask('spins', 'while :; do :; done'),
      shellTask('coupled', '', {
        Application: {
          DeliveryForm: 'LOCAL',
          Commands: [{ Command: 'echo one; exit 3' }, { Command: 'echo two' }],
        },
      }),
    ],
  });
  const ask = (MetricName: 'CpuUsage' | 'MemUsage' | 'LanIntraffic') =>
    engine.call('DescribeJobMonitorData', { JobId, TaskName: 'spins', TaskInstanceIndex: 0, MetricName });
  // The first sample may be of the start of its shell.
  const cpu = await until('there is a sample of a process that computes', async () => {
    const { DataPoints } = await ask('CpuUsage');
    return DataPoints?.Values?.find((value) => value !== null && value > 1);
  });
  expect(cpu).toBeLessThanOrEqual(100);
  expect((await ask('MemUsage')).DataPoints?.Values?.[0]).toBeGreaterThan(0);
  expect(await ask('LanIntraffic')).toMatchObject({ Period: 10, DataPoints: { Values: [null] } });
  expect(
    await engine.codeOf('DescribeJobMonitorData', {
      JobId,
      TaskName: 'spins',
      TaskInstanceIndex: 7,
      MetricName: 'CpuUsage',
    }),
  ).toBe('ResourceNotFound.Job');
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  const [coupled] = await engine.instances(JobId, 'coupled');
  expect(coupled?.ExitCode).toBe(3);
  expect((await engine.logs(JobId, 'coupled')).stdout.split('\n').sort()).toEqual(['', 'one', 'two']);
  await engine.stop();
  removeDir(engine.dataDir);
});

test('the period of a curve grows with the time asked for, and a point is the mean of its samples', () => {
  const samples = [0, 10, 20, 70].map((seconds) => ({ time: seconds * 1000, cpu: seconds, memory: 1 }));
  expect(monitorPointsOf(samples, 'CpuUsage', 100_000)).toEqual({
    period: 10,
    points: [
      { time: 0, value: 0 },
      { time: 10, value: 10 },
      { time: 20, value: 20 },
      { time: 70, value: 70 },
    ],
  });
  expect(monitorPointsOf(samples, 'CpuUsage', 3 * 3600_000)).toEqual({
    period: 60,
    points: [
      { time: 0, value: 10 },
      { time: 60, value: 70 },
    ],
  });
});
