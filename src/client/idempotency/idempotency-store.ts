/** Doing a thing once: what is about to be created is written down first, so that a lost answer can be resolved. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';

/** What is to be done, as far as it decides whether two calls mean the same. */
export interface RequestKey {
  readonly action: string;
  /** Stays the same when a local service comes back at another port. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly input: unknown;
}

/** One go at an intent, with the token that makes the service do it once. */
export interface PendingRequest {
  readonly token: string;
  /** Set when an earlier, equal call was never answered: when it was made, in milliseconds since 1970. */
  readonly resumedFrom?: number;
  /** What became of it is known: the next equal call is a new one. */
  complete(): Promise<void>;
  /** Its answer was lost: the next equal call carries the same token. */
  markUnresolved(): Promise<void>;
}

export interface IdempotencyStore {
  /** @throws ConfigError when it cannot be written down; then nothing may be sent */
  claim(intent: RequestKey): Promise<PendingRequest>;
}

export interface IdempotencyStoreOptions {
  /** The folder of the open intents; made when it is first needed. Several processes may share it. */
  readonly dir: string;
  readonly now: () => number;
  /** A text that nobody can guess, of at most 64 ASCII characters. */
  readonly newToken: () => string;
  readonly pid: number;
  readonly isAlive: (pid: number) => boolean;
}

/** How long the service is trusted to know a token; the vendor gives no figure. */
const ttlMs = 24 * 3600_000;
/** No call lasts longer than this; what another process sent before and never closed was lost. */
const inFlightMs = 600_000;

/**
 * One file for each intent, named `<key>.<token>.<time>.<pid>` while it is under way and `.open` at its end when its
 * answer was lost; who resolves it gives it their own pid, and the time since when at its end. Files and renames need
 * no lock between processes, and a file that a crash cut short was never sent.
 */
export const createIdempotencyStore = ({
  dir,
  now,
  newToken,
  pid,
  isAlive,
}: IdempotencyStoreOptions): IdempotencyStore => {
  /** Tokens that are under way in this process: an equal call meanwhile is meant as a second one. */
  const underWay = new Set<string>();
  // One after the other: a folder that is read while a file in it goes away would show an intent that nobody has.
  let looking: Promise<unknown> = Promise.resolve();
  const alone = <T>(act: () => Promise<T>): Promise<T> => {
    const acted = looking.then(act);
    looking = acted.catch(() => undefined);
    return acted;
  };

  const isLost = (entry: Entry): boolean => {
    if (underWay.has(entry.token)) return false;
    if (entry.isOpen) return true;
    const isTheirs = entry.pid !== pid && isAlive(entry.pid);
    return !(isTheirs && now() - entry.since < inFlightMs);
  };

  const lostOf = async (key: string): Promise<Entry | undefined> => {
    const entries = (await readdir(dir)).flatMap((name) => entryOf(name) ?? []);
    for (const { name, at } of entries) if (now() - at > ttlMs) await unlink(join(dir, name)).catch(() => {});
    const lost = entries.filter((entry) => entry.key === key && now() - entry.at <= ttlMs && isLost(entry));
    const [oldest] = lost.sort((one, other) => one.at - other.at);
    if (oldest === undefined) return undefined;
    // Of two equal calls that look at the same time, one resolves it and the other is a new one: within this process
    // the token says so, between processes the name, which only one can take.
    const name = `${key}.${oldest.token}.${oldest.at}.${pid}.${now()}`;
    try {
      await rename(join(dir, oldest.name), join(dir, name));
    } catch (error) {
      if (isMissing(error)) return lostOf(key);
      throw error;
    }
    underWay.add(oldest.token);
    return { ...oldest, name };
  };

  return {
    claim: async (intent) => {
      const { action, endpoint, account, region } = intent;
      const key = keyOf(intent);
      let name: string;
      let earlier: Entry | undefined;
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        earlier = await alone(() => lostOf(key));
        if (earlier) name = earlier.name;
        else {
          const fresh = newToken();
          name = `${key}.${fresh}.${now()}.${pid}`;
          // Before there is a file: an equal call that finds one of nobody would take it for a lost one.
          underWay.add(fresh);
          const digest = digestOf(intent.input);
          const text = JSON.stringify({ action, endpoint, account, region, digest, at: now() });
          await writeDurably(dir, name, text).catch(async (error: unknown) => {
            // Nothing will be sent, so nothing may look as if it had been.
            await unlink(join(dir, name)).catch(() => {});
            underWay.delete(fresh);
            throw error;
          });
        }
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
        throw new ConfigError(
          `${action} was not sent, because it could not be written down in ${dir} before (${code}): without that a lost answer could lead to a second one. Make room there, or name another place with --data-dir.`,
        );
      }
      const token = tokenOf(name);
      return {
        token,
        ...(earlier ? { resumedFrom: earlier.at } : {}),
        complete: () =>
          alone(async () => {
            const isGone = await unlink(join(dir, name)).then(() => true, isMissing);
            // A file that cannot be removed must not make the next equal call look like this one.
            if (isGone) underWay.delete(token);
          }),
        markUnresolved: async () => {
          underWay.delete(token);
          const isMarked = name.endsWith('.open');
          if (!isMarked) await rename(join(dir, name), join(dir, `${name}.open`)).catch(() => {});
        },
      };
    },
  };
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

interface Entry {
  readonly name: string;
  readonly key: string;
  readonly token: string;
  /** When it was first sent. */
  readonly at: number;
  readonly pid: number;
  /** When that process began with it. */
  readonly since: number;
  readonly isOpen: boolean;
}

const entryOf = (name: string): Entry | undefined => {
  const parts = /^([0-9a-f]{32})\.([\w-]+)\.(\d+)\.(\d+)(?:\.(\d+))?(\.open)?$/.exec(name);
  const [, key, token, at, pid, since, open] = parts ?? [];
  if (!key || !token) return undefined;
  const times = { at: Number(at), since: Number(since ?? at) };
  return { name, key, token, ...times, pid: Number(pid), isOpen: open !== undefined };
};

const tokenOf = (name: string): string => entryOf(name)?.token ?? '';

/** The file and its name in the folder are on the disk before this returns. */
const writeDurably = async (dir: string, name: string, text: string): Promise<void> => {
  const file = await open(join(dir, name), 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  // A folder cannot be opened for this on Windows, where the name is written through by itself.
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Of the arguments without regard to the order of their keys, and of nothing that could be read back. */
const digestOf = (input: unknown): string => sha256(JSON.stringify(sorted(input)));

/** The same for equal calls. */
export const keyOf = ({ action, endpoint, account, region, input }: RequestKey): string =>
  sha256(JSON.stringify([action, endpoint, account, region, digestOf(input)])).slice(0, 32);

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
};
