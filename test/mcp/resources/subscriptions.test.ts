/** The pollers of subscriptions, with a manual clock. */
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

/** The jobs that the pollers read; tests change them. */
const setUp = (jobs: Record<string, JobSnapshot | Error>) => {
  const clock = createManualClock();
  const begun = clock.now();
  const notified: string[] = [];
  const looks: string[] = [];
  const subscriptions = createSubscriptions({
    read: async (_, JobId) => {
      looks.push(`${clock.now() - begun} ${JobId.slice(4, 5)}`);
      const seen = jobs[JobId];
      if (seen === undefined || seen instanceof Error) throw seen ?? new Error(`There is no ${JobId}.`);
      return seen;
    },
    notify: (where, state) => notified.push(`${where.slice(-8, -7)} ${state}`),
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
  return { clock, jobs, notified, looks, subscriptions };
};

test('every change of state is notified once, and the end of the job last', async () => {
  const { clock, jobs, notified, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('STARTING') });
  expect(subscriptions.subscribe('a', [uri])).toEqual([uri]);
  await clock.pass(1_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING');
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', { succeeded: 5 });
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('SUCCEED');
  await clock.pass(60_000);
  expect(notified).toEqual(['a STARTING', 'a RUNNING', 'a SUCCEED']);
  const after = looks.length;
  await clock.pass(600_000);
  expect(looks.length).toBe(after);
});

test('a change of one task and the start of a termination are notified', async () => {
  const { clock, jobs, notified, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(1_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', { tasks: new Map([['work', 'SUCCEED']]) });
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', {
    tasks: new Map([['work', 'SUCCEED']]),
    NextAction: 'TERMINATING',
  });
  await clock.pass(5_000);
  expect(notified).toEqual(['a RUNNING', 'a RUNNING', 'a RUNNING']);
});

test('the polling interval grows to 30 seconds while nothing changes', async () => {
  const { clock, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(200_000);
  const times = looks.map((look) => Number(look.split(' ')[0]));
  expect(times.slice(1).map((time, at) => time - (times[at] ?? 0))).toEqual([
    1000, 1500, 2250, 3375, 5062.5, 7593.75, 11390.625, 17085.9375, 25628.90625, 30000, 30000, 30000, 30000,
  ]);
});

test('subscriptions to one job share a poller, which ends with the last of them', async () => {
  const { clock, looks, notified, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  subscriptions.subscribe('b', [uri]);
  await clock.pass(900);
  expect({ looks: [...looks], notified }).toEqual({ looks: ['0 a'], notified: ['a RUNNING'] });
  subscriptions.unsubscribe('a');
  await clock.pass(100);
  expect(looks).toEqual(['0 a', '1000 a']);
  subscriptions.unsubscribe('b', [uri]);
  await clock.pass(100_000);
  expect(looks).toEqual(['0 a', '1000 a']);
});

test('all pollers together make one request per second', async () => {
  const { clock, looks, subscriptions } = setUp({
    'job-aaaaaaaa': looking('RUNNING'),
    'job-bbbbbbbb': looking('RUNNING'),
  });
  subscriptions.subscribe('a', [uri, other]);
  await clock.pass(3_500);
  expect(looks).toEqual(['0 a', '1000 b', '2000 a', '3000 b']);
});

describe('an error of a poller', () => {
  test('does not end the subscription', async () => {
    const { clock, jobs, notified, subscriptions } = setUp({
      'job-aaaaaaaa': new TransportError('no connection', false),
    });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(10_000);
    expect(notified).toEqual([]);
    jobs['job-aaaaaaaa'] = looking('SUCCEED');
    await clock.pass(30_000);
    expect(notified).toEqual(['a SUCCEED']);
  });

  test('about an unknown region ends the subscription', async () => {
    const { clock, notified, looks, subscriptions } = setUp({
      'job-aaaaaaaa': new InputError('DescribeJob', [
        { path: 'Region', message: 'There is no such region.' },
      ]),
    });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    expect({ notified, looks }).toEqual({ notified: [], looks: ['0 a'] });
  });

  test('about a deleted job is notified and ends the subscription', async () => {
    const { clock, jobs, notified, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(500);
    jobs['job-aaaaaaaa'] = new ApiError('DescribeJob', 'ResourceNotFound.Job', 'no such job', undefined);
    await clock.pass(100_000);
    expect({ notified, looks }).toEqual({ notified: ['a RUNNING', 'a undefined'], looks: ['0 a', '1000 a'] });
  });
});

describe('a finished job', () => {
  test('is notified to a late subscriber', async () => {
    const { clock, notified, subscriptions } = setUp({ 'job-aaaaaaaa': looking('FAILED') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    subscriptions.subscribe('b', [uri]);
    await clock.pass(100_000);
    expect(notified).toEqual(['a FAILED', 'a FAILED']);
  });

  test('is polled again after a retry, and only new changes are notified', async () => {
    const { clock, jobs, notified, looks, subscriptions } = setUp({ 'job-aaaaaaaa': looking('FAILED') });
    subscriptions.subscribe('a', [uri]);
    await clock.pass(100_000);
    subscriptions.resume('job-aaaaaaaa');
    subscriptions.resume('job-cccccccc');
    await clock.pass(1_500);
    jobs['job-aaaaaaaa'] = looking('RUNNING');
    await clock.pass(5_000);
    jobs['job-aaaaaaaa'] = looking('SUCCEED');
    await clock.pass(100_000);
    expect(notified).toEqual(['a FAILED', 'a RUNNING', 'a SUCCEED']);
    const after = looks.length;
    subscriptions.resume('job-aaaaaaaa');
    await clock.pass(1_000_000);
    expect(looks.length - after).toBe(5);
    expect(notified.length).toBe(3);
  });
});

test('only jobs can be subscribed to', () => {
  const { subscriptions } = setUp({});
  const uris = [
    `${uri}/submission`,
    'batch://ap-guangzhou/jobs',
    'batch://reference/SubmitJob',
    'file:///etc/passwd',
  ];
  expect(subscriptions.subscribe('a', uris)).toEqual([]);
});

test('stop ends all pollers', async () => {
  const { clock, looks, notified, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  subscriptions.subscribe('a', [uri]);
  await clock.pass(10);
  subscriptions.stop();
  await clock.pass(100_000);
  expect({ looks, notified }).toEqual({ looks: ['0 a'], notified: ['a RUNNING'] });
});

test('a subscription to a log is notified when an instance of its job ends, and when the state of the job changes', async () => {
  const log = `${uri}/tasks/work/instances/3/stdout`;
  const { clock, jobs, subscriptions } = setUp({ 'job-aaaaaaaa': looking('RUNNING') });
  const seen: string[] = [];
  const both = createSubscriptions({
    read: async () => {
      const job = jobs['job-aaaaaaaa'];
      if (job === undefined || job instanceof Error) throw new Error('There is no job.');
      return job;
    },
    notify: (where, state) => seen.push(`${where === log ? 'log' : 'job'} ${state}`),
    wait: (milliseconds) => new Promise((resolve) => void clock.after(milliseconds, resolve)),
    now: clock.now,
  });
  expect(both.subscribe('a', [log, uri])).toEqual([log, uri]);
  await clock.pass(1_000);
  jobs['job-aaaaaaaa'] = looking('RUNNING', { failed: 1 });
  await clock.pass(5_000);
  jobs['job-aaaaaaaa'] = looking('SUCCEED', { failed: 1, succeeded: 4 });
  await clock.pass(60_000);
  expect(seen).toEqual(['log RUNNING', 'job RUNNING', 'log RUNNING', 'log SUCCEED', 'job SUCCEED']);
  both.stop();
  subscriptions.stop();
});
