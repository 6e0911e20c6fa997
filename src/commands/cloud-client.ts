/** The client for the cloud, or for any address that was given: credentials, network, region. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { type BatchClient, createBatchClient } from '../client/batch-client.ts';
import { createCredentials } from '../client/credentials/credentials.ts';
import { endpointOf } from '../client/endpoints.ts';
import { networkOf } from '../client/network.ts';
import { createShared } from '../client/shared.ts';
import { createTransport } from '../client/transport.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { Log } from '../log.ts';
import { version } from '../version.ts';
import type { Target } from './target.ts';

export const createCloudTarget = (config: Config, log: Log): Target => {
  const endpoint = endpointOf(config.endpoint, config.site);
  const ca = config.ca;
  const networkFor = async (isLoopback: boolean) =>
    networkOf({
      env: config.environment,
      isLoopback,
      ca: ca === undefined ? undefined : await certificateOf(ca),
    });
  const lazily = (isLoopback: boolean) =>
    createTransport({ connect: async () => (await networkFor(isLoopback)).connect() });
  const transport = lazily(endpoint.isLoopback);
  const shared = createShared(config.dataDir);
  const credentials = createCredentials({
    around: {
      env: config.environment,
      home: homedir(),
      readFile: (path) => readFile(path, 'utf8'),
      now: Date.now,
      transport: lazily(false),
      direct: lazily(true),
      site: config.site,
    },
    choice: { source: 'auto', tccliProfile: config.tccliProfile },
    stampOf,
    log,
  });
  return {
    where:
      config.region === undefined
        ? endpoint.name
        : `${endpoint.name}, region ${config.region} unless a call names another`,
    region: config.region,
    connect: async (): Promise<BatchClient> =>
      createBatchClient({
        endpoint,
        region: config.region,
        credentials,
        transport,
        shared,
        rates: config,
        version,
        timeoutMs: config.timeout * 1000,
      }),
    identityOf: async () => ({ profile: '', credential: (await credentials.get()).account }),
  };
};

/** Changes when the file does; the same text for one that is not there. */
const stampOf = async (path: string): Promise<string> => {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'none';
  }
};

const certificateOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`--ca names ${file}, which cannot be read.`, { cause });
  }
};
