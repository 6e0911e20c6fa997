/** Several profiles in one server, with the built program. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { endJobsOf } from './end-jobs.ts';
import { program } from './paths.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-profiles-'));
const file = join(dataDir, 'profiles.json');
writeFileSync(
  file,
  JSON.stringify({
    default: 'dev',
    profiles: {
      dev: { local: true },
      prod: {
        region: 'ap-tokyo',
        credentials: { source: 'environment', prefix: 'PROD' },
        policy: { readOnly: true, regions: ['ap-tokyo'] },
      },
    },
  }),
);

const run = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: dataDir,
      BATCH_MCP_DATA_DIR: dataDir,
      BATCH_MCP_CONFIG: file,
      PROD_SECRET_ID: 'AKIDcanary',
      PROD_SECRET_KEY: 'canary',
    };
    const options = { env, timeout: 30_000 };
    const child = execFile(
      process.execPath,
      [program, ...args, '--sandbox', 'none'],
      options,
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err }),
    );
    child.stdin?.end();
  });
const issuesOf = (out: string) => JSON.parse(out).issues;

afterAll(async () => {
  await run('engine', 'stop');
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

test('each tool lists the profiles that allow it, and its profile argument is optional', async () => {
  const tools: { name: string; inputSchema: { properties: Record<string, unknown>; required?: string[] } }[] =
    JSON.parse((await run('tools')).out);
  const profileOf = (name: string) =>
    tools.find((tool) => tool.name === name)?.inputSchema.properties.profile;
  expect(profileOf('DescribeJobs')).toEqual({
    type: 'string',
    enum: ['dev', 'prod'],
    description: 'Account; default dev.',
  });
  expect(profileOf('DeleteJob')).toEqual({
    type: 'string',
    enum: ['dev'],
    description: 'Account; default dev.',
  });
  expect(tools.flatMap((tool) => tool.inputSchema.required ?? []).includes('profile')).toBe(false);
});

test('a call without a profile uses the default profile', async () => {
  const { code, out } = await run('call', 'DescribeJobs');
  expect([code, JSON.parse(out).summary]).toEqual([0, '0 jobs.']);
});

test('a call that its profile does not allow is rejected and not sent', async () => {
  expect(issuesOf((await run('call', 'DeleteJob', '{"JobId":"job-00000000","profile":"prod"}')).out)).toEqual(
    [{ path: 'profile', message: '"prod" is not a profile that allows DeleteJob. Use one of: dev.' }],
  );
  expect(
    issuesOf((await run('call', 'DescribeJobs', '{"profile":"prod","Region":"ap-guangzhou"}')).out),
  ).toEqual([{ path: 'Region', message: 'Profile prod is limited to ap-tokyo, not ap-guangzhou.' }]);
});

test('an unknown profile is rejected with a list of the known ones', async () => {
  expect(issuesOf((await run('call', 'DescribeJobs', '{"profile":"prd"}')).out)).toEqual([
    { path: 'profile', message: '"prd" is not a profile that allows DescribeJobs. Use one of: dev, prod.' },
  ]);
  const { code, err } = await run('tools', '--profile', 'prd');
  expect([code, err]).toEqual([2, `batch-mcp: --profile names 'prd', and ${file} has: dev, prod.\n`]);
});
