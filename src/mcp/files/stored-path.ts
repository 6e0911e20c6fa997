/** The argument that names an object or a directory of object storage, and what it leads to. */
import type { AllowedPrefix } from '../../client/cos/allowed-buckets.ts';
import type { ListedObject, ObjectFacts, ObjectPage } from '../../client/cos/cos-client.ts';
import { type CosObject, cosObjectOf, cosUrlOf, keyProblemOf } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { ApiError, ConfigError, InputError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';

/** @throws ConfigError where the program has no object storage at all */
export const storageOf = async ({ storage }: ToolContext): Promise<Storage> => {
  if (storage === undefined) throw new ConfigError('There is no object storage here.');
  return storage();
};

export const isDirectory = ({ key }: CosObject): boolean => key === '' || key.endsWith('/');

export const allowedUrlOf = ({ bucket, region, prefix }: AllowedPrefix): string =>
  cosUrlOf({ bucket, region, key: prefix });

/**
 * The directory that the operator listed first, with the region that calls go to.
 * @throws InputError where none is listed
 */
export const defaultDirectoryOf = (
  { allowed }: Storage,
  { region }: ToolContext,
  subject: string,
): CosObject => {
  const [first] = allowed;
  if (first === undefined)
    throw new InputError(subject, [
      {
        path: 'to',
        message: 'The operator has listed no bucket: the server has to be started with --buckets.',
      },
    ]);
  return { bucket: first.bucket, region: first.region ?? region, key: first.prefix };
};

/** An address with the region that calls go to, where it names none: jobs need the complete address. */
export const completeObjectOf = (
  url: string,
  { region }: ToolContext,
  subject: string,
  path: string,
): CosObject => {
  const object = cosObjectOf(url, subject, path);
  return { ...object, region: object.region ?? region };
};

/**
 * Reads what is known about an object.
 * @throws InputError where the key is that of a directory; ApiError
 */
export const headObject = async (
  storage: Storage,
  object: CosObject,
  subject: string,
  signal: AbortSignal,
): Promise<ObjectFacts> => {
  const asDirectory = { ...object, key: `${object.key}/` };
  const refusal = new InputError(subject, [
    {
      path: 'path',
      message: `It is a directory; write it as ${cosUrlOf(isDirectory(object) ? object : asDirectory)}.`,
    },
  ]);
  if (isDirectory(object)) throw refusal;
  return storage.head(object, { signal }).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'NoSuchKey') throw error;
    const { objects } = await storage.list(asDirectory, { delimiter: '', maxKeys: 1, signal });
    throw objects.length > 0 ? refusal : error;
  });
};

/** What is known about an object; undefined where there is none. */
export const findObject = async (
  storage: Storage,
  object: CosObject,
  signal: AbortSignal,
): Promise<ObjectFacts | undefined> =>
  storage.head(object, { signal }).catch((error: unknown) => {
    if (error instanceof ApiError && ['NoSuchKey', 'NoSuchBucket'].includes(error.code)) return undefined;
    throw error;
  });

/** More than one call should transfer. */
const maxObjects = 10_000;

/**
 * Every object below a directory.
 * @throws InputError for more than `maxObjects`; ApiError
 */
export const listAll = async (
  storage: Storage,
  directory: CosObject,
  subject: string,
  signal: AbortSignal,
): Promise<readonly ListedObject[]> => {
  const objects: ListedObject[] = [];
  let marker: string | undefined;
  for (;;) {
    const page: ObjectPage = await storage.list(directory, {
      delimiter: '',
      ...(marker !== undefined && { marker }),
      signal,
    });
    objects.push(...page.objects);
    if (objects.length > maxObjects)
      throw new InputError(subject, [
        { path: 'path', message: `The directory has more than ${maxObjects} objects; name a part of it.` },
      ]);
    // A service that repeats a page would never end.
    if (page.nextMarker === undefined || page.nextMarker === marker) break;
    marker = page.nextMarker;
  }
  return objects;
};

/** The objects that have a usable key; a key with `..` is never transferred. */
export const hasUsableKey = ({ key }: ListedObject): boolean => keyProblemOf(key) === undefined;
