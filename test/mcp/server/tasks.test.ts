/** Calls as tasks, over the pipes of the built program. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { commandOf, jobOf, startTestEngine, until } from '../harness.ts';
import { type Message, openWire } from '../raw-wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-tasks-'));
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
  child.stdin.end();
  if (child.exitCode === null) await once(child, 'exit');
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const withTasks = { extensions: { 'io.modelcontextprotocol/tasks': {} } };
const request = (method: string, params: Message, capabilities: object = withTasks) =>
  wire.request(method, {
    ...params,
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'wire', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    },
  }) as Promise<{ readonly result?: Message; readonly error?: Message }>;
const call = (name: string, args: object, capabilities?: object) =>
  request('tools/call', { name, arguments: args }, capabilities);

/** A job that runs until its file exists. */
const submit = async (file: string): Promise<string> => {
  const { result } = await call(
    'SubmitJob',
    jobOf(`until [ -e ${join(folder, file)} ]; do sleep 0.05; done`),
  );
  return String((result?.structuredContent as Message | undefined)?.JobId);
};
const finish = (file: string) => writeFileSync(join(folder, file), '');
const stateOf = async (taskId: unknown) => (await request('tasks/get', { taskId })).result ?? {};

test('the server declares the extension', async () => {
  const { result } = await request('server/discover', {});
  expect(result).toMatchObject({ capabilities: withTasks });
});

test('a wait that takes long becomes a task, which the client polls until it has the result', async () => {
  const JobId = await submit('polled');
  const { result: task } = await call('WaitForJob', { JobId });
  expect(task).toMatchObject({
    resultType: 'task',
    taskId: expect.stringMatching(/^[0-9a-f]{32}$/),
    status: 'working',
    ttlMs: 600_000,
    pollIntervalMs: 2000,
  });
  const working = await stateOf(task?.taskId);
  expect(working).toMatchObject({ resultType: 'complete', taskId: task?.taskId, status: 'working' });
  finish('polled');
  const done = await until(
    () => stateOf(task?.taskId),
    ({ status }) => status !== 'working',
  );
  expect(done).toMatchObject({
    resultType: 'complete',
    status: 'completed',
    result: { structuredContent: { JobId, JobState: 'SUCCEED', reached: true } },
  });
});

test('a call that ends at once is answered as usual, and so is a client without the extension', async () => {
  const refused = await call('WaitForJob', { JobId: 'no id' });
  expect(refused.result).toMatchObject({ resultType: 'complete', isError: true });
  const running = await submit('running');
  const without = await call('WaitForJob', { JobId: running, timeout: 1 }, {});
  expect(without.result).toMatchObject({ resultType: 'complete', structuredContent: { reached: false } });
  finish('running');
});

test('a task that is cancelled ends, and the job goes on', async () => {
  const JobId = await submit('cancelled');
  const { result: task } = await call('WaitForJob', { JobId });
  expect((await request('tasks/cancel', { taskId: task?.taskId })).result).toMatchObject({
    resultType: 'complete',
  });
  const state = await until(
    () => stateOf(task?.taskId),
    ({ status }) => status !== 'working',
  );
  expect(state.status).toBe('cancelled');
  const { result } = await call('DescribeJob', { JobId });
  expect(result?.structuredContent).not.toMatchObject({ JobState: 'FAILED' });
  expect(result).toMatchObject({ structuredContent: { JobId } });
  finish('cancelled');
});

test.each(['tasks/get', 'tasks/cancel', 'tasks/update'])(
  '%s of an unknown task is refused',
  async (method) => {
    expect((await request(method, { taskId: 'ffff' })).error).toMatchObject({ code: -32602 });
    expect((await request(method, { taskId: 'ffff' }, {})).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: withTasks },
    });
  },
);
