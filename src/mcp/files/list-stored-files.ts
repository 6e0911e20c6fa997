/** ListStoredFiles: the objects of a directory, or the buckets that may be used. */
import type { ListedObject, ObjectPage } from '../../client/cos/cos-client.ts';
import { cosObjectOf, cosUrlOf } from '../../client/cos/cos-object.ts';
import { InputError } from '../../shared/errors.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';
import { maxFullTokens, maxItems, maxTokens, tokensOfValue } from '../render/truncate.ts';
import type { ListInput } from './inputs.ts';
import { totalOf } from './sizes.ts';
import { allowedUrlOf, isDirectory, storageOf } from './stored-path.ts';

/** A concise list is what can be read at a glance; `detail: "full"` is as long as an answer may be. */
const fullKeys = 1000;
/** For the other fields of the answer. */
const otherTokens = 600;

/** @throws InputError, ApiError, TransportError */
export const listStoredFiles = async (args: ListInput, context: ToolContext): Promise<ToolAnswer> => {
  const storage = await storageOf(context);
  if (args.path === undefined) {
    const paths = storage.allowed.map(allowedUrlOf);
    return {
      summary: `${counted(paths.length, 'directory', 'directories')} may be used.`,
      fields: { paths },
      next: paths.length === 0 ? ['The operator can list buckets with --buckets.'] : [],
    };
  }
  const directory = cosObjectOf(args.path, 'ListStoredFiles', 'path');
  if (!isDirectory(directory))
    throw new InputError('ListStoredFiles', [
      { path: 'path', message: `A directory ends with "/": ${args.path}/. ReadStoredFile reads an object.` },
    ]);
  const isFull = context.detail === 'full';
  const page = await storage.list(directory, {
    delimiter: args.recursive ? '' : '/',
    maxKeys: isFull ? fullKeys : maxItems,
    ...(args.cursor !== undefined && { marker: args.cursor }),
    signal: context.signal,
  });
  const { entries, cursor } = fitting(
    page,
    directory.key,
    (isFull ? maxFullTokens : maxTokens) - otherTokens,
  );
  const files = entries.filter(isFile);
  const directories = entries.filter((entry) => !isFile(entry)).map(({ name }) => name);
  return {
    summary: `${counted(files.length, 'file')} (${sizeTextOf(totalOf(files))}) and ${counted(directories.length, 'directory', 'directories')}${cursor === undefined ? '' : ' on this page'} in ${cosUrlOf(directory)}.`,
    fields: {
      path: cosUrlOf(directory),
      ...(directories.length > 0 && { directories }),
      files,
      ...(cursor !== undefined && { cursor }),
    },
    next:
      cursor === undefined ? [] : [`The same call with cursor ${JSON.stringify(cursor)} lists what follows.`],
  };
};

interface Directory {
  readonly name: string;
}

interface File extends Directory {
  readonly size: number;
  readonly modified: string;
  readonly archived?: true;
}

const isFile = (entry: Directory | File): entry is File => 'size' in entry;

/** As many entries, in the order of their keys, as an answer can take; the cursor is the last of them. */
const fitting = (
  { objects, prefixes, nextMarker }: ObjectPage,
  base: string,
  tokens: number,
): { readonly entries: readonly (Directory | File)[]; readonly cursor: string | undefined } => {
  const all = [
    ...prefixes.map((key) => ({ key, entry: { name: key.slice(base.length) } })),
    // The object that stands for the directory itself is left out.
    ...objects.filter(({ key }) => key !== base).map((one) => ({ key: one.key, entry: fileOf(one, base) })),
  ].sort((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
  let sum = 0;
  const shown = all.filter(({ entry }, at) => {
    sum += tokensOfValue(entry);
    return at === 0 || sum <= tokens;
  });
  const cursor = shown.length < all.length ? shown.at(-1)?.key : nextMarker;
  return { entries: shown.map(({ entry }) => entry), cursor };
};

const fileOf = ({ key, size, lastModified, storageClass }: ListedObject, base: string): File => ({
  name: key.slice(base.length),
  size,
  modified: lastModified,
  ...(/ARCHIVE/.test(storageClass) && { archived: true as const }),
});
