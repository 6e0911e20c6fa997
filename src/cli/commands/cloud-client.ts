/** The connection to the cloud or another endpoint: credentials, network, client. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { createBatchClient } from '../../client/batch-client.ts';
import { createCredentials } from '../../client/credentials/credentials.ts';
import type { Endpoint } from '../../client/endpoints.ts';
import type { JobEventSource } from '../../client/job-events.ts';
import { networkOf } from '../../client/network.ts';
import { createProcessState } from '../../client/process-state.ts';
import { createTransport } from '../../client/transport.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Log } from '../../shared/log.ts';
import { readSettingsFile } from '../../shared/read-settings-file.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import type { Connection, ProfileSettings } from './connection.ts';

export const connectToCloud = (
  config: Config,
  endpoint: Endpoint,
  profile: ProfileSettings,
  log: Log,
): Connection => {
  const { region, environment } = config;
  const transportTo = (isLoopback: boolean) =>
    createTransport({
      connect: async () =>
        networkOf({ env: environment, isLoopback, ca: await certificateOf(config.ca) }).connect(),
    });
  const transport = transportTo(endpoint.isLoopback);
  const credentials = createCredentials({
    context: {
      env: environment,
      home: environment.HOME ?? homedir(),
      readFile: readSettingsFile,
      now: Date.now,
      transport: transportTo(false),
      direct: transportTo(true),
      site: config.site,
    },
    choice: profile.choice ?? { source: 'auto', tccliProfile: config.tccliProfile },
    role: profile.role,
    fileFingerprint: stampOf,
    log,
  });
  const parts = { endpoint, credentials, transport };
  const events: JobEventSource = {
    read: async (request, access) => {
      const [{ openAccountEvents }, identity] = await Promise.all([
        import('../../notify/account-events.ts'),
        credentials.get(),
      ]);
      // Without any region, the first call says that one is needed.
      const scope = { account: identity.account, region: access.region ?? region ?? identity.region ?? '' };
      const log = openAccountEvents(
        { dataDir: config.dataDir, endpoint: endpoint.name, ...scope },
        eventLimitsOf(config),
        Date.now,
      );
      try {
        await log.poll(access.call);
        return log.read(request);
      } finally {
        log.close();
      }
    },
  };
  return {
    ...parts,
    client: createBatchClient({
      ...parts,
      events,
      region,
      processState: profile.shared ?? createProcessState(config.dataDir),
      rates: config,
      cosDomain: config.cosDomain,
      version,
      timeoutMs: config.timeout * 1000,
    }),
  };
};

/** What the events of the configuration's accounts are, beside ends and failures. */
export const eventLimitsOf = (config: Config) => ({
  longWaitMs: config.notifyWait * 1000,
  maxCost: config.notifyCost,
});

/** A text that changes with the file; constant for a missing file. */
const stampOf = async (path: string): Promise<string> => {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'none';
  }
};

/** @throws ConfigError if the file of --ca cannot be read */
export const certificateOf = async (file: string | undefined): Promise<string | undefined> => {
  try {
    return file === undefined ? undefined : await readSettingsFile(file);
  } catch (cause) {
    throw new ConfigError(
      `The file of --ca, ${file}, cannot be read (${errorCodeOf(cause) ?? 'unknown reason'}).`,
      { cause },
    );
  }
};
