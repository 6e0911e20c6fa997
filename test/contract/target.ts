/** What the contract is held against: the engine or the cloud, reached through the vendor's own SDK. */
import { createRequire } from 'node:module';
import { type ActionName, type OutputOf, regionNames } from './vocabulary.ts';

/** One method for each action; the SDK's types name its own classes, which would tell the tests nothing more. */
export type SdkClient = Readonly<Record<string, (input: unknown) => Promise<Record<string, unknown>>>>;

/** How a target is reached. */
export interface Access {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string | undefined;
  readonly protocol: 'http://' | 'https://';
  /** Host, with the port where it is not the usual one. */
  readonly host: string;
}

export interface Target {
  readonly name: string;
  readonly access: Access;
  readonly region: string;
  /** A zone of the region where machines can be had. */
  readonly zone: string;
  /** Zones that behave otherwise on purpose; the cloud has none. */
  readonly faultyZones?:
    | { readonly unavailable: string; readonly stuck: string; readonly soldOut: string }
    | undefined;
  readonly imageId: string;
  readonly instanceType: string;
  /** Whether cases that make machines or jobs may run: they cost money in the cloud. */
  readonly maySpend: boolean;
  /** Whether its machines have Python, which the vendor's first example runs. */
  readonly hasPython: boolean;
  /** Whether a machine can be lent to an environment by any well-formed id. */
  readonly hasSpareInstances: boolean;
}

// The whole SDK loads three hundred services; this is the one, by the path its own index uses.
const require = createRequire(import.meta.url);
const { v20170312 } = require('tencentcloud-sdk-nodejs/tencentcloud/services/batch/v20170312/index.js') as {
  v20170312: { Client: new (config: object) => SdkClient };
};

/** A client of the vendor's SDK, set up as its documentation shows. */
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
  // The SDK gives the answer as it came; the tests that look closer parse it with the catalogue's schema.
  return (await method.call(client, input)) as OutputOf<A>;
};

/** The code a call is refused with, or `accepted`. */
export const outcomeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'accepted';
  } catch (error) {
    // The SDK's errors are of a class it does not export by this path.
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
};

/** Looks again until something is there; for at most as long as a cloud takes to make a machine. */
export const until = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`After ${seconds} s still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** A region that is not the target's, for what must not disturb it. */
export const otherRegionOf = (target: Target): string =>
  regionNames.find((region) => region !== target.region) ?? target.region;
