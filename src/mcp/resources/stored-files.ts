/** Objects and directories of object storage as resources, under the addresses that jobs use. */
import { type AllowedPrefix, isAllowed } from '../../client/cos/allowed-buckets.ts';
import { cosUrlOf, parseCosUrl } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { ApiError } from '../../shared/errors.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { isBinary, readBytes, wholeCharacters } from '../files/text-part.ts';
import { maskValues } from '../render/redact.ts';
import type { Disclosure } from '../render/render.ts';
import { cleanDeep, fenceMarkOf, fenceNoteOf, fenceOf } from '../render/untrusted.ts';
import type { ResourceContent } from './resource-content.ts';
import type { ListedTools, ResourceEntry, ResourceTemplateEntry } from './resource-list.ts';

/** The tool that reads the same: a resource is available where its tool is listed. */
const tool = 'ReadStoredFile';
/** As much as the tool returns in one call. */
const maxBytes = 65_536;
/** A page of a list, as the completion has it. */
const maxKeys = 100;

/** @param allowed what the operator lists */
export const storedFileResourcesOf = (
  allowed: readonly AllowedPrefix[],
  region: string | undefined,
  tools: ListedTools,
): { readonly resources: readonly ResourceEntry[]; readonly templates: readonly ResourceTemplateEntry[] } => {
  if (!tools.has(tool)) return { resources: [], templates: [] };
  return {
    resources: allowed.map(({ bucket, region: own = region, prefix }) => ({
      uri: cosUrlOf({ bucket, region: own, key: prefix }),
      name: `${bucket}/${prefix}`,
      description: 'A directory of object storage.',
      mimeType: 'application/json',
    })),
    templates: [
      {
        uriTemplate: 'cos://{Bucket}.cos.{Region}.myqcloud.com/{+Key}',
        name: 'stored-file',
        title: 'Stored file',
        description: 'Text of an object (at most 64 KiB), or with "/" at the end the list of a directory.',
      },
    ],
  };
};

/**
 * Reads one resource.
 * @returns undefined where there is no such object, it is not allowed, or its tool is not listed
 * @throws other errors of the service
 */
export const readStoredFileResource = async (
  uri: string,
  storage: Storage,
  tools: ListedTools,
  disclosure: Disclosure,
  signal: AbortSignal,
): Promise<ResourceContent | undefined> => {
  const object = parseCosUrl(uri);
  if ('problem' in object || !tools.has(tool) || !isAllowed(object, storage.allowed)) return undefined;
  try {
    if (object.key === '' || object.key.endsWith('/')) {
      const page = await storage.list(object, { maxKeys, signal });
      const content = {
        directories: page.prefixes.map((key) => key.slice(object.key.length)),
        files: page.objects.map(({ key, size, lastModified }) => ({
          name: key.slice(object.key.length),
          size,
          lastModified,
        })),
        ...(page.nextMarker !== undefined && {
          truncated: `The first ${maxKeys} entries; ListStoredFiles lists all.`,
        }),
      };
      return {
        uri,
        mimeType: 'application/json',
        text: JSON.stringify(cleanDeep(content), null, 1),
        ttlMs: 0,
      };
    }
    const { size, etag } = await storage.head(object, { signal });
    const bytes = await readBytes(storage, object, { first: 0, last: maxBytes - 1, ifMatch: etag }, signal);
    if (isBinary(bytes))
      return { uri, mimeType: 'text/plain', text: `No text: ${size} bytes. FetchFiles copies it.`, ttlMs: 0 };
    const { text } = wholeCharacters(bytes, false, size > bytes.length);
    const mark = fenceMarkOf(disclosure.random);
    const safe = maskValues(text.toString('utf8'), disclosure.secrets);
    const fenced = fenceOf(untrustedText(safe, `${text.length} of ${size} bytes of an object`), mark);
    return { uri, mimeType: 'text/plain', text: `${fenceNoteOf(mark)}\n${fenced}\n`, ttlMs: 0 };
  } catch (error) {
    if (error instanceof ApiError && /^NoSuch(Key|Bucket)$/.test(error.code)) return undefined;
    throw error;
  }
};

/** Buckets that begin with a text: completion of the variable Bucket. */
export const bucketsOf = (allowed: readonly AllowedPrefix[]): readonly string[] => [
  ...new Set(allowed.map(({ bucket }) => bucket)),
];

/**
 * Keys that begin with a text: completion of the variable Key, one directory at a time.
 * @param typed what the user has typed; below what is allowed, else the allowed directories themselves
 */
export const keysOf = async (
  storage: Storage,
  bucket: string,
  region: string | undefined,
  typed: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const prefix = { bucket, region, key: typed };
  if (!isAllowed(prefix, storage.allowed))
    return storage.allowed.filter((one) => one.bucket === bucket).map((one) => one.prefix);
  const page = await storage.list(prefix, { maxKeys, signal });
  return [...page.prefixes, ...page.objects.map(({ key }) => key)];
};
