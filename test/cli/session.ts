/** A session with the built program: initialized, its tools listed, its calls made, and ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { program } from '../paths.ts';

export interface Reply {
  readonly result?: {
    readonly tools?: readonly { readonly name: string }[];
    readonly structuredContent?: Readonly<Record<string, unknown>>;
    readonly isError?: boolean;
  };
  readonly error?: unknown;
}

export interface SessionCall {
  readonly name: string;
  readonly arguments: object;
}

export interface SessionOptions {
  readonly args: readonly string[];
  /** All variables; nothing of the test's own environment is passed on but PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly calls?: readonly SessionCall[];
  /** The command that starts the program. */
  readonly command?: readonly string[];
  /** Runs before each call but the first. */
  readonly between?: () => void;
}

export const runSession = async ({ args, env, calls = [], command, between }: SessionOptions) => {
  const [file = '', ...first] = command ?? [process.execPath, program];
  const child = spawn(file, [...first, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  const request = async (method: string, params: object): Promise<Reply> => {
    id += 1;
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    for (;;) {
      const line = await lines.next();
      if (line.done) return { error: 'the server has ended' };
      const message = JSON.parse(line.value);
      if (message.id === id) return message;
    }
  };
  const initialized = await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });
  const listed = initialized.error === undefined ? await request('tools/list', {}) : initialized;
  const results: Reply['result'][] = [];
  for (const [index, call] of (listed.error === undefined ? calls : []).entries()) {
    if (index > 0) between?.();
    results.push((await request('tools/call', call)).result);
  }
  child.stdin.end();
  const [code] = await exited;
  return { listed: listed.result?.tools?.map(({ name }) => name) ?? [], results, stderr, code };
};

export const messageOf = (result: Reply['result']) => String(result?.structuredContent?.message);
