import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchScriptOf, parameters } from '../../../../src/engine/runner/processes/launch-file.ts';
import { createRunnerPool } from '../../../../src/engine/runner/processes/runner-pool.ts';
import { openRunnerRecords, readRecord } from '../../../../src/engine/runner/processes/runner-record.ts';
import { createSettings } from '../../../../src/engine/settings.ts';
import { makeDataDir, removeDir, until } from '../../running-engine.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = makeDataDir();
});
afterEach(() => removeDir(dataDir));

const recordsIn = (): readonly string[] => readdirSync(join(dataDir, 'runners'));

test('a runner is replaced after its last attempt, and its record deleted once all ends are stored', async () => {
  const directory = 'jobs/job-1/0';
  const records = openRunnerRecords(dataDir);
  const ended: string[] = [];
  const lost: string[] = [];
  const pool = createRunnerPool(
    createSettings({ dataDir, engineId: 'test' }),
    [],
    records,
    {
      onStarted: () => undefined,
      onEnded: (key, code) => ended.push(`${key} ${code}`),
      onLost: (key) => lost.push(key),
    },
    2,
  );
  for (const index of [0, 1, 2, 3, 4]) {
    const name = `${index}.1`;
    mkdirSync(join(dataDir, directory, `${name}.work`), { recursive: true });
    const command = [parameters.setsid, '/bin/sh', '-c', `exit ${index}`];
    writeFileSync(join(dataDir, directory, 'launch'), launchScriptOf({}, command));
    pool.run({ key: `1/${index}`, kind: 'script', directory, name, launch: 'launch' });
    await until('it has ended', () => ended.length > index);
  }
  expect(ended).toEqual(['1/0 0', '1/1 1', '1/2 2', '1/3 3', '1/4 4']);
  expect(recordsIn()).toHaveLength(3);
  for (const index of [0, 1, 2, 3, 4]) records.release(`1/${index}`);
  // The third runner waits for its second attempt.
  await until('two are gone', () => recordsIn().length === 1);
  pool.close();
  expect(lost).toEqual([]);
});

test('the records of an earlier engine stay until the ends of its attempts are stored', () => {
  const before = openRunnerRecords(dataDir);
  const file = before.create();
  writeFileSync(
    file,
    'runner 7 boot:1\nattempt jobs/job-1/0/0.1 script\npid 8\nexit 3\nattempt jobs/job-1/0/1.1 sc',
  );
  const after = openRunnerRecords(dataDir);
  expect(after.earlier).toEqual([file]);
  expect(after.create()).not.toBe(file);
  after.deleteEarlierExceptFor(['1/0']);
  expect(readRecord(file, 'jobs/job-1/0/0.1')).toMatchObject({ pid: 8, code: 3, wasExecuted: true });
  // The line is still being written.
  expect(readRecord(file, 'jobs/job-1/0/1.1')?.pid).toBeUndefined();
  after.release('1/0');
  expect(existsSync(file)).toBe(false);
});

test('a command of a sandbox was executed only if bubblewrap recorded its exit code', () => {
  const file = openRunnerRecords(dataDir).create();
  const failed = 'attempt jobs/job-1/0/0.1 sandbox\npid 8\n{ "child-pid": 9 }\nexit 1\n';
  const ran = 'attempt jobs/job-1/0/1.1 sandbox\npid 8\n{ "child-pid": 9 }\n{ "exit-code": 1 }\nexit 1\n';
  writeFileSync(file, `runner 7 boot:1\n${failed}${ran}`);
  expect(readRecord(file, 'jobs/job-1/0/0.1')).toMatchObject({ code: 1, wasExecuted: false });
  expect(readRecord(file, 'jobs/job-1/0/1.1')).toMatchObject({ code: 1, wasExecuted: true });
});
