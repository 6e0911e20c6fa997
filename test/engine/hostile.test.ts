/** Texts that try to escape from their field, or that a careless program would alter. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  makeDataDir,
  Placement,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
} from './running-engine.ts';

let engine: RunningEngine;
let around: string;
beforeAll(async () => {
  // A directory around the data directory, so that a file that escapes from it is found.
  around = makeDataDir();
  engine = await startRunningEngine({ dataDir: join(around, 'data') });
});
afterAll(async () => {
  await engine.stop();
  removeDir(around);
});

/** Every path below a directory. */
const pathsIn = (dir: string): string[] =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? [path, ...pathsIn(path)] : [path];
  });

describe('A TaskName', () => {
  test.each([
    ['../x'],
    ['a/b'],
    ['a\u0000b'],
    ['.'],
    ['..'],
    ['a b'],
    [''],
    ['a\n'],
    ['\u202Ea'],
    ['~'],
    ['a\\b'],
  ])('%j is refused', async (name) => {
    expect(
      await engine.codeOf('SubmitJob', {
        Placement: { Zone: 'ap-guangzhou-2' },
        Job: { Tasks: [shellTask(name, 'true')] },
      }),
    ).toBe('InvalidParameter.TaskName');
  });
  test.each([['CON'], ['con'], ['-rf'], ['__proto__'], ['constructor']])('%j is accepted', async (name) => {
    const JobId = await engine.submit({ Tasks: [shellTask(name, 'echo here')] });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    expect((await engine.logs(JobId, name)).stdout).toBe('here\n');
    expect(pathsIn(engine.dataDir).filter((path) => path.endsWith(`/${name}`))).toEqual([]);
  });
});

describe('A name with free text', () => {
  test.each([
    ['中文作业'],
    ['🚀 emoji 👩‍🔬'],
    ['\u202Eright to left'],
    ['caf\u00e9'],
    ['cafe\u0301'],
    ['../../etc/passwd'],
    ['a\nb\tc'],
    ["'; DROP TABLE jobs; --"],
    ['%s%n ${BATCH_JOB_ID} $(id) `id`'],
  ])('%j is returned as it was sent', async (JobName) => {
    const JobId = await engine.submit({ JobName, JobDescription: JobName, Tasks: [shellTask('a', 'true')] });
    const { JobSet } = await engine.call('DescribeJobs', {
      Filters: [{ Name: 'job-name', Values: [JobName] }],
    });
    expect(JobSet).toMatchObject([{ JobId, JobName }]);
    const info = await engine.call('DescribeJobSubmitInfo', { JobId });
    expect(info).toMatchObject({ JobName, JobDescription: JobName });
  });
});

describe('Of a command and its variables,', () => {
  test('values with line breaks, quotes, symbols and other scripts arrive unchanged', async () => {
    const values = ['a\nb', 'x=y=z', `"'\`$HOME`, '中文', ' leading and trailing ', ''];
    const EnvVars = values.map((Value, index) => ({ Name: `V${index}`, Value }));
    const Command = values.map((_, index) => `printf '%s\\0' "$V${index}"`).join('; ');
    const JobId = await engine.submit({ Tasks: [shellTask('a', Command, { EnvVars })] });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    expect((await engine.logs(JobId, 'a')).stdout.split('\0').slice(0, -1)).toEqual(values);
  });
  test('a command longer than one argument of the system runs', async () => {
    const filler = `: ${'x'.repeat(1024 * 1024)}`;
    const JobId = await engine.submit({ Tasks: [shellTask('a', `${filler}\necho at the end`)] });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    expect((await engine.logs(JobId, 'a')).stdout).toBe('at the end\n');
  });
  test('a command with a NUL character is refused', async () => {
    const Job = { Tasks: [shellTask('a', 'echo a\u0000b')] };
    expect(await engine.codeOf('SubmitJob', { Placement, Job })).toBe('InvalidParameterValue');
  });
  test('output that is not text is returned unchanged', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('a', "printf '\\377\\000\\r\\n\\303'")] });
    await engine.settled(JobId);
    const { TaskInstanceLogSet } = await engine.call('DescribeTaskLogs', { JobId, TaskName: 'a' });
    const encoded = String(TaskInstanceLogSet?.[0]?.StdoutLog).split(',')[1];
    expect([...Buffer.from(String(encoded), 'base64')]).toEqual([0xff, 0, 0x0d, 0x0a, 0xc3]);
  });
});

describe('A redirect', () => {
  test('with a name that leads out of its directory is refused', async () => {
    const RedirectInfo = {
      StdoutRedirectPath: 'cos://bucket-1250000000.cos.ap-guangzhou.myqcloud.com/logs/',
      StdoutRedirectFileName: '${BATCH_JOB_ID}/../../../../../climbed.txt',
    };
    const Job = { Tasks: [shellTask('a', 'echo climbed', { RedirectInfo })] };
    expect(await engine.codeOf('SubmitJob', { Placement, Job })).toBe(
      'InvalidParameterValue.RemoteStoragePath',
    );
    expect(pathsIn(around).filter((path) => path.endsWith('climbed.txt'))).toEqual([]);
  });
});
