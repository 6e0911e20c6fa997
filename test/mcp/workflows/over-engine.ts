/** Shared by tests of workflows: a real engine, a client, and a tool whose API calls are recorded. */
import { randomBytes } from 'node:crypto';
import type { ActionName, InputOf, OutputOf } from '../../../src/catalogue/index.ts';
import { type CallOptions, createBatchClient } from '../../../src/client/batch-client.ts';
import { restrictStorage } from '../../../src/client/cos/storage.ts';
import { fixedCredentials } from '../../../src/client/credentials/credentials.ts';
import { endpointOf } from '../../../src/client/endpoints.ts';
import { networkOf } from '../../../src/client/network.ts';
import { createProcessState } from '../../../src/client/process-state.ts';
import { createTransport } from '../../../src/client/transport.ts';
import { readArguments } from '../../../src/mcp/arguments/read-arguments.ts';
import type { Fields, ToolContext } from '../../../src/mcp/contract/tool.ts';
import { type Disclosure, render } from '../../../src/mcp/render/render.ts';
import { type WorkflowOptions, workflowTools } from '../../../src/mcp/workflows/index.ts';
import { startTestEngine } from '../harness.ts';

export interface Progress {
  readonly done: number;
  readonly total: number | undefined;
  readonly message: string;
}

export interface Ran {
  readonly text: string;
  readonly fields: Fields;
  readonly progress: readonly Progress[];
  /** Names of the actions that reached the engine. */
  readonly calls: readonly string[];
}

type TestEngine = Pick<
  Awaited<ReturnType<typeof startTestEngine>>,
  'endpoint' | 'secretId' | 'secretKey' | 'dataDir' | 'requests' | 'stop'
>;

export interface RunOptions extends Partial<WorkflowOptions> {
  readonly region?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
  /** Whether the request carries a progress token. */
  readonly hasProgress?: boolean;
  readonly now?: () => number;
}

/**
 * Starts an engine, and gives the client and the workflow tools over it.
 * @param start another engine than the one that works as it should
 */
/** What a server discloses by default. */
const disclosure: Disclosure = { shownVariables: [], secrets: [], random: randomBytes };

export const startOverEngine = async (start: () => Promise<TestEngine> = startTestEngine) => {
  const engine = await start();
  const client = createBatchClient({
    endpoint: endpointOf(engine.endpoint),
    region: 'ap-guangzhou',
    credentials: fixedCredentials(engine, 'a test'),
    transport: createTransport(networkOf({ isLoopback: true })),
    processState: createProcessState(engine.dataDir),
    version: '0.0.0',
  }); /** One call of the API. */
  const call = async <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options?: CallOptions,
  ): Promise<OutputOf<A>> => (await client.call(action, input, options)).output;

  /** Runs a workflow without the protocol. @throws what the workflow throws */
  const run = async (name: string, args: Fields, options: RunOptions = {}): Promise<Ran> => {
    const { region, signal = new AbortController().signal, onProgress, ...others } = options;
    const { hasProgress = true, now = Date.now, ...workflows } = others;
    const tool = workflowTools({ pollMs: 100, ...workflows }).find((one) => one.name === name);
    if (tool === undefined) throw new Error(`Unknown tool ${name}`);
    const before = engine.requests.length;
    const progress: Progress[] = [];
    const context: ToolContext = {
      region,
      signal,
      detail: 'concise',
      now,
      call: (action, input, other = region) =>
        call(action, input, { signal, ...(other === undefined ? {} : { region: other }) }),
      storage: async () => restrictStorage(await client.storage(), []),
      hasProgress,
      progress: (done, total, message) => {
        progress.push({ done, total, message });
        onProgress?.();
      },
    };
    const answer = await tool.run(readArguments(tool, args).fields, context);
    const { content, structuredContent } = render(answer, { detail: 'concise', now: Date.now(), disclosure });
    return {
      text: content[0].text,
      fields: structuredContent,
      progress,
      calls: engine.requests.slice(before).map(({ action }) => action),
    };
  };

  const submit = async (input: InputOf<'SubmitJob'>): Promise<string> =>
    (await call('SubmitJob', input)).JobId ?? '';

  return {
    engine,
    call,
    run,
    submit,
    /** Submits a job and waits for its end. */
    finish: async (input: InputOf<'SubmitJob'>): Promise<string> => {
      const JobId = await submit(input);
      await run('WaitForJob', { JobId, timeout: 120 });
      return JobId;
    },
    stop: async () => {
      await client.close();
      await engine.stop();
    },
  };
};

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** A task with its own machines. */
export const task = (TaskName: string, Command: string, more: Partial<Task> = {}): Task => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' } },
  ...more,
});

export const submissionOf = (
  Tasks: readonly Task[],
  more: Partial<InputOf<'SubmitJob'>['Job']> = {},
): InputOf<'SubmitJob'> => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: { JobName: 'a test', Tasks: [...Tasks], ...more },
});
