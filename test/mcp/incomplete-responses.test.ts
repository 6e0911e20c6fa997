/** Responses that lack what the documentation promises: no sentence of an answer is built from an absent value. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type ActionName, actionNames, actions, isActionName } from '../../src/catalogue/index.ts';
import { fieldOf, innermostOf, itemOf } from '../../src/catalogue/schema-walk.ts';
import type { Caller } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import { jobDataTool, jobLogTool } from '../../src/mcp/job-view/view-resource.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { type LoopbackService, startLoopbackService } from '../client/loopback-service.ts';
import { toolboxOver } from './harness.ts';

const kinds = [
  'nothing',
  'nulls',
  'empty objects',
  'lists of null',
  'objects of nulls',
  'empty texts and zeros',
] as const;
type Kind = (typeof kinds)[number];

/** A value of a schema in which nothing is known. */
const hollow = (schema: z.ZodType, kind: Kind, depth = 0): unknown => {
  const inner = innermostOf(schema);
  if (kind === 'nulls' && depth > 0) return null;
  if (inner instanceof z.ZodArray) {
    if (kind === 'empty texts and zeros') return [];
    return [kind === 'lists of null' ? null : hollow(itemOf(inner), kind, depth + 1)];
  }
  if (inner instanceof z.ZodObject) {
    if (depth > 0 && kind === 'empty objects') return {};
    return Object.fromEntries(
      Object.keys(inner.shape).map((name) => {
        const field = fieldOf(inner, name);
        return [name, field ? hollow(field, kind, depth + 1) : null];
      }),
    );
  }
  if (kind !== 'empty texts and zeros') return null;
  return inner._zod.def.type === 'number' ? 0 : inner._zod.def.type === 'boolean' ? false : '';
};

const responseOf = (action: ActionName, kind: Kind): Fields => {
  if (kind === 'nothing') return {};
  const { RequestId: _, ...fields } = hollow(actions[action].output, kind) as Fields;
  return fields;
};

let service: LoopbackService;
let kind: Kind = 'nothing';
const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-incomplete-'));
const toolboxes = new Map<string, ToolService>();
/** Beside the data directory, which is never staged. */
const filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-incomplete-files-'));
beforeAll(async () => {
  writeFileSync(join(filesDir, 'local.txt'), 'x');
  service = await startLoopbackService(({ action }) =>
    isActionName(action) ? responseOf(action, kind) : {},
  );
  for (const policy of ['none', 'flag']) {
    const engine = { dataDir, endpoint: service.origin, secretId: 'AKIDtest', secretKey: 'test' };
    const files = ['--files-dir', filesDir, '--buckets', 'results-1250000000', '--file-links'];
    toolboxes.set(policy, toolboxOver(engine, ['--confirm', policy, ...files]));
  }
});
afterAll(async () => {
  for (const toolbox of toolboxes.values()) await toolbox.close();
  await service.stop();
  for (const path of [dataDir, filesDir]) rmSync(path, { recursive: true, force: true });
});

const JobId = 'job-1a2b3c4d';
const bucketUrl = 'cos://results-1250000000.cos.ap-guangzhou.myqcloud.com';
const workflowCalls: readonly (readonly [string, Fields])[] = [
  ['WaitForJob', { JobId, timeout: 0 }],
  ['RunScript', { script: "return [await all('DescribeJobs'), await SubmitJob({})]" }],
  [
    'RunScript',
    { script: `await TerminateJob({ JobId: '${JobId}' }); return DescribeJob({ JobId: '${JobId}' })` },
  ],
  ['ListEvents', {}],
  ['DiagnoseJob', { JobId }],
  ['ShowJob', { JobId }],
  [jobDataTool, { JobId }],
  [jobLogTool, { JobId, TaskName: 'work', instance: 0 }],
  ['SearchTaskLogs', { JobId, TaskName: 'work', pattern: 'x' }],
  ['FindJobs', {}],
  ['FindComputeEnvs', {}],
  ['EndMany', { action: 'TerminateJob', targets: [JobId, 'job-5e6f7g8h'] }],
  ['EndMany', { action: 'TerminateComputeNode', targets: ['env-1a2b3c4d/node-1a2b3c4d'] }],
  ['RerunJob', { JobId, set: ['Timeout=600'] }],
  ['RerunJob', { JobId, dryRun: true }],
  ['ChangeTemplate', { TaskTemplateIds: ['task-tmpl-1a2b3c4d'], set: ['Timeout=600'] }],
  ['ReadTaskLogs', { JobId, TaskName: 'work' }],
  ['ReadTaskLogs', { JobId, TaskName: 'work', instances: 'failed' }],
  ['PlanJob', actions.SubmitJob.examples[0]?.input ?? {}],
  ['FindJobs', { command: 'x', sort: 'running-time' }],
  ['EndMany', { action: 'DeleteComputeEnv', targets: ['env-1a2b3c4d'] }],
  ['ListStoredFiles', { path: `${bucketUrl}/` }],
  ['ReadStoredFile', { path: `${bucketUrl}/x` }],
  ['FetchFiles', { path: `${bucketUrl}/x/` }],
  ['FetchFiles', { path: `${bucketUrl}/x`, overwrite: true }],
  ['StageFiles', { from: 'local.txt' }],
  ['CreateFileLink', { path: `${bucketUrl}/x` }],
];
const calls: readonly (readonly [string, Fields])[] = [
  ...actionNames.map((name) => [name, actions[name].examples[0]?.input ?? {}] as const),
  ...workflowCalls,
];
const caller: Caller = { name: 'test', signal: new AbortController().signal };

/** Words that are only in a text if an absent value was turned into one. */
const hole =
  /\bundefined\b|\bNaN\b|\[object|\bnull (was|is|has|had)\b|Invalid Date|1970-01-01| {2}(was|is|has) |\(""\)/;

describe.each(kinds)('with %s in the response', (given) => {
  test.each(calls)('%s says what is missing', async (tool, args) => {
    kind = given;
    for (const [policy, toolbox] of toolboxes) {
      const outcome = await toolbox.call(tool, args, caller);
      if (outcome.kind !== 'answer') throw new Error('This client cannot be asked.');
      const { structuredContent, content } = outcome.answer;
      const { summary, next, message, preview } = structuredContent;
      const sentences = JSON.stringify([summary, next, message, preview]);
      expect(sentences, policy).not.toMatch(hole);
      // A fault of the service is not called one of this program.
      expect(content[0].text, policy).not.toMatch(/This is a bug|TypeError|Cannot read/);
    }
  });
});

test.each([
  ['SubmitJob', 'The job was submitted, but the response has no JobId.'],
  ['CreateTaskTemplate', 'The task template was created, but the response has no TaskTemplateId.'],
  ['CreateComputeEnv', 'The compute environment was created, but the response has no EnvId.'],
  ['WaitForJob', 'is still in an unknown state'],
  ['DiagnoseJob', 'is in an unknown state (the response has none)'],
  ['ShowJob', 'is in an unknown state for'],
  ['DescribeJob', 'is in an unknown state (the response has none)'],
  ['DescribeTask', 'is in an unknown state (the response has none)'],
])('%s without its id or state: "%s"', async (tool, sentence) => {
  for (const given of ['nothing', 'nulls'] as const) {
    kind = given;
    const args = calls.find(([name]) => name === tool)?.[1] ?? {};
    const outcome = await toolboxes.get('none')?.call(tool, args, caller);
    const fields = outcome?.kind === 'answer' ? outcome.answer.structuredContent : {};
    expect(`${fields.summary} ${fields.message}`, given).toContain(sentence);
  }
});

test.each([
  'batch://ap-guangzhou/jobs',
  `batch://ap-guangzhou/jobs/${JobId}`,
  `batch://ap-guangzhou/jobs/${JobId}/submission`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/work`,
  `batch://ap-guangzhou/jobs/${JobId}/tasks/work/instances/0/stdout`,
  'batch://ap-guangzhou/compute-envs',
  'batch://ap-guangzhou/compute-envs/env-1a2b3c4d',
  'batch://ap-guangzhou/compute-envs/env-1a2b3c4d/activities',
  'batch://ap-guangzhou/task-templates',
])('the resource %s of an incomplete response has no absent value in its text', async (uri) => {
  for (const given of kinds) {
    kind = given;
    const outcome = await toolboxes.get('none')?.read(uri, caller);
    expect(JSON.stringify(outcome ?? 'none'), given).not.toMatch(
      /undefined|NaN|\[object|This is a bug|TypeError/,
    );
  }
});

test('every tool is in the table of calls', async () => {
  const called = new Set(calls.map(([name]) => name));
  const listed = (await toolboxes.get('none')?.list()) ?? [];
  expect(listed.filter(({ name }) => !called.has(name)).map(({ name }) => name)).toEqual([]);
});
