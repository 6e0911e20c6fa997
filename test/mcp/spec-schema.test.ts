/** Validates every message of the server against the official schemas of its protocol revision. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { specTypeSchemas } from '@modelcontextprotocol/client';
import * as legacy from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { commandOf, jobOf, startTestEngine } from './harness.ts';
import { type Message, metaOf, openWire } from './raw-wire.ts';

/** Both packages' schemas implement the Standard Schema interface. */
interface Checked {
  readonly '~standard': { validate(value: unknown): unknown };
}
const kinds = [
  'InitializeResult',
  'DiscoverResult',
  'ListToolsResult',
  'CallToolResult',
  'ListResourcesResult',
  'ListResourceTemplatesResult',
  'ReadResourceResult',
  'ListPromptsResult',
  'GetPromptResult',
  'CompleteResult',
] as const;
type Kind = (typeof kinds)[number];

const legacySchemas: Partial<Record<Kind, Checked>> = {
  InitializeResult: legacy.InitializeResultSchema,
  ListToolsResult: legacy.ListToolsResultSchema,
  CallToolResult: legacy.CallToolResultSchema,
  ListResourcesResult: legacy.ListResourcesResultSchema,
  ListResourceTemplatesResult: legacy.ListResourceTemplatesResultSchema,
  ReadResourceResult: legacy.ReadResourceResultSchema,
  ListPromptsResult: legacy.ListPromptsResultSchema,
  GetPromptResult: legacy.GetPromptResultSchema,
  CompleteResult: legacy.CompleteResultSchema,
};

const faultsOf = async (schema: Checked | undefined, value: unknown): Promise<unknown> => {
  if (schema === undefined) return 'no schema';
  const { issues } = (await schema['~standard'].validate(value)) as { issues?: readonly unknown[] };
  return issues ?? [];
};

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let child: ChildProcessWithoutNullStreams | undefined;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterEach(async () => {
  child?.stdin.end();
  if (child && child.exitCode === null) await once(child, 'exit');
});
afterAll(() => engine.stop());

describe.each(['legacy', 'modern'] as const)('a server in the %s era', (era) => {
  test('writes only results and notifications that match their schema', async () => {
    const { command, args, env } = commandOf(engine);
    child = spawn(command, args, { env });
    const wire = openWire(child);
    const checked: string[] = [];
    const meta = era === 'modern' ? metaOf('2026-07-28') : {};
    const withToken = { _meta: { ...metaOf('2026-07-28')._meta, progressToken: 'p' } };
    /** Sends a request and validates its result or error. */
    const request = async (kind: Kind, method: string, params: Message = {}): Promise<Message> => {
      const message = await wire.request(method, { ...params, ...(params._meta === undefined && meta) });
      const schemas: Partial<Record<Kind, Checked>> = era === 'legacy' ? legacySchemas : specTypeSchemas;
      expect(await faultsOf(specTypeSchemas.JSONRPCMessage, message), method).toEqual([]);
      if ('error' in message) return message;
      expect(await faultsOf(schemas[kind], message.result), method).toEqual([]);
      // Required in every result of the newer revision, although its schema does not say so.
      if (era === 'modern') expect((message.result as Message).resultType, method).toBe('complete');
      checked.push(kind);
      return message.result as Message;
    };

    if (era === 'legacy') {
      const clientInfo = { name: 'wire', version: '1' };
      await request('InitializeResult', 'initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo,
      });
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
    } else {
      await request('DiscoverResult', 'server/discover');
    }
    await request('ListToolsResult', 'tools/list');
    await request('ListResourcesResult', 'resources/list');
    await request('ListResourceTemplatesResult', 'resources/templates/list');
    await request('ListPromptsResult', 'prompts/list');
    const submitted = await request('CallToolResult', 'tools/call', {
      name: 'SubmitJob',
      arguments: jobOf('echo out'),
    });
    const { JobId } = submitted.structuredContent as { JobId: string };
    await request('CallToolResult', 'tools/call', { name: 'WaitForJob', arguments: { JobId }, ...withToken });
    await request('CallToolResult', 'tools/call', { name: 'DeleteJob', arguments: { JobId } });
    await request('CallToolResult', 'tools/call', {
      name: 'DescribeJob',
      arguments: { JobId: 'job-00000000' },
    });
    await request('CallToolResult', 'tools/call', { name: 'DescribeJob', arguments: {} });
    await request('ReadResourceResult', 'resources/read', { uri: `batch://ap-guangzhou/jobs/${JobId}` });
    await request('ReadResourceResult', 'resources/read', { uri: 'batch://reference/DeleteJob' });
    const missing = await request('ReadResourceResult', 'resources/read', { uri: 'batch://nowhere/jobs' });
    expect((missing.error as Message).code).toBe(-32602);
    await request('GetPromptResult', 'prompts/get', { name: 'diagnose-job', arguments: { JobId } });
    await request('CompleteResult', 'completion/complete', {
      ref: { type: 'ref/resource', uri: 'batch://{Region}/jobs/{JobId}' },
      argument: { name: 'JobId', value: '' },
    });

    for (const line of wire.lines) {
      const message = JSON.parse(line) as Message;
      if (message.method === undefined) continue;
      expect(message.method).toBe('notifications/progress');
      expect(await faultsOf(specTypeSchemas.ProgressNotification, message), line).toEqual([]);
    }
    const expected = kinds.filter(
      (kind) => kind !== (era === 'legacy' ? 'DiscoverResult' : 'InitializeResult'),
    );
    expect([...new Set(checked)].sort()).toEqual([...expected].sort());
  });
});
