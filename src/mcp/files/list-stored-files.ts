/** ListStoredFiles: the objects of a directory, or the buckets that may be used. */
import { cosObjectOf, cosUrlOf } from '../../client/cos/cos-object.ts';
import { InputError } from '../../shared/errors.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';
import type { ListInput } from './inputs.ts';
import { totalOf } from './sizes.ts';
import { allowedUrlOf, isDirectory, storageOf } from './stored-path.ts';

/** What can be read at a glance; `detail: "full"` lists a page of the service. */
const conciseKeys = 50;
const fullKeys = 1000;

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
  const page = await storage.list(directory, {
    delimiter: args.recursive ? '' : '/',
    maxKeys: context.detail === 'full' ? fullKeys : conciseKeys,
    ...(args.cursor !== undefined && { marker: args.cursor }),
    signal: context.signal,
  });
  const nameOf = (key: string): string => key.slice(directory.key.length);
  const files = page.objects.filter(({ key }) => key !== directory.key);
  const more = page.nextMarker === undefined ? '' : ' on this page';
  return {
    summary: `${counted(files.length, 'file')} (${sizeTextOf(totalOf(files))}) and ${counted(page.prefixes.length, 'directory', 'directories')}${more} in ${cosUrlOf(directory)}.`,
    fields: {
      path: cosUrlOf(directory),
      ...(page.prefixes.length > 0 && { directories: page.prefixes.map(nameOf) }),
      files: files.map(({ key, size, lastModified, storageClass }) => ({
        name: nameOf(key),
        size,
        modified: lastModified,
        ...(/ARCHIVE/.test(storageClass) && { archived: true }),
      })),
      ...(page.nextMarker !== undefined && { cursor: page.nextMarker }),
    },
    next:
      page.nextMarker === undefined
        ? []
        : [`The same call with cursor ${JSON.stringify(page.nextMarker)} lists what follows.`],
  };
};
