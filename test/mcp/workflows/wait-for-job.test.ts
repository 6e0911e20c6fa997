/** WaitForJob against a real engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  const waiting = over.run('WaitForJob', { JobId });
  await letGo('go');
  const { fields, progress } = await waiting;
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
  const { fields, calls } = await over.run('WaitForJob', { JobId, until: ['RUNNING'], timeout: 600 });
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
    { JobId, timeout: 600 },
    { signal: request.signal, onProgress: () => request.abort() },
  );
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  expect((await over.call('DescribeJob', { JobId })).JobState).toBe('RUNNING');
  expect(over.engine.requests.slice(before).every(({ action }) => action === 'DescribeJob')).toBe(true);
  await letGo('cancelled');
  expect((await over.run('WaitForJob', { JobId })).fields.JobState).toBe('SUCCEED');
});
