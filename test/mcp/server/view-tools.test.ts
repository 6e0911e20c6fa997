/** The list of tools for clients with and without views, as bytes on the wire. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListedTool } from '../../../src/mcp/contract/tool.ts';
import { jobDataTool, jobLogTool } from '../../../src/mcp/job-view/view-resource.ts';
import { selectTools } from '../../../src/mcp/registry/tool-selection.ts';
import { completeList, createTools, listOf } from '../../../src/mcp/registry/tools.ts';
import { program } from '../../paths.ts';
import { openWire } from '../raw-wire.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-views-'));
const children: ChildProcessWithoutNullStreams[] = [];
afterAll(async () => {
  for (const child of children) child.stdin.end();
  await Promise.all(
    children.map(
      (child) => new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(0))),
    ),
  );
  rmSync(dataDir, { recursive: true, force: true });
});

interface Client {
  readonly name?: string;
  readonly extensions?: object;
}

const views = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };

/** Sends requests as a client of either era, and returns the results as they were written. */
const open = async (era: string, { name = 'wire', extensions }: Client, flags: readonly string[] = []) => {
  const child = spawn(
    process.execPath,
    [program, '--data-dir', dataDir, '--region', 'ap-guangzhou', ...flags],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH },
    },
  ) as unknown as ChildProcessWithoutNullStreams;
  children.push(child);
  const wire = openWire(child);
  const capabilities = extensions === undefined ? {} : { extensions };
  const _meta =
    era === '2026-07-28'
      ? {
          'io.modelcontextprotocol/protocolVersion': era,
          'io.modelcontextprotocol/clientInfo': { name, version: '1' },
          'io.modelcontextprotocol/clientCapabilities': capabilities,
        }
      : undefined;
  if (_meta === undefined) {
    await wire.request('initialize', {
      protocolVersion: era,
      capabilities,
      clientInfo: { name, version: '1' },
    });
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  }
  return {
    request: (method: string, params: object = {}) =>
      wire.request(method, { ...params, ...(_meta && { _meta }) }),
    tools: async (): Promise<readonly ListedTool[]> => {
      const { result } = (await wire.request('tools/list', _meta ? { _meta } : {})) as {
        result: { tools: readonly ListedTool[] };
      };
      return result.tools;
    },
  };
};

const view = 'ui://batch-mcp/job.html';
const viewMeta = `"_meta":{"ui":{"resourceUri":"${view}"},"ui/resourceUri":"${view}"}`;
const annotations = '"annotations":{"readOnlyHint":true,"destructiveHint":false}';

/** What a client without views gets, from the catalogue. */
const plain = listOf(createTools(), 'compact')
  .filter(({ group }) => group !== 'file')
  .map(({ tool }) => tool);
const plainText = JSON.stringify(plain);
const showJob = JSON.stringify(plain.find(({ name }) => name === 'ShowJob'));
const viewTools = completeList('compact')
  .filter(({ audience }) => audience === 'view')
  .map(({ tool }) => JSON.stringify({ ...tool, _meta: { ui: { visibility: ['app'] } } }));
const decorated = (entry: string): string =>
  `${plainText.replace(showJob, entry).slice(0, -1)},${viewTools.join(',')}]`;

describe.each(['2025-11-25', '2026-07-28'])('in protocol %s', (era) => {
  test.each<[string, Client]>([
    ['declares nothing', {}],
    ['is Visual Studio Code, but declares nothing', { name: 'Visual Studio Code' }],
    [
      'renders another type of page',
      { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] } } },
    ],
    ['has other extensions', { extensions: { 'io.example/ui': {} } }],
  ])('a client that %s gets the generated list, byte for byte', async (_, client) => {
    const { tools } = await open(era, client);
    expect(JSON.stringify(await tools())).toBe(plainText);
  });

  test('a client that shows views gets the same list with the view of ShowJob and the tools of the view', async () => {
    const { tools } = await open(era, { extensions: views });
    expect(JSON.stringify(await tools())).toBe(decorated(`${showJob.slice(0, -1)},${viewMeta}}`));
  });

  test('to Visual Studio Code with views, and only there, ShowJob has no annotations', async () => {
    const { tools } = await open(era, { name: 'Visual Studio Code', extensions: views });
    const entry = `${showJob.slice(0, -1).replace(`,${annotations}`, '')},${viewMeta}}`;
    expect(entry).not.toContain('annotations');
    expect(JSON.stringify(await tools())).toBe(decorated(entry));
    const insiders = await open(era, { name: 'Visual Studio Code - Insiders', extensions: views });
    expect(JSON.stringify(await insiders.tools())).toContain(`${annotations},${viewMeta}`);
  });

  test('a server that only reads lists the view as well, and no tool that changes something', async () => {
    const { tools } = await open(era, { name: 'Visual Studio Code', extensions: views }, ['--read-only']);
    const names = (await tools()).map(({ name }) => name);
    const reading = selectTools(listOf(createTools(), 'compact'), { tools: [], readOnly: true });
    expect(names).toEqual([
      ...reading.filter(({ group }) => group !== 'file').map(({ tool }) => tool.name),
      ...[jobDataTool, jobLogTool],
    ]);
    expect(names).toContain('ShowJob');
    expect(names).not.toContain('SubmitJob');
  });

  test('without ShowJob there is neither a view nor a tool for it', async () => {
    const { tools } = await open(era, { extensions: views }, ['--tools', 'task-template']);
    expect(JSON.stringify(await tools())).not.toMatch(/ui:\/\/|"_meta"|JobView|JobCourse|JobLog"/);
  });

  test('a client without views cannot call the tools of the view', async () => {
    const { request } = await open(era, {});
    const answer = await request('tools/call', { name: jobDataTool, arguments: { JobId: 'job-1a2b3c4d' } });
    expect(answer.error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('There is no tool'),
    });
  });
});

test('the list is not marked as the same for all clients', async () => {
  const { request } = await open('2026-07-28', {});
  expect((await request('tools/list')).result).toMatchObject({ cacheScope: 'private', ttlMs: 3_600_000 });
});

beforeAll(() => {
  // The entry of ShowJob is what the tests replace in the list.
  expect(plainText.split(showJob)).toHaveLength(2);
});
