/** The engine's wire and handlers, really started: HTTP server, database in a temp directory, no loop and so no processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHandle, type RequestRecord } from '../../src/engine/handle.ts';
import type { HandlerContext } from '../../src/engine/handlers/handler.ts';
import { handlers } from '../../src/engine/handlers/index.ts';
import { startHttp } from '../../src/engine/http/server.ts';
import { advanceComputeEnvs } from '../../src/engine/runner/compute-envs.ts';
import { createSettings, type SettingsInput } from '../../src/engine/settings.ts';
import { type Database, openDatabase } from '../../src/engine/store/database.ts';
import { migrate } from '../../src/engine/store/migrations.ts';
import { type Credential, sign } from '../../src/tc3/sign.ts';

export const credential = { secretId: 'AKIDtest', secretKey: 'a key for tests' };
export const temporary = { secretId: 'AKIDtemporary', secretKey: 'another', token: 'the token' };

export interface Reply {
  readonly status: number;
  readonly contentType: string | null;
  readonly requestId: string;
  /** The answer without its RequestId. */
  readonly response: Record<string, unknown>;
  /** `Code` of the error, if it is one. */
  readonly code: string | undefined;
}

export interface WireEngine {
  readonly endpoint: string;
  readonly host: string;
  readonly dataDir: string;
  readonly db: Database;
  readonly records: RequestRecord[];
  readonly defects: unknown[];
  /** The clock; a test may move it. */
  readonly clock: { now: number };
  /** Signs and sends one POST. */
  call(action: string, body?: unknown, options?: CallOptions): Promise<Reply>;
  /** Moves every node one step. @returns whether anything could still move */
  turn(): boolean;
  /** Turns until everything rests. */
  settle(): void;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly region?: string;
  readonly version?: string;
  readonly credential?: Credential;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** @param settings what is to differ from the defaults */
export const startWireEngine = async (settings: Partial<SettingsInput> = {}): Promise<WireEngine> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-wire-'));
  const db = openDatabase(join(dataDir, 'engine.db'));
  migrate(db);
  const clock = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };
  let made = 0;
  const context: Omit<HandlerContext, 'region'> = {
    db,
    now: () => clock.now,
    newId: (prefix) => {
      made += 1;
      return `${prefix}-${made.toString(36).padStart(8, '0')}`;
    },
    wake: () => undefined,
    settings: createSettings({ dataDir, engineId: 'test', machine: { cpu: 4, memoryGiB: 8 }, ...settings }),
  };
  const records: RequestRecord[] = [];
  const defects: unknown[] = [];
  const handle = createHandle({
    handlers,
    context,
    lookup: (secretId) => [credential, temporary].find((known) => known.secretId === secretId),
    onRequest: (record) => records.push(record),
    onDefect: (error) => defects.push(error),
  });
  const http = await startHttp({ port: 0, answer: handle });
  const host = `127.0.0.1:${http.port}`;
  const turn = () => advanceComputeEnvs(context);
  return {
    endpoint: http.endpoint,
    host,
    dataDir,
    db,
    records,
    defects,
    clock,
    turn,
    settle: () => {
      while (turn());
    },
    call: (action, input = {}, options = {}) => send(http.endpoint, host, clock.now, action, input, options),
    stop: async () => {
      await http.stop();
      db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const send = async (
  endpoint: string,
  host: string,
  now: number,
  action: string,
  input: unknown,
  options: CallOptions,
): Promise<Reply> => {
  const body = options.body ?? JSON.stringify(input);
  const { host: _host, ...headers } = sign(
    {
      method: 'POST',
      host,
      service: 'batch',
      action,
      version: options.version ?? '2017-03-12',
      region: options.region ?? 'ap-guangzhou',
      body,
    },
    options.credential ?? credential,
    now,
  );
  return replyOf(
    await fetch(endpoint, {
      method: 'POST',
      body: body as string,
      headers: { ...headers, ...options.headers },
    }),
  );
};

/** Takes the envelope off. */
export const replyOf = async (response: Response): Promise<Reply> => {
  const { Response: inner } = (await response.json()) as { Response: Record<string, unknown> };
  const { RequestId, ...rest } = inner;
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    requestId: String(RequestId),
    response: rest,
    code: (rest.Error as { Code: string } | undefined)?.Code,
  };
};
