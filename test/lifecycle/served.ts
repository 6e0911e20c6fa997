/** The built program, started as a client starts it, with raw messages over its pipes in either protocol era. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { program } from '../paths.ts';

export { program } from '../paths.ts';

export type Era = 'legacy' | 'modern';
export const eras: readonly Era[] = ['legacy', 'modern'];

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'lifecycle', version: '0' },
};

export interface Message {
  readonly jsonrpc?: unknown;
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
}

export interface Served {
  readonly child: ChildProcess;
  /** Complete lines of stdout so far. */
  readonly lines: readonly string[];
  /** Content of stderr so far. */
  err(): string;
  /** Sends a request. @returns the line of its response */
  request(method: string, params?: object): Promise<string>;
  /** Sends a request without waiting for its response. */
  post(method: string, params?: object): void;
  /** Settles with the exit code, or the signal's name. */
  readonly exit: Promise<number | string>;
  /** Settles when all pipes are closed, that is, when the server has exited even if a wrapper started it. */
  readonly closed: Promise<void>;
}

export interface ServeSettings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A wrapper command that receives the server's command line as arguments. */
  readonly through?: readonly string[];
}

/** Starts the server and initializes the session. */
export const serve = async (era: Era, settings: ServeSettings = {}): Promise<Served> => {
  const [command = '', ...args] = [
    ...(settings.through ?? []),
    process.execPath,
    program,
    ...(settings.args ?? []),
  ];
  const child = spawn(command, args, { env: { PATH: process.env.PATH ?? '', ...settings.env } });
  const exit = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  const closed = once(child, 'close').then(() => undefined);
  const lines: string[] = [];
  const waiting = new Map<number, (line: string) => void>();
  let err = '';
  let id = 0;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  // Most tests stop the server, so a broken pipe is not an error.
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const answered = messageOf(line)?.id;
    if (answered !== undefined) waiting.get(answered)?.(line);
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const post = (method: string, params: object = {}) => {
    id += 1;
    send({ id, method, params: era === 'modern' ? { ...params, _meta: envelope } : params });
  };
  const request = async (method: string, params: object = {}): Promise<string> => {
    post(method, params);
    const requestId = id;
    const answer = new Promise<string>((resolve) => waiting.set(requestId, resolve));
    const ended = exit.then((code) => {
      throw new Error(`The server exited with ${code} before it answered ${method}: ${err}`);
    });
    return Promise.race([answer, ended]);
  };
  if (era === 'modern') await request('server/discover');
  else {
    await request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'lifecycle', version: '0' },
    });
    send({ method: 'notifications/initialized' });
  }
  return { child, lines, err: () => err, request, post, exit, closed };
};

/** @returns undefined if the line is not JSON */
export const messageOf = (line: string): Message | undefined => {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
};

/**
 * A parent process that runs its arguments as a child, as a shell or `npx` does.
 * @param isShared whether another child holds the server's stdin open for three seconds after the parent is killed
 */
export const parentWith = ({ isShared }: { readonly isShared: boolean }): readonly string[] => [
  process.execPath,
  '-e',
  `const { spawn } = require('node:child_process');
   const [command, ...args] = process.argv.slice(1);
   const child = spawn(command, args, { stdio: ['pipe', 'inherit', 'inherit'] });
   process.stdin.pipe(child.stdin);
   if (${isShared}) spawn('sleep', ['3'], { stdio: ['ignore', 'ignore', 'ignore', child.stdin] });`,
];

/** An endpoint that accepts requests and never responds. */
export const startBlackHole = async () => {
  const sockets = new Set<Socket>();
  let heard: () => void = () => undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => heard());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    args: ['--endpoint', `http://127.0.0.1:${address.port}`, '--region', 'ap-guangzhou'],
    env: { TENCENTCLOUD_SECRET_ID: 'AKIDexample', TENCENTCLOUD_SECRET_KEY: 'example' },
    /** Settles when the next request arrives. */
    heard: () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      }),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Awaits a promise, by default long enough for a loaded machine. @throws Error on timeout */
export const within = async <T>(what: Promise<T>, of: string, milliseconds = 120_000): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${of} took more than ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
};
