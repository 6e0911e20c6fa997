/** Object storage as tools may use it: only in the buckets that the operator lists, and in the directory of a redirected log. */
import { type AllowedPrefix, redirectPrefixOf, requireAllowed } from './allowed-buckets.ts';
import type { CosClient } from './cos-client.ts';
import type { CosObject } from './cos-object.ts';

/** Reads the directory of one RedirectInfo. */
export interface RedirectReader extends Pick<CosClient, 'head' | 'get' | 'list'> {
  /** The object of a file name in that directory. */
  objectOf(fileName: string): CosObject;
}

export interface Storage extends CosClient {
  /** What the operator lists; empty where nothing is listed. */
  readonly allowed: readonly AllowedPrefix[];
  /**
   * Access to the logs of a job.
   * @param path of RedirectInfo, as the API returned it; never from arguments. Where the operator lists buckets, it has
   *   to be in one of them.
   * @returns undefined where it is no cos:// address
   */
  redirected(path: string): RedirectReader | undefined;
}

/** Restricts a client. Every method throws InputError for what is not allowed, before anything is sent. */
export const restrictStorage = (client: CosClient, allowed: readonly AllowedPrefix[]): Storage => {
  const redirected: Storage['redirected'] = (path) => {
    const prefix = redirectPrefixOf(path);
    if (prefix === undefined) return undefined;
    const own = restricted(client, [prefix]);
    const reader = allowed.length === 0 ? own : restricted(own, allowed);
    return {
      head: reader.head,
      get: reader.get,
      list: reader.list,
      objectOf: (fileName) => ({
        bucket: prefix.bucket,
        region: prefix.region,
        key: `${prefix.prefix}${fileName}`,
      }),
    };
  };
  return { ...restricted(client, allowed), allowed, redirected };
};

const restricted = (client: CosClient, allowed: readonly AllowedPrefix[]): CosClient =>
  checkedStorage(client, (object, subject) => requireAllowed(object, allowed, subject));

/** A client that checks every object first. @param check throws for what must not be accessed */
export const checkedStorage = (
  client: CosClient,
  check: (object: CosObject, subject: string) => void,
): CosClient => ({
  head: async (object, options) => {
    check(object, 'HeadObject');
    return client.head(object, options);
  },
  get: async (object, options) => {
    check(object, 'GetObject');
    return client.get(object, options);
  },
  list: async (directory, options) => {
    check(directory, 'GetBucket');
    return client.list(directory, options);
  },
  put: async (object, source, options) => {
    check(object, 'PutObject');
    return client.put(object, source, options);
  },
  link: async (object, seconds) => {
    check(object, 'GetObject');
    return client.link(object, seconds);
  },
});
