import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeCommandFiles } from '../../../../src/engine/runner/processes/command-files.ts';
import {
  joinWords,
  launchScriptOf,
  parameters,
} from '../../../../src/engine/runner/processes/launch-file.ts';
import { makeDataDir, removeDir } from '../../running-engine.ts';

const shells = [['/bin/dash'], ['/bin/bash'], ['/bin/busybox', 'sh']]
  .filter(([file = '']) => existsSync(file))
  .map((shell) => ({ name: shell.join(' '), shell }));

let directory: string;
beforeAll(() => {
  directory = makeDataDir();
});
afterAll(() => removeDir(directory));

const run = (shell: readonly string[], file: string, env: Readonly<Record<string, string>> = {}) => {
  const [program = '', ...args] = shell;
  const child = spawnSync(program, [...args, file], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: child.status, stdout: child.stdout, stderr: child.stderr };
};

describe.each(shells)('a launch file under $name', ({ shell }) => {
  test('passes every variable on byte for byte, whatever its name means to a shell', () => {
    const variables = {
      PLAIN: `it's "quoted" $HOME \`id\` \\n\nline two é`,
      EMPTY: '',
      PATH: '/nonexistent',
      OPTIND: 'abc',
      PPID: '1',
      UID: 'x',
      EUID: 'y',
      SHELLOPTS: 'nope',
      BASHOPTS: 'nope',
      BASH_VERSINFO: 'z',
      RANDOM: 'abc',
      IFS: ':',
      LC_ALL: 'xx_YY.nope',
      'NOT-A-NAME': 'passed on',
    };
    const file = join(directory, 'launch');
    writeFileSync(file, launchScriptOf(variables, ['/usr/bin/env', '-0']));
    const { code, stdout, stderr } = run(shell, file);
    const passed = stdout
      .split('\0')
      .slice(0, -1)
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
    // What the shell sets by itself is not the launch file's.
    const own = passed.filter(([name = '']) => name in variables);
    expect({ code, stderr, variables: Object.fromEntries(own) }).toEqual({ code: 0, stderr: '', variables });
  });
});

test('a launch file does not set what the reading shell inherits, so that locales need no `env`', () => {
  const inherited = { PATH: '/bin', LANG: 'C.UTF-8', TZ: 'UTC' };
  const variables = { ...inherited, TZ: 'Asia/Shanghai', NAME: 'value' };
  const text = launchScriptOf(variables, ['/bin/sh', 'command'], inherited);
  expect(text).toBe("export TZ='Asia/Shanghai'\nexport NAME='value'\nexec '/bin/sh' 'command' 3>&- 4>&-\n");
  expect(launchScriptOf({ ...inherited, LANG: 'C' }, ['/bin/sh', 'command'], inherited)).toBe(
    "exec '/usr/bin/env' 'LANG=''C' '/bin/sh' 'command' 3>&- 4>&-\n",
  );
});

describe.each(shells)('the parameters of a launch file under $name', ({ shell }) => {
  test('reach the command as one word each, whatever the variables of the task are called', () => {
    const file = join(directory, 'parameters');
    const words = launchScriptOf(
      {
        IFS: ' /',
        name: 'x',
        file: 'y',
        DIRECTORY: parameters.workDir,
        INDEX: parameters.index,
        MARK: joinWords("it's.", parameters.name),
      },
      [parameters.setsid, '/usr/bin/env', '-0'],
    );
    writeFileSync(file, `set -- '/a b/*.work' '12.3' ''\n${words}`);
    const { code, stdout, stderr } = run(shell, file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\0')).toEqual(
      expect.arrayContaining(['DIRECTORY=/a b/*.work', 'INDEX=12', "MARK=it's.12.3", 'name=x', 'IFS= /']),
    );
  });
  test('execute the command by setsid only where the runner names it', () => {
    const file = join(directory, 'setsid');
    writeFileSync(
      file,
      `set -- a 0.1 /usr/bin/env\n${launchScriptOf({ PATH: '/bin' }, [parameters.setsid, 'A=b', 'sh', '-c', 'echo $A'])}`,
    );
    expect(run(shell, file)).toEqual({ code: 0, stdout: 'b\n', stderr: '' });
  });
});

test('a launch file refuses a NUL character, which no variable can hold', () => {
  expect(() => launchScriptOf({ A: 'a\0b' }, ['/bin/true'])).toThrow('a variable holds a NUL character');
});

describe.each(shells)('the entries of Commands under $name', ({ shell }) => {
  const runEntries = (...texts: readonly string[]) => {
    const taskDir = makeDataDir();
    const Commands = texts.map((Command) => ({ Command }));
    const { command, parts } = writeCommandFiles(taskDir, { DeliveryForm: 'LOCAL', Commands }, 0o600);
    const result = run(shell, command, { PATH: '/usr/bin:/bin' });
    const written = parts.map((part) => readFileSync(part, 'utf8'));
    removeDir(taskDir);
    return { ...result, written };
  };
  test('run at the same time, each in its own shell with an empty stdin', () => {
    const meet = (mine: string, other: string) =>
      `touch ${directory}/${mine}; n=0; while [ ! -e ${directory}/${other} ] && [ $n -lt 6000 ]; do sleep 0.01; n=$((n + 1)); done; [ -e ${directory}/${other} ] && cat && echo ${mine} met`;
    const { code, stdout } = runEntries(
      meet(`a.${shell[0]?.length}`, `b.${shell[0]?.length}`),
      meet(`b.${shell[0]?.length}`, `a.${shell[0]?.length}`),
    );
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 2 });
  });
  test('give the exit code of the last one in the list that failed', () => {
    expect(runEntries('exit 3', 'exit 0', 'sleep 0.05; exit 5', 'exit 0').code).toBe(5);
    expect(runEntries('sleep 0.05; exit 3', 'exit 0').code).toBe(3);
    expect(runEntries('exit 0', 'exit 0').code).toBe(0);
    expect(runEntries('kill -9 $$', 'exit 0').code).toBe(137);
  });
  test('have default signal handling, and nothing but their output is in the streams', () => {
    const { code, stdout, stderr } = runEntries(
      'trap "echo got" INT; kill -INT $$',
      'kill -9 $$',
      'echo said >&2',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 137, stdout: 'got\n', stderr: 'said\n' });
    expect(runEntries('kill -INT $$; echo survived', 'true')).toMatchObject({ code: 130, stdout: '' });
  });
  test('cannot break out of their files, nor one by a syntax error stop the other', () => {
    const { code, stdout, written } = runEntries(') ; echo broken', 'echo fine');
    expect({ code, stdout, written }).toEqual({
      code: 2,
      stdout: 'fine\n',
      written: [') ; echo broken\n', 'echo fine\n'],
    });
  });
});

test('the command of a task is written once, and not replaced', () => {
  const { command } = writeCommandFiles(directory, { DeliveryForm: 'LOCAL', Command: 'echo first' }, 0o600);
  chmodSync(command, 0o400);
  writeCommandFiles(directory, { DeliveryForm: 'LOCAL', Command: 'echo second' }, 0o600);
  expect(readFileSync(command, 'utf8')).toBe('echo first\n');
});
