/** What clients send outside the protocol, over the pipes of a real process: every request with an id gets one answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../paths.ts';

interface Response {
  readonly id?: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-edges-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const start = (flags: readonly string[] = []) => {
  const child = spawn(process.execPath, [program, '--data-dir', dataDir, ...flags], {
    env: { PATH: process.env.PATH ?? '', HOME: dataDir },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin.on('error', () => undefined);
  return { child, output };
};

/** Writes lines as a file would, ends stdin, and reads what comes back. */
const exchange = async (lines: readonly (string | Buffer)[], flags: readonly string[] = []) => {
  const { child, output } = start(flags);
  for (const line of lines) child.stdin.write(line);
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  const responses = output.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Response);
  return { responses, stderr: output.stderr, code };
};

const line = (message: object): string => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const initialize = line({
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'edges', version: '0' } },
});
const initialized = line({ method: 'notifications/initialized' });
const after = (...lines: readonly (string | Buffer)[]) => [initialize, initialized, ...lines];
const isZodDump = /invalid_type|invalid_union|"path"|✖|\n/;

describe('a request that is not quite one gets an error of one sentence:', () => {
  test.each<[string, string, { readonly id: unknown; readonly code: number }]>([
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}\n', { id: 1.5, code: -32600 }],
    ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}\n', { id: null, code: -32600 }],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}\n', { id: null, code: -32600 }],
    ['no version of JSON-RPC', '{"id":7,"method":"tools/list"}\n', { id: 7, code: -32600 }],
    ['another version', '{"jsonrpc":"1.0","id":7,"method":"ping"}\n', { id: 7, code: -32600 }],
    ['a method that is a number', '{"jsonrpc":"2.0","id":7,"method":7}\n', { id: 7, code: -32600 }],
    ['neither method nor result', '{"jsonrpc":"2.0","id":7}\n', { id: 7, code: -32600 }],
    ['a batch', '[{"jsonrpc":"2.0","id":7,"method":"ping"}]\n', { id: 7, code: -32600 }],
    ['an empty batch', '[]\n', { id: null, code: -32600 }],
    ['a JSON text', '"ping"\n', { id: null, code: -32600 }],
    ['broken JSON', '{"jsonrpc":"2.0","id":7,\n', { id: null, code: -32700 }],
    ...['toString', '__proto__', 'constructor', 'hasOwnProperty', 'valueOf'].map(
      (method): [string, string, { readonly id: unknown; readonly code: number }] => [
        `the method ${method}`,
        line({ id: 7, method }),
        { id: 7, code: -32601 },
      ],
    ),
    ['an unknown method', line({ id: 7, method: 'tools/drop' }), { id: 7, code: -32601 }],
    ['params that are a list', line({ id: 7, method: 'tools/list', params: [1] }), { id: 7, code: -32602 }],
    ['params that are a text', line({ id: 7, method: 'tools/list', params: 'x' }), { id: 7, code: -32602 }],
    [
      'a cursor that is a number',
      line({ id: 7, method: 'tools/list', params: { cursor: 5 } }),
      { id: 7, code: -32602 },
    ],
    ...['tools/list', 'resources/list', 'prompts/list', 'resources/templates/list'].map(
      (method): [string, string, { readonly id: unknown; readonly code: number }] => [
        `a cursor of another list for ${method}`,
        line({ id: 7, method, params: { cursor: 'eyJwYWdlIjoyfQ' } }),
        { id: 7, code: -32602 },
      ],
    ),
    [
      '_meta that is a text',
      line({ id: 7, method: 'tools/list', params: { _meta: 'x' } }),
      { id: 7, code: -32602 },
    ],
    [
      'a progress token of true',
      line({ id: 7, method: 'ping', params: { _meta: { progressToken: true } } }),
      { id: 7, code: -32602 },
    ],
    [
      'a tool call without a name',
      line({ id: 7, method: 'tools/call', params: {} }),
      { id: 7, code: -32602 },
    ],
    ['a tool call without params', line({ id: 7, method: 'tools/call' }), { id: 7, code: -32602 }],
    [
      'arguments that are a list',
      line({ id: 7, method: 'tools/call', params: { name: 'DescribeJobs', arguments: [] } }),
      { id: 7, code: -32602 },
    ],
    [
      'an unknown tool',
      line({ id: 7, method: 'tools/call', params: { name: 'Drop' } }),
      { id: 7, code: -32602 },
    ],
    [
      'a resource without a URI',
      line({ id: 7, method: 'resources/read', params: { uri: null } }),
      { id: 7, code: -32602 },
    ],
    [
      'a subscription to a number',
      line({ id: 7, method: 'resources/subscribe', params: { uri: 5 } }),
      { id: 7, code: -32602 },
    ],
    ['a prompt without a name', line({ id: 7, method: 'prompts/get', params: {} }), { id: 7, code: -32602 }],
    [
      'a prompt argument that is a number',
      line({ id: 7, method: 'prompts/get', params: { name: 'watch-job', arguments: { JobId: 5 } } }),
      { id: 7, code: -32602 },
    ],
    [
      'a completion without a reference',
      line({ id: 7, method: 'completion/complete', params: { argument: { name: 'a', value: '' } } }),
      { id: 7, code: -32602 },
    ],
    [
      'a completion of a number',
      line({
        id: 7,
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: 'watch-job' }, argument: { name: 'JobId', value: 5 } },
      }),
      { id: 7, code: -32602 },
    ],
    [
      'an initialize without a version',
      line({ id: 7, method: 'initialize', params: {} }),
      { id: 7, code: -32602 },
    ],
  ])('%s', async (_, request, { id, code }) => {
    const { responses, stderr, code: exit } = await exchange(after(request, line({ id: 8, method: 'ping' })));
    const [answer, ...others] = responses.filter((one) => one.id !== 'init' && one.id !== 8);
    expect({ id: answer?.id, code: answer?.error?.code, others }).toEqual({ id, code, others: [] });
    expect(answer?.error?.message).not.toMatch(isZodDump);
    expect(stderr).not.toMatch(/invalid_type|invalid_union|✖/);
    // The session continues.
    expect(responses.find((one) => one.id === 8)?.result).toEqual({});
    expect(exit).toBe(0);
  });
});

describe('a request whose meaning is clear is answered with a result:', () => {
  test.each<[string, string | Buffer]>([
    ['params that are null', line({ id: 7, method: 'tools/list', params: null })],
    ['a cursor that is empty', line({ id: 7, method: 'tools/list', params: { cursor: '' } })],
    ['a cursor that is null', line({ id: 7, method: 'tools/list', params: { cursor: null } })],
    ['_meta that is null', line({ id: 7, method: 'tools/list', params: { _meta: null } })],
    [
      'a progress token that is null',
      line({ id: 7, method: 'tools/list', params: { _meta: { progressToken: null } } }),
    ],
    ['members outside JSON-RPC', line({ id: 7, method: 'tools/list', trace: 'x' })],
    [
      'arguments that are null',
      line({ id: 7, method: 'tools/call', params: { name: 'DescribeJobs', arguments: null } }),
    ],
    [
      'arguments as JSON text',
      line({ id: 7, method: 'tools/call', params: { name: 'DescribeJobs', arguments: '{"Limit":5}' } }),
    ],
    ['a byte order mark', `\ufeff${line({ id: 7, method: 'ping' })}`],
    ['a carriage return', line({ id: 7, method: 'ping' }).replace('\n', '\r\n')],
    ['no newline at the end', line({ id: 7, method: 'ping' }).trimEnd()],
    [
      'text that is not UTF-8 inside',
      Buffer.from([
        ...Buffer.from('{"jsonrpc":"2.0","id":7,"method":"ping","x":"'),
        0xff,
        ...Buffer.from('"}\n'),
      ]),
    ],
  ])('%s', async (_, request) => {
    const { responses, code } = await exchange(after(request));
    const answers = responses.filter((one) => one.id === 7);
    expect(answers).toHaveLength(1);
    expect(answers[0]?.result).toBeDefined();
    expect(code).toBe(0);
  });

  test.each<[string, object]>([
    ['a byte order mark before it', {}],
    ['capabilities that are null', { capabilities: null }],
    ['capabilities that are true', { capabilities: { elicitation: true, sampling: null, roots: false } }],
    ['no clientInfo', { clientInfo: null }],
  ])('initialize with %s', async (_, params) => {
    const message = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'e', version: '0' },
      ...params,
    };
    const { responses } = await exchange([`\ufeff${line({ id: 1, method: 'initialize', params: message })}`]);
    expect(responses.map(({ id, result }) => [id, result?.protocolVersion])).toEqual([[1, '2025-11-25']]);
  });
});

test('of two requests with one id, the second is refused while the first is not answered', async () => {
  const describe = line({ id: 7, method: 'tools/call', params: { name: 'DescribeJobs', arguments: {} } });
  const { responses, code } = await exchange(after(describe, describe, line({ id: 8, method: 'ping' })));
  const answers = responses.filter(({ id }) => id === 7);
  expect(answers).toHaveLength(2);
  expect(answers.map(({ error }) => error?.code).sort()).toEqual([-32600, undefined]);
  expect(answers.find(({ error }) => error)?.error?.message).toBe(
    'The id 7 is that of a request that has not been answered yet.',
  );
  expect(code).toBe(0);
});

test('an id may be used again once its request was answered', async () => {
  const { child, output } = start();
  const answered = async (count: number) => {
    while (output.stdout.split('"id":7').length <= count) await once(child.stdout, 'data');
  };
  for (const text of after(line({ id: 7, method: 'ping' }))) child.stdin.write(text);
  await answered(1);
  child.stdin.write(line({ id: 7, method: 'ping' }));
  await answered(2);
  child.stdin.end();
  await once(child, 'close');
  expect(output.stdout).not.toContain('"error"');
});

test('notifications with the names of built-in methods are ignored, and the session continues', async () => {
  const notifications = ['toString', '__proto__', 'constructor'].map((method) => line({ method }));
  const { responses, code } = await exchange(after(...notifications, line({ id: 8, method: 'ping' })));
  expect(responses.map(({ id }) => id)).toEqual(['init', 8]);
  expect(code).toBe(0);
});

test('notifications and responses that cannot be used get no answer, and the session continues', async () => {
  const { responses, code } = await exchange(
    after(
      line({ method: 'notifications/unknown', params: [] }),
      line({ method: 'notifications/cancelled', params: null }),
      line({ id: 99, result: {} }),
      line({ id: 98, error: null, result: null }),
      '\n',
      line({ id: 8, method: 'ping' }),
    ),
  );
  expect(responses.map(({ id }) => id)).toEqual(['init', 8]);
  expect(code).toBe(0);
});

test.each([
  ['in front', `{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"`, '"}}', 7],
  ['at the end', `{"jsonrpc":"2.0","method":"ping","params":{"x":"`, '"},"id":"seven"}', 'seven'],
  ['nowhere', `{"params":{"x":"`, '"}}', null],
])(
  'a line above 10 MiB with its id %s is answered and reported, and the next request is served',
  async (_, head, tail, id) => {
    const { responses, stderr, code } = await exchange(
      after(head, Buffer.alloc(10 * 1024 * 1024, 'x'), `${tail}\n`, line({ id: 8, method: 'ping' })),
    );
    expect(responses.find((one) => one.id === id)?.error).toMatchObject({ code: -32600 });
    expect(responses.find((one) => one.id === 8)?.result).toEqual({});
    expect(stderr).toContain('longer than 10 MiB');
    expect(code).toBe(0);
  },
);

test('a message that was refused is reported on stderr in one line', async () => {
  const { stderr } = await exchange(after('{broken\n'));
  expect(stderr.trim().split('\n')).toEqual([
    'batch-mcp warn: Refused a message of the client: Parse error: the line is not valid JSON.',
  ]);
});

test('requests in a file are all answered, and the process exits with code 0', async () => {
  const calls = Array.from({ length: 20 }, (_, index) =>
    line({ id: index, method: 'tools/call', params: { name: 'DescribeJobs', arguments: {} } }),
  );
  const { responses, code } = await exchange(after(...calls, line({ id: 'list', method: 'tools/list' })));
  expect(new Set(responses.map(({ id }) => id))).toEqual(
    new Set(['init', 'list', ...Array.from({ length: 20 }, (_, index) => index)]),
  );
  expect(responses).toHaveLength(22);
  expect(code).toBe(0);
});

test('a closed stderr does not end the session', async () => {
  const { child, output } = start(['--log-level', 'debug']);
  child.stderr.destroy();
  for (const text of after('{broken\n', line({ id: 8, method: 'ping' }))) child.stdin.write(text);
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  expect(output.stdout).toContain('"id":8');
  expect(code).toBe(0);
});
