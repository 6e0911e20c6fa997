import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OutputOf } from '../../src/catalogue/index.ts';
import { signalTo } from '../../src/engine/runner/processes/process-table.ts';
import { callEngine, makeDataDir, Placement, removeDir, shellTask, until } from '../engine/running-engine.ts';
import { type KillableEngine, startKillableEngine } from './killable-engine.ts';

/** A small generator whose numbers are the same in every run (mulberry32), from 0 up to 1. */
const createRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

test('an engine that is killed at twenty moments of a job of 200 instances runs each exactly once and loses no line', async () => {
  const dataDir = makeDataDir();
  const ledger = join(dataDir, 'ledger');
  writeFileSync(ledger, '');
  const random = createRandom(20_261_122);
  let engine: KillableEngine = await startKillableEngine(dataDir);
  const tasks = ['a', 'b', 'c', 'd', 'e'];
  const { JobId } = await callEngine(engine, 'SubmitJob', {
    Placement,
    ClientToken: 'the one',
    Job: {
      Tasks: tasks.map((name) =>
        shellTask(
          name,
          // One write of less than a block: appended as a whole, however many write.
          'name=$BATCH_TASK_NAME.$BATCH_TASK_INSTANCE_INDEX; echo begin $name >> "$LEDGER"; echo one $name; sleep 0.05; echo two $name >&2; echo end $name >> "$LEDGER"; exit $((BATCH_TASK_INSTANCE_INDEX % 5 == 4 ? 3 : 0))',
          { TaskInstanceNum: 40, EnvVars: [{ Name: 'LEDGER', Value: ledger }] },
        ),
      ),
      TaskExecutionDependOn: 'PRE_TASK_FINISHED',
      Dependences: [
        { StartTask: 'a', EndTask: 'b' },
        { StartTask: 'a', EndTask: 'c' },
        { StartTask: 'b', EndTask: 'd' },
        { StartTask: 'c', EndTask: 'd' },
      ],
    },
  });
  if (!JobId) throw new Error('no JobId');
  for (let kills = 0; kills < 20; kills += 1) {
    // From the first turn of an engine, when it adopts and lays out, to the middle of its work.
    await new Promise((resolve) => setTimeout(resolve, random() ** 2 * 500));
    await engine.kill();
    engine = await startKillableEngine(dataDir);
  }
  const again = await callEngine(engine, 'SubmitJob', {
    Placement,
    ClientToken: 'the one',
    Job: { Tasks: [shellTask('other', 'true')] },
  });
  expect(again.JobId).toBe(JobId);
  const job: OutputOf<'DescribeJob'> = await until('the job has ended', async () => {
    const seen = await callEngine(engine, 'DescribeJob', { JobId });
    return seen.EndTime ? seen : undefined;
  });
  expect(job.TaskInstanceMetrics).toMatchObject({ SucceedCount: 160, FailedCount: 40 });

  const names = tasks.flatMap((task) => Array.from({ length: 40 }, (_, index) => `${task}.${index}`));
  const lines = readFileSync(ledger, 'utf8').trim().split('\n').sort();
  expect(lines).toEqual(
    [...names.map((name) => `begin ${name}`), ...names.map((name) => `end ${name}`)].sort(),
  );

  for (const TaskName of tasks) {
    const { TaskInstanceSet } = await callEngine(engine, 'DescribeTask', { JobId, TaskName });
    const codes = TaskInstanceSet?.map((one) => [one?.TaskInstanceIndex, one?.ExitCode]);
    expect(codes).toEqual(Array.from({ length: 40 }, (_, index) => [index, index % 5 === 4 ? 3 : 0]));
    for (let Offset = 0; Offset < 40; Offset += 10) {
      const { TaskInstanceLogSet } = await callEngine(engine, 'DescribeTaskLogs', {
        JobId,
        TaskName,
        Offset,
        Limit: 10,
      });
      const logs = TaskInstanceLogSet?.map((log) => [decode(log?.StdoutLog), decode(log?.StderrLog)]);
      const whole = Array.from({ length: 10 }, (_, at) => `${TaskName}.${Offset + at}\n`);
      expect(logs).toEqual(whole.map((name) => [`one ${name}`, `two ${name}`]));
    }
  }
  await engine.kill();
  removeDir(dataDir);
});

test('short instances end SUCCEED while engines and runners are killed, and no attempt runs twice', async () => {
  const dataDir = makeDataDir();
  const ledger = join(dataDir, 'ledger');
  writeFileSync(ledger, '');
  const random = createRandom(3);
  let engine = await startKillableEngine(dataDir);
  // More than end while engines and runners are killed, also on a fast machine.
  const TaskInstanceNum = 1000;
  const { JobId } = await callEngine(engine, 'SubmitJob', {
    Placement,
    Job: {
      Tasks: [
        shellTask(
          'short',
          // One write of less than a block: appended as a whole. BATCH_MCP_RUN names the attempt.
          'echo $BATCH_TASK_INSTANCE_INDEX $BATCH_MCP_RUN >> "$LEDGER"; echo $BATCH_TASK_INSTANCE_INDEX',
          { TaskInstanceNum, EnvVars: [{ Name: 'LEDGER', Value: ledger }] },
        ),
      ],
    },
  });
  if (!JobId) throw new Error('no JobId');
  let runnersKilled = 0;
  for (let kills = 0; kills < 30; kills += 1) {
    await new Promise((resolve) => setTimeout(resolve, random() * 150));
    const runners = kills % 3 === 0 ? [] : childrenOf(engine.process.pid ?? 0);
    for (const runner of runners) signalTo(runner, 'SIGKILL');
    runnersKilled += runners.length;
    // Every third time the engine alone, every third both, every third a runner alone.
    if (kills % 3 === 1) continue;
    await engine.kill();
    engine = await startKillableEngine(dataDir);
  }
  const job = await until(
    'the job has ended',
    async () => {
      const seen = await callEngine(engine, 'DescribeJob', { JobId });
      return seen.EndTime ? seen : undefined;
    },
    240,
  );
  expect(job.TaskInstanceMetrics).toMatchObject({ SucceedCount: TaskInstanceNum });
  const indexes = Array.from({ length: TaskInstanceNum }, (_, index) => index);
  const ran = readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  const attempts = ran.map(([, attempt]) => attempt);
  expect(attempts.length).toBe(new Set(attempts).size);
  expect([...new Set(ran.map(([index]) => Number(index)))].sort((one, other) => one - other)).toEqual(
    indexes,
  );
  // An attempt whose runner was killed is repeated, and no other.
  expect(ran.length - TaskInstanceNum).toBeLessThanOrEqual(runnersKilled);
  for (let Offset = 0; Offset < TaskInstanceNum; Offset += 10) {
    const page = { JobId, TaskName: 'short', Offset, Limit: 10 };
    const { TaskInstanceLogSet } = await callEngine(engine, 'DescribeTaskLogs', page);
    const logs = TaskInstanceLogSet?.map((log) => decode(log?.StdoutLog));
    expect(logs).toEqual(indexes.slice(Offset, Offset + 10).map((index) => `${index}\n`));
  }
  await engine.kill();
  removeDir(dataDir);
}, 300_000);

/** Without /proc: none. */
const childrenOf = (pid: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
};

const decode = (log: string | null | undefined): string =>
  Buffer.from((log ?? '').split('base64,')[1] ?? '', 'base64').toString();
