/** The local engine: found, or started, when the first call needs it, and again when it has gone. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { type BatchClient, type CallOptions, createBatchClient } from '../../client/batch-client.ts';
import { localEndpoint } from '../../client/endpoints.ts';
import { networkOf } from '../../client/network.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createTransport } from '../../client/transport.ts';
import { TransportError } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import type { OpenTarget, ProfileParts } from './open-target.ts';

export const openLocal = (
  config: Config,
  region: string,
  program: string,
  { shared = createProcessState(config.dataDir) }: ProfileParts,
): OpenTarget => {
  const engine = createEngineFinder(config, program);
  const parts = {
    endpoint: localEndpoint(async () => (await engine.find()).endpoint),
    credentials: {
      get: async () => {
        const { secretId, secretKey } = await engine.find();
        // One data directory is one account, whatever its engine's keys are.
        return {
          credential: { secretId, secretKey },
          source: 'file',
          where: 'the local engine',
          account: config.dataDir,
        } as const;
      },
    },
    transport: createTransport(networkOf({ isLoopback: true })),
  };
  const client = createBatchClient({
    ...parts,
    region,
    shared,
    rates: config,
    version,
    timeoutMs: config.timeout * 1000,
  });
  return { ...parts, client: engineClientOf(client, engine) };
};

/** Finds the engine once, and anew after it was forgotten. */
const createEngineFinder = (config: Config, program: string) => {
  const search = async () => {
    const { findOrStartEngine } = await import('../../engine/daemon/daemon.ts');
    return findOrStartEngine({
      dataDir: config.dataDir,
      program: process.execPath,
      args: [program, ...engineArgumentsOf(config)],
      sandbox: config.sandbox,
      environment: config.environment,
    });
  };
  let found: ReturnType<typeof search> | undefined;
  const forget = (): void => {
    found = undefined;
  };
  const find = () => {
    found ??= search().catch((error: unknown) => {
      forget();
      throw error;
    });
    return found;
  };
  return { find, forget };
};

/** What a person should know of a job that was accepted here. */
const sandboxNotes: Readonly<Record<string, string>> = {
  none: 'It runs on this machine as a plain process of the user, not shut in.',
  bwrap: 'It runs on this machine, shut in by bubblewrap.',
};

/**
 * An idle engine ends by itself, and may have done so since the last call. Where nothing was sent, the call goes to the
 * next engine; once, because one that dies at every start would be started for ever.
 */
const engineClientOf = (client: BatchClient, engine: ReturnType<typeof createEngineFinder>): BatchClient => ({
  endpoint: client.endpoint,
  region: client.region,
  call: async <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options?: CallOptions,
  ): Promise<OutputOf<A>> => {
    const answer = await client.call(action, input, options).catch((error: unknown) => {
      const isUnsent = error instanceof TransportError && !error.mayHaveHappened;
      if (!isUnsent || options?.signal?.aborted) throw error;
      engine.forget();
      return client.call(action, input, options);
    });
    if (action === 'SubmitJob') options?.onNotice?.(sandboxNotes[(await engine.find()).sandbox] ?? '');
    return answer;
  },
  close: client.close,
});

/** The flags of an engine that is started for this configuration. */
const engineArgumentsOf = (config: Config): readonly string[] => [
  'engine',
  `--data-dir=${config.dataDir}`,
  `--sandbox=${config.sandbox}`,
  `--idle-exit=${config.idleExit}`,
  `--max-log-bytes=${config.maxLogBytes}`,
  ...(config.sandboxNet ? ['--sandbox-net'] : []),
  ...(config.docker ? ['--docker'] : []),
  ...(config.slots === undefined ? [] : [`--slots=${config.slots}`]),
  ...(config.limits.length === 0 ? [] : [`--limits=${config.limits.join(',')}`]),
  ...(config.rateLimit === undefined || config.noRateLimit ? [] : [`--rate-limit=${config.rateLimit}`]),
  ...(config.faults === undefined ? [] : [`--faults=${config.faults}`]),
];
