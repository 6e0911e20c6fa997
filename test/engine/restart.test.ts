import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findEngine, stopEngine } from '../../src/engine/daemon/daemon.ts';
import { signalTo, startTimeOf } from '../../src/engine/runner/processes/process-table.ts';
import { readRecord } from '../../src/engine/runner/processes/runner-record.ts';
import { attemptsOf } from '../../src/engine/store/attempt-history.ts';
import { openDatabase } from '../../src/engine/store/database.ts';
import { ConfigError } from '../../src/shared/errors.ts';
import { makeDataDir, removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

test('a stopped engine leaves its jobs running, and the next one adopts them with their logs and exit codes', async () => {
  const dataDir = makeDataDir();
  const first = await startRunningEngine({ dataDir });
  const JobId = await first.submit({
    Tasks: [
      shellTask('long', 'echo begun; while [ ! -e ../go ]; do sleep 0.01; done; echo done; exit 5'),
      shellTask('short', 'echo begun; while [ ! -e ../go ]; do sleep 0.01; done'),
    ],
  });
  await until(
    'both run',
    async () => (await first.logs(JobId, 'long')).stdout && (await first.logs(JobId, 'short')).stdout,
  );
  const before = await until('it is known to run', async () => {
    const [instance] = await first.instances(JobId, 'long');
    return instance?.TaskInstanceState === 'RUNNING' ? instance : undefined;
  });
  await first.stop();
  // The short one ends while no engine runs.
  writeFileSync(join(dataDir, 'jobs', JobId, '1', 'go'), '');
  const recorded = () => recordedAttempts(dataDir, `jobs/${JobId}/1/0.1`);
  await until('its exit code is recorded', () => recorded().some(({ code }) => code === 0));

  const second = await startRunningEngine({ dataDir });
  const [adopted] = await second.instances(JobId, 'long');
  expect(adopted).toEqual(before);
  writeFileSync(join(dataDir, 'jobs', JobId, '0', 'go'), '');
  await second.settled(JobId);
  expect((await second.instances(JobId, 'long'))[0]).toMatchObject({
    TaskInstanceState: 'FAILED',
    ExitCode: 5,
  });
  expect((await second.instances(JobId, 'short'))[0]).toMatchObject({
    TaskInstanceState: 'SUCCEED',
    ExitCode: 0,
  });
  expect(await second.logs(JobId, 'long')).toEqual({ stdout: 'begun\ndone\n', stderr: '' });
  await second.stop();
  removeDir(dataDir);
});

test('an attempt that was killed while no engine ran is lost, and repeated without using up MaxRetryCount', async () => {
  const dataDir = makeDataDir();
  const first = await startRunningEngine({ dataDir });
  const JobId = await first.submit({
    Tasks: [
      shellTask('victim', 'echo $$ >> ../pids; [ $(wc -l < ../pids) = 2 ] || sleep 1000', {
        MaxRetryCount: 0,
      }),
    ],
  });
  const file = join(dataDir, 'jobs', JobId, '0', 'pids');
  const pid = await until('it runs', () => Number(readText(file)) || undefined);
  await first.stop();
  // The runner first, as a restart of the machine does: otherwise it would record the end.
  const runner = recordedAttempts(dataDir, `jobs/${JobId}/0/0.1`)[0]?.runner.pid ?? 0;
  signalTo(runner, 'SIGKILL');
  process.kill(-pid, 'SIGKILL');
  await until('both are gone', () => startTimeOf(pid) === undefined && startTimeOf(runner) === undefined);
  const second = await startRunningEngine({ dataDir });
  expect((await second.settled(JobId)).JobState).toBe('SUCCEED');
  await second.stop();
  const db = openDatabase(join(dataDir, 'engine.db'));
  const task = db.get<{ id: number }>('SELECT id FROM tasks')?.id ?? 0;
  const attempts = attemptsOf(db, task, 0);
  db.close();
  expect(attempts).toMatchObject([
    { attempt: 1, state: 'FAILED' },
    { attempt: 2, state: 'SUCCEED', exitCode: 0, reason: '', detail: 'successful' },
  ]);
  removeDir(dataDir);
});

test('a data directory is served by one engine; a second is refused with what to do', async () => {
  const engine = await startRunningEngine();
  await expect(startRunningEngine({ dataDir: engine.dataDir })).rejects.toThrow(ConfigError);
  expect((await findEngine(engine.dataDir))?.status).toMatchObject({
    sandbox: 'none',
    busy: false,
    pid: process.pid,
  });
  expect(await stopEngine(engine.dataDir)).toBe(true);
  await until('it has stopped', async () => (await findEngine(engine.dataDir)) === undefined);
  const again = await startRunningEngine({ dataDir: engine.dataDir });
  expect(again.secretKey).toBe(engine.secretKey);
  await again.stop();
  removeDir(engine.dataDir);
});

test('an engine that is idle for long enough ends', async () => {
  const why: string[] = [];
  const engine = await startRunningEngine({ idleExitMs: 100, onStopped: (reason) => why.push(reason) });
  await until('it has ended', () => why.length > 0);
  expect(why).toEqual(['idle']);
  removeDir(engine.dataDir);
});

test('an engine without a sandbox, and without a person’s word, runs nothing and names the flag', async () => {
  const engine = await startRunningEngine({ sandbox: 'auto' });
  if (engine.sandbox === 'refuse') {
    await expect(engine.submit({ Tasks: [shellTask('t', 'true')] })).rejects.toThrow('--sandbox none');
  }
  await engine.stop();
  removeDir(engine.dataDir);
});

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').split('\n')[0] ?? '';
  } catch {
    return '';
  }
};
/** What the records of all runners say of an attempt. */
const recordedAttempts = (dataDir: string, name: string) =>
  readdirSync(join(dataDir, 'runners')).flatMap(
    (file) => readRecord(join(dataDir, 'runners', file), name) ?? [],
  );
