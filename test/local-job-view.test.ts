/** What the view of a job shows of a local engine, and `batch-mcp watch`, by the built program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopEngine } from '../src/engine/daemon/daemon.ts';
import type { JobCourse } from '../src/mcp/job-view/course.ts';
import { jobDataTool, jobLogTool } from '../src/mcp/job-view/view-resource.ts';
import { endJobsOf } from './end-jobs.ts';
import { until } from './engine/running-engine.ts';
import { program } from './paths.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-view-'));
const options = ['--data-dir', dataDir, '--local', '--sandbox', 'none', '--slots', '8', '--confirm', 'none'];

let client: Client;
beforeAll(async () => {
  client = new Client(
    { name: 'test', version: '0' },
    {
      capabilities: {
        extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
      },
    },
  );
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, ...options],
      env: { PATH: process.env.PATH ?? '' },
      stderr: 'ignore',
    }),
  );
});
afterAll(async () => {
  await client.close();
  await stopEngine(dataDir);
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const call = async (name: string, args: Record<string, unknown> = {}) => {
  const { structuredContent, isError } = await client.callTool({ name, arguments: args });
  return { isError, ...(structuredContent as Record<string, unknown>) } as Record<string, unknown>;
};

const task = (TaskName: string, Command: string, more: object = {}) => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: { EnvData: { InstanceType: 'S5.LARGE8', ImageId: 'img-00000000' } },
  ...more,
});
const submit = async (Tasks: readonly object[]): Promise<string> => {
  const Job = { JobName: 'a job', Tasks };
  return String((await call('SubmitJob', { Placement: { Zone: 'ap-guangzhou-3' }, Job })).JobId);
};
const ended = (JobId: string) =>
  until(`${JobId} has ended`, async () =>
    /SUCCEED|FAILED/.test(String((await call('DescribeJob', { JobId })).JobState)),
  );
const courseOf = async (JobId: string): Promise<JobCourse> =>
  (await call(jobDataTool, { JobId })).course as JobCourse;

/** Waits until the test releases it. */
const held = (name: string): string => `until [ -e '${join(dataDir, name)}' ]; do sleep 0.1; done`;
const release = (name: string): void => writeFileSync(join(dataDir, name), '');
/** The engine measures a command when it has run for some time. */
const isMeasured = (JobId: string) =>
  until(`${JobId} is measured`, async () => (await courseOf(JobId)).tasks[0]?.use.isMeasured === true);

/** The course of a job that has ended; a reading of a moment ago may still show it running. */
const finalCourseOf = async (JobId: string): Promise<JobCourse> => {
  await ended(JobId);
  await until(`${JobId} is read`, async () => (await courseOf(JobId)).isFinal);
  return courseOf(JobId);
};

/** Fails at the first attempt, and writes which attempt it is. */
const second =
  'if [ -e "$HOME/../again" ]; then echo second; else touch "$HOME/../again"; echo first; exit 7; fi';

test('a local engine shows every attempt, what it used, and invented prices', async () => {
  const JobId = await submit([task('again', `sleep 1; ${held('go')}; ${second}`, { MaxRetryCount: 1 })]);
  await isMeasured(JobId);
  release('go');
  const course = await finalCourseOf(JobId);
  const [again] = course.tasks;
  expect(
    again?.bars.map(([instance, attempt, , , , state, failure]) => [instance, attempt, state, failure]),
  ).toEqual([
    [0, 1, 'f', 0],
    [0, 2, 's', null],
  ]);
  expect(again).toMatchObject({
    retries: 1,
    attempts: 2,
    use: { isMeasured: true, cores: 4, memoryBytes: 8 * 2 ** 30 },
  });
  expect(course.failures).toMatchObject([{ ExitCode: 7, count: 1, instances: 0 }]);
  expect(course.cost).toMatchObject({
    label: 'invented prices of the local engine; estimate, machines only, disks and traffic not included',
    amount: expect.any(Number),
  });
  expect(course.cost.retrySeconds).toBeGreaterThan(0);
  expect(course.coverage).toMatchObject({ attempts: 'all', notes: [] });
});

test('the log of each attempt can be read for the view, with the outcome of all', async () => {
  const JobId = await submit([task('again', second, { MaxRetryCount: 1 })]);
  await ended(JobId);
  const where = { JobId, TaskName: 'again', instance: 0 };
  const last = await call(jobLogTool, where);
  expect(last).toMatchObject({ stdout: 'second', stderr: '' });
  expect(last.attempts).toMatchObject([
    { attempt: 1, state: 'FAILED', ExitCode: 7 },
    { attempt: 2, state: 'SUCCEED', ExitCode: 0 },
  ]);
  expect(await call(jobLogTool, { ...where, attempt: 1 })).toMatchObject({ stdout: 'first' });
  expect((await call(jobLogTool, { ...where, attempt: 3 })).isError).toBe(true);
  expect((await call(jobLogTool, { ...where, instance: 1 })).isError).toBe(true);
});

test('of a killed instance the diagnosis says what was measured of it', async () => {
  const JobId = await submit([task('killed', `${held('kill')}; kill -9 $$`)]);
  await isMeasured(JobId);
  release('kill');
  await ended(JobId);
  const diagnosis = await call('DiagnoseJob', { JobId });
  expect(diagnosis.kinds).toMatchObject([
    {
      ExitCode: 137,
      memory: expect.stringMatching(
        /^peak [\d.]+ MiB of instance 0, measured until \d+s after its start; what it needed after that is not known$/,
      ),
    },
  ]);
  expect(diagnosis.use).toEqual([
    expect.stringMatching(
      /^"killed": peak memory [\d.]+ MiB, mean CPU [\d.]+ cores?, 1 of 1 attempt measured\.$/,
    ),
  ]);
});

test('a job that was not measured says why, and not zero', async () => {
  const JobId = await submit([task('short', 'true')]);
  expect((await finalCourseOf(JobId)).tasks[0]?.use).toEqual({
    isMeasured: false,
    why: 'what has ended ran for less than 0.2 seconds, or never ran',
  });
});

test('an unknown job is an error of every tool of the view', async () => {
  for (const name of ['ShowJob', jobDataTool]) {
    expect(await call(name, { JobId: 'job-00000000' })).toMatchObject({
      isError: true,
      code: 'ResourceNotFound.Job',
    });
  }
});

interface Watched {
  readonly child: ChildProcess;
  /** Lines of stdout until now. */
  readonly lines: () => readonly string[];
  readonly exit: Promise<number | null>;
}

const startWatch = (JobId: string): Watched => {
  const child = spawn(process.execPath, [program, 'watch', JobId, ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, lines: () => text.split('\n').filter(Boolean), exit };
};

describe('batch-mcp watch', () => {
  test('prints plain lines without a terminal, ends with the job and exits with 0 if it succeeded', async () => {
    const JobId = await submit([task('work', held('work'), { TaskInstanceNum: 2 })]);
    const { exit, lines } = startWatch(JobId);
    await until('the first line', async () => lines().length > 0);
    release('work');
    expect(await exit).toBe(0);
    expect(lines()[0]).toMatch(/^job-\w+ \("a job"\) is [A-Z]+ for \d+s: 0 of 2 done/);
    expect(lines().join('\n')).not.toMatch(/\u001b/);
    expect(lines().at(-2)).toMatch(/^job-\w+ \("a job"\) is SUCCEED after \d+s: 2 of 2 done\.$/);
    expect(lines().at(-1)).toMatch(/^Cost: [\d.]+ \(invented prices of the local engine; /);
  });

  test('shows failures, and exits with 1 if the job failed', async () => {
    const JobId = await submit([task('work', 'exit 6')]);
    const { exit, lines } = startWatch(JobId);
    expect(await exit).toBe(1);
    expect(lines()).toContainEqual(expect.stringMatching(/^1 failed: exit 6, .*, 0 of "work"$/));
  });

  test('exits with 130 at Ctrl-C and leaves the job running', async () => {
    const JobId = await submit([task('work', 'sleep 600')]);
    const { child, exit, lines } = startWatch(JobId);
    await until('the first line', async () => lines().length > 0);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(lines().at(-1)).toBe(`Interrupted. ${JobId} was not changed and continues.`);
    expect((await call('DescribeJob', { JobId })).JobState).not.toMatch(/SUCCEED|FAILED/);
    await call('TerminateJob', { JobId });
  });

  test('exits with 3 for a job that cannot be read, and says why', async () => {
    const { exit, lines } = startWatch('job-00000000');
    expect(await exit).toBe(3);
    expect(lines().join('\n')).toContain('ResourceNotFound.Job');
  });

  test('exits with 2 without a job', async () => {
    const child = spawn(process.execPath, [program, 'watch'], { stdio: 'ignore' });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(2);
  });
});
