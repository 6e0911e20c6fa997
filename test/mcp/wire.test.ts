import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandOf, jobOf, startTestEngine, until } from './harness.ts';
import { type Message, metaOf, openWire } from './raw-wire.ts';

const modern = metaOf('2026-07-28');

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let child: ChildProcessWithoutNullStreams;
let wire: ReturnType<typeof openWire>;
beforeAll(async () => {
  engine = await startTestEngine();
});
beforeEach(() => {
  const { command, args, env } = commandOf(engine);
  child = spawn(command, args, { env });
  wire = openWire(child);
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.stdin.end();
    await once(child, 'exit');
  }
});
afterAll(() => engine.stop());

const sent = (action: string) => engine.requests.filter((request) => request.action === action).length;
const call = (name: string, args: Message, more: Message = {}) =>
  wire.request('tools/call', { name, arguments: args, ...modern, ...more });
const resultOf = (message: Message) => message.result as Message;

describe('in protocol version 2026-07-28', () => {
  test('a request with an unknown version is rejected, also after a valid one', async () => {
    await wire.request('tools/list', modern);
    const refused = await wire.request('tools/list', metaOf('1900-01-01'));
    expect(refused.error).toEqual({
      code: -32022,
      message: 'Unsupported protocol version: 1900-01-01',
      data: { supported: ['2026-07-28'], requested: '1900-01-01' },
    });
    expect(resultOf(await wire.request('tools/list', modern)).tools).toBeDefined();
  });

  test('results have the caching hints ttlMs and cacheScope', async () => {
    const hints = async (method: string, params: Message = {}) => {
      const { ttlMs, cacheScope } = resultOf(await wire.request(method, { ...params, ...modern }));
      return { ttlMs, cacheScope };
    };
    expect(await hints('server/discover')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
    // A client that shows views gets more tools.
    expect(await hints('tools/list')).toEqual({ ttlMs: 3_600_000, cacheScope: 'private' });
    expect(await hints('resources/templates/list')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
    expect(await hints('resources/list')).toEqual({ ttlMs: 5_000, cacheScope: 'private' });
    expect(await hints('resources/read', { uri: 'batch://ap-guangzhou/jobs' })).toEqual({
      ttlMs: 0,
      cacheScope: 'private',
    });
  });

  test('the state of an input_required result is valid once, for its own call, and with its signature', async () => {
    const fieldsOf = async (tool: string, args: Message) =>
      resultOf(await call(tool, args)).structuredContent as Message;
    const submit = async () => {
      const { JobId } = await fieldsOf('SubmitJob', jobOf('sleep 300'));
      // A job that changes from STARTING to RUNNING invalidates its preview.
      await until(
        () => fieldsOf('DescribeJob', { JobId }),
        ({ JobState }) => JobState === 'RUNNING',
      );
      return String(JobId);
    };
    const JobId = await submit();
    const other = await submit();
    const before = sent('TerminateJob');
    const ask = async (id: string) => {
      const asked = resultOf(await call('TerminateJob', { JobId: id, confirm: true }));
      expect(asked.resultType).toBe('input_required');
      return String(asked.requestState);
    };
    const answer = async (id: string, requestState: string) => {
      const inputResponses = { confirm: { action: 'accept', content: { id } } };
      const result = resultOf(
        await call('TerminateJob', { JobId: id, confirm: true }, { requestState, inputResponses }),
      );
      const { decision, preview } = result.structuredContent as Message;
      return decision ?? (preview === undefined ? 'done' : 'preview');
    };
    const state = await ask(JobId);
    const [nonce, signature = ''] = state.split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    expect(await answer(JobId, `${nonce}.${flipped}`)).toBe('bad_state');
    expect(await answer(JobId, 'forged')).toBe('bad_state');
    expect(await answer(other, state)).toBe('bad_state');
    expect(sent('TerminateJob')).toBe(before);
    // Attempts with a wrong signature or for another call do not consume the state.
    expect(await answer(JobId, state)).toBe('done');
    expect(sent('TerminateJob')).toBe(before + 1);
    expect(await answer(JobId, state)).toBe('bad_state');
    expect(sent('TerminateJob')).toBe(before + 1);
    // A response without a state is ignored: the user is asked.
    const without = resultOf(
      await call(
        'TerminateJob',
        { JobId: other, confirm: true },
        { inputResponses: { confirm: { action: 'accept', content: { id: other } } } },
      ),
    );
    expect(without.resultType).toBe('input_required');
    expect(sent('TerminateJob')).toBe(before + 1);
  });

  test('stdout contains one message per line and nothing else', async () => {
    await wire.request('tools/list', modern);
    await call('DescribeJobs', {});
    await call('DescribeJob', { JobId: 'nonsense' });
    for (const line of wire.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });
});

test('the server exits at the end of stdin, also with a call in flight', async () => {
  await wire.request('tools/list', modern);
  const { JobId } = resultOf(await call('SubmitJob', jobOf('sleep 300'))).structuredContent as Message;
  const waiting = call('WaitForJob', { JobId });
  await until(
    async () => engine.requests.filter(({ action }) => action === 'DescribeJob').length,
    (reads) => reads > 0,
  );
  child.stdin.end();
  // Its continuation comes at once, not after the 45 seconds it would wait.
  const { next } = resultOf(await waiting).structuredContent as Message;
  expect(next).toEqual(['Call WaitForJob with the same arguments to continue. The job was not changed.']);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
