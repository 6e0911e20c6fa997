/** Notices from the command line: `batch-mcp notify`, a server, and a local engine that is started on demand. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { lockSending } from '../../src/notify/sender-lock.ts';
import { removeDir, shellTask, startRunningEngine, until } from '../engine/running-engine.ts';
import { jobOf } from '../mcp/harness.ts';
import { testSecret } from '../notify/receiver.ts';
import { program } from '../paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-notify-'));
let engine: Awaited<ReturnType<typeof startRunningEngine>>;
beforeAll(async () => {
  engine = await startRunningEngine();
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
  rmSync(folder, { recursive: true, force: true });
});

/** The variables of a program that uses the engine as an account. */
const variables = () => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  TENCENTCLOUD_SECRET_ID: engine.secretId,
  TENCENTCLOUD_SECRET_KEY: engine.secretKey,
});
const accountFlags = (dataDir: string) => [
  `--endpoint=${engine.endpoint}`,
  '--region=ap-guangzhou',
  `--data-dir=${dataDir}`,
];
/** Not synchronous: the engine runs in this process. */
const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...variables(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = async (stream: Readable): Promise<string> => {
    let all = '';
    for await (const chunk of stream) all += String(chunk);
    return all;
  };
  const closed = once(child, 'close');
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { status, stdout, stderr };
};
const appendTo = (file: string) => JSON.stringify(['/bin/sh', '-c', 'cat >> "$0"', file]);
const noticesIn = (
  file: string,
): readonly { readonly type: string; readonly data: Record<string, string> }[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
const endedJob = async (command = 'true'): Promise<string> => {
  const JobId = await engine.submit({ Tasks: [shellTask('a', command)] });
  await engine.settled(JobId);
  return JobId;
};

describe('an invalid target of notices stops the program and says what is right', () => {
  test.each([
    [['notify', '--local', '--notify=/bin/true'], {}, 'The local engine sends its own notices'],
    [['notify'], {}, 'batch-mcp notify needs --notify'],
    [['notify', '--notify=bin/true', '--once'], {}, '--notify has a relative path'],
    [['--notify=http://example.com/'], {}, '--notify has to begin with https://'],
    [['--local', '--notify=["a"'], {}, '--notify is not a JSON list'],
    [['--local', '--notify=https://example.com/'], {}, 'A webhook needs a signing secret'],
    [
      ['notify', '--notify=https://example.com/', '--once'],
      { BATCH_MCP_NOTIFY_SECRET: 'hunter2' },
      'BATCH_MCP_NOTIFY_SECRET has to be whsec_',
    ],
    [[], { BATCH_MCP_NOTIFY: 'bin/true' }, 'BATCH_MCP_NOTIFY has a relative path'],
    [['engine', '--notify=bin/true'], {}, '--notify has a relative path'],
    [
      ['notify', '--notify=/nowhere/on-job', '--once'],
      {},
      'The program of --notify, /nowhere/on-job, does not exist. Nothing was sent.',
    ],
  ])('%j %j', async (args, env, message) => {
    const { status, stderr } = await run(
      [...args, `--data-dir=${join(folder, 'refused')}`],
      env as Record<string, string>,
    );
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
    expect(status).toBe(2);
  });
});

describe('batch-mcp notify --once', () => {
  test('sends each event one time, over several runs', async () => {
    const dataDir = join(folder, 'once');
    const file = join(folder, 'once.jsonl');
    const args = ['notify', '--once', `--notify=${appendTo(file)}`, ...accountFlags(dataDir)];
    await endedJob();
    expect(await run(args)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(noticesIn(file)).toEqual([]);
    const failed = await endedJob('exit 1');
    expect((await run(args)).status).toBe(0);
    expect((await run(args)).status).toBe(0);
    expect(noticesIn(file)).toMatchObject([
      { type: 'job.ended', data: { JobId: failed, JobState: 'FAILED', Region: 'ap-guangzhou' } },
    ]);
  });

  test('reports a receiver that fails with exit code 1, and the next run sends the event', async () => {
    const dataDir = join(folder, 'failing');
    const file = join(folder, 'failing.jsonl');
    const args = (target: string) => ['notify', '--once', `--notify=${target}`, ...accountFlags(dataDir)];
    await run(args(appendTo(file)));
    const JobId = await endedJob();
    const refused = await run(args(JSON.stringify(['/bin/sh', '-c', 'echo no route >&2; exit 7'])));
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain(
      `of ${JobId} was not delivered: the notify command ended with status 7: no route`,
    );
    expect((await run(args(appendTo(file)))).status).toBe(0);
    expect(noticesIn(file)).toMatchObject([{ data: { JobId } }]);
  });

  test('leaves the sending to another program that holds the lock, which ends with that program', async () => {
    const dataDir = join(folder, 'locked');
    const args = [
      'notify',
      '--once',
      `--notify=${appendTo(join(folder, 'locked.jsonl'))}`,
      ...accountFlags(dataDir),
    ];
    const unlock = lockSending(dataDir);
    expect(unlock).toBeDefined();
    expect(lockSending(dataDir)).toBeUndefined();
    expect(await run(args)).toEqual({
      status: 0,
      stdout: '',
      stderr: `batch-mcp: Another program sends the notices of ${dataDir}.\n`,
    });
    unlock?.();
    expect((await run(args)).stderr).toBe('');
  });
});

describe('batch-mcp notify with profiles', () => {
  const profiles = (name: string, content: object): string => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ default: 'a', profiles: content }));
    return `--config=${file}`;
  };

  test('reads the accounts of the others where one has no credentials', async () => {
    const file = join(folder, 'profiles.jsonl');
    const config = profiles('two', {
      a: { region: 'ap-guangzhou', credentials: { source: 'tccli', profile: 'none' } },
      b: { region: 'ap-guangzhou', endpoint: engine.endpoint },
    });
    const args = [
      'notify',
      '--once',
      config,
      `--notify=${appendTo(file)}`,
      `--data-dir=${join(folder, 'two')}`,
    ];
    await run(args);
    const JobId = await endedJob();
    const { status, stderr } = await run(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^batch-mcp: .*: There is no tccli profile 'none'.*\n$/);
    expect(noticesIn(file)).toMatchObject([{ data: { JobId } }]);
  });

  test('says that there is nothing to watch where all use the local engine', async () => {
    const config = profiles('local', { a: { local: true } });
    const { status, stderr } = await run([
      'notify',
      config,
      '--notify=/bin/true',
      `--data-dir=${join(folder, 'l')}`,
    ]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('uses the local engine, which sends its own'),
    ]);
  });
});

test('batch-mcp notify says what it watches and where notices go, and that it waits for another sender', async () => {
  const dataDir = join(folder, 'waiting');
  const unlock = lockSending(dataDir);
  const child = spawn(process.execPath, [program, 'notify', '--notify=/bin/true', ...accountFlags(dataDir)], {
    env: variables(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    unlock?.();
  });
  const closed = once(child, 'close');
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  await until('it waits', () => stderr.includes('this one waits'));
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  expect(stderr.split('\n')).toEqual([
    `batch-mcp: watches the jobs of ${engine.endpoint}, default region ap-guangzhou`,
    'batch-mcp: notices go to /bin/true; Ctrl-C ends this',
    `batch-mcp: another program sends the notices of ${dataDir}; this one waits until that has ended`,
    '',
  ]);
});

test.each([
  ['batch-mcp notify', (target: string, dataDir: string) => ['notify', target, ...accountFlags(dataDir)]],
  ['a server', (target: string, dataDir: string) => [target, ...accountFlags(dataDir)]],
])('%s sends the events from before its start, and ends when it is asked to', async (name, argsFor) => {
  const dataDir = join(folder, name.replaceAll(' ', '-'));
  const file = `${dataDir}.jsonl`;
  const target = `--notify=${appendTo(file)}`;
  await run(['notify', '--once', target, ...accountFlags(dataDir)]);
  const JobId = await endedJob();
  const child = spawn(process.execPath, [program, ...argsFor(target, dataDir)], {
    env: variables(),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await until('the notice arrived', () => noticesIn(file).length > 0);
  expect(noticesIn(file)).toMatchObject([{ data: { JobId } }]);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a local engine that is started on demand sends notices; its jobs and its arguments hold nothing of that', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-local-'));
  const file = join(folder, 'local.jsonl');
  const env = { BATCH_MCP_NOTIFY: appendTo(file), BATCH_MCP_NOTIFY_SECRET: testSecret };
  const options = ['--local', '--sandbox=none', `--data-dir=${dataDir}`];
  const call = async (tool: string, input: object) =>
    JSON.parse((await run(['call', tool, JSON.stringify(input), ...options], env)).stdout);
  try {
    const { JobId } = await call('SubmitJob', jobOf(`env > ${join(folder, 'job-env')}`));
    await until('the notice arrived', () => noticesIn(file).length > 0);
    expect(noticesIn(file)).toMatchObject([{ type: 'job.ended', data: { JobId, JobState: 'SUCCEED' } }]);
    expect(readFileSync(join(folder, 'job-env'), 'utf8')).not.toMatch(/NOTIFY|whsec_/);
    const { pid, notifies } = JSON.parse((await run(['engine', 'status', `--data-dir=${dataDir}`])).stdout);
    expect(notifies).toBe(true);
    const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    expect(stdout).toContain('engine');
    expect(stdout).not.toContain('local.jsonl');
  } finally {
    await run(['engine', 'stop', `--data-dir=${dataDir}`]);
    removeDir(dataDir);
  }
});
