/** The connection of the view with a host: the official bridge in this process, and the real server behind it. */
import {
  AppBridge,
  getToolUiResourceUri,
  isToolVisibilityAppOnly,
} from '@modelcontextprotocol/ext-apps/app-bridge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readViewPage } from '../../src/mcp/job-view/view-page.ts';
import { jobViewUri, viewMimeType } from '../../src/mcp/job-view/view-resource.ts';
import { connect, type HostEvents } from '../../src/view/host/connect.ts';
import type { Later } from '../../src/view/host/peer.ts';
import { eras, jobOf, type ServeSettings, startTestEngine, until } from '../mcp/harness.ts';
import { connectViewClient, type ViewClient } from './view-client.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let settings: ServeSettings;
const clients: ViewClient[] = [];
beforeAll(async () => {
  engine = await startTestEngine();
  const { dataDir, endpoint, secretId, secretKey } = engine;
  settings = { dataDir, endpoint, secretId, secretKey };
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await engine.stop();
});

const open = async (era: (typeof eras)[number], canShow = true): Promise<ViewClient> => {
  const client = await connectViewClient(era, settings, canShow);
  clients.push(client);
  return client;
};

const later: Later = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

type Message = Parameters<NonNullable<Parameters<AppBridge['connect']>[0]['onmessage']>>[0];

/** A bridge, and the view's side of the connection with it. */
const hostOver = async (client: ViewClient) => {
  const events: [string, unknown][] = [];
  const sent: unknown[] = [];
  const bridge = new AppBridge(
    null,
    { name: 'test-host', version: '1.0.0' },
    { serverTools: {}, message: { text: {} } },
    { hostContext: { theme: 'dark' } },
  );
  bridge.oncalltool = async (params) => (await client.callTool(params)) as never;
  bridge.onmessage = async ({ content }) => {
    sent.push(content);
    return { isError: JSON.stringify(content).includes('again') };
  };
  bridge.onsizechange = (size) => sent.push(size);
  const initialized = new Promise<void>((resolve) => {
    bridge.oninitialized = () => resolve();
  });
  let receive = (_: unknown): void => undefined;
  const transport: Parameters<AppBridge['connect']>[0] = {
    start: async () => undefined,
    close: async () => undefined,
    // As between two windows: a message arrives later, and as a copy.
    send: async (message) => queueMicrotask(() => receive(structuredClone(message))),
  };
  await bridge.connect(transport);
  const handlers: HostEvents = {
    onInput: (input) => events.push(['input', input]),
    onResult: (result) => events.push(['result', result]),
    onCancelled: (reason) => events.push(['cancelled', reason]),
    onContext: (context) => events.push(['context', context]),
    onTeardown: () => events.push(['teardown', undefined]),
  };
  const view = await connect(
    {
      // A message of the view has the form of JSON-RPC, which the bridge checks.
      send: (message) => queueMicrotask(() => transport.onmessage?.(structuredClone(message) as Message)),
      listen: (listener) => {
        receive = listener;
      },
    },
    handlers,
    later,
  );
  await initialized;
  return { bridge, view, events, sent, raw: (message: object) => receive(message) };
};

describe.each(eras)('with a client of the %s era', (era) => {
  test('the view of ShowJob is listed and read in the form of the specification', async () => {
    const client = await open(era);
    const tools = await client.listTools();
    const showJob = tools.find(({ name }) => name === 'ShowJob');
    expect(getToolUiResourceUri({ _meta: showJob?._meta })).toBe(jobViewUri);
    // Older hosts read this form.
    expect(showJob?._meta?.['ui/resourceUri']).toBe(jobViewUri);
    expect(tools.filter((tool) => isToolVisibilityAppOnly(tool)).map(({ name }) => name)).toEqual([
      'JobViewData',
      'JobViewLog',
    ]);
    const entry = (await client.listResources()).find(({ uri }) => uri === jobViewUri);
    expect(entry?.mimeType).toBe(viewMimeType);
    const [content, ...more] = await client.readResource(jobViewUri);
    expect(more).toEqual([]);
    expect(content).toEqual({
      uri: jobViewUri,
      mimeType: 'text/html;profile=mcp-app',
      text: await readViewPage(),
      _meta: { ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true } },
    });
  });

  test('a client that does not render MCP Apps is offered no view', async () => {
    const client = await open(era, false);
    expect(JSON.stringify(await client.listTools())).not.toMatch(/_meta|JobView/);
    expect((await client.listResources()).filter(({ uri }) => uri.startsWith('ui:'))).toEqual([]);
    await expect(client.readResource(jobViewUri)).rejects.toThrow(/not found/i);
  });

  test('the view connects, reads the data of a job and a log through the host, and answers the teardown', async () => {
    const client = await open(era);
    const submitted = await client.callTool({ name: 'SubmitJob', arguments: jobOf('echo from the job') });
    const { JobId } = submitted.structuredContent as { JobId: string };
    const { bridge, view, events } = await hostOver(client);
    expect([view.canCall, view.canAsk]).toEqual([true, true]);
    await bridge.sendToolInput({ arguments: { JobId } });
    await bridge.sendToolResult((await client.callTool({ name: 'ShowJob', arguments: { JobId } })) as never);
    const read = () => view.callTool('JobViewData', { JobId });
    const { fields } = await until(
      read,
      ({ fields: { course } }) => (course as { isFinal: boolean }).isFinal,
    );
    expect(fields.course).toMatchObject({
      format: 'batch-mcp/job-course',
      version: 1,
      JobId,
      counts: { s: 1 },
    });
    const log = await view.callTool('JobViewLog', { JobId, TaskName: 'work', instance: 0 });
    expect(log.fields.stdout).toBe('from the job');
    const missing = await view.callTool('JobViewData', { JobId: 'job-00000000' });
    expect(missing.isError).toBe(true);
    expect(missing.text).toContain('job-00000000');
    await bridge.teardownResource({});
    expect(events.map(([name]) => name)).toEqual(['context', 'input', 'result', 'teardown']);
    expect(events[1]?.[1]).toEqual({ JobId });
  });
});

test('the view passes on its height, its requests to the model, and changes of the theme', async () => {
  const { bridge, view, events, sent, raw } = await hostOver(await open('modern'));
  view.resize(420);
  await view.ask('Explain job job-1a2b3c4d.');
  await expect(view.ask('And again.')).rejects.toThrow('The client did not accept the message.');
  expect(sent).toEqual([
    { height: 420 },
    [{ type: 'text', text: 'Explain job job-1a2b3c4d.' }],
    [{ type: 'text', text: 'And again.' }],
  ]);
  await bridge.sendHostContextChange({ theme: 'light' });
  await bridge.sendToolCancelled({ reason: 'stopped' });
  // What is not a message of this protocol, or not known, is ignored.
  for (const message of [null, 'text', { method: 'ui/unknown' }, { jsonrpc: '2.0', method: 'ui/unknown' }]) {
    raw(message as object);
  }
  await until(
    async () => events.length,
    (count) => count === 3,
  );
  expect(events).toEqual([
    ['context', { theme: 'dark' }],
    ['context', { theme: 'light' }],
    ['cancelled', 'stopped'],
  ]);
});

test('the view says so where no host answers', async () => {
  const waits: number[] = [];
  const silent = connect(
    { send: () => undefined, listen: () => undefined },
    { onInput() {}, onResult() {}, onCancelled() {}, onContext() {}, onTeardown() {} },
    (run, milliseconds) => {
      waits.push(milliseconds);
      queueMicrotask(run);
      return () => undefined;
    },
  );
  await expect(silent).rejects.toThrow('The client has not answered within 120 s.');
  expect(waits).toEqual([120_000]);
});
