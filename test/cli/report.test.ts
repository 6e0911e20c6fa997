/** `batch-mcp report`: one job as one file. The built program, over a real engine. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportData } from '../../src/mcp/job-view/report-data.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../mcp/harness.ts';
import { program } from '../paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-report-'));
// Recognized by its form, wherever it is.
const secret = 'ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
let engine: Awaited<ReturnType<typeof startTestEngine>>;
let jobId: string;
beforeAll(async () => {
  engine = await startTestEngine();
  const toolbox = toolboxOver(engine, []);
  const caller = { name: 'test', signal: new AbortController().signal };
  const call = async (name: string, args: object) => {
    const outcome = await toolbox.call(name, { ...args }, caller);
    if (outcome.kind !== 'answer') throw new Error('The gate asked.');
    return outcome.answer.structuredContent;
  };
  const job = jobOf(`echo "a line of the log, token ${secret}"; exit 7`);
  const submitted = await call('SubmitJob', {
    ...job,
    Job: { ...(job.Job as object), JobName: `</script> ${secret}` },
  });
  jobId = String(submitted.JobId);
  await until(
    () => call('DescribeJob', { JobId: jobId }),
    ({ JobState }) => JobState === 'FAILED',
  );
  await toolbox.close();
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const report = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [
        ...[program, 'report', ...args, '--endpoint', engine.endpoint, '--region', 'ap-guangzhou'],
        ...['--data-dir', join(folder, 'data')],
      ],
      {
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          TENCENTCLOUD_SECRET_ID: engine.secretId,
          TENCENTCLOUD_SECRET_KEY: engine.secretKey,
        },
      },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

const dataIn = (file: string): ReportData => {
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(
    readFileSync(file, 'utf8'),
  )?.[1];
  return JSON.parse(json ?? '') as ReportData;
};

describe('a report', () => {
  test('contains the course of the job without its logs, and with secrets masked', async () => {
    const file = join(folder, 'plain.html');
    const { code, out, err } = await report(jobId, '--out', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.replace(file, 'FILE')).toMatch(/^FILE: job job-\w+, FAILED, \d+ characters\n$/);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('a line of the log');
    expect(text).not.toContain(secret);
    const { course, logs } = dataIn(file);
    expect(logs).toBeUndefined();
    expect(course).toMatchObject({
      JobId: jobId,
      JobName: '</script> ***masked-by-batch-mcp***',
      counts: { f: 1 },
      failures: [{ ExitCode: 7, count: 1 }],
    });
  });

  test('contains with --logs the log of one instance for each cause of failure', async () => {
    const file = join(folder, 'logs.html');
    await report(jobId, '--out', file, '--logs');
    const { logs } = dataIn(file);
    expect(logs).toMatchObject([
      { task: 0, instance: 0, stdout: 'a line of the log, token ***masked-by-batch-mcp***', stderr: '' },
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain(secret);
  });

  test('is the timeline as a picture where the name of the file ends in .svg', async () => {
    const file = join(folder, 'job.svg');
    const { code } = await report(jobId, '--out', file);
    const picture = readFileSync(file, 'utf8');
    expect(code).toBe(0);
    expect(picture).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(picture).not.toMatch(/<script|<\/script|href|onload/);
    expect(picture).not.toContain(secret);
  });

  test('does not replace a file, unless that is requested, and leaves no other files', async () => {
    const file = join(folder, 'existing.html');
    writeFileSync(file, 'mine');
    const refused = await report(jobId, '--out', file);
    expect(refused.code).toBe(2);
    expect(refused.err).toBe(`batch-mcp: ${file} exists. Use another name, or --force to replace it.\n`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await report(jobId, '--out', file, '--force')).code).toBe(0);
    expect(dataIn(file).course.JobId).toBe(jobId);
    expect(readdirSync(folder).filter((name) => name.includes('part'))).toEqual([]);
  });

  test('is refused with the reason for a job that does not exist, and for arguments that are wrong', async () => {
    const file = join(folder, 'none.html');
    const missing = await report('job-00000000', '--out', file);
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('job-00000000');
    const usage = 'Usage: batch-mcp report JobId --out FILE.html|FILE.svg [--logs] [--force]';
    expect((await report(jobId)).err).toBe(`batch-mcp: ${usage}\n`);
    expect((await report(jobId, '--out', join(folder, 'job.pdf'))).err).toContain(
      '--out must end in .html or .svg',
    );
    expect((await report(jobId, '--out', join(folder, 'no', 'job.html'))).err).toContain('does not exist');
    expect(readdirSync(folder)).not.toContain('none.html');
  });
});
