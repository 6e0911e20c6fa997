/** Shared by tests of the server: an engine, a server process, and clients of both protocol eras. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { openAccountService } from '../../src/cli/commands/account-service.ts';
import { createTarget } from '../../src/cli/commands/target.ts';
import { loadConfig } from '../../src/cli/config.ts';
import type { BatchClient } from '../../src/client/batch-client.ts';
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/index.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { createLog } from '../../src/shared/log.ts';
import { endJobsOf } from '../end-jobs.ts';
import { program } from '../paths.ts';

export interface ServeSettings {
  /** Data directory of the server. */
  readonly dataDir: string;
  readonly endpoint?: string;
  readonly secretId?: string;
  readonly secretKey?: string;
  /** Command-line options. */
  readonly flags?: readonly string[];
  readonly formTimeoutMs?: number;
  /** Additional environment variables of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ElicitParams {
  readonly message: string;
  readonly requestedSchema: Fields;
}
export type ElicitAnswer = {
  action: 'accept' | 'decline' | 'cancel';
  content?: Record<string, string>;
};
export type Elicit = (params: ElicitParams) => Promise<ElicitAnswer>;

export interface Answer {
  readonly isError: boolean;
  readonly text: string;
  readonly fields: Fields;
}

export interface CallSettings {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; message?: string | undefined }) => void;
}

/** A client of either era, with the operations that tests use. */
export interface TestClient {
  list(): Promise<readonly Fields[]>;
  call(name: string, args: Fields, options?: CallSettings): Promise<Answer>;
  read(uri: string): Promise<string>;
  templates(): Promise<readonly Fields[]>;
  instructions(): string;
  close(): Promise<void>;
}

export type Era = 'legacy' | 'modern';
export const eras: readonly Era[] = ['legacy', 'modern'];

/** An engine with its own data directory, and the list of requests it received. */
export const startTestEngine = async (options: Partial<EngineOptions> = {}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
  const requests: { readonly action: string; readonly code: string | undefined }[] = [];
  const engine = await startEngine({
    dataDir,
    sandbox: 'none',
    // More than this machine has cores: these jobs only sleep.
    slots: 64,
    environment: { PATH: process.env.PATH },
    onRequest: ({ action, code }) => requests.push({ action, code }),
    ...options,
  });
  return {
    ...engine,
    requests,
    stop: async () => {
      await endJobs(engine);
      await engine.stop();
      endJobsOf(dataDir);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

export type Reachable = Pick<Engine, 'dataDir' | 'endpoint' | 'secretId' | 'secretKey'>;

/**
 * The tool service over an engine, without a server process.
 * @param wrap replaces the client, for tests that act between its steps
 */
export const toolboxOver = (
  { dataDir, endpoint, secretId, secretKey }: Reachable,
  flags: readonly string[],
  wrap: (client: BatchClient) => BatchClient = (client) => client,
  env: Readonly<Record<string, string>> = {},
): ToolService => {
  const config = loadConfig(
    ['--region', 'ap-guangzhou', '--data-dir', dataDir, '--endpoint', endpoint, ...flags],
    { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey, ...env },
  );
  const target = createTarget(config, createLog('error'), '');
  return openAccountService(config, target, async () => wrap((await target.connect()).client)).toolService;
};

/** Calls a tool that asks for no confirmation. @returns the fields of its answer */
export const fieldsOf = async (toolbox: ToolService, name: string, args: Fields): Promise<Fields> => {
  const outcome = await toolbox.call(name, args, { name: 'test', signal: new AbortController().signal });
  if (outcome.kind === 'ask') throw new Error(`${name} asked for a confirmation.`);
  return outcome.answer.structuredContent;
};

/** Terminates jobs that tests left running: they continue when the engine stops. */
const endJobs = async (engine: Reachable): Promise<void> => {
  const toolbox = toolboxOver(engine, ['--confirm', 'none']);
  const liveJobs = async () => {
    const { JobSet } = (await fieldsOf(toolbox, 'DescribeJobs', {
      Limit: 100,
      detail: 'full',
      Filters: [{ Name: 'job-state', Values: ['PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] }],
    })) as { JobSet?: Fields[] };
    return JobSet ?? [];
  };
  for (const { JobId } of await liveJobs()) await fieldsOf(toolbox, 'TerminateJob', { JobId });
  await until(liveJobs, (jobs) => jobs.length === 0);
  await toolbox.close();
};

/** The command of a server: the built program, or the source if a setting has no command-line option. */
export const commandOf = (settings: ServeSettings) => {
  const { dataDir, endpoint, secretId, secretKey, flags = [], formTimeoutMs, env } = settings;
  const fromSource = ['--import', 'tsx', join(import.meta.dirname, 'serve.ts'), JSON.stringify(settings)];
  const shipped = [
    ...[program, '--region', 'ap-guangzhou'],
    ...['--data-dir', dataDir, ...flags, ...(endpoint === undefined ? [] : ['--endpoint', endpoint])],
  ];
  return {
    command: process.execPath,
    args: formTimeoutMs === undefined ? shipped : fromSource,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: dataDir,
      ...(secretId !== undefined && { TENCENTCLOUD_SECRET_ID: secretId }),
      ...(secretKey !== undefined && { TENCENTCLOUD_SECRET_KEY: secretKey }),
      ...env,
    },
  };
};

/** Starts a server and connects a client of the given era. */
export const connect = (era: Era, settings: ServeSettings, elicit?: Elicit): Promise<TestClient> =>
  era === 'legacy' ? connectLegacy(settings, elicit) : connectModern(settings, elicit);

const connectLegacy = async (settings: ServeSettings, elicit?: Elicit): Promise<TestClient> => {
  const client = new LegacyClient(
    { name: 'legacy-test', version: '1.0.0' },
    { capabilities: elicit ? { elicitation: {} } : {} },
  );
  if (elicit)
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) =>
      elicit(params as unknown as ElicitParams),
    );
  await client.connect(new LegacyTransport(commandOf(settings)));
  return {
    list: async () => (await client.listTools()).tools,
    call: async (name, args, options = {}) =>
      answerOf(await client.callTool({ name, arguments: args }, undefined, options)),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    instructions: () => client.getInstructions() ?? '',
    close: () => client.close(),
  };
};

const connectModern = async (settings: ServeSettings, elicit?: Elicit): Promise<TestClient> => {
  const client = new ModernClient(
    { name: 'modern-test', version: '1.0.0' },
    {
      capabilities: elicit ? { elicitation: { form: {} } } : {},
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    },
  );
  if (elicit) {
    client.setRequestHandler('elicitation/create', async ({ params }) =>
      elicit(params as unknown as ElicitParams),
    );
  }
  await client.connect(new ModernTransport(commandOf(settings)));
  return {
    list: async () => (await client.listTools()).tools,
    call: async (name, args, options = {}) =>
      answerOf(await client.callTool({ name, arguments: args }, options)),
    read: async (uri) => textOf((await client.readResource({ uri })).contents),
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    instructions: () => client.getInstructions() ?? '',
    close: () => client.close(),
  };
};

const answerOf = (result: object): Answer => {
  const { content, structuredContent, isError } = result as {
    content?: readonly { text?: string }[];
    structuredContent?: Fields;
    isError?: boolean;
  };
  return { isError: isError === true, text: content?.[0]?.text ?? '', fields: structuredContent ?? {} };
};

const textOf = (contents: readonly object[]): string =>
  contents.map((content) => ('text' in content ? String(content.text) : '')).join('');

/** Polls until the result satisfies the predicate. The limit allows for a loaded machine. @throws Error on timeout */
export const until = async <T>(
  poll: () => Promise<T>,
  isDone: (result: T) => boolean,
  timeoutMs = 120_000,
): Promise<T> => {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const result = await poll();
    if (isDone(result)) return result;
    if (Date.now() > end) throw new Error(`Timeout after ${timeoutMs} ms: ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Arguments of SubmitJob for one task that runs a command. */
export const jobOf = (command: string, more: Fields = {}): Fields => ({
  Placement: { Zone: 'ap-guangzhou-1' },
  Job: {
    JobName: 'test',
    Tasks: [
      {
        TaskName: 'work',
        Application: { DeliveryForm: 'LOCAL', Command: command },
        ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' } },
        ...more,
      },
    ],
  },
});
