import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTimeOf } from '../../src/engine/runner/processes/process-table.ts';
import {
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';

const maxLogBytes = 256 * 1024;
let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ maxLogBytes });
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const fileOf = (JobId: string, name: string) => join(engine.dataDir, 'jobs', JobId, '0', name);
const isGone = (pid: number) => startTimeOf(pid) === undefined;
const pidIn = (JobId: string, name: string): number | undefined => {
  const file = fileOf(JobId, name);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
};

test('the log of a flood has its head, its tail and the number of bytes cut, and memory stays flat', async () => {
  const before = process.memoryUsage().rss;
  const JobId = await engine.submit({
    Tasks: [shellTask('flood', 'echo the head; head -c 300000000 /dev/zero | tr "\\0" x; echo the tail')],
  });
  let most = 0;
  await until('it has ended', async () => {
    most = Math.max(most, process.memoryUsage().rss - before);
    return (await engine.call('DescribeJob', { JobId })).EndTime;
  });
  const log = readFileSync(fileOf(JobId, '0.1.out'), 'latin1');
  expect(log.length).toBeLessThanOrEqual(maxLogBytes);
  expect(log.startsWith('the head\n')).toBe(true);
  expect(log.endsWith('the tail\n')).toBe(true);
  expect(log).toMatch(/\[batch-mcp cut \d{15} bytes here\]/);
  expect(most).toBeLessThan(100 * 1024 ** 2);
});

test('what is no text comes back byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const file = join(engine.dataDir, 'bytes');
  writeFileSync(file, bytes);
  const JobId = await engine.submit({ Tasks: [shellTask('binary', `cat ${file}`)] });
  await engine.settled(JobId);
  const { TaskInstanceLogSet } = await engine.call('DescribeTaskLogs', { JobId, TaskName: 'binary' });
  const [log] = TaskInstanceLogSet ?? [];
  expect(Buffer.from(log?.StdoutLog?.split('base64,')[1] ?? '', 'base64')).toEqual(bytes);
});

test('a process that outlives its command, in another session, is killed with it', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask(
        'leaves',
        "setsid sh -c 'echo $$ > ../left; exec sleep 1000' & while [ ! -s ../left ]; do sleep 0.01; done",
      ),
    ],
  });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  const pid = pidIn(JobId, 'left') ?? 0;
  await until('it is gone', () => isGone(pid));
});

test('a command that forks a tree which ignores TERM is ended whole', async () => {
  const tree =
    'trap "" TERM; for i in 1 2 3 4 5; do (for j in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done; wait) & done; echo $$ > ../root; wait';
  const JobId = await engine.submit({ Tasks: [shellTask('tree', tree)] });
  const pid = await until('it runs', () => pidIn(JobId, 'root'));
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  await until('its root is gone', () => isGone(pid));
});

test('a command that closes its streams and stops itself can still be ended', async () => {
  const JobId = await engine.submit({
    Tasks: [shellTask('silent', 'exec >&- 2>&- <&-; echo $$ > ../pid; kill -STOP $$')],
  });
  await until('it runs', () => pidIn(JobId, 'pid'));
  await engine.call('TerminateJob', { JobId });
  expect((await engine.settled(JobId)).JobState).toBe('FAILED');
});

test('a command that kills the shell around it has failed', async () => {
  const JobId = await engine.submit({ Tasks: [shellTask('kills', 'kill -9 $$; sleep 1000')] });
  await engine.settled(JobId);
  expect((await engine.instances(JobId, 'kills'))[0]).toMatchObject({
    TaskInstanceState: 'FAILED',
    ExitCode: 137,
    StateDetailedReason: 'the command ended with exit code 137 (killed by signal 9)',
  });
});

test('a command that kills its runner fails as lost, with the attempts in its history, and its neighbours run on', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask(
        'kills',
        'echo still here; while [ ! -e ../../1/begun ]; do sleep 0.01; done; kill -9 $PPID; sleep 1000',
      ),
      shellTask('beside', 'touch ../begun; sleep 0.3; exit 5'),
      shellTask('after', 'echo ran', { TaskInstanceNum: 3 }),
    ],
    TaskExecutionDependOn: 'PRE_TASK_FINISHED',
    Dependences: [{ StartTask: 'kills', EndTask: 'after' }],
  });
  await engine.settled(JobId);
  expect((await engine.instances(JobId, 'kills'))[0]).toMatchObject({
    TaskInstanceState: 'FAILED',
    ExitCode: null,
    StateReason: 'machine failure',
    StateDetailedReason: expect.stringMatching(/^lost: .*; the machine failed 3 times in a row$/),
  });
  expect((await engine.instances(JobId, 'beside')).map((one) => one.ExitCode)).toEqual([5]);
  expect((await engine.instances(JobId, 'after')).map((one) => one.ExitCode)).toEqual([0, 0, 0]);
  for (const attempt of [1, 2, 3])
    expect(readFileSync(fileOf(JobId, `0.${attempt}.out`), 'utf8')).toBe('still here\n');
});

test('a command larger than an argument may be', async () => {
  const JobId = await engine.submit({ Tasks: [shellTask('long', `: ${'x'.repeat(1_000_000)}; echo ran`)] });
  await engine.settled(JobId);
  expect((await engine.logs(JobId, 'long')).stdout).toBe('ran\n');
});

test('the largest variables that are accepted reach the command', async () => {
  // With the name, the equals sign and the end of the text: 128 KiB, the last 64 KiB; 1984 KiB with pointers of 8 bytes.
  const Value = 'x'.repeat(128 * 1024 - 3);
  const last = 'x'.repeat(64 * 1024 - 3 - 16 * 8);
  const EnvVars = [...Array.from('ABCDEFGHIJKLMNO', (Name) => ({ Name, Value })), { Name: 'P', Value: last }];
  const JobId = await engine.submit({ Tasks: [shellTask('large', 'echo "${#A} ${#O} ${#P}"', { EnvVars })] });
  await engine.settled(JobId);
  expect((await engine.logs(JobId, 'large')).stdout).toBe(`${Value.length} ${Value.length} ${last.length}\n`);
});

test('a limit on file size ends a command that fills the disk', async () => {
  const limited = await startRunningEngine({
    limits: {
      cpuSeconds: undefined,
      memoryBytes: undefined,
      fileBytes: 1024 ** 2,
      openFiles: 256,
      processes: undefined,
    },
  });
  const JobId = await limited.submit({
    Tasks: [shellTask('fills', 'head -c 5000000 /dev/zero > big; wc -c < big')],
  });
  await limited.settled(JobId);
  expect((await limited.logs(JobId, 'fills')).stdout).toBe('1048576\n');
  await limited.stop();
  removeDir(limited.dataDir);
});
