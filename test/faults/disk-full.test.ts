import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { endJobsOf } from '../end-jobs.ts';
import {
  callEngine,
  makeDataDir,
  Placement,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';
import { program } from '../paths.ts';

/** Mounts a small file system, if this user may. */
const mountSmall = (dir: string): boolean =>
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dir]).status === 0;

const dirs = [makeDataDir(), makeDataDir()];
const [dir = '', other = ''] = dirs;
const isMounted = dirs.every(mountSmall);
afterAll(() => dirs.forEach(removeInside));

test.skipIf(!isMounted)(
  'on a full disk nothing is started and callers get an error; what waits runs when there is room',
  async () => {
    const said: string[] = [];
    const say = (text: string) => said.push(text);
    const engine = await startRunningEngine({
      dataDir: dir,
      log: { error: say, warn: say, info: () => {}, debug: () => {} },
    });
    try {
      const before = await engine.submit({
        Tasks: [shellTask('waits', 'while [ ! -e ../go ]; do sleep 0.01; done')],
      });
      await until(
        'it runs',
        async () => (await engine.instances(before, 'waits'))[0]?.TaskInstanceState === 'RUNNING',
      );
      const filler = join(dir, 'filler');
      for (const size of [1_000_000, 100_000, 4096, 512]) {
        for (let part = 0; part < 20; part += 1) {
          try {
            writeFileSync(`${filler}.${size}.${part}`, Buffer.alloc(size));
          } catch {
            break;
          }
        }
      }
      // Every answer is one that the API documents; none is a lie.
      const Tasks = [shellTask('more', 'echo ran', { TaskInstanceNum: 50 })];
      const codes = new Set<string | undefined>();
      for (let tries = 0; tries < 20; tries += 1) {
        codes.add(
          await engine.codeOf('SubmitJob', { Placement: { Zone: 'ap-guangzhou-2' }, Job: { Tasks } }),
        );
      }
      expect([...codes].filter((code) => code !== undefined)).toEqual(['InternalError']);
      expect((await engine.instances(before, 'waits'))[0]?.TaskInstanceState).toBe('RUNNING');
      spawnSync('sh', ['-c', `rm -f ${filler}.*; touch ${join(dir, 'jobs', before, '0', 'go')}`]);
      expect((await engine.settled(before)).JobState).toBe('SUCCEED');
      const { JobSet } = await engine.call('DescribeJobs', {});
      for (const job of JobSet ?? [])
        expect((await engine.settled(job?.JobId ?? '')).JobState).toBe('SUCCEED');
      const after = await engine.submit({ Tasks: [shellTask('after', 'echo ran')] });
      expect((await engine.settled(after)).JobState).toBe('SUCCEED');
    } finally {
      await engine.stop();
    }
  },
);

const noLimits = {
  cpuSeconds: undefined,
  memoryBytes: undefined,
  fileBytes: undefined,
  openFiles: undefined,
  processes: undefined,
};

/**
 * Seconds for one step beside a job that fills the disk: it takes the processor and every block that becomes free, so on
 * a machine with a load of 16 a step that usually takes 3 s has taken more than 30.
 */
const patience = 120;

test.skipIf(!isMounted)(
  'jobs that fill the disk of the engine are ended by Timeout and by TerminateJob, recorded, and followed by others',
  async () => {
    const engine = await startRunningEngine({
      dataDir: other,
      // The limit for the disk of all commands would end them first.
      limits: { ...noLimits, diskBytes: 1024 ** 4 },
      log: { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} },
    });
    const isFull = (): boolean => statfsSync(other).bavail === 0;
    try {
      // It takes whatever becomes free, again and again.
      const fill = 'trap "" TERM; n=0; while :; do n=$((n + 1)); cat /dev/zero > fill.$n; sleep 0.01; done';
      const timed = await engine.submit({ Tasks: [shellTask('timed', fill, { Timeout: 2 })] });
      await until('the disk is full', isFull, patience);
      expect((await engine.settled(timed, patience)).JobState).toBe('FAILED');
      expect((await engine.instances(timed, 'timed'))[0]?.StateDetailedReason).toMatch(/^timed out/);

      const ended = await engine.submit({ Tasks: [shellTask('ended', fill)] });
      await until('the disk is full again', isFull, patience);
      await engine.call('TerminateJob', { JobId: ended });
      expect(await engine.settled(ended, patience)).toMatchObject({
        JobState: 'FAILED',
        StateReason: 'terminated',
      });

      const submit = () => engine.submit({ Tasks: [shellTask('after', 'echo ran')] }).catch(() => undefined);
      const after = await until('a job is accepted again', submit, patience);
      expect((await engine.settled(after, patience)).JobState).toBe('SUCCEED');
    } finally {
      await engine.stop();
    }
  },
  6 * patience * 1000,
);

const removeInside = (mounted: string): void => {
  // Its keys, by which its jobs are found, are inside.
  endJobsOf(mounted);
  spawnSync('umount', ['-l', mounted]);
  rmSync(mounted, { recursive: true, force: true });
};

test.skipIf(process.platform !== 'linux')('an engine whose log cannot be written goes on', async () => {
  const dataDir = makeDataDir();
  const full = openSync('/dev/full', 'w');
  const child = spawn(
    process.execPath,
    [program, 'engine', `--data-dir=${dataDir}`, '--sandbox=none', '--log-level=debug'],
    { stdio: ['ignore', 'pipe', full] },
  );
  closeSync(full);
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
  const engine = JSON.parse(String(line));
  const { JobId = '' } = await callEngine(engine, 'SubmitJob', {
    Placement,
    Job: { Tasks: [shellTask('t', 'true')] },
  });
  const state = await until('the job has ended', async () => {
    const { EndTime, JobState } = await callEngine(engine, 'DescribeJob', { JobId: JobId ?? '' });
    return EndTime ? JobState : undefined;
  });
  expect([state, child.exitCode]).toEqual(['SUCCEED', null]);
  child.kill('SIGTERM');
  await once(child, 'exit');
  removeDir(dataDir);
});
