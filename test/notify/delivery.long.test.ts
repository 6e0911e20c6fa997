/** Every event arrives, whatever kills the sender: 200 jobs, an independent receiver, seeded kills. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Table } from '../../src/mcp/render/table.ts';
import { callEngine, makeDataDir, Placement, removeDir, shellTask, until } from '../engine/running-engine.ts';
import { type KillableEngine, startKillableEngine } from '../faults/killable-engine.ts';
import { program } from '../paths.ts';
import { type ReceivedNotice, type Receiver, startReceiver, testSecret } from './receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-delivery-'));
const receivers: Receiver[] = [];
afterAll(async () => {
  // Those of a test that failed half-way.
  for (const receiver of receivers) await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

const startOwnReceiver = async (name: string): Promise<Receiver> => {
  const receiver = await startReceiver(mkdtempSync(join(folder, name)));
  receivers.push(receiver);
  return receiver;
};

/** A small generator whose numbers are the same in every run (mulberry32), from 0 up to 1. */
const createRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const jobs = 200;

/** Submits the jobs; every tenth is an array, which has one event all the same. @returns their ids */
const submitJobs = async (current: () => KillableEngine): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let number = 0; number < jobs; number += 1) {
    const Tasks = [shellTask('t', 'true', { TaskInstanceNum: number % 10 === 0 ? 3 : 1 })];
    const input = { Placement, ClientToken: `job ${number}`, Job: { JobName: `job ${number}`, Tasks } };
    // The engine may be killed at any moment; the token makes the second request the same one.
    const { JobId } = await until(`job ${number} is submitted`, () =>
      callEngine(current(), 'SubmitJob', input).catch(() => undefined),
    );
    ids.push(JobId ?? '');
  }
  return ids;
};

const idsOf = (notices: readonly ReceivedNotice[]): ReadonlySet<string> =>
  new Set(notices.map(({ id }) => id));
const jobsOf = (notices: readonly ReceivedNotice[]): readonly string[] =>
  [...new Set(notices.map(({ event }) => event.data.JobId ?? ''))].sort();

/** All copies of a job's event have one id, and the body is the same. */
const expectCopiesEqual = (notices: readonly ReceivedNotice[]): void => {
  const bodies = new Map<string, string>();
  for (const { id, body, event } of notices) {
    expect(event.id).toBe(id);
    expect(bodies.get(id) ?? body).toBe(body);
    bodies.set(id, body);
  }
  expect(bodies.size).toBe(jobsOf(notices).length);
};

const received = (receiver: Receiver) =>
  until(
    'all events arrived',
    () => (idsOf(receiver.received()).size >= jobs ? receiver.received() : undefined),
    240,
  );

const flags = (url: string) => ['--slots=4', `--notify=${url}`];
const env = { BATCH_MCP_NOTIFY_SECRET: testSecret };

test('without kills the engine sends the event of each of 200 jobs exactly once', async () => {
  const dataDir = makeDataDir();
  const receiver = await startOwnReceiver('once-');
  const engine = await startKillableEngine(dataDir, flags(receiver.url), env);
  const ids = await submitJobs(() => engine);
  const notices = await received(receiver);
  expect(notices).toHaveLength(jobs);
  expect(jobsOf(notices)).toEqual([...ids].sort());
  expectCopiesEqual(notices);
  expect(new Set(notices.map(({ event }) => `${event.type} ${event.data.JobState}`))).toEqual(
    new Set(['job.ended SUCCEED']),
  );
  await engine.kill();
  removeDir(dataDir);
});

test('an engine that is killed at 25 moments sends the event of each of 200 jobs at least once, always with one id', async ({
  annotate,
}) => {
  const dataDir = makeDataDir();
  const receiver = await startOwnReceiver('killed-');
  const random = createRandom(20_261_126);
  let engine = await startKillableEngine(dataDir, flags(receiver.url), env);
  let isKilling = true;
  const killing = (async () => {
    for (let kills = 0; kills < 25; kills += 1) {
      await new Promise((resolve) => setTimeout(resolve, random() ** 2 * 600));
      await engine.kill();
      engine = await startKillableEngine(dataDir, flags(receiver.url), env);
    }
    isKilling = false;
  })();
  const ids = await submitJobs(() => engine);
  await killing;
  expect(isKilling).toBe(false);
  const notices = await received(receiver);
  expect(jobsOf(notices)).toEqual([...ids].sort());
  expect(idsOf(notices).size).toBe(jobs);
  expectCopiesEqual(notices);
  await annotate(`${notices.length} notices of ${jobs} events after 25 kills of the engine`);
  await engine.kill();
  removeDir(dataDir);
});

test('a program that watches an account and is killed at random moments sends each of 200 events, and the cursor replays them', async ({
  annotate,
}) => {
  const dataDir = makeDataDir();
  const watcherDir = makeDataDir();
  const receiver = await startOwnReceiver('watched-');
  const random = createRandom(7);
  const engine = await startKillableEngine(dataDir, ['--slots=4']);
  const watcherEnv = {
    PATH: process.env.PATH ?? '',
    HOME: watcherDir,
    TENCENTCLOUD_SECRET_ID: engine.secretId,
    TENCENTCLOUD_SECRET_KEY: engine.secretKey,
    ...env,
  };
  const common = [`--data-dir=${watcherDir}`, `--endpoint=${engine.endpoint}`, '--region=ap-guangzhou'];
  const run = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, ...args, ...common], {
      env: watcherEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const notify = () => run(['notify', '--once', `--notify=${receiver.url}`]);
  // The first poll only stores what there is.
  await once(notify(), 'exit');
  const submitting = submitJobs(() => engine);
  let kills = 0;
  for (let round = 0; round < 12; round += 1) {
    const child = notify();
    const ended = once(child, 'exit');
    // From its start, before it has connected, to the middle of its notices.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200 + random() * 700))]);
    if (child.kill('SIGKILL')) kills += 1;
    await ended;
  }
  const ids = await submitting;
  await until('all jobs have ended', async () => {
    const { TotalCount } = await callEngine(engine, 'DescribeJobs', {
      Filters: [{ Name: 'job-state', Values: ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] }],
    });
    return TotalCount === 0 ? true : undefined;
  });
  const [code] = await once(notify(), 'exit');
  expect(code).toBe(0);
  const notices = receiver.received();
  expect(jobsOf(notices)).toEqual([...ids].sort());
  expect(idsOf(notices).size).toBe(jobs);
  expectCopiesEqual(notices);
  await annotate(`${notices.length} notices of ${jobs} events after ${kills} kills of the watcher`);

  // A client that was away reads the same events, in order, from its cursor on.
  const page = async (args: object) => {
    const child = run(['call', 'ListEvents', JSON.stringify(args)]);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await once(child, 'close');
    return JSON.parse(text) as { cursor: string; events?: Table };
  };
  const newest = await page({});
  const start = `${newest.cursor.split('-')[0]}-0`;
  const seen: string[] = [];
  for (let since = start; ; ) {
    const { cursor, events } = await page({ since });
    if (events === undefined) break;
    const at = events.columns.indexOf('JobId');
    // What is the same in each event has no column.
    seen.push(...events.rows.map((row) => String(row[at] ?? events.inEach?.JobId)));
    since = cursor;
  }
  expect([...seen].sort()).toEqual([...ids].sort());
  await engine.kill();
  removeDir(dataDir);
  removeDir(watcherDir);
});
