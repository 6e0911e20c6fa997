import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { launchScriptOf } from '../../../../src/engine/runner/processes/launch-file.ts';
import { signalGroup, signalTo, startTimeOf } from '../../../../src/engine/runner/processes/process-table.ts';
import { cancelAttempt, readStatus } from '../../../../src/engine/runner/processes/status-file.ts';
import { root } from '../../../paths.ts';
import { makeDataDir, removeDir, until } from '../../running-engine.ts';

const runnerFile = join(root, 'src/engine/runner/processes/runner.sh');
const shells = [['/bin/dash'], ['/bin/bash'], ['/bin/busybox', 'sh']].filter(([file = '']) =>
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
  for (const name of statusFiles()) {
    const { pid = 0, code } = readStatus(name) ?? {};
    if (code === undefined) signalGroup(pid, 'SIGKILL');
  }
  removeDir(dataDir);
});
const statusFiles = (): readonly string[] => {
  const directory = join(dataDir, 'jobs/job-1/0');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.status'))
    .map((name) => join(directory, name));
};

const fileOf = (name: string): string => join(dataDir, 'jobs/job-1/0', name);
const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');

/** Lays out an attempt as the engine does. */
const layOut = (name: string, script: string, prefix: readonly string[] = ['/usr/bin/setsid']): void => {
  mkdirSync(fileOf(`${name}.work`), { recursive: true });
  writeFileSync(fileOf(`${name}.sh`), script);
  writeFileSync(fileOf(`${name}.launch`), launchScriptOf({}, [...prefix, '/bin/sh', fileOf(`${name}.sh`)]));
};

const startRunner = (shell: readonly string[], limits = '', setsid = '/usr/bin/setsid') => {
  const [file = '', ...args] = shell;
  const child = spawn(file, [...args, runnerFile, limits, setsid], {
    cwd: dataDir,
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  runners.push(child);
  const reported: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => reported.push(...chunk.toString().trim().split('\n')));
  const run = (...names: readonly string[]): void => {
    for (const name of names) child.stdin.write(`script jobs/job-1/0 ${name}\n`);
  };
  const ended = once(child, 'close');
  return { child, reported, run, ended };
};

describe.each(shells.map((shell) => ({ name: shell.join(' '), shell })))(
  'the runner under $name',
  ({ shell }) => {
    test('runs one attempt after another, records what became of each, and ends with its stdin', async () => {
      layOut('0.1', 'echo out; echo err >&2; exit 3');
      layOut('1.1', 'pwd; kill -9 $$');
      const { child, reported, run, ended } = startRunner(shell);
      run('0.1', '1.1');
      child.stdin.end();
      await ended;
      const pids = reported
        .filter((line) => line.startsWith('started'))
        .map((line) => Number(line.split(' ')[1]));
      expect(reported).toEqual([`started ${pids[0]}`, 'ended 3', `started ${pids[1]}`, 'ended 137']);
      expect(readStatus(fileOf('0.1.status'))).toEqual({
        runner: { pid: child.pid, startTime: expect.stringMatching(/^[0-9a-f-]{36}:\d+$/) },
        isCancelled: false,
        pid: pids[0],
        code: 3,
      });
      expect(readStatus(fileOf('1.1.status'))?.code).toBe(137);
      expect([textOf('0.1.out'), textOf('0.1.err'), textOf('1.1.out')]).toEqual([
        'out\n',
        'err\n',
        `${fileOf('1.1.work')}\n`,
      ]);
    });

    test('records itself with the start time of its process', async () => {
      layOut('0.1', 'while [ ! -e ../go ]; do sleep 0.01; done');
      const { child, run, ended } = startRunner(shell);
      run('0.1');
      const runner = await until('it has the attempt', () => {
        const status = readStatus(fileOf('0.1.status'));
        return status?.pid === undefined ? undefined : status.runner;
      });
      expect(runner).toEqual({ pid: child.pid, startTime: startTimeOf(child.pid ?? 0) });
      writeFileSync(fileOf('go'), '');
      child.stdin.end();
      await ended;
    });

    test('begins no attempt once its engine is gone', async () => {
      layOut('0.1', 'echo ran');
      const { child, run, ended } = startRunner(shell);
      child.stdout.destroy();
      run('0.1');
      child.stdin.end();
      await ended;
      expect(readStatus(fileOf('0.1.status'))).toMatchObject({ runner: { pid: child.pid }, pid: undefined });
      expect(textOf('0.1.out')).toBe('');
    });

    test('does not run an attempt that was cancelled, nor one twice', async () => {
      for (const name of ['0.1', '1.1']) layOut(name, 'echo ran');
      expect(cancelAttempt(fileOf('0.1.status'))).toBe(true);
      const { child, reported, run, ended } = startRunner(shell);
      run('0.1', '1.1', '1.1');
      child.stdin.end();
      await ended;
      expect(reported).toEqual(['refused', expect.stringMatching(/^started \d+$/), 'ended 0', 'refused']);
      expect(existsSync(fileOf('0.1.out'))).toBe(false);
      expect(textOf('1.1.out')).toBe('ran\n');
      expect(cancelAttempt(fileOf('1.1.status'))).toBe(false);
    });

    test('reports the end of an attempt whose working directory is missing, which has not begun', async () => {
      layOut('0.1', 'echo ran');
      spawnSync('rmdir', [fileOf('0.1.work')]);
      const { child, reported, run, ended } = startRunner(shell);
      run('0.1');
      child.stdin.end();
      await ended;
      expect(reported).toEqual([expect.stringMatching(/^ended [12]$/)]);
      expect(readStatus(fileOf('0.1.status'))?.pid).toBeUndefined();
    });

    test('begins nothing once its engine is gone', async () => {
      layOut('0.1', 'echo ran > ../ran');
      const { child, run, ended } = startRunner(shell);
      child.stdout.destroy();
      run('0.1');
      child.stdin.end();
      await ended;
      expect(existsSync(fileOf('ran'))).toBe(false);
      expect(readStatus(fileOf('0.1.status'))?.pid).toBeUndefined();
    });

    test('finishes the attempt that runs when its engine goes, and records its code', async () => {
      layOut('0.1', 'while [ ! -e ../go ]; do sleep 0.01; done; exit 6');
      const { child, run, ended, reported } = startRunner(shell);
      run('0.1');
      await until('it has begun', () => reported.length > 0);
      child.stdout.destroy();
      child.stdin.destroy();
      writeFileSync(fileOf('go'), '');
      await until('it is recorded', () => readStatus(fileOf('0.1.status'))?.code === 6);
      await ended;
    });

    test('sets the limits it is given', async () => {
      layOut('0.1', 'ulimit -n; ulimit -t; ulimit -c');
      const { child, run, ended } = startRunner(shell, 't=77 n=123 u=100000');
      run('0.1');
      child.stdin.end();
      await ended;
      expect(textOf('0.1.out')).toBe('123\n77\n0\n');
    });
  },
);

test('the runner gives an attempt its own process group without setsid, by job control of bash', async () => {
  layOut('0.1', 'kill -INT $$; echo survived', []);
  layOut('1.1', 'ps -o pgid= -p $$ | tr -d " "; echo $$', []);
  const { child, reported, run, ended } = startRunner(['/bin/bash'], '', '');
  run('0.1', '1.1');
  child.stdin.end();
  await ended;
  expect(reported.filter((line) => line.startsWith('ended'))).toEqual(['ended 130', 'ended 0']);
  const [group, pid] = textOf('1.1.out').split('\n');
  expect(group).toBe(pid);
});
