/** `batch-mcp engine files`: lists and copies the plain files that represent buckets and shares. */
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { storagePathOf } from '../../engine/model/storage-path.ts';
import { type CopyResult, copyFile, copyTree, shownName } from '../../engine/runner/workspace/copy.ts';
import { codeOf, entriesOf, openBeneath, statBeneath } from '../../shared/beneath.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import type { Terminal } from './command.ts';

type Output = Pick<Terminal, 'print' | 'printError'>;

const usage =
  'Usage: batch-mcp engine files ls [cos://BUCKET/DIR/] | put FILE cos://BUCKET/DIR/ | get cos://BUCKET/DIR/FILE TO. ' +
  'cfs:// and nfs:// paths work in the same way.';

/** @param words the verb and its paths */
export const files = async (
  config: Pick<Config, 'dataDir'>,
  terminal: Output,
  words: readonly string[],
): Promise<number> => {
  const root = join(config.dataDir, 'storage');
  const [verb, first, second, ...more] = words;
  if (more.length > 0) throw new ConfigError(usage);
  if (verb === 'ls' && second === undefined) return list(root, first, terminal);
  if (first === undefined || second === undefined) throw new ConfigError(usage);
  if (verb === 'put') return put(root, first, second, terminal);
  if (verb === 'get') return get(root, first, second, terminal);
  throw new ConfigError(usage);
};

const pathOf = (url: string): readonly string[] => {
  const path = storagePathOf(url);
  if (path === undefined) throw new ConfigError(`'${url}' is not a remote path. ${usage}`);
  return path;
};

/** Prints remote paths, one a line, with their sizes; directories end with a slash. */
const list = async (root: string, url: string | undefined, terminal: Output): Promise<number> => {
  const path = url === undefined ? [] : pathOf(url);
  const found = await statBeneath(root, path);
  if (found === undefined || !(found.isFile() || found.isDirectory())) {
    terminal.printError(url === undefined ? 'Nothing is stored yet.' : `There is nothing at ${url}.`);
    return url === undefined ? 0 : 1;
  }
  if (found.isFile()) {
    terminal.print(lineOf(found.size, remoteOf(path)));
    return 0;
  }
  const directory = await openBeneath(root, path);
  try {
    for (const { name, kind } of await entriesOf(directory)) {
      const shown = remoteOf([...path, shownName(name)]);
      if (kind !== 'file') {
        terminal.print(lineOf('', `${shown}${kind === 'directory' && path.length > 0 ? '/' : ''}`));
        continue;
      }
      // It can be gone by now.
      const size = await lstat(directory.at(name)).then(
        (stats) => stats.size,
        () => '',
      );
      terminal.print(lineOf(size, shown));
    }
  } finally {
    await directory.close();
  }
  return 0;
};

const lineOf = (size: number | string, path: string): string => `${String(size).padStart(12)}  ${path}`;

const remoteOf = ([scheme = '', ...names]: readonly string[]): string => `${scheme}://${names.join('/')}`;

const put = async (root: string, from: string, url: string, terminal: Output): Promise<number> => {
  const path = pathOf(url);
  // The user's own path may be a link; below it none is followed.
  const given = await realpath(from).catch(() => undefined);
  if (given === undefined) throw new ConfigError(`There is no file or folder ${from}.`);
  const source = await lstat(given);
  // A path that ends with a slash names the folder to put it into, as in the API.
  const isInto = url.endsWith('/');
  const name = basename(resolve(from));
  const to = await openBeneath(root, isInto || source.isDirectory() ? path : path.slice(0, -1), {
    create: true,
  });
  const folder = await openBeneath(source.isDirectory() ? given : dirname(given), []);
  try {
    if (source.isDirectory()) return report(await copyTree(folder, to), `put into ${url}`, terminal);
    await copyFile(folder, basename(given), to, isInto ? name : (path.at(-1) ?? name));
  } finally {
    await Promise.all([to.close(), folder.close()]);
  }
  return 0;
};

const get = async (root: string, url: string, to: string, terminal: Output): Promise<number> => {
  const path = pathOf(url);
  const found = await statBeneath(root, path);
  if (found === undefined || !(found.isFile() || found.isDirectory())) {
    terminal.printError(`There is nothing at ${url}.`);
    return 1;
  }
  const from = await openBeneath(root, found.isDirectory() ? path : path.slice(0, -1));
  try {
    if (found.isFile()) {
      const name = path.at(-1) ?? '';
      const isInto = (await lstat(to).catch(() => undefined))?.isDirectory() === true;
      const directory = isInto ? to : dirname(resolve(to));
      await mkdir(directory, { recursive: true });
      const folder = await openBeneath(directory, []);
      await copyFile(from, name, folder, isInto ? name : basename(to)).finally(() => folder.close());
      return 0;
    }
    const folder = await openBeneath(to, [], { create: true });
    const result = await copyTree(from, folder).finally(() => folder.close());
    return report(result, `copied from ${url}`, terminal);
  } catch (error) {
    // A link that a job left there, or a file that changed meanwhile.
    if (codeOf(error) === '') throw error;
    throw new ConfigError(`${url} could not be copied: ${String(error)}`, { cause: error });
  } finally {
    await from.close();
  }
};

/** Says what was copied and what was not. */
const report = ({ copied, skipped }: CopyResult, what: string, terminal: Output): number => {
  terminal.printError(`${copied} files ${what}`);
  for (const file of skipped) terminal.printError(`skipped: ${file}`);
  return skipped.length === 0 ? 0 : 1;
};
