/** Resources, completions, prompts, reference pages and instructions follow the tools that the operator lists. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyTool } from '../../../src/mcp/registry/tools.ts';
import { commandOf, connect, type TestClient } from '../harness.ts';
import { openWire } from '../raw-wire.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const azure = ['--azure-endpoint', 'https://account.region.batch.azure.com'];

const files = ['--buckets', 'results-1250000000', '--file-links'];

/** The lists of a server with these flags, over its pipes. */
const listsWith = async (flags: readonly string[]) => {
  const { command, args, env } = commandOf({ dataDir, flags });
  const child = spawn(command, args, { env });
  const wire = openWire(child);
  const request = async (method: string, params = {}) =>
    (await wire.request(method, params)).result as Readonly<
      Record<string, readonly Readonly<Record<string, unknown>>[]>
    >;
  const opened = await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a', version: '0' },
  });
  const lists = {
    instructions: String(opened.instructions),
    templates: ((await request('resources/templates/list')).resourceTemplates ?? []).map(({ name }) => name),
    resources: ((await request('resources/list')).resources ?? []).map(({ uri }) => uri),
    prompts: ((await request('prompts/list')).prompts ?? []).map(({ name }) => name),
    actions: (
      (
        await request('completion/complete', {
          ref: { type: 'ref/resource', uri: 'batch://reference/{Action}' },
          argument: { name: 'Action', value: '' },
        })
      ).completion as unknown as { values: readonly string[] }
    ).values,
  };
  child.stdin.end();
  await once(child, 'exit');
  return lists;
};

test('a server with machine types only has no resource, prompt or completion of jobs', async () => {
  const { templates, resources, prompts, actions } = await listsWith(['--tools', 'machine-type']);
  expect({ templates, resources, prompts, actions }).toEqual({
    templates: ['reference', 'type'],
    resources: [],
    prompts: [],
    actions: [
      'DescribeInstanceCategories',
      'DescribeAvailableCvmInstanceTypes',
      'DescribeCvmZoneInstanceConfigInfos',
    ],
  });
});

test('a read-only server has no undo recipes and no prompts that change anything', async () => {
  const { templates, prompts } = await listsWith(['--read-only']);
  expect(templates).not.toContain('undo');
  expect(templates).toContain('job');
  expect(prompts).toEqual(['diagnose-job', 'watch-job']);
});

test('a server with Azure tools only describes nothing else', async () => {
  const { instructions, templates, resources, prompts } = await listsWith([...azure, '--tools', 'azure']);
  expect(instructions).not.toContain('Tencent');
  expect(instructions).toContain('Azure Batch');
  expect(templates).toEqual(['reference', 'type', 'undo', 'azure-job', 'azure-task-file']);
  expect(resources).toEqual(['batch-azure://jobs']);
  expect(prompts).toEqual([]);
});

test('a server whose tools only read says nothing about confirmation', async () => {
  expect((await listsWith(['--tools', 'machine-type'])).instructions).not.toContain('confirm');
});

describe('with all tools', () => {
  let client: TestClient;
  beforeAll(async () => {
    client = await connect('modern', { dataDir, flags: [...azure, ...files] });
  });
  afterAll(() => client.close());

  test.each(everyTool().map(({ name }) => name))(
    '%s has a reference page of at most 1,500 tokens with all its arguments',
    async (name) => {
      const tool = (await client.list()).find((one) => one.name === name);
      const page = await client.read(`batch://reference/${name}`);
      expect(page.split('\n')[0]).toBe(`# ${name}`);
      const { properties = {} } = (tool?.inputSchema ?? {}) as { properties?: object };
      const own = Object.keys(properties).filter(
        (field) => !['Region', 'confirm', 'preview', 'detail', 'attempt', 'cursor'].includes(field),
      );
      expect(own.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
      expect(encode(page).length).toBeLessThanOrEqual(1_500);
    },
  );
});

test.each([
  ['--tools machine-type', ['--tools', 'machine-type'], 'batch://ap-guangzhou/jobs'],
  ['--tools machine-type', ['--tools', 'machine-type'], 'batch://reference/SubmitJob'],
  ['--read-only', ['--read-only'], 'batch://undo/0123456789abcdef'],
  ['no Azure account', [], 'batch://reference/AzureListJobs'],
])('with %s, a resource of another tool does not exist: %s %s', async (_, flags, uri) => {
  const client = await connect('legacy', { dataDir, flags });
  await expect(client.read(uri)).rejects.toMatchObject({ code: -32602 });
  await client.close();
});
