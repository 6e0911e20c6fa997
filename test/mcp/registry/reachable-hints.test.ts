/** Whatever is listed, no description and no hint of an answer names a tool that the assistant cannot call. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { everyTool } from '../../../src/mcp/registry/tools.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let failed: string;
let running: string;
let EnvId: string;

const caller = { name: 'test', signal: new AbortController().signal };
const callOf = (toolbox: ToolService) => async (name: string, args: Fields) => {
  const outcome = await toolbox.call(name, args, caller);
  return outcome.kind === 'answer' ? outcome.answer.structuredContent : {};
};

beforeAll(async () => {
  engine = await startTestEngine();
  const toolbox = toolboxOver(engine, ['--confirm', 'none']);
  const call = callOf(toolbox);
  failed = String((await call('SubmitJob', jobOf('exit 3', { TaskInstanceNum: 3 }))).JobId);
  running = String((await call('SubmitJob', jobOf('sleep 300'))).JobId);
  const EnvData = { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' };
  const ComputeEnv = { EnvName: 'env', DesiredComputeNodeCount: 1, EnvData };
  EnvId = String(
    (await call('CreateComputeEnv', { Placement: { Zone: 'ap-guangzhou-1' }, ComputeEnv })).EnvId,
  );
  await until(
    () => call('DescribeJob', { JobId: failed }),
    ({ JobState }) => JobState === 'FAILED',
  );
  await toolbox.close();
});
afterAll(() => engine.stop());

/** Calls that succeed, are refused by the service, and are refused here. */
const calls = (): readonly (readonly [string, Fields])[] => [
  ['DescribeJobs', {}],
  ['DescribeJob', { JobId: failed }],
  ['DescribeJob', { JobId: running }],
  ['DescribeJob', { JobId: 'job-00000000' }],
  ['DescribeJobSubmitInfo', { JobId: failed }],
  ['DescribeTask', { JobId: failed, TaskName: 'work' }],
  ['DescribeTask', { JobId: failed, TaskName: 'none' }],
  ['DescribeTaskLogs', { JobId: failed, TaskName: 'work' }],
  ['RetryJobs', { JobIds: [running] }],
  ['TerminateJob', { JobId: running }],
  ['TerminateJob', { JobId: failed }],
  ['DeleteJob', { JobId: running }],
  ['TerminateTaskInstance', { JobId: running, TaskName: 'work', TaskInstanceIndex: 0 }],
  ['DescribeComputeEnvs', {}],
  ['DescribeComputeEnv', { EnvId }],
  ['DescribeComputeEnv', { EnvId: 'env-00000000' }],
  ['DeleteComputeEnv', { EnvId }],
  ['ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 0 }],
  ['DescribeInstanceCategories', {}],
  ['DescribeAvailableCvmInstanceTypes', {}],
  ['DescribeCvmZoneInstanceConfigInfos', {}],
  ['DescribeTaskTemplates', {}],
  ['PlanJob', jobOf('true')],
  ['PlanJob', { Placement: {}, Job: {} }],
  ['SubmitJob', { Placement: {}, Job: {} }],
  ['WaitForJob', { JobId: running, timeout: 0 }],
  ['WaitForJob', { JobId: failed, timeout: 0 }],
  ['DiagnoseJob', { JobId: failed }],
  ['DiagnoseJob', { JobId: running }],
  ['SearchTaskLogs', { JobId: failed, TaskName: 'work', pattern: 'x' }],
  ['FindJobs', {}],
  ['FindComputeEnvs', {}],
  ['EndMany', { action: 'TerminateJob', targets: [running] }],
  ['EndMany', { action: 'DeleteJob', targets: [running] }],
];

const names = everyTool().map(({ name }) => name);

/** Names of tools in a text that are not listed; those of which it says that a script can call them are left out. */
const unlistedIn = (text: string, listed: ReadonlySet<string>): readonly string[] => {
  const said = [...text.matchAll(/\(RunScript can call ([A-Za-z, ]+)\)/g)].flatMap(([, list = '']) =>
    list.split(', '),
  );
  return names.filter(
    (name) => !listed.has(name) && !said.includes(name) && new RegExp(`(?<![/\\w])${name}\\b`).test(text),
  );
};

describe.each([
  ['--tools chat', ['--tools', 'chat']],
  ['--tools chat,-DiagnoseJob', ['--tools', 'chat,-DiagnoseJob']],
  ['--read-only', ['--read-only']],
  ['--tools chat --read-only', ['--tools', 'chat', '--read-only']],
  ['--tools job', ['--tools', 'job']],
  ['--tools workflow', ['--tools', 'workflow']],
  ['--tools compute-env', ['--tools', 'compute-env']],
  ['--tools task-template', ['--tools', 'task-template']],
  ['--tools machine-type', ['--tools', 'machine-type']],
  ['--tools DescribeJob,WaitForJob', ['--tools', 'DescribeJob,WaitForJob']],
])('with %s', (_, flags) => {
  let toolbox: ToolService;
  let listed: ReadonlySet<string>;
  beforeAll(async () => {
    toolbox = toolboxOver(engine, flags);
    listed = new Set((await toolbox.list()).map(({ name }) => name));
  });
  afterAll(() => toolbox.close());

  test('no description in the list names a tool that cannot be called', async () => {
    const { reference = '' } = listed.has('RunScript') ? await callOf(toolbox)('RunScript', {}) : {};
    const isFunction = (name: string) => new RegExp(`^- .*\\b${name}[+!]*[(,]`, 'm').test(String(reference));
    const faults = (await toolbox.list()).flatMap(({ name, description, inputSchema }) =>
      unlistedIn(`${description} ${JSON.stringify(inputSchema)}`, listed)
        // RunScript names functions of scripts, and EndMany the actions it sends, which are values of an argument.
        .filter((other) => (name === 'RunScript' ? !isFunction(other) : name !== 'EndMany'))
        .map((other) => `${name}: ${other}`),
    );
    expect(faults).toEqual([]);
  });

  test('no hint of an answer names a tool that cannot be called', async () => {
    const call = callOf(toolbox);
    const made = calls().filter(([name]) => listed.has(name));
    const faults: string[] = [];
    for (const [name, args] of made) {
      const { next = [], undo = '' } = (await call(name, args)) as { next?: string[]; undo?: string };
      // What only a script can call is said with its first mention.
      const hints = [String(undo), ...next].join(' ');
      faults.push(...unlistedIn(hints, listed).map((other) => `${name}: ${other} in: ${hints}`));
    }
    expect(made.length).toBeGreaterThan(0);
    expect(faults).toEqual([]);
  });
});
