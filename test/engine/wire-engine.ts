/** The engine's HTTP server and handlers with a database in a temporary directory, without the loop and so without processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultPlan } from '../../src/engine/faults/fault-plan.ts';
import { withFaults } from '../../src/engine/faults/faults.ts';
import { createHandle } from '../../src/engine/handle.ts';
import type { HandlerContext } from '../../src/engine/handlers/handler.ts';
import { handlers } from '../../src/engine/handlers/index.ts';
import { bodyLimitOf, signingTimeOf } from '../../src/engine/http/authenticate.ts';
import { type HttpOptions, startHttp } from '../../src/engine/http/server.ts';
import type { RequestRecord } from '../../src/engine/http/wire.ts';
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
  /** The injected faults, as `action fault`. */
  readonly faults: string[];
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

/**
 * @param settings what differs from the defaults
 * @param plan the faults to inject; undefined for an engine that is started without `--faults`
 */
export const startWireEngine = async (
  settings: Partial<SettingsInput> = {},
  plan?: FaultPlan,
  http: Pick<HttpOptions, 'capacity' | 'timeouts'> = {},
): Promise<WireEngine> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-wire-'));
  const db = openDatabase(join(dataDir, 'engine.db'));
  migrate(db);
  const clock = { now: Date.UTC(2026, 0, 2, 3, 4, 5) };
  let made = 0;
  const context: Omit<HandlerContext, 'region' | 'attempt'> = {
    db,
    now: () => clock.now,
    newId: (prefix) => {
      made += 1;
      return `${prefix}-${made.toString(36).padStart(8, '0')}`;
    },
    wake: () => undefined,
    mountProblemOf: () => undefined,
    settings: createSettings({ dataDir, engineId: 'test', machine: { cpu: 4, memoryGiB: 8 }, ...settings }),
  };
  const records: RequestRecord[] = [];
  const defects: unknown[] = [];
  const faults: string[] = [];
  const credentials = new Map([credential, temporary].map((known) => [known.secretId, known]));
  const onRequest = (record: RequestRecord) => records.push(record);
  const handle = createHandle({
    handlers,
    context,
    credentials,
    onRequest,
    onDefect: (error) => defects.push(error),
  });
  const respond =
    plan === undefined
      ? handle
      : withFaults(handle, {
          plan,
          credentials,
          onRequest,
          onFault: ({ fault }, action) => faults.push(`${action} ${fault}`),
        });
  const server = await startHttp({
    ...http,
    port: 0,
    bodyLimit: (head) => bodyLimitOf(head, credentials, plan === undefined ? clock.now : signingTimeOf(head)),
    respond: (request) => respond(request, clock.now),
  });
  const host = `127.0.0.1:${server.port}`;
  const turn = () => advanceComputeEnvs(context);
  return {
    endpoint: server.endpoint,
    host,
    dataDir,
    db,
    records,
    defects,
    faults,
    clock,
    turn,
    settle: () => {
      while (turn());
    },
    call: (action, input = {}, options = {}) =>
      send(server.endpoint, host, clock.now, action, input, options),
    stop: async () => {
      await server.stop();
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
