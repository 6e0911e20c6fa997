/** A target of the contract: the engine or the cloud, called through the vendor's SDK. */
import { createRequire } from 'node:module';
import type { ActionName, OutputOf } from './vocabulary.ts';

/** One method per action. The SDK's own types would add nothing here. */
export type SdkClient = Readonly<Record<string, (input: unknown) => Promise<Record<string, unknown>>>>;

/** Address and credentials of a target. */
export interface Access {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string | undefined;
  readonly protocol: 'http://' | 'https://';
  /** Host, with a port if it is not the default. */
  readonly host: string;
}

export interface Target {
  readonly name: string;
  readonly access: Access;
  readonly region: string;
  /** A zone of the region with machines in stock. */
  readonly zone: string;
  /** Zones with simulated faults; only the engine has them. */
  readonly faultyZones?:
    | { readonly unavailable: string; readonly stuck: string; readonly soldOut: string }
    | undefined;
  readonly imageId: string;
  readonly instanceType: string;
  /** Whether cases that create machines or jobs may run; they cost money in the cloud. */
  readonly maySpend: boolean;
  /** Whether its machines have Python, which the vendor's first example needs. */
  readonly hasPython: boolean;
  /** Whether any well-formed instance id can be attached to an environment. */
  readonly hasSpareInstances: boolean;
}

// Loads this one service instead of the three hundred of the whole SDK, by the path that the SDK's index uses.
const require = createRequire(import.meta.url);
const { v20170312 } = require('tencentcloud-sdk-nodejs/tencentcloud/services/batch/v20170312/index.js') as {
  v20170312: { Client: new (config: object) => SdkClient };
};

/** A client of the vendor's SDK, configured as its documentation shows. */
export const createSdkClient = (access: Access, region: string, profile: object = {}): SdkClient =>
  new v20170312.Client({
    credential: { secretId: access.secretId, secretKey: access.secretKey, token: access.token },
    region,
    profile: { httpProfile: { endpoint: access.host, protocol: access.protocol }, ...profile },
  });

/** Calls one action. @throws the SDK's error, with `code` */
export const call = async <A extends ActionName>(
  target: Target,
  action: A,
  input: object,
  region: string = target.region,
): Promise<OutputOf<A>> => {
  const client = createSdkClient(target.access, region);
  const method = client[action];
  if (!method) throw new Error(`The SDK has no ${action}.`);
  // The SDK returns the answer unchanged; tests that need more parse it with the schema of the catalogue.
  return (await method.call(client, input)) as OutputOf<A>;
};

/** The error code of a rejected call, or `accepted`. */
export const outcomeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    // The SDK does not export its error class by this path.
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
};

/** Polls until `poll` returns a value; the default timeout is enough to create a machine in the cloud, and for a loaded machine here. */
export const until = async <T>(
  what: string,
  poll: () => Promise<T | undefined | false>,
  seconds = 120,
): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await poll();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Timeout after ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
