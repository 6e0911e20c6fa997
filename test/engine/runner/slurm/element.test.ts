/** The wrapper of an element, without Slurm, under each shell that a node may have as `sh`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { launchScriptOf, parameters } from '../../../../src/engine/runner/processes/launch-file.ts';
import { signalGroup } from '../../../../src/engine/runner/processes/process-table.ts';
import {
  cancelElement,
  readStatuses,
  submissionDirOf,
  writeElements,
} from '../../../../src/engine/runner/slurm/status-files.ts';
import { noStatus } from '../../../../src/engine/runner/slurm/verdict.ts';
import { root } from '../../../paths.ts';
import { until } from '../../running-engine.ts';

const wrapper = join(root, 'src/engine/runner/slurm/element.sh');
// `element N` in place of Slurm's variable: bash would start itself again as /bin/sh.
const shells = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']] as const;

let workDir: string;
const wrappers: ChildProcess[] = [];
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'batch-mcp-element-'));
});
afterEach(() => {
  // A wrapper that was asked to end leaves the process that would have killed its command.
  for (const { pid = 0 } of wrappers.splice(0)) signalGroup(pid, 'SIGKILL');
  rmSync(workDir, { recursive: true, force: true, maxRetries: 5 });
});

const submission = (): string => submissionDirOf(workDir, 'abcd1234');
const fileOf = (name: string): string => join(workDir, 'jobs/job-1/0', name);
const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');

/** Prepares elements that run a command, as the engine does. INDEX is the number of the element. */
const prepare = (command: string, count: number): void => {
  const names = Array.from({ length: count }, (_, index) => `${index}.1`);
  for (const name of names) mkdirSync(fileOf(`${name}.work`), { recursive: true });
  writeFileSync(
    fileOf('launch'),
    launchScriptOf({ INDEX: parameters.index }, [parameters.setsid, '/bin/sh', '-c', command]),
  );
  const common = {
    timeoutSeconds: 600,
    kind: 'script',
    directory: 'jobs/job-1/0',
    launch: 'launch',
  } as const;
  writeElements(
    submission(),
    names.map((name) => ({ ...common, name })),
  );
};

interface Run {
  readonly shell: readonly string[];
  readonly number: number;
  /** The variables of the node, with which Slurm starts it; undefined: it has left them. */
  readonly environment?: Readonly<Record<string, string>>;
}

const start = ({ shell, number, environment }: Run): ChildProcess => {
  const [file = '', ...options] = shell;
  const own = environment === undefined ? ['element', String(number)] : [];
  const child = spawn(file, [...options, wrapper, ...own, submission(), '1', '60', 'c=0'], {
    cwd: '/',
    env: environment === undefined ? {} : { ...environment, SLURM_ARRAY_TASK_ID: String(number) },
    stdio: 'ignore',
    detached: true,
  });
  wrappers.push(child);
  return child;
};

const codeOf = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

test('at least one of the shells is installed', () => {
  expect(shells.filter(([file]) => existsSync(file))).not.toEqual([]);
});

// A shell that is missing is reported as skipped.
for (const shell of shells)
  describe.skipIf(!existsSync(shell[0]))(`an element under ${shell.join(' ')}`, () => {
    test('of any number runs its line of the list, and leaves its exit code', async () => {
      prepare('echo "$INDEX"; exit 7', 40);
      for (const number of [0, 15, 16, 39]) {
        expect(await codeOf(start({ shell, number }))).toBe(0);
        expect(textOf(`${number}.1.out`)).toBe(`${number}\n`);
        expect(readStatuses(submission()).get(number)).toEqual({ ...noStatus, hasBegun: true, code: 7 });
      }
      // Of a list that ends before, and of a submission that the engine has forgotten.
      expect(await codeOf(start({ shell, number: 40 }))).toBe(1);
      rmSync(submission(), { recursive: true });
      expect(await codeOf(start({ shell, number: 3 }))).toBe(1);
      expect(existsSync(fileOf('3.1.out'))).toBe(false);
    });

    test('runs once, however many wrappers are started for it at the same time', async () => {
      const ledger = join(workDir, 'ledger');
      prepare(`echo "$INDEX" >>${ledger}`, 2);
      const codes = Array.from({ length: 8 }, () => codeOf(start({ shell, number: 1 })));
      expect(new Set(await Promise.all(codes))).toEqual(new Set([0]));
      expect(readFileSync(ledger, 'utf8')).toBe('1\n');
      expect(readStatuses(submission()).get(1)).toMatchObject({ code: 0, isRepeated: true });
    });

    test('does not run when the engine has claimed it', async () => {
      prepare('true', 1);
      expect(cancelElement(submission(), 0)).toBe(true);
      expect(await codeOf(start({ shell, number: 0 }))).toBe(0);
      expect(readdirSync(submission()).sort()).toEqual(['0.again', '0.cancelled', '0.run', 'elements.0']);
    });

    test('gives its command no variable of the node', async () => {
      prepare('/usr/bin/env | sort', 1);
      const environment = {
        ...{
          PATH: '/nowhere:/usr/bin:/bin',
          SLURM_JOB_ID: '7',
          TEXT: "two\nlines'\nexport  odd name=1\n",
          file: 'x',
        },
        ...{
          name: 'y',
          number: '3',
          state: '',
          variable: 'z',
          launch: '*',
          IFS: ':',
          PWD: '/',
          'odd-name': '1',
        },
      };
      expect(await codeOf(start({ shell, number: 0, environment }))).toBe(0);
      const names = textOf('0.1.out')
        .split('\n')
        .map((line) => line.replace(/=.*/, ''));
      // Set by /bin/sh itself.
      expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', ''].includes(name))).toEqual(['INDEX']);
    });

    test('passes on a request to end, says so, and shows signs of life until then', async () => {
      prepare('trap "echo asked; exit 3" TERM; echo ready; while [ -e . ]; do sleep 0.1; done', 1);
      const child = start({ shell, number: 0 });
      await until('it runs', () => existsSync(fileOf('0.1.out')) && textOf('0.1.out') === 'ready\n', 120);
      await until('it beats', () => existsSync(join(submission(), '0.beat')), 120);
      const ended = codeOf(child);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(textOf('0.1.out')).toBe('ready\nasked\n');
      expect(readStatuses(submission()).get(0)).toEqual({
        ...noStatus,
        hasBegun: true,
        isSignalled: true,
        code: 3,
      });
    });
  });
