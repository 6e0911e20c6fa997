/** Idempotent creation: a request is recorded before it is sent, so that a lost response can be resolved. */
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../../shared/canonical-json.ts';
import { errorCodeOf } from '../../shared/error-code.ts';
import { ConfigError } from '../../shared/errors.ts';

/** Everything that decides whether two requests mean the same. */
export interface RequestKey {
  readonly action: string;
  /** Does not change when a local service is restarted on another port. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly input: unknown;
}

/** A recorded request, with the token by which the service carries it out once. */
export interface RecordedRequest {
  readonly token: string;
  /** When the unresolved, equal request that this one continues was first sent, in milliseconds since 1970; absent for a new one. */
  readonly resumedFrom?: number;
  /** Its result is known: the next equal call is a new request. */
  complete(): Promise<void>;
  /** Its result is unknown: the next equal call carries the same token. */
  markUnresolved(): Promise<void>;
}

export interface IdempotencyStore {
  /** @throws ConfigError when the request cannot be recorded; then nothing may be sent */
  claim(key: RequestKey): Promise<RecordedRequest>;
}

export interface IdempotencyStoreOptions {
  /** The directory of requests that are in flight or unresolved, created by the first. Several processes may share it. */
  readonly dir: string;
  readonly now: () => number;
  /** An unguessable text of at most 64 ASCII characters. */
  readonly newToken: () => string;
  readonly pid: number;
  readonly isAlive: (pid: number) => boolean;
}

/** How long the service is assumed to remember a token; the vendor documents no figure. */
const ttlMs = 24 * 3600_000;
/** No call takes longer; a request that another process recorded before that and never completed is unresolved. */
const inFlightMs = 600_000;

/**
 * One file per request, named `<key>.<token>.<time>.<pid>` while it is in flight, with the suffix `.open` when it is
 * unresolved (the name on disk since 0.1.0, as is the folder `intents`). The process that resolves it renames it to
 * its own pid and appends the time. Files and renames need no lock between processes, and a file that a crash
 * truncated belongs to a request that was never sent.
 */
export const createIdempotencyStore = (options: IdempotencyStoreOptions): IdempotencyStore => {
  /** Tokens in flight in this process: an equal call meanwhile is meant as a second one. */
  const inFlight = new Set<string>();
  // Serialised: a directory that is read while a file in it is removed would show a request that is not there.
  let last: Promise<unknown> = Promise.resolve();
  const serialised = <T>(act: () => Promise<T>): Promise<T> => {
    const acted = last.then(act);
    last = acted.catch(() => undefined);
    return acted;
  };

  return {
    claim: async (key) => {
      const { entry, isResumed } = await recordOrResume(key, options, inFlight, serialised).catch(
        (error: unknown) => {
          throw unrecordedError(key.action, options.dir, error);
        },
      );
      return recordedRequestOf(entry, isResumed, options, inFlight, serialised);
    },
  };
};

type Serialised = <T>(act: () => Promise<T>) => Promise<T>;

/** Takes over an equal request that is unresolved, or records a new one. */
const recordOrResume = async (
  key: RequestKey,
  options: IdempotencyStoreOptions,
  inFlight: Set<string>,
  serialised: Serialised,
): Promise<{ readonly entry: Entry; readonly isResumed: boolean }> => {
  const { dir, now, newToken, pid } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const unresolved = await serialised(() => takeUnresolved(keyOf(key), options, inFlight));
  if (unresolved) return { entry: unresolved, isResumed: true };
  const token = newToken();
  const at = now();
  const name = `${keyOf(key)}.${token}.${at}.${pid}`;
  // Before the file exists: an equal call that finds a file without an owner would treat it as unresolved.
  inFlight.add(token);
  const { action, endpoint, account, region, input } = key;
  const text = JSON.stringify({
    action,
    endpoint,
    account,
    region,
    digest: sha256(canonicalJson(input)),
    at,
  });
  await writeDurably(dir, name, text).catch(async (error: unknown) => {
    // Nothing will be sent, so no record may remain.
    await unlink(join(dir, name)).catch(() => {});
    inFlight.delete(token);
    throw error;
  });
  return {
    entry: { name, key: keyOf(key), token, at, pid, since: at, isMarkedUnresolved: false },
    isResumed: false,
  };
};

/** The oldest unresolved request with this key, renamed to this process. Expired files are removed. */
const takeUnresolved = async (
  key: string,
  options: IdempotencyStoreOptions,
  inFlight: Set<string>,
): Promise<Entry | undefined> => {
  const { dir, now, pid } = options;
  const entries = (await readdir(dir)).flatMap((name) => entryOf(name) ?? []);
  for (const { name, at } of entries) if (now() - at > ttlMs) await unlink(join(dir, name)).catch(() => {});
  const unresolved = entries.filter(
    (entry) => entry.key === key && now() - entry.at <= ttlMs && isUnresolved(entry, options, inFlight),
  );
  const [oldest] = unresolved.sort((one, other) => one.at - other.at);
  if (oldest === undefined) return undefined;
  // Of two equal calls at the same time, one resolves the request and the other is a new one: within this process the
  // token decides, between processes the rename, which only one can complete.
  const name = `${key}.${oldest.token}.${oldest.at}.${pid}.${now()}`;
  try {
    await rename(join(dir, oldest.name), join(dir, name));
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return takeUnresolved(key, options, inFlight);
    throw error;
  }
  inFlight.add(oldest.token);
  return { ...oldest, name };
};

const isUnresolved = (
  entry: Entry,
  { now, pid, isAlive }: IdempotencyStoreOptions,
  inFlight: ReadonlySet<string>,
): boolean => {
  if (inFlight.has(entry.token)) return false;
  if (entry.isMarkedUnresolved) return true;
  const isTheirs = entry.pid !== pid && isAlive(entry.pid);
  return !(isTheirs && now() - entry.since < inFlightMs);
};

const recordedRequestOf = (
  { name, token, at }: Entry,
  isResumed: boolean,
  { dir }: IdempotencyStoreOptions,
  inFlight: Set<string>,
  serialised: Serialised,
): RecordedRequest => ({
  token,
  ...(isResumed && { resumedFrom: at }),
  complete: () =>
    serialised(async () => {
      const isRemoved = await unlink(join(dir, name)).then(
        () => true,
        (error: unknown) => errorCodeOf(error) === 'ENOENT',
      );
      // A file that cannot be removed must not make the next equal call resume this one.
      if (isRemoved) inFlight.delete(token);
    }),
  markUnresolved: async () => {
    inFlight.delete(token);
    if (!name.endsWith('.open')) await rename(join(dir, name), join(dir, `${name}.open`)).catch(() => {});
  },
});

const unrecordedError = (action: string, dir: string, error: unknown): ConfigError =>
  new ConfigError(
    `${action} was not sent, because it could not be recorded in ${dir} (${errorCodeOf(error) ?? 'unknown reason'}): without a record, a lost response could lead to a second one. Make it writable, free space there, or choose another directory with --data-dir.`,
  );

interface Entry {
  readonly name: string;
  readonly key: string;
  readonly token: string;
  /** When it was first sent. */
  readonly at: number;
  readonly pid: number;
  /** When that process took it. */
  readonly since: number;
  readonly isMarkedUnresolved: boolean;
}

const entryOf = (name: string): Entry | undefined => {
  const parts = /^([0-9a-f]{32})\.([\w-]+)\.(\d+)\.(\d+)(?:\.(\d+))?(\.open)?$/.exec(name);
  const [, key, token, at, pid, since, suffix] = parts ?? [];
  if (!key || !token) return undefined;
  const times = { at: Number(at), since: Number(since ?? at) };
  return { name, key, token, ...times, pid: Number(pid), isMarkedUnresolved: suffix !== undefined };
};

/** The file and its directory entry are on the disk before this returns. */
const writeDurably = async (dir: string, name: string, text: string): Promise<void> => {
  const file = await open(join(dir, name), 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // Windows cannot open a directory for this, and writes directory entries through by itself.
  const directory = await open(dir, 'r').catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
};

/** Equal for equal requests, without regard to the order of keys; nothing can be read back from it. */
export const keyOf = ({ action, endpoint, account, region, input }: RequestKey): string =>
  sha256(JSON.stringify([action, endpoint, account, region, sha256(canonicalJson(input))])).slice(0, 32);
