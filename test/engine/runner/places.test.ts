import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from '../running-engine.ts';

let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ slots: 1 });
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});
const namesOf = (JobId: string) => readdirSync(join(engine.dataDir, 'jobs', JobId, '0')).sort();

test('instances that leave nothing take turns in a few places and make no files of their own', async () => {
  const JobId = await engine.submit({ Tasks: [shellTask('quiet', 'true', { TaskInstanceNum: 100 })] });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  const names = namesOf(JobId);
  const places = names.filter((name) => name.endsWith('.work'));
  const files = places.flatMap((place) => ['err', 'out', 'run'].map((ending) => `${place}.${ending}`));
  expect(names).toEqual([...places, ...files, 'command'].sort());
  expect(places.length).toBeLessThanOrEqual(18);
});

test('instances that share a place keep their logs apart', async () => {
  const command =
    'n=$BATCH_TASK_INSTANCE_INDEX; [ $((n % 3)) = 0 ] || echo out $n; [ $((n % 2)) = 0 ] || echo err $n >&2';
  const JobId = await engine.submit({ Tasks: [shellTask('some', command, { TaskInstanceNum: 12 })] });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  for (let n = 0; n < 12; n += 1) {
    expect(await engine.logs(JobId, 'some', n)).toEqual({
      stdout: n % 3 === 0 ? '' : `out ${n}\n`,
      stderr: n % 2 === 0 ? '' : `err ${n}\n`,
    });
  }
});

test('what an instance leaves in its directory is not there for the next', async () => {
  const command = 'ls -A; echo left > file; mkdir -p a/b; chmod 500 a; chmod 711 .';
  const JobId = await engine.submit({ Tasks: [shellTask('untidy', command, { TaskInstanceNum: 3 })] });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  for (let n = 0; n < 3; n += 1) expect((await engine.logs(JobId, 'untidy', n)).stdout).toBe('');
});

test('the log of a running instance can be read, and stays with it when it has ended', async () => {
  const command = 'echo begun; while [ ! -e ../go ]; do sleep 0.01; done; echo done';
  const JobId = await engine.submit({
    Tasks: [shellTask('long', command), shellTask('go', 'touch ../../0/go')],
    Dependences: [],
  });
  await until('it has begun', async () => (await engine.logs(JobId, 'long')).stdout === 'begun\n');
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  expect((await engine.logs(JobId, 'long')).stdout).toBe('begun\n');
});

test('what outlives an instance does not write into the log of another', async () => {
  const command =
    '[ $BATCH_TASK_INSTANCE_INDEX != 0 ] || { setsid env -i sh -c "sleep 0.2; echo late; sleep 0.3" & sleep 0.05; exit 0; }; sleep 0.1';
  const JobId = await engine.submit({ Tasks: [shellTask('leaves', command, { TaskInstanceNum: 6 })] });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  for (let n = 1; n < 6; n += 1) expect((await engine.logs(JobId, 'leaves', n)).stdout).toBe('');
});

test.each([
  ['a link in a circle', 'rm -f $PWD.out; ln -s $(basename $PWD).out $PWD.out'],
  ['a link to a device', 'ln -sf /dev/null $PWD.out'],
  ['a pipe', 'rm -f $PWD.out; mkfifo $PWD.out'],
  ['a pipe for the run file', 'rm -f $PWD.run; mkfifo $PWD.run; kill -9 $$'],
])('%s that a command puts where a log was spoils nothing for the next', async (_name, change) => {
  const command = `if [ $BATCH_TASK_INSTANCE_INDEX = 0 ]; then ${change}; else echo said; fi`;
  const JobId = await engine.submit({ Tasks: [shellTask('spoils', command, { TaskInstanceNum: 4 })] });
  await engine.settled(JobId);
  for (let n = 1; n < 4; n += 1) expect((await engine.logs(JobId, 'spoils', n)).stdout).toBe('said\n');
});

test('a job that goes first does not wait for a long row of short instances', async () => {
  const low = await engine.submit({ Tasks: [shellTask('low', 'true', { TaskInstanceNum: 20_000 })] });
  await until('some have run', async () => {
    const { TaskInstanceMetrics } = await engine.call('DescribeTask', { JobId: low, TaskName: 'low' });
    return (TaskInstanceMetrics?.SucceedCount ?? 0) > 100;
  });
  const high = await engine.submit({ Priority: 10, Tasks: [shellTask('high', 'true')] });
  expect((await engine.settled(high)).JobState).toBe('SUCCEED');
  const { RunnableCount } = (await engine.call('DescribeTask', { JobId: low, TaskName: 'low' }))
    .TaskInstanceMetrics ?? { RunnableCount: 0 };
  expect(RunnableCount).toBeGreaterThan(0);
  await engine.call('TerminateJob', { JobId: low });
  await engine.settled(low);
});
