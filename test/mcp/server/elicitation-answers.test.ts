/** Answers to a form in shapes that clients really send, over the pipes of a real process. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandOf, startTestEngine } from '../harness.ts';

type Message = Readonly<Record<string, unknown>>;

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let child: ChildProcessWithoutNullStreams;
const answers = new Map<unknown, (message: Message) => void>();
let nextId = 0;
/** What the client answers to the next form. */
let reply: (id: unknown, confirmationText: string) => object;

const send = (message: object): void => {
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
};
const request = (method: string, params: object): Promise<Message> => {
  nextId += 1;
  const answer = new Promise<Message>((resolve) => answers.set(nextId, resolve));
  send({ id: nextId, method, params });
  return answer;
};
const call = async (name: string, args: object): Promise<Message> => {
  const { result } = await request('tools/call', { name, arguments: args });
  return (result as Message).structuredContent as Message;
};

beforeAll(async () => {
  engine = await startTestEngine();
  const { command, args, env } = commandOf(engine);
  child = spawn(command, args, { env });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message;
    if (message.method !== 'elicitation/create') return answers.get(message.id)?.(message);
    const { requestedSchema } = message.params as {
      requestedSchema: { properties: { id: { title: string } } };
    };
    const text = /Type (\S+) to confirm/.exec(requestedSchema.properties.id.title)?.[1] ?? '';
    send(reply(message.id, text));
  });
  await request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: { elicitation: { applyDefaults: true } },
    clientInfo: { name: 'answers', version: '0' },
  });
  send({ method: 'notifications/initialized' });
});
afterAll(async () => {
  child.stdin.end();
  await once(child, 'exit');
  await engine.stop();
});

/** Deletes a new template with one answer to the form. @returns whether it was deleted */
const deleteWith = async (answer: typeof reply): Promise<boolean> => {
  const { TaskTemplateId } = await call('CreateTaskTemplate', {
    TaskTemplateName: 'a',
    TaskTemplateInfo: { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, EnvId: 'env-1a2b3c4d' },
  });
  reply = answer;
  await call('DeleteTaskTemplates', { TaskTemplateIds: [TaskTemplateId], confirm: true });
  const { TaskTemplateSet = [] } = await call('DescribeTaskTemplates', { TaskTemplateIds: [TaskTemplateId] });
  return (TaskTemplateSet as readonly unknown[]).length === 0;
};

test.each<[string, typeof reply]>([
  ['as the protocol defines it', (id, text) => ({ id, result: { action: 'accept', content: { id: text } } })],
  [
    'with error: null beside it',
    (id, text) => ({ id, error: null, result: { action: 'accept', content: { id: text } } }),
  ],
  [
    'with _meta: null',
    (id, text) => ({ id, result: { action: 'accept', content: { id: text }, _meta: null } }),
  ],
  [
    'with members outside the protocol',
    (id, text) => ({ id, trace: 1, result: { action: 'accept', content: { id: text }, more: 1 } }),
  ],
  [
    'with its id as text',
    (id, text) => ({ id: String(id), result: { action: 'accept', content: { id: text } } }),
  ],
])('a correct confirmation %s counts', async (_, answer) => {
  expect(await deleteWith(answer)).toBe(true);
});

test.each<[string, typeof reply]>([
  ['declines', (id) => ({ id, result: { action: 'decline' } })],
  ['declines with content: null', (id) => ({ id, result: { action: 'decline', content: null } })],
  ['accepts without content', (id) => ({ id, result: { action: 'accept' } })],
  ['accepts with content: null', (id) => ({ id, result: { action: 'accept', content: null } })],
  ['has neither result nor error', (id) => ({ id, result: null, error: null })],
  [
    'has an error and a result',
    (id, text) => ({
      id,
      error: { code: -1, message: 'no' },
      result: { action: 'accept', content: { id: text } },
    }),
  ],
  ['has an error that is a text', (id) => ({ id, error: 'not supported' })],
  ['has an error without a code', (id) => ({ id, error: {} })],
])('an answer that %s confirms nothing, and the call is answered', async (_, answer) => {
  expect(await deleteWith(answer)).toBe(false);
});
