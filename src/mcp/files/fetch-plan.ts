/** What FetchFiles would do: which objects go to which local files, and which of those exist. */

import type { ListedObject } from '../../client/cos/cos-client.ts';
import { type CosObject, cosObjectOf, cosUrlOf } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { InputError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { type FileOptions, requireFilesDir } from './file-options.ts';
import type { FetchInput } from './inputs.ts';
import { fetchProblemOf, localNamesOf } from './local-names.ts';
import {
  entryAt,
  isDataDirectory,
  type LocalRoot,
  openLocal,
  openLocalFile,
  openRoot,
} from './local-root.ts';
import { isSameContent } from './same-content.ts';
import type { LeftOut } from './select-files.ts';
import { hasUsableKey, headObject, isDirectory, listAll, storageOf } from './stored-path.ts';

export interface PlannedFetch {
  readonly object: CosObject;
  readonly names: readonly string[];
  /** Of the local file, relative to the directory of --files-dir. */
  readonly path: string;
  readonly size: number;
  /** Something else that lies under the local name; undefined for nothing. */
  readonly existing: { readonly size: number; readonly modified: string } | undefined;
  /** The local file is the object already. */
  readonly isUnchanged: boolean;
}

export interface FetchPlan {
  readonly storage: Storage;
  readonly root: LocalRoot;
  readonly files: readonly PlannedFetch[];
  readonly leftOut: readonly LeftOut[];
}

/** @throws InputError, LocalFileError, ApiError, TransportError; nothing is written */
export const planFetch = async (
  args: FetchInput,
  context: ToolContext,
  options: FileOptions,
): Promise<FetchPlan> => {
  const filesDir = requireFilesDir(options);
  const base = localNamesOf(args.to ?? '.', filesDir, 'FetchFiles', 'to');
  const root = await openRoot(options);
  if (base.some((name) => name.startsWith('.')) || isDataDirectory(root, base))
    throw new InputError('FetchFiles', [
      {
        path: 'to',
        message: 'Files are not fetched into hidden directories or the data directory of this program.',
      },
    ]);
  const storage = await storageOf(context);
  const source = cosObjectOf(args.path, 'FetchFiles', 'path');
  const objects = await objectsOf(source, storage, context.signal);
  const prefix = isDirectory(source) ? source.key : source.key.slice(0, source.key.lastIndexOf('/') + 1);
  const leftOut: LeftOut[] = [];
  const files: PlannedFetch[] = [];
  await requireDirectory(root, base);
  for (const object of objects) {
    const path = object.key.slice(prefix.length);
    // The object that stands for the directory itself.
    if (path === '') continue;
    const problem = hasUsableKey(object)
      ? fetchProblemOf(path)
      : 'has a key with "..", or one that is too long';
    if (problem !== undefined) {
      leftOut.push({ path, reason: problem });
      continue;
    }
    const names = [...base, ...path.split('/')];
    const target = {
      object: { ...source, key: object.key },
      names,
      path: names.join('/'),
      size: object.size,
    };
    const found = await entryAt(root, names);
    const isUnchanged =
      found?.isFile() === true &&
      Number(found.size) === object.size &&
      (await isSameContent(storage, target.object, () => openLocalFile(root, names), context.signal));
    const existing = found && !isUnchanged;
    files.push({
      ...target,
      existing: existing ? { size: Number(found.size), modified: found.mtime.toISOString() } : undefined,
      isUnchanged,
    });
  }
  return { storage, root, files, leftOut };
};

/** A base that is a file, a link, or behind one, is reported before anything is transferred. */
const requireDirectory = async (root: LocalRoot, base: readonly string[]): Promise<void> => {
  for (let depth = 0; depth <= base.length; depth++) {
    const names = base.slice(0, depth);
    if (depth > 0 && (await entryAt(root, names)) === undefined) return;
    await (await openLocal(root, names)).close();
  }
};

const objectsOf = async (
  source: CosObject,
  storage: Storage,
  signal: AbortSignal,
): Promise<readonly ListedObject[]> => {
  if (isDirectory(source)) {
    const found = await listAll(storage, source, 'FetchFiles', signal);
    if (found.length > 0) return found;
    throw new InputError('FetchFiles', [
      {
        path: 'path',
        message: `There is nothing in ${cosUrlOf(source)}. ListStoredFiles shows what there is.`,
      },
    ]);
  }
  const { size, etag } = await headObject(storage, source, 'FetchFiles', signal);
  return [{ key: source.key, size, etag, lastModified: '', storageClass: '' }];
};
