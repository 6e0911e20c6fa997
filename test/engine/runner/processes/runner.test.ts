import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { launchScriptOf, parameters } from '../../../../src/engine/runner/processes/launch-file.ts';
import { signalGroup, signalTo, startTimeOf } from '../../../../src/engine/runner/processes/process-table.ts';
import { readRecord } from '../../../../src/engine/runner/processes/runner-record.ts';
import { root } from '../../../paths.ts';
import { makeDataDir, removeDir, until } from '../../running-engine.ts';

const runnerFile = join(root, 'src/engine/runner/processes/runner.sh');
const shells = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([file = '']) =>
  existsSync(file),
);

let dataDir: string;
beforeEach(() => {
  dataDir = makeDataDir();
});
const runners: ChildProcess[] = [];
afterEach(() => {
  // A test that fails half-way leaves its runner and an attempt that waits for ever; there is no engine to end them.
  for (const { pid = 0, exitCode, signalCode } of runners.splice(0)) {
    if (exitCode === null && signalCode === null) signalTo(pid, 'SIGKILL');
  }
  const record = existsSync(recordFile()) ? readFileSync(recordFile(), 'utf8') : '';
  const [, running] = /\npid (\d+)\n$/.exec(record) ?? [];
  if (running !== undefined) signalGroup(Number(running), 'SIGKILL');
  removeDir(dataDir);
});

const fileOf = (name: string): string => join(dataDir, 'jobs/job-1/0', name);
const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');

/** Prepares an attempt as the engine does. */
const prepare = (name: string, script: string): void => {
  mkdirSync(fileOf(`${name}.work`), { recursive: true });
  writeFileSync(fileOf(`${name}.sh`), script);
  writeFileSync(
    fileOf(`${name}.launch`),
    launchScriptOf({ INDEX: parameters.index }, [parameters.setsid, '/bin/sh', fileOf(`${name}.sh`)]),
  );
};

const recordFile = (): string => join(dataDir, 'record');
const recorded = (name: string) => readRecord(recordFile(), `jobs/job-1/0/${name}`);

const startRunner = (
  shell: readonly string[],
  { limits = '', setsid = '/usr/bin/setsid', record = recordFile() } = {},
) => {
  const [file = '', ...args] = shell;
  writeFileSync(record, '', { flag: 'a' });
  const child = spawn(file, [...args, runnerFile, record, limits, setsid], {
    cwd: dataDir,
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  runners.push(child);
  child.stdin.on('error', () => undefined);
  const reported: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => reported.push(...chunk.toString().trim().split('\n')));
  const run = (...names: readonly string[]): void => {
    for (const name of names) child.stdin.write(`script jobs/job-1/0 ${name} ${name}.launch\n`);
  };
  const ended = once(child, 'close');
  return { child, reported, run, ended };
};

describe.each(shells.map((shell) => ({ name: shell.join(' '), shell })))(
  'the runner under $name',
  ({ shell }) => {
    test('runs one attempt after another, records what became of each, and ends with its stdin', async () => {
      prepare('0.1', 'echo out; echo err >&2; exit 3');
      prepare('1.1', 'pwd; kill -9 $$');
      const { child, reported, run, ended } = startRunner(shell);
      run('0.1', '1.1');
      child.stdin.end();
      await ended;
      const pids = reported
        .filter((line) => line.startsWith('started'))
        .map((line) => Number(line.split(' ')[1]));
      expect(reported).toEqual([`started ${pids[0]}`, 'ended 3', `started ${pids[1]}`, 'ended 137']);
      const runner = { pid: child.pid, startTime: expect.stringMatching(/^[0-9a-f-]{36}:\d+$/) };
      expect(recorded('0.1')).toEqual({ runner, pid: pids[0], code: 3, wasExecuted: true });
      expect(recorded('1.1')).toEqual({ runner, pid: pids[1], code: 137, wasExecuted: true });
      expect(recorded('2.1')).toBeUndefined();
      expect(recorded('0')).toBeUndefined();
      expect([textOf('0.1.out'), textOf('0.1.err'), textOf('1.1.out')]).toEqual([
        'out\n',
        'err\n',
        `${fileOf('1.1.work')}\n`,
      ]);
    });

    test('records itself with the start time of its process', async () => {
      prepare('0.1', 'while [ ! -e ../go ]; do sleep 0.01; done');
      const { child, run, ended } = startRunner(shell);
      run('0.1');
      const runner = await until('it has the attempt', () => {
        const attempt = recorded('0.1');
        return attempt?.pid === undefined ? undefined : attempt.runner;
      });
      expect(runner).toEqual({ pid: child.pid, startTime: startTimeOf(child.pid ?? 0) });
      writeFileSync(fileOf('go'), '');
      child.stdin.end();
      await ended;
    });

    test('begins no attempt once its engine is gone', async () => {
      prepare('0.1', 'echo ran');
      const { child, run, ended } = startRunner(shell);
      child.stdout.destroy();
      run('0.1');
      child.stdin.end();
      await ended;
      expect(recorded('0.1')).toMatchObject({ runner: { pid: child.pid }, pid: undefined });
      expect(textOf('0.1.out')).toBe('');
    });

    test('begins no attempt that it cannot record, and ends', async () => {
      prepare('0.1', 'echo ran');
      const { reported, run, ended } = startRunner(shell, { record: '/dev/full' });
      run('0.1');
      await ended;
      expect(reported).toEqual([]);
      expect(existsSync(fileOf('0.1.out'))).toBe(false);
    });

    test('reports the end of an attempt whose working directory is missing, which has not begun', async () => {
      prepare('0.1', 'echo ran');
      spawnSync('rmdir', [fileOf('0.1.work')]);
      const { child, reported, run, ended } = startRunner(shell);
      run('0.1');
      child.stdin.end();
      await ended;
      expect(reported).toEqual([expect.stringMatching(/^ended [12]$/)]);
      expect(recorded('0.1')?.pid).toBeUndefined();
    });

    test('finishes the attempt that runs when its engine goes, and records its code', async () => {
      prepare('0.1', 'while [ ! -e ../go ]; do sleep 0.01; done; exit 6');
      const { child, run, ended, reported } = startRunner(shell);
      run('0.1');
      await until('it has begun', () => reported.length > 0);
      child.stdout.destroy();
      child.stdin.destroy();
      writeFileSync(fileOf('go'), '');
      await until('it is recorded', () => recorded('0.1')?.code === 6);
      await ended;
    });

    test('sets the limits it is given', async () => {
      prepare('0.1', 'ulimit -n; ulimit -t; ulimit -c; ulimit -f');
      const { child, run, ended } = startRunner(shell, { limits: 't=77 n=123 u=100000 f=4096' });
      run('0.1');
      child.stdin.end();
      await ended;
      expect(textOf('0.1.out')).toBe('123\n77\n0\n4096\n');
    });
  },
);

test('the runner gives an attempt its own process group without setsid, by job control of bash', async () => {
  prepare('0.1', 'kill -INT $$; echo survived');
  prepare('1.1', 'ps -o pgid= -p $$ | tr -d " "; echo $$');
  const { child, reported, run, ended } = startRunner(['/bin/bash', '--posix'], { setsid: '' });
  run('0.1', '1.1');
  child.stdin.end();
  await ended;
  expect(reported.filter((line) => line.startsWith('ended'))).toEqual(['ended 130', 'ended 0']);
  const [group, pid] = textOf('1.1.out').split('\n');
  expect(group).toBe(pid);
});
