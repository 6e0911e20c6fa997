/** The client for the local engine: found, or started, when the first call needs it, and again when it has gone. */

import type { ActionName, InputOf, OutputOf } from '../catalogue/index.ts';
import { type BatchClient, type CallOptions, createBatchClient } from '../client/batch-client.ts';
import { fixedCredentials } from '../client/credentials/credentials.ts';
import { endpointOf } from '../client/endpoints.ts';
import { networkOf } from '../client/network.ts';
import { createShared } from '../client/shared.ts';
import { createTransport } from '../client/transport.ts';
import type { Config } from '../config.ts';
import { TransportError } from '../errors.ts';
import { version } from '../version.ts';
import type { Target } from './target.ts';

// The engine has every region; calls that name none need one all the same, and this is the vendor's first.
const usualRegion = 'ap-guangzhou';

export const createLocalTarget = (config: Config, program: string): Target => {
  const region = config.region ?? usualRegion;
  return {
    where: `the local engine on this machine (jobs run here; sandbox: ${config.sandbox}), region ${region} unless a call names another`,
    region,
    connect: async () => createLocalClient(config, region, program),
    // One engine has one account; the data directory says which engine.
    identityOf: async () => ({ profile: '', credential: config.dataDir }),
  };
};

const createLocalClient = (config: Config, region: string, program: string): BatchClient => {
  const transport = createTransport(networkOf({ isLoopback: true }));
  const shared = createShared(config.dataDir);
  let connected: Promise<BatchClient> | undefined;
  const connect = async (): Promise<BatchClient> => {
    const { findOrStartEngine } = await import('../engine/run/daemon.ts');
    const { endpoint, secretId, secretKey } = await findOrStartEngine({
      dataDir: config.dataDir,
      program: process.execPath,
      args: [program, ...engineArgumentsOf(config)],
      sandbox: config.sandbox,
      environment: config.environment,
    });
    return createBatchClient({
      endpoint: endpointOf(endpoint),
      region,
      credentials: fixedCredentials({ secretId, secretKey }, 'the local engine'),
      transport,
      shared,
      rates: config,
      version,
      timeoutMs: config.timeout * 1000,
    });
  };
  const current = (): Promise<BatchClient> => {
    connected ??= connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  return {
    // The port changes with every start of the engine; what a yes is bound to must not.
    endpoint: `local engine of ${config.dataDir}`,
    region,
    call: async <A extends ActionName>(
      action: A,
      input: InputOf<A>,
      options?: CallOptions,
    ): Promise<OutputOf<A>> => {
      const client = await current();
      try {
        return await client.call(action, input, options);
      } catch (error) {
        // It ends by itself when it is idle, and may have done so since the last call. Nothing was sent, so the call
        // goes to the next engine; once, because an engine that dies at every start would be started for ever.
        if (!(error instanceof TransportError) || error.mayHaveHappened || options?.signal?.aborted)
          throw error;
        connected = undefined;
        return (await current()).call(action, input, options);
      }
    },
    close: () => transport.close(),
  };
};

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
