/** Several profiles in one server, with the built program. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, expect, test } from 'vitest';
import { jobDataTool } from '../src/mcp/job-view/view-resource.ts';
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

const env = {
  PATH: process.env.PATH ?? '',
  HOME: dataDir,
  BATCH_MCP_DATA_DIR: dataDir,
  BATCH_MCP_CONFIG: file,
  PROD_SECRET_ID: 'AKIDcanary',
  PROD_SECRET_KEY: 'canary',
};

const run = (...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const options = { env, timeout: 120_000 };
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

test('the tools of the view of a job go to the profile of the call', async () => {
  // What the page calls: it repeats the arguments of ShowJob.
  const args = JSON.stringify({ JobId: 'job-00000000', profile: 'dev' });
  const { code, out } = await run('call', jobDataTool, args);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ code: 'ResourceNotFound.Job' });
  const unknown = await run('call', jobDataTool, '{"JobId":"job-00000000","profile":"other"}');
  expect(issuesOf(unknown.out)).toMatchObject([{ path: 'profile' }]);
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
  // An engine answers; the keys of the other profile are invalid.
  expect([code, JSON.parse(out).summary]).toEqual([0, expect.stringMatching(/^\d+ jobs?\.$/)]);
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

test('prompts take the profile, and arguments are completed from the profile that is named', async () => {
  const client = new Client({ name: 'test', version: '1' });
  const args = [program, '--sandbox', 'none'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
  const { prompts } = await client.listPrompts();
  expect(prompts.map((prompt) => prompt.arguments?.at(-1))).toEqual(
    prompts.map(() => ({
      name: 'profile',
      description: 'Account. One of dev, prod; default dev.',
      required: false,
    })),
  );
  const promptWith = async (values: Record<string, string>) => {
    const { messages } = await client.getPrompt({ name: 'watch-job', arguments: values });
    const [message] = messages;
    return message?.content.type === 'text' ? message.content.text : '';
  };
  const JobId = 'job-1a2b3c4d';
  expect(await promptWith({ JobId })).not.toContain('profile');
  expect(await promptWith({ JobId, profile: 'prod', Region: 'ap-tokyo' })).toContain(
    'Use profile prod and Region ap-tokyo in every call.',
  );
  await expect(promptWith({ JobId, profile: 'prd' })).rejects.toThrow(
    'There is no profile "prd"; it is one of dev, prod.',
  );

  const complete = async (name: string, value: string, known: Record<string, string> = {}) => {
    const ref = { type: 'ref/prompt' as const, name: 'watch-job' };
    const request = { ref, argument: { name, value }, context: { arguments: known } };
    return (await client.complete(request)).completion.values;
  };
  expect(await complete('profile', 'P')).toEqual(['prod']);
  const submitted = await client.callTool({
    name: 'SubmitJob',
    arguments: {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        Tasks: [
          {
            TaskName: 'a',
            Application: { DeliveryForm: 'LOCAL', Command: 'true' },
            ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
          },
        ],
      },
    },
  });
  const { JobId: submittedId } = submitted.structuredContent as { JobId: string };
  expect(await complete('JobId', 'job-')).toEqual([submittedId]);
  expect(await complete('JobId', 'job-', { profile: 'dev' })).toEqual([submittedId]);
  expect(await complete('JobId', 'job-', { profile: 'prd' })).toEqual([]);
  await client.close();
});
