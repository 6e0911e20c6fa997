/** What would bring back what was destroyed, kept on disk for thirty days, secrets masked. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallTarget } from '../contract/call-target.ts';
import type { Fields, Recipe } from '../contract/tool.ts';

/** One recipe, as it is saved and as `batch://undo/{id}` shows it. */
export interface UndoEntry {
  /** The call before which it was saved. */
  readonly before: string;
  /** What that call hit, in words. */
  readonly target: string;
  readonly endpoint: string;
  readonly region: string;
  /** UTC. */
  readonly savedAt: string;
  /** The call that recreates it, and what has to be added by hand. */
  readonly recipe: Recipe;
}

export interface UndoStore {
  /** @returns the URI of the recipe; the same content has the same one */
  save(entry: Omit<UndoEntry, 'savedAt'>): Promise<string>;
  read(id: string): Promise<UndoEntry | undefined>;
  /** Keeps what something was created with: the API leaves some of it out when it is asked later. */
  remember(place: CallTarget, id: string, created: CreatedWith): Promise<void>;
  recall(place: CallTarget, id: string): Promise<CreatedWith | undefined>;
}

/** The call that created something; secrets masked. */
export interface CreatedWith {
  readonly tool: string;
  readonly arguments: Fields;
}

export interface UndoOptions {
  /** Made when it is first needed. */
  readonly dir: string;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

const dayMs = 86_400_000;
const ttlMs = 30 * dayMs;
// A script that deletes thousands of jobs must not fill a disk: about 20 MB at the usual size of a submission.
const maxFiles = 2_000;
// Looking through the folder at every call would cost more than the call.
const savesBetweenClearing = 50;

/** Creates the store. Nothing is written before something is saved. */
export const createUndoStore = ({ dir, now, random }: UndoOptions): UndoStore => {
  let saves = 0;
  const write = async (name: string, value: unknown): Promise<void> => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (saves % savesBetweenClearing === 0) await clear(dir, now());
    saves += 1;
    // Renamed into place, so that a reader, or a crash, never meets half a file.
    const draft = join(dir, `${name}.${Buffer.from(random(8)).toString('hex')}.part`);
    await writeFile(draft, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
    await rename(draft, join(dir, `${name}.json`));
  };
  return {
    save: async (entry) => {
      const id = shortHashOf([entry]);
      await write(id, { ...entry, savedAt: new Date(now()).toISOString() });
      return `batch://undo/${id}`;
    },
    read: async (id) => {
      // Written by `save`, in a folder that only this user can write to.
      const entry = (await readJson(join(dir, `${id}.json`))) as UndoEntry | undefined;
      return entry && now() - Date.parse(entry.savedAt) < ttlMs ? entry : undefined;
    },
    remember: (place, id, created) => write(ownNameOf(place, id), created),
    // Written by `remember`, in the same folder.
    recall: async (place, id) =>
      (await readJson(join(dir, `${ownNameOf(place, id)}.json`))) as CreatedWith | undefined,
  };
};

/** Endpoint and region are part of the name: two engines may give out the same id. */
const ownNameOf = ({ endpoint, region }: CallTarget, id: string): string =>
  `created-${shortHashOf([endpoint, region, id])}`;

const shortHashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    // Not there, or not whole: for the reader both mean that there is none.
    return undefined;
  }
};

/** Removes what is too old, and the oldest of what is too many. */
const clear = async (dir: string, now: number): Promise<void> => {
  const names = await readdir(dir);
  const files = await Promise.all(
    names.map(async (name) => ({
      name,
      at: (await stat(join(dir, name)).catch(() => undefined))?.mtimeMs ?? 0,
    })),
  );
  files.sort((one, other) => other.at - one.at);
  const old = files.filter(({ at }, index) => index >= maxFiles || now - at > ttlMs);
  await Promise.all(old.map(({ name }) => unlink(join(dir, name)).catch(() => undefined)));
};
