/** The connection to the local engine, which is found or started by the first call, and again after it has exited. */
import type { ActionName, InputOf } from '../../catalogue/index.ts';
import {
  type BatchClient,
  type CallOptions,
  type CallResult,
  createBatchClient,
} from '../../client/batch-client.ts';
import type { CosClient } from '../../client/cos/cos-client.ts';
import { localEndpoint } from '../../client/endpoints.ts';
import { networkOf } from '../../client/network.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createTransport } from '../../client/transport.ts';
import { ConfigError, TransportError } from '../../shared/errors.ts';
import { lazy } from '../../shared/lazy.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import type { Connection, ProfileSettings } from './connection.ts';
import { checkBackendOptions, engineArgumentsOf, limitsOf, noticeVariablesOf } from './engine-options.ts';
import { createEngineRequests } from './engine-requests.ts';

export const connectToEngine = (
  config: Config,
  region: string,
  program: string,
  { shared = createProcessState(config.dataDir) }: ProfileSettings,
): Connection => {
  const engine = createEngineFinder(config, program);
  const parts = {
    endpoint: localEndpoint(async () => (await engine.find()).endpoint),
    credentials: {
      get: async () => {
        const { secretId, secretKey } = await engine.find();
        // A data directory is one account, independent of the engine's keys.
        return {
          credential: { secretId, secretKey },
          source: 'file',
          where: 'the local engine',
          account: config.dataDir,
        } as const;
      },
    },
    transport: createTransport(networkOf({ isLoopback: true, openSocket: engine.open })),
  };
  const engineRequests = createEngineRequests(engine, region);
  const client = createBatchClient({
    ...parts,
    events: { read: (request) => engineRequests.events(request) },
    region,
    processState: shared,
    rates: config,
    version,
    timeoutMs: config.timeout * 1000,
  });
  return {
    ...parts,
    client: { ...engineClientOf(client, engine), engine: engineRequests },
  };
};

type EngineFinder = ReturnType<typeof createEngineFinder>;

/** Object storage of an engine that has exited since the last call: the request is repeated on a new engine, once. */
const repeatedOnce = (storage: CosClient, engine: Pick<EngineFinder, 'forget'>): CosClient => {
  const repeat = async <T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    send().catch((error: unknown) => {
      const isNotSent = error instanceof TransportError && !error.mayHaveExecuted;
      if (!isNotSent || signal?.aborted) throw error;
      engine.forget();
      return send();
    });
  return {
    head: (object, options) => repeat(() => storage.head(object, options), options.signal),
    get: (object, options) => repeat(() => storage.get(object, options), options.signal),
    list: (directory, options) => repeat(() => storage.list(directory, options), options.signal),
    put: (object, source, options) => repeat(() => storage.put(object, source, options), options.signal),
    link: (object, seconds) => repeat(() => storage.link(object, seconds)),
  };
};

/** The first start waits for a probe job, at most a minute. */
const clusterStartTimeoutMs = 90_000;

/** Finds the engine and remembers it until `forget` is called. */
const createEngineFinder = (config: Config, program: string) => {
  const search = async () => {
    checkBackendOptions(config);
    const { findOrStartEngine } = await import('../../engine/daemon/daemon.ts');
    return findOrStartEngine({
      dataDir: config.dataDir,
      program: process.execPath,
      args: [program, ...engineArgumentsOf(config)],
      wanted: {
        backend: config.backend,
        sandbox: config.sandbox,
        network: config.sandboxNet,
        docker: config.docker,
        limits: limitsOf(config.limits),
        packagePorts: config.packagePorts.map(Number),
        notifies: config.notify !== undefined,
      },
      environment: config.environment,
      variables: noticeVariablesOf(config),
      ...(config.backend === 'slurm' && { startTimeoutMs: clusterStartTimeoutMs }),
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
  /** Over the Unix socket, which only this user can have created; the port is for other clients. */
  const open = async () => {
    const [{ socket }, { openConnection }] = await Promise.all([
      find(),
      import('../../engine/daemon/socket.ts'),
    ]);
    if (socket === undefined)
      throw new ConfigError('The engine has no socket; stop it with `batch-mcp engine stop`.');
    return openConnection(socket);
  };
  return { find, forget, open };
};

/** Notice for a job submitted to this machine, by sandbox mode. */
const sandboxNotes: Readonly<Record<string, string>> = {
  none: 'as an ordinary process of the user, without a sandbox.',
  bwrap: 'in a bubblewrap sandbox.',
};

const places = { local: 'on this machine,', slurm: 'on a Slurm cluster,' } as const;

/**
 * An idle engine exits, possibly since the last call. If nothing was sent, the call is repeated on a new engine; only
 * once, because an engine that crashes at every start would otherwise be restarted forever.
 */
const engineClientOf = (client: BatchClient, engine: EngineFinder): BatchClient => ({
  endpoint: client.endpoint,
  region: client.region,
  identity: client.identity,
  events: client.events,
  storage: lazy(async () => repeatedOnce(await client.storage(), engine)),
  call: async <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    options?: CallOptions,
  ): Promise<CallResult<A>> => {
    const result = await client.call(action, input, options).catch((error: unknown) => {
      const isNotSent = error instanceof TransportError && !error.mayHaveExecuted;
      if (!isNotSent || options?.signal?.aborted) throw error;
      engine.forget();
      return client.call(action, input, options);
    });
    if (action !== 'SubmitJob') return result;
    const { sandbox, notices, status } = await engine.find();
    const how = sandboxNotes[sandbox];
    const note = how && `It runs ${places[status.backend]} ${how}`;
    // A job may depend on what the engine does not allow.
    return { ...result, notices: [...result.notices, ...(note === undefined ? [] : [note]), ...notices] };
  },
  close: client.close,
});
