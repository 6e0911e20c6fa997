/** The pollers behind subscriptions, on a clock that stands still until it is told to go on. */
import { describe, expect, test } from 'vitest';
import type { JobSnapshot } from '../../../src/mcp/jobs/job-snapshot.ts';
import { createSubscriptions } from '../../../src/mcp/resources/subscriptions.ts';
import { ApiError, InputError, TransportError } from '../../../src/shared/errors.ts';
import { createManualClock } from '../../client/manual-clock.ts';

const uri = 'batch://ap-guangzhou/jobs/job-aaaaaaaa';
const other = 'batch://ap-guangzhou/jobs/job-bbbbbbbb';

const looking = (JobState: string, more: Partial<JobSnapshot> = {}): JobSnapshot => ({
  JobState,
  NextAction: '',
  tasks: new Map([['work', JobState]]),
  total: 1,
  running: 0,
  succeeded: 0,
  failed: 0,
  ...more,
});

/** A table of what jobs look like, which a test changes as it goes on. */
const setUp = (jobs: Record<string, JobSnapshot | Error>) => {
  const clock = createManualClock();
  const begun = clock.now();
  const told: string[] = [];
  const looks: string[] = [];
  const subscriptions = createSubscriptions({
    read: async (_, JobId) => {
      looks.push(`${clock.now() - begun} ${JobId.slice(4, 5)}`);
      const seen = jobs[JobId];
      if (seen === undefined || seen instanceof Error) throw seen ?? new Error(`There is no ${JobId}.`);
      return seen;
    },
    notify: (where, state) => told.push(`${where.slice(-8, -7)} ${state}`),
    wait: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => {
          drop();
          reject(signal.reason);
        };
        const drop = clock.after(milliseconds, () => {
          signal.removeEventListener('abort', abort);
          resolve();
        });
        signal.addEventListener('abort', abort, { once: true });
      }),
    now: clock.now,
  });
  return { clock, jobs, told, looks, subscriptions };
};

test('every change of state is told once, and the end is the last', async () => {
  const { clock, jobs, told, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('STARTING') });
  expect(subscriptions.subscribe('a', [uri])).toEqual([uri]);
  await clock.pass(1_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING');
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', { succeeded: 5 });
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('SUCCEED');
  await clock.pass(60_000);
  expect(told).toEqual(['a STARTING', 'a RUNNING', 'a SUCCEED']);
  const after = looks.length;
  await clock.pass(600_000);
  expect(looks.length).toBe(after);
});

test('a change of one task, and a termination that begins, are changes', async () => {
  const { clock, jobs, told, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(1_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', { tasks: new Map([['work', 'SUCCEED']]) });
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', {
    tasks: new Map([['work', 'SUCCEED']]),
    NextAction: 'TERMINATING',
  });
  await clock.pass(5_000);
  expect(told).toEqual(['a RUNNING', 'a RUNNING', 'a RUNNING']);
});

test('looks become rarer while nothing changes, down to one in half a minute', async () => {
  const { clock, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(200_000);
  const times = looks.map((look) => Number(look.split(' ')[0]));
  expect(times.slice(1).map((time, at) => time - (times[at] ?? 0))).toEqual([
    1000, 1500, 2250, 3375, 5062.5, 7593.75, 11390.625, 17085.9375, 25628.90625, 30000, 30000, 30000, 30000,
  ]);
});

test('one poller serves all who watch a job, and ends with the last of them', async () => {
  const { clock, looks, told, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  subscriptions.subscribe('b', [uri]);
  await clock.pass(900);
  expect({ looks: [...looks], told }).toEqual({ looks: ['0 a'], told: ['a RUNNING'] });
  subscriptions.unsubscribe('a');
  await clock.pass(100);
  expect(looks).toEqual(['0 a', '1000 a']);
  subscriptions.unsubscribe('b', [uri]);
  await clock.pass(100_000);
  expect(looks).toEqual(['0 a', '1000 a']);
});

test('many watched jobs together are looked at once a second', async () => {
  const { clock, looks, subscriptions } = setUp({
    'job-aaaaaaaa': looking('RUNNING'),
    'job-bbbbbbbb': looking('RUNNING'),
  });
  subscriptions.subscribe('a', [uri, other]);
  await clock.pass(3_500);
  expect(looks).toEqual(['0 a', '1000 b', '2000 a', '3000 b']);
});

describe('an error', () => {
  test('does not end the watch', async () => {
    const { clock, jobs, told, subscriptions } = setUp({
      'job-aaaaaaaa': new TransportError('no connection', false),
    });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(10_000);
    expect(told).toEqual([]);
    jobs['job-aaaaaaaa'] = looking('SUCCEED');
    await clock.pass(30_000);
    expect(told).toEqual(['a SUCCEED']);
  });

  test('that the region does not exist ends it', async () => {
    const { clock, told, looks, subscriptions } = setUp({
      'job-aaaaaaaa': new InputError('DescribeJob', [
        { path: 'Region', message: 'There is no such region.' },
      ]),
    });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    expect({ told, looks }).toEqual({ told: [], looks: ['0 a'] });
  });

  test('that the job is gone is told, and ends it', async () => {
    const { clock, jobs, told, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(500);
    jobs['job-aaaaaaaa'] = new ApiError('DescribeJob', 'ResourceNotFound.Job', 'no such job', undefined);
    await clock.pass(100_000);
    expect({ told, looks }).toEqual({ told: ['a RUNNING', 'a undefined'], looks: ['0 a', '1000 a'] });
  });
});

describe('a job that has ended', () => {
  test('is told to one who subscribes late', async () => {
    const { clock, told, subscriptions } = setUp({ 'job-aaaaaaaa': looking('FAILED') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    subscriptions.subscribe('b', [uri]);
    await clock.pass(100_000);
    expect(told).toEqual(['a FAILED', 'a FAILED']);
  });

  test('is looked at again after it was run again, and told only what is new', async () => {
    const { clock, jobs, told, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('FAILED') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    subscriptions.resume('job-aaaaaaaa');
    subscriptions.resume('job-cccccccc');
    await clock.pass(1_500);
    jobs['job-aaaaaaaa'] = looking('RUNNING');
    await clock.pass(5_000);
    jobs['job-aaaaaaaa'] = looking('SUCCEED');
    await clock.pass(100_000);
    expect(told).toEqual(['a FAILED', 'a RUNNING', 'a SUCCEED']);
    const after = looks.length;
    subscriptions.resume('job-aaaaaaaa');
    await clock.pass(1_000_000);
    expect(looks.length - after).toBe(5);
    expect(told.length).toBe(3);
  });
});

test('only jobs can be watched', () => {
  const { subscriptions } = setUp({});
  const uris = [
    `${uri}/submission`,
    'batch://ap-guangzhou/jobs',
    'batch://reference/SubmitJob',
    'file:///etc/passwd',
  ];
  expect(subscriptions.subscribe('a', uris)).toEqual([]);
});

test('after stop nothing runs any more', async () => {
  const { clock, looks, told, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(10);
  subscriptions.stop();
  await clock.pass(100_000);
  expect({ looks, told }).toEqual({ looks: ['0 a'], told: ['a RUNNING'] });
});
