/** What StageFiles would do: which local files become which objects. */

import { requireAllowed } from '../../client/cos/allowed-buckets.ts';
import { type CosObject, cosUrlOf, keyProblemOf } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { InputError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { type FileOptions, requireFilesDir } from './file-options.ts';
import type { StageInput } from './inputs.ts';
import { localNamesOf, protectionOf } from './local-names.ts';
import { entryAt, isDataDirectory, type LocalRoot, openLocal, openRoot } from './local-root.ts';
import { type LeftOut, type SelectedFile, selectFiles } from './select-files.ts';
import { completeObjectOf, defaultDirectoryOf, isDirectory, storageOf } from './stored-path.ts';

export interface StagePlan {
  readonly storage: Storage;
  readonly root: LocalRoot;
  /** Names of the file or directory. */
  readonly from: readonly string[];
  /** `file`: one object. `packed`: a directory as one archive. `tree`: a directory as single objects. */
  readonly form: 'file' | 'packed' | 'tree';
  readonly files: readonly SelectedFile[];
  readonly leftOut: readonly LeftOut[];
  readonly ignoreFile: string | undefined;
  /** The name that the object gets in a directory. */
  readonly name: string;
  /** An object, or a directory; for `tree` always a directory. Absent: named after the content. */
  readonly to: CosObject | undefined;
  /** Where objects go whose name is made of their content. */
  readonly base: CosObject;
}

const refusal = (path: string, message: string): InputError =>
  new InputError('StageFiles', [{ path, message }]);

/** @throws InputError, LocalFileError; nothing is sent */
export const planStage = async (
  args: StageInput,
  context: ToolContext,
  options: FileOptions,
): Promise<StagePlan> => {
  const filesDir = requireFilesDir(options);
  const from = localNamesOf(args.from, filesDir, 'StageFiles', 'from');
  const root = await openRoot(options);
  const protection = from.map(protectionOf).find((reason) => reason !== undefined);
  if (protection !== undefined) throw refusal('from', `It ${protection}, so it is never staged.`);
  if (isDataDirectory(root, from)) throw refusal('from', 'It is the data directory of this program.');
  const storage = await storageOf(context);
  const selected = await select(root, from, args.from);
  const name = from.at(-1) ?? root.path.split(/[\\/]/).at(-1) ?? 'files';
  const form = selected.isDirectory ? (args.pack === false ? 'tree' : 'packed') : 'file';
  const to = args.to === undefined ? undefined : targetOf(args.to, form, name, context);
  if (to !== undefined) requireAllowed(to, storage.allowed, 'StageFiles');
  const first = to ?? defaultDirectoryOf(storage, context, 'StageFiles');
  const base = { ...first, key: `${first.key}staged/` };
  return { storage, root, from, form, name, to, base, ...selected };
};

const select = async (root: LocalRoot, from: readonly string[], shown: string) => {
  const stats = from.length === 0 ? undefined : await entryAt(root, from);
  if (from.length > 0 && stats === undefined) throw refusal('from', `There is no ${shown} in --files-dir.`);
  if (stats === undefined || stats.isDirectory()) {
    const selection = await selectFiles(root, from);
    if (selection.files.length === 0) throw refusal('from', 'It has no file that can be staged.');
    return { isDirectory: true, ...selection };
  }
  if (!stats.isFile()) throw refusal('from', 'It is a link or no plain file; links are not followed.');
  // Fails for a path that leads through a link.
  await (await openLocal(root, from.slice(0, -1))).close();
  const file = { path: from.at(-1) ?? '', size: Number(stats.size), isExecutable: false };
  return { isDirectory: false, files: [file], leftOut: [], ignoreFile: undefined };
};

const targetOf = (url: string, form: StagePlan['form'], name: string, context: ToolContext): CosObject => {
  const object = completeObjectOf(url, context, 'StageFiles', 'to');
  if (form === 'tree') {
    if (isDirectory(object)) return object;
    throw refusal('to', 'The files of a directory go to a directory: end it with "/".');
  }
  const named = isDirectory(object)
    ? { ...object, key: `${object.key}${name}${form === 'packed' ? '.tgz' : ''}` }
    : object;
  const problem = keyProblemOf(named.key);
  if (problem !== undefined) throw refusal('to', `The key ${problem}.`);
  if (form === 'packed' && !/\.(tgz|tar\.gz)$/.test(named.key))
    throw refusal(
      'to',
      `A packed directory ends in .tgz, as in ${cosUrlOf({ ...named, key: `${named.key}.tgz` })}.`,
    );
  return named;
};
