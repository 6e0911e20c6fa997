/** WaitForJob against a real engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOverEngine, submissionOf, task } from './over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let dir: string;
beforeAll(async () => {
  over = await startOverEngine();
  dir = await mkdtemp(join(tmpdir(), 'batch-mcp-wait-'));
});
afterAll(async () => {
  await over.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A command that runs until the given file exists. */
const untilFile = (name: string) => `until [ -e ${join(dir, name)} ]; do sleep 0.05; done`;
const letGo = (name: string) => writeFile(join(dir, name), '');

test('WaitForJob waits for the end of a job and returns what changed', async () => {
  const JobId = await over.submit(
    submissionOf([task('a', untilFile('go')), task('b', 'exit 3')], {
      Dependences: [{ StartTask: 'a', EndTask: 'b' }],
    }),
  );
  await over.run('WaitForJob', { JobId, until: ['RUNNING'] });
  const { fields, progress } = await over.run(
    'WaitForJob',
    { JobId },
    // Not before it has read the job for the first time, with which the last one is compared.
    { onProgress: () => void letGo('go') },
  );
  expect(fields).toEqual({
    summary: expect.stringMatching(new RegExp(`^${JobId} is FAILED, after \\d+ s\\.$`)),
    JobId,
    JobState: 'FAILED',
    reached: true,
    waited: expect.any(Number),
    instances: '1 done, 0 running, 1 failed of 2',
    changed: [
      'JobState: RUNNING -> FAILED',
      'task "a": RUNNING -> SUCCEED',
      'task "b": PENDING -> FAILED',
      'instances done: 0 -> 1',
      'instances running: 1 -> 0',
      'instances failed: 0 -> 1',
    ],
    next: [`DiagnoseJob with JobId ${JobId} explains why.`],
  });
  expect(progress[0]).toEqual({ done: 0, total: 2, message: '0 done, 1 running, 0 failed of 2' });
  expect(progress.at(-1)).toEqual({ done: 2, total: 2, message: '1 done, 0 running, 1 failed of 2' });
});

test('WaitForJob returns when the time is up, with how to continue', async () => {
  const JobId = await over.submit(submissionOf([task('a', 'sleep 600')]));
  await over.run('WaitForJob', { JobId, until: ['RUNNING'] });
  const { fields } = await over.run('WaitForJob', { JobId, timeout: 0 });
  expect(fields).toMatchObject({
    summary: `${JobId} is still RUNNING after 0 s of waiting for SUCCEED or FAILED or FAILED_INTERRUPTED; it continues.`,
    reached: false,
    next: ['Call WaitForJob with the same arguments to continue. The job was not changed.'],
  });
});

test('WaitForJob does not wait for a state that can no longer be reached', async () => {
  const JobId = await over.finish(submissionOf([task('a', 'true')]));
  const { fields, calls } = await over.run('WaitForJob', { JobId, until: ['RUNNING'], timeout: 230 });
  expect(fields).toMatchObject({
    summary: `${JobId} has ended as SUCCEED; it will not become RUNNING.`,
    reached: false,
    next: [
      `ReadTaskLogs with JobId ${JobId} and a TaskName shows the output of all instances; SearchTaskLogs finds lines.`,
    ],
  });
  expect(calls).toEqual(['DescribeJob']);
});

test('WaitForJob ends at once when it is cancelled, and does not change the job', async () => {
  const JobId = await over.submit(submissionOf([task('a', untilFile('cancelled'))]));
  await over.run('WaitForJob', { JobId, until: ['RUNNING'] });
  const before = over.engine.requests.length;
  const request = new AbortController();
  const waiting = over.run(
    'WaitForJob',
    { JobId, timeout: 230 },
    { signal: request.signal, onProgress: () => request.abort() },
  );
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect((await over.call('DescribeJob', { JobId })).JobState).toBe('RUNNING');
  expect(over.engine.requests.slice(before).every(({ action }) => action === 'DescribeJob')).toBe(true);
  await letGo('cancelled');
  expect((await over.run('WaitForJob', { JobId })).fields.JobState).toBe('SUCCEED');
});

describe('WaitForJob with several jobs', () => {
  test('returns on the first that ends, with one request a poll, and then on the others', async () => {
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((name) => over.submit(submissionOf([task(name, untilFile(`many-${name}`))]))),
    );
    const before = over.engine.requests.length;
    const waiting = over.run('WaitForJob', { JobIds: [a, b, c] });
    await letGo('many-b');
    const first = await waiting;
    expect(new Set(over.engine.requests.slice(before).map(({ action }) => action))).toEqual(
      new Set(['DescribeJobs']),
    );
    expect(first.fields).toMatchObject({
      reached: true,
      summary: expect.stringMatching(
        /^1 of 3 jobs is at an end or in a wanted state, after \d+ s; 2 continue\.$/,
      ),
      next: [`For the others call WaitForJob with JobIds ["${a}","${c}"].`],
    });
    expect(first.text).toContain(`${b}|SUCCEED`);

    // What ends between two calls is in the answer of the second at once.
    await letGo('many-a');
    await over.run('WaitForJob', { JobId: a });
    const again = await over.run('WaitForJob', { JobIds: [a, c], timeout: 0 });
    expect(again.fields).toMatchObject({
      reached: true,
      next: [`For the others call WaitForJob with JobId ${c}.`],
    });
    expect(again.text).toContain(`${a}|SUCCEED|SUCCEED|1 done, 0 failed of 1`);

    const all = over.run('WaitForJob', { JobIds: [a, c], until: 'all' });
    await letGo('many-c');
    expect((await all).fields).toMatchObject({
      reached: true,
      summary: expect.stringMatching(/^2 of 2 jobs are at an end .*; none is left\.$/),
    });
  });

  test('with all continues where the time was up, and names the job that failed', async () => {
    const failed = await over.finish(submissionOf([task('a', 'exit 4')]));
    const [one, other] = await Promise.all(
      ['rest-1', 'rest-2'].map((name) => over.submit(submissionOf([task('a', untilFile(name))]))),
    );
    const { fields } = await over.run('WaitForJob', {
      JobIds: [failed, one, other],
      until: ['all'],
      timeout: 0,
    });
    expect(fields).toMatchObject({
      reached: false,
      next: [
        `DiagnoseJob with JobId ${failed} explains why.`,
        `For the others call WaitForJob with JobIds ["${one}","${other}"] and until ["all"].`,
      ],
    });
    await Promise.all([letGo('rest-1'), letGo('rest-2')]);
    await over.run('WaitForJob', { JobIds: [one, other], until: ['all'] });
  });

  test('says which job does not exist, and refuses a call in which none does', async () => {
    const ended = await over.finish(submissionOf([task('a', 'true')]));
    const some = await over.run('WaitForJob', { JobIds: [ended, 'job-00000000'], until: ['all'] });
    expect(some.text).toContain('job-00000000|not found');
    expect(some.text).toContain(
      '1 of 2 jobs is at an end or in a wanted state, after 0 s; 1 not found; none is left.',
    );
    await expect(over.run('WaitForJob', { JobIds: ['job-00000000', 'job-00000001'] })).rejects.toMatchObject({
      code: 'ResourceNotFound.Job',
    });
  });
});

test.each([
  ['neither JobId nor JobIds', {}, 'JobId or JobIds is missing.'],
  ['both', { JobId: 'job-00000000', JobIds: ['job-00000001'] }, 'Give JobId or JobIds, not both.'],
  [
    'first and all',
    { JobIds: ['job-00000000', 'job-00000001'], until: ['first', 'all'] },
    'Give first or all, not both.',
  ],
])('WaitForJob with %s is refused before anything is sent', async (_, args, message) => {
  const before = over.engine.requests.length;
  await expect(over.run('WaitForJob', args)).rejects.toMatchObject({ issues: [{ message }] });
  expect(over.engine.requests.length).toBe(before);
});

test('WaitForJob waits 45 seconds at most where the request carries no progress token', async () => {
  const JobId = await over.submit(submissionOf([task('a', untilFile('no-token'))]));
  // The clock of the call moves by the time that it would wait.
  let waited = 0;
  const quick = async (milliseconds: number) => {
    waited += milliseconds;
  };
  const options = { wait: quick, now: () => waited };
  const withoutToken = await over.run(
    'WaitForJob',
    { JobId, timeout: 230 },
    { ...options, hasProgress: false },
  );
  expect(withoutToken.fields).toMatchObject({
    waited: 45,
    note: 'A request without a progress token waits at most 45 s.',
  });
  waited = 0;
  const withToken = await over.run('WaitForJob', { JobId, timeout: 230 }, options);
  expect(withToken.fields.waited).toBe(230);
  expect(withToken.fields).not.toHaveProperty('note');
  // Each report is above the one before it, so that the client hears of the wait.
  const reports = withToken.progress.map(({ done }) => done);
  expect(reports).toEqual([...new Set(reports)].sort((one, other) => one - other));
  await letGo('no-token');
});
