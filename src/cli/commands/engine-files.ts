/** `batch-mcp engine files`: the tree of plain files that stands for buckets and shares, from outside the engine. */
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { storagePathOf } from '../../engine/model/storage-path.ts';
import {
  copyFileInto,
  copyTreeInto,
  openBeneath,
  statBeneath,
} from '../../engine/runner/workspace/storage.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import type { Terminal } from './command.ts';

const usage =
  'Usage: batch-mcp engine files ls [cos://BUCKET/DIR/] | put FILE cos://BUCKET/DIR/ | get cos://BUCKET/DIR/FILE TO. cfs:// and nfs:// work in the same way.';

/** @param words the verb and its paths */
export const files = async (
  config: Config,
  terminal: Terminal,
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

const placeOf = (url: string): readonly string[] => {
  const place = storagePathOf(url);
  if (place === undefined) throw new ConfigError(`'${url}' is no remote path. ${usage}`);
  return place;
};

/** Remote paths, one a line, with their sizes; directories end with a slash. */
const list = async (root: string, url: string | undefined, terminal: Terminal): Promise<number> => {
  const place = url === undefined ? [] : placeOf(url);
  const found = await statBeneath(join(root, ...place));
  if (found === undefined) {
    terminal.printError(url === undefined ? 'Nothing is stored yet.' : `There is nothing at ${url}.`);
    return url === undefined ? 0 : 1;
  }
  if (found.isFile()) {
    terminal.print(`${String(found.size).padStart(12)}  ${remoteOf(place)}`);
    return 0;
  }
  const entries = await readdir(join(root, ...place), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = [...place, entry.name];
    const size = entry.isFile() ? String((await stat(join(root, ...path))).size) : '';
    terminal.print(
      `${size.padStart(12)}  ${remoteOf(path)}${entry.isDirectory() && path.length > 1 ? '/' : ''}`,
    );
  }
  return 0;
};

const remoteOf = ([scheme = '', ...names]: readonly string[]): string => `${scheme}://${names.join('/')}`;

const put = async (root: string, from: string, url: string, terminal: Terminal): Promise<number> => {
  const place = placeOf(url);
  const source = await statBeneath(from);
  if (source === undefined) throw new ConfigError(`There is no file or folder ${from}.`);
  // A path that ends with a slash names the folder to put it into, as in the API.
  const isInto = url.endsWith('/');
  const folder = await openBeneath(root, isInto || source.isDirectory() ? place : place.slice(0, -1));
  try {
    if (source.isDirectory()) {
      terminal.printError(`${await copyTreeInto(from, folder)} files put into ${url}`);
    } else {
      await copyFileInto(from, folder, isInto ? basename(from) : (place.at(-1) ?? basename(from)));
    }
  } finally {
    await folder.close();
  }
  return 0;
};

const get = async (root: string, url: string, to: string, terminal: Terminal): Promise<number> => {
  const from = join(root, ...placeOf(url));
  const found = await statBeneath(from);
  if (found === undefined || !(found.isFile() || found.isDirectory())) {
    terminal.printError(`There is nothing at ${url}.`);
    return 1;
  }
  if (found.isFile()) {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, (await statBeneath(to))?.isDirectory() ? join(to, basename(from)) : to);
    return 0;
  }
  const folder = await openBeneath(to, []);
  try {
    terminal.printError(`${await copyTreeInto(from, folder)} files got from ${url}`);
  } finally {
    await folder.close();
  }
  return 0;
};
