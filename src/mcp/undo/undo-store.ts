/** Undo recipes on disk: stored for thirty days, secrets masked. */

import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../shared/canonical-json.ts';
import { type Random, randomHex } from '../../shared/random.ts';
import { writeFileAtomic } from '../../shared/write-file-atomic.ts';
import type { CallTarget } from '../contract/call-target.ts';
import type { Fields, Recipe } from '../contract/tool.ts';

/** One recipe, as it is saved and as `batch://undo/{id}` shows it. */
export interface UndoEntry {
  /** The call before which it was saved. */
  readonly before: string;
  /** What that call affected, in words. */
  readonly target: string;
  readonly endpoint: string;
  readonly region: string;
  /** UTC. */
  readonly savedAt: string;
  /** The call that recreates it, and what the user has to add. */
  readonly recipe: Recipe;
}

export interface UndoStore {
  /** @returns the URI of the recipe; the same content has the same one */
  save(entry: Omit<UndoEntry, 'savedAt'>): Promise<string>;
  read(id: string): Promise<UndoEntry | undefined>;
  /** Stores what something was created with: the API omits some of it when it is read later. */
  remember(callTarget: CallTarget, id: string, created: CreatedWith): Promise<void>;
  recall(callTarget: CallTarget, id: string): Promise<CreatedWith | undefined>;
}

/** The call that created something, secrets masked. */
export interface CreatedWith {
  readonly tool: string;
  readonly arguments: Fields;
}

export interface UndoOptions {
  /** Created by the first save. */
  readonly dir: string;
  readonly now: () => number;
  readonly random: Random;
}

const dayMs = 86_400_000;
const ttlMs = 30 * dayMs;
// A script that deletes thousands of jobs must not fill a disk: about 20 MB at the usual size of a submission.
const maxFiles = 2_000;
// Reading the directory at every call would take longer than the call.
const savesBetweenCleanups = 50;

/** Creates the store. Nothing is written before the first save. */
export const createUndoStore = ({ dir, now, random }: UndoOptions): UndoStore => {
  let saves = 0;
  const write = async (name: string, value: unknown): Promise<void> => {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (saves % savesBetweenCleanups === 0) await removeOld(dir, now());
    saves += 1;
    const text = `${JSON.stringify(value, null, 1)}\n`;
    await writeFileAtomic(join(dir, `${name}.json`), text, randomHex(random, 8));
  };
  return {
    save: async (entry) => {
      const id = shortHashOf([entry]);
      await write(id, { ...entry, savedAt: new Date(now()).toISOString() });
      return `batch://undo/${id}`;
    },
    read: async (id) => {
      // Written by `save`, in a directory that only this user can write to.
      const entry = (await readJson(join(dir, `${id}.json`))) as UndoEntry | undefined;
      return entry && now() - Date.parse(entry.savedAt) < ttlMs ? entry : undefined;
    },
    remember: (callTarget, id, created) => write(createdNameOf(callTarget, id), created),
    // Written by `remember`, in the same directory.
    recall: async (callTarget, id) =>
      (await readJson(join(dir, `${createdNameOf(callTarget, id)}.json`))) as CreatedWith | undefined,
  };
};

/** Endpoint and region are part of the name: two engines may assign the same id. */
const createdNameOf = ({ endpoint, region }: CallTarget, id: string): string =>
  `created-${shortHashOf([endpoint, region, id])}`;

const shortHashOf = (value: unknown): string => sha256(JSON.stringify(value)).slice(0, 16);

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    // A missing and a damaged file both mean that there is none.
    return undefined;
  }
};

/** Removes expired files, and the oldest ones above the maximum. */
const removeOld = async (dir: string, now: number): Promise<void> => {
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
