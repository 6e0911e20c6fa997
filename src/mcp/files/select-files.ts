/** Which files of a directory are staged: all but those that are protected, ignored, or no plain files. */
import ignore, { type Ignore } from 'ignore';
import { codeOf, entriesOf, type OpenDirectory, openFile, openIn } from '../../shared/beneath.ts';
import { InputError } from '../../shared/errors.ts';
import { protectionOf } from './local-names.ts';
import { entryIn, isDataDirectory, type LocalRoot, localErrorOf, openLocal } from './local-root.ts';

export interface SelectedFile {
  /** Relative to the directory that is staged, with slashes. */
  readonly path: string;
  readonly size: number;
  readonly isExecutable: boolean;
}

export interface LeftOut {
  /** Of a directory it ends in `/`, and everything below it is left out. */
  readonly path: string;
  readonly reason: string;
}

export interface Selection {
  /** In the order of their bytes. */
  readonly files: readonly SelectedFile[];
  readonly leftOut: readonly LeftOut[];
  /** The file whose patterns were used. */
  readonly ignoreFile: string | undefined;
}

/** More than any source tree has; a home directory has more. */
const maxFiles = 20_000;
const maxDepth = 64;
const maxIgnoreBytes = 256 * 1024;
const ignoreFiles = ['.batchignore', '.gitignore'] as const;

/** @throws LocalFileError; InputError for a name that is no UTF-8, and for too many files */
export const selectFiles = async (root: LocalRoot, base: readonly string[]): Promise<Selection> => {
  const top = await openLocal(root, base);
  try {
    const { name: ignoreFile, patterns } = await patternsOf(top);
    const files: SelectedFile[] = [];
    const leftOut: LeftOut[] = [];
    const walk = async (directory: OpenDirectory, names: readonly string[]): Promise<void> => {
      if (names.length > maxDepth) throw refusal(`${names.join('/')} is nested too deeply.`);
      const entries = await entriesOf(directory);
      if (entries.length === 0 && names.length > 0)
        leftOut.push({ path: `${names.join('/')}/`, reason: 'is an empty directory' });
      for (const entry of entries) {
        const name = nameOf(entry.name, names);
        const path = [...names, name].join('/');
        const reason = reasonOf(entry.kind, name, path, [...base, ...names, name]);
        if (reason !== undefined) {
          leftOut.push({ path: entry.kind === 'directory' ? `${path}/` : path, reason });
        } else if (entry.kind === 'directory') {
          const inner = await openIn(directory, name).catch((error: unknown) => {
            throw localErrorOf(error, path);
          });
          await walk(inner, [...names, name]).finally(() => inner.close());
        } else {
          const stats = await entryIn(directory, name);
          if (!stats?.isFile()) continue;
          files.push({ path, size: Number(stats.size), isExecutable: (stats.mode & 0o111n) !== 0n });
          if (files.length > maxFiles) throw refusal(`The directory has more than ${maxFiles} files.`);
        }
      }
    };
    const reasonOf = (kind: string, name: string, path: string, all: readonly string[]) => {
      if (kind === 'other') return 'is a link or no plain file';
      if (isDataDirectory(root, all)) return 'is the data directory of this program';
      const protection = protectionOf(name);
      if (protection !== undefined) return protection;
      return patterns.ignores(kind === 'directory' ? `${path}/` : path) ? `is in ${ignoreFile}` : undefined;
    };
    await walk(top, []);
    return { files, leftOut, ignoreFile };
  } finally {
    await top.close();
  }
};

const refusal = (message: string): InputError => new InputError('StageFiles', [{ path: 'from', message }]);

const nameOf = (name: Buffer, names: readonly string[]): string => {
  const text = name.toString('utf8');
  if (Buffer.from(text).equals(name)) return text;
  throw refusal(`${[...names, text].join('/')} has a name that is not valid UTF-8; rename it.`);
};

/** As git does: upper and lower case differ where they differ in file names. */
const createIgnore = (): Ignore =>
  ignore({ ignorecase: process.platform === 'darwin' || process.platform === 'win32' });

const patternsOf = async (
  directory: OpenDirectory,
): Promise<{ readonly name: string | undefined; readonly patterns: Ignore }> => {
  for (const name of ignoreFiles) {
    const text = await textIn(directory, name);
    if (text !== undefined) return { name, patterns: createIgnore().add(text) };
  }
  return { name: undefined, patterns: createIgnore() };
};

const textIn = async (directory: OpenDirectory, name: string): Promise<string | undefined> => {
  let handle: Awaited<ReturnType<typeof openFile>>;
  try {
    handle = await openFile(directory, name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw localErrorOf(error, name);
  }
  try {
    if ((await handle.stat()).size > maxIgnoreBytes) throw refusal(`${name} is too large.`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
};
