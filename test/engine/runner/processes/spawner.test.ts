import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { birthOf, signalTo } from '../../../../src/engine/runner/processes/process-table.ts';
import {
  createSpawner,
  type Spawner,
  type SpawnerCommand,
  type SpawnRequest,
  spawnerCommands,
} from '../../../../src/engine/runner/processes/spawner.ts';
import { makeDataDir, removeDir, until } from '../../running-engine.ts';

let dir: string;
let spawners: Spawner[];
beforeEach(() => {
  dir = makeDataDir();
  spawners = [];
});
afterEach(() => {
  for (const spawner of spawners) spawner.stop();
  removeDir(dir);
});

/** A spawner of shell commands, and what it has told. */
const start = (commands: readonly SpawnerCommand[], words: readonly string[] = ['/bin/sh', '-c']) => {
  const told: (readonly [what: string, key: string, ...rest: (string | number)[]])[] = [];
  const gone = { times: 0 };
  const spawner = createSpawner(
    commands,
    words,
    { FROM_THE_ENGINE: 'yes' },
    {
      onBegun: (key, pid) => told.push(['begun', key, pid]),
      onRefused: (key, code, message) => told.push(['refused', key, code, message]),
      onEnded: (key, code) => told.push(['ended', key, code]),
      onGone: () => {
        gone.times += 1;
      },
    },
  );
  spawners.push(spawner);
  const of = (key: string) => told.filter(([, about]) => about === key);
  return {
    spawner,
    told,
    gone,
    request: (key: string, command: string, more: Partial<SpawnRequest> = {}) =>
      spawner.request({ key, args: [command], cwd: dir, env: { PATH: process.env.PATH ?? '' }, ...more }),
    pidOf: (key: string) =>
      until(`${key} has begun`, () => of(key).find(([what]) => what === 'begun')?.[2] as number | undefined),
    endOf: (key: string) => until(`${key} has ended`, () => of(key).find(([what]) => what !== 'begun')),
  };
};
const fileOf = (name: string) => join(dir, name);
const isAlive = (pid: number) => birthOf(pid) !== undefined;

describe.each([
  ['Perl', spawnerCommands[0] ?? []],
  ['Node', spawnerCommands[1] ?? []],
] as const)('the maker of processes in %s', (_name, command) => {
  const testIf = test.skipIf(!existsSync(command[0] ?? ''));
  testIf('tells that each has begun, and its exit code', async () => {
    const { request, endOf, pidOf } = start([command]);
    request('good', 'echo $$ > good');
    request('bad', 'exit 7');
    request('killed', 'kill -9 $$');
    expect([(await endOf('good')).slice(2), (await endOf('bad')).slice(2)]).toEqual([[0], [7]]);
    expect((await endOf('killed')).slice(2)).toEqual([137]);
    expect(await pidOf('good')).toBe(Number(readFileSync(fileOf('good'), 'utf8')));
  });

  testIf('gives a process its variables and no others, its directory, and no way to the engine', async () => {
    const { request, endOf, told } = start([command]);
    mkdirSync(fileOf('ünder way'));
    const env = {
      PATH: process.env.PATH ?? '',
      A: 'b=c',
      EMPTY: '',
      LINES: 'one\ntwo\n',
      TEXT: "ü 'x' $HOME",
    };
    request(
      'one',
      'env -0 | sort -z > env; pwd > pwd; echo forged 1 2 >&1; cat; printf "0\\nended two 0\\n" >&0',
      {
        cwd: fileOf('ünder way'),
        env,
      },
    );
    await endOf('one');
    const text = readFileSync(join(dir, 'ünder way', 'env'), 'utf8');
    const found = new Map(text.split('\0').map((line) => [line.split('=')[0] ?? '', line]));
    for (const [name, value] of Object.entries(env)) expect(found.get(name)).toBe(`${name}=${value}`);
    expect(found.has('FROM_THE_ENGINE')).toBe(false);
    expect(readFileSync(join(dir, 'ünder way', 'pwd'), 'utf8')).toBe(`${fileOf('ünder way')}\n`);
    expect(told.map(([what]) => what)).toEqual(['begun', 'ended']);
  });

  testIf('ends what a process leaves behind in its group', async () => {
    const { request, endOf } = start([command]);
    request('one', 'sleep 1000 & echo $! > left');
    await endOf('one');
    const left = Number(readFileSync(fileOf('left'), 'utf8'));
    await until('it is gone', () => !isAlive(left));
  });

  testIf(
    'tells of the end although something outside the group still holds what the process had open',
    async () => {
      const { request, endOf } = start([command]);
      request(
        'one',
        'setsid sh -c "echo \\$\\$ > left; exec sleep 1000" & while [ ! -s left ]; do sleep 0.01; done',
      );
      expect((await endOf('one')).slice(2)).toEqual([0]);
      signalTo(Number(readFileSync(fileOf('left'), 'utf8')), 'SIGKILL');
    },
  );

  testIf('refuses what the system refuses, with its code, and goes on', async () => {
    const { request, endOf } = start([command]);
    const long = 'x'.repeat(120_000);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`V${at}`, long]));
    request('large', 'true', { env: many });
    request('nowhere', 'true', { cwd: fileOf('not there') });
    request('nul', 'true', { env: { A: 'b\0c' } });
    request('after', 'exit 3');
    expect((await endOf('large')).slice(0, 3)).toEqual(['refused', 'large', 'E2BIG']);
    expect((await endOf('nowhere')).slice(0, 3)).toEqual(['refused', 'nowhere', 'ENOENT']);
    expect(String((await endOf('nul'))[3])).toContain('NUL byte');
    expect((await endOf('after')).slice(2)).toEqual([3]);
    const nothing = start([command], [fileOf('no such program')]);
    nothing.request('one', 'true');
    expect((await nothing.endOf('one')).slice(0, 3)).toEqual(['refused', 'one', 'ENOENT']);
  });

  testIf('keeps many apart that are asked for at once', async () => {
    const { request, endOf, told } = start([command]);
    const keys = Array.from({ length: 200 }, (_, at) => String(at));
    for (const key of keys) request(key, `exit ${Number(key) % 100}`);
    for (const key of keys) expect((await endOf(key)).slice(2)).toEqual([Number(key) % 100]);
    expect(told.length).toBe(400);
  });

  testIf('lets what it made go on when it is killed, and another takes its place', async () => {
    const { request, pidOf, endOf, gone } = start([command]);
    request('parent', 'echo $PPID > parent');
    await endOf('parent');
    request('long', 'exec sleep 1000');
    const pid = await pidOf('long');
    signalTo(Number(readFileSync(fileOf('parent'), 'utf8')), 'SIGKILL');
    await until('it is gone', () => gone.times === 1);
    expect(isAlive(pid)).toBe(true);
    signalTo(pid, 'SIGKILL');
    request('next', 'exit 4');
    expect((await endOf('next')).slice(2)).toEqual([4]);
  });

  testIf('ends when it is let go, and what it made goes on', async () => {
    const { request, pidOf, endOf, spawner } = start([command]);
    request('parent', 'echo $PPID > parent');
    await endOf('parent');
    request('long', 'exec sleep 1000');
    const pid = await pidOf('long');
    spawner.stop();
    const parent = Number(readFileSync(fileOf('parent'), 'utf8'));
    await until('it is gone', () => !isAlive(parent));
    expect(isAlive(pid)).toBe(true);
    signalTo(pid, 'SIGKILL');
  });
});

describe('where a maker of processes does not come up', () => {
  const broken = ['echo nothing >&2; exit 1', 'kill -9 $$'].map((script) => ['/bin/sh', '-c', script]);
  test.each([
    ['is not there', ['/no/such/program']],
    ['ends at once', broken[0] ?? []],
    ['is killed', broken[1] ?? []],
  ])('because it %s, the next one is used', async (_name, command) => {
    const { request, endOf, gone } = start([command, ...spawnerCommands.slice(-1)]);
    request('lost', 'true');
    await until('it is gone', () => gone.times === 1);
    // Whoever asked is told that the maker has gone, and asks again.
    request('one', 'exit 6');
    expect((await endOf('one')).slice(2)).toEqual([6]);
  });
});

test.skipIf(!existsSync(spawnerCommands[0]?.[0] ?? ''))(
  'a command that has got hold of its wrapper does not keep its end from being told',
  async () => {
    const { request, endOf } = start(spawnerCommands.slice(0, 1));
    const script =
      'setsid sh -c "exec 9>/proc/$$/fd/0; echo \\$\\$ > left; exec sleep 1000" & while [ ! -s left ]; do sleep 0.01; done';
    writeFileSync(fileOf('script'), script);
    request('one', `. ./script`);
    expect((await endOf('one')).slice(2)).toEqual([0]);
    signalTo(Number(readFileSync(fileOf('left'), 'utf8')), 'SIGKILL');
  },
);
