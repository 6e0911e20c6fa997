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

describe('on the wire of 2026-07-28', () => {
  test('a request that claims an unknown version is refused, also after a good one', async () => {
    await wire.request('tools/list', modern);
    const refused = await wire.request('tools/list', metaOf('1900-01-01'));
    expect(refused.error).toEqual({
      code: -32022,
      message: 'Unsupported protocol version: 1900-01-01',
      data: { supported: ['2026-07-28'], requested: '1900-01-01' },
    });
    expect(resultOf(await wire.request('tools/list', modern)).tools).toBeDefined();
  });

  test('results say how long they may be kept, and by whom', async () => {
    const hints = async (method: string, params: Message = {}) => {
      const { ttlMs, cacheScope } = resultOf(await wire.request(method, { ...params, ...modern }));
      return { ttlMs, cacheScope };
    };
    expect(await hints('server/discover')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
    expect(await hints('tools/list')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
    expect(await hints('resources/templates/list')).toEqual({ ttlMs: 3_600_000, cacheScope: 'public' });
    expect(await hints('resources/list')).toEqual({ ttlMs: 5_000, cacheScope: 'private' });
    expect(await hints('resources/read', { uri: 'batch://ap-guangzhou/jobs' })).toEqual({
      ttlMs: 0,
      cacheScope: 'private',
    });
  });

  test('a question comes back with a state that counts once, for its own call, and only as it was signed', async () => {
    const fieldsOf = async (tool: string, args: Message) =>
      resultOf(await call(tool, args)).structuredContent as Message;
    const submit = async () => {
      const { JobId } = await fieldsOf('SubmitJob', jobOf('sleep 300'));
      // A job that goes from STARTING to RUNNING is another target than the one that was shown.
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
    // A state that was shown with a wrong signature is not used up by it: only its own call takes it.
    expect(await answer(JobId, state)).toBe('done');
    expect(sent('TerminateJob')).toBe(before + 1);
    expect(await answer(JobId, state)).toBe('bad_state');
    expect(sent('TerminateJob')).toBe(before + 1);
    // An answer without any state is no answer: the person is asked.
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

  test('stdout holds one message a line and nothing else', async () => {
    await wire.request('tools/list', modern);
    await call('DescribeJobs', {});
    await call('DescribeJob', { JobId: 'nonsense' });
    for (const line of wire.lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });
});

test('the process ends when its input does, with a call under way', async () => {
  await wire.request('tools/list', modern);
  const { JobId } = resultOf(await call('SubmitJob', jobOf('sleep 300'))).structuredContent as Message;
  void call('WaitForJob', { JobId });
  child.stdin.end();
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
