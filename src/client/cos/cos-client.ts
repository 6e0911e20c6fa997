/** The client of object storage: reads, lists and writes objects, and makes links to them. */
import { signCos } from '../../cos/sign.ts';
import { ApiError, InputError, TransportError } from '../../shared/errors.ts';
import { lossOf, outcomeUnknown } from '../failures.ts';
import { cosAddressOf, urlEncode } from './cos-address.ts';
import type { CosObject } from './cos-object.ts';
import { type CosResponse, type CosSender, sendCos, textOfBody } from './cos-request.ts';
import { childrenOf, parseXml, textOf } from './cos-xml.ts';
import { putObject } from './put-object.ts';
import type { PutOptions, Source, Stored } from './upload.ts';

export type { PutOptions, Source, Stored } from './upload.ts';

/** What is known about an object. */
export interface ObjectFacts {
  /** Bytes of the whole object. */
  readonly size: number;
  /** Changes with the content. */
  readonly etag: string;
  /** CRC-64 of the content, decimal; the local engine states none for files that it did not receive itself. */
  readonly crc64?: string | undefined;
  /** As the service writes it, such as `Wed, 26 Nov 2026 10:00:00 GMT`. */
  readonly lastModified?: string | undefined;
  readonly storageClass?: string | undefined;
}

export interface ReadOptions {
  /** Bytes from 0, both included; absent `last`: to the end. */
  readonly first?: number;
  readonly last?: number;
  /** Fail with PreconditionFailed where the object is another one by now. */
  readonly ifMatch?: string;
  readonly signal: AbortSignal;
}

export interface OpenedObject extends ObjectFacts {
  /**
   * The bytes of the range as they arrive; to stop the iteration ends the request. A lost connection is replaced where
   * it broke off, as long as the object is the same.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly storageClass: string;
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** Directories below the prefix, each with its slash; only with a delimiter. */
  readonly prefixes: readonly string[];
  /** Where the next page begins; absent on the last. */
  readonly nextMarker?: string;
}

export interface ListOptions {
  /** `/` lists one directory, the empty string everything below. */
  readonly delimiter?: '/' | '';
  readonly marker?: string;
  /** At most 1000, which is also the default. */
  readonly maxKeys?: number;
  readonly signal: AbortSignal;
}

/** Every method throws InputError, ConfigError, ApiError (`code` is that of object storage) or TransportError. */
export interface CosClient {
  head(object: CosObject, options: { readonly signal: AbortSignal }): Promise<ObjectFacts>;
  /** An empty object has size 0 and an empty body, whatever the range. */
  get(object: CosObject, options: ReadOptions): Promise<OpenedObject>;
  /** @param directory its key is the prefix of the keys that are listed */
  list(directory: CosObject, options: ListOptions): Promise<ObjectPage>;
  /** Uploads an object, in parts above 20 MB. */
  put(object: CosObject, source: Source, options: PutOptions): Promise<Stored>;
  /** A link that anyone can use to read one object. @param seconds for which it is valid */
  link(object: CosObject, seconds: number): Promise<string>;
}

export const createCosClient = (sender: CosSender): CosClient => ({
  head: (object, { signal }) => headObject(object, signal, sender),
  get: (object, options) => getObject(object, options, sender),
  list: (directory, options) => listObjects(directory, options, sender),
  put: (object, source, options) => putObject(object, source, options, sender),
  link: (object, seconds) => linkTo(object, seconds, sender),
});

const headObject = async (
  object: CosObject,
  signal: AbortSignal,
  sender: CosSender,
): Promise<ObjectFacts> => {
  try {
    const response = await sendCos({ action: 'HeadObject', method: 'HEAD', object, signal }, sender);
    return factsOf(await discardBody(response));
  } catch (error) {
    // A refused HEAD has no body that says why: expired keys, a wrong clock, a missing permission.
    if (!(error instanceof ApiError) || !['AccessDenied', 'InvalidRequest'].includes(error.code)) throw error;
    const { body, ...facts } = await getObject(object, { first: 0, last: 0, signal }, sender);
    for await (const _ of body) break;
    return facts;
  }
};

const factsOf = ({ headers }: Pick<CosResponse, 'headers'>): ObjectFacts => ({
  size: Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'] ?? 0),
  etag: headers.etag ?? '',
  crc64: headers['x-cos-hash-crc64ecma'],
  lastModified: headers['last-modified'],
  storageClass: headers['x-cos-storage-class'],
});

/** A connection is reused only after its body was read. */
const discardBody = async (response: CosResponse): Promise<CosResponse> => {
  await textOfBody(response.body, 1024);
  return response;
};

const getObject = async (
  object: CosObject,
  options: ReadOptions,
  sender: CosSender,
): Promise<OpenedObject> => {
  const { first = 0, last, ifMatch, signal } = options;
  if (last !== undefined && last < first)
    throw new InputError('GetObject', [{ path: '', message: `The range ${first}-${last} is empty.` }]);
  const isWhole = first === 0 && last === undefined;
  const request = {
    action: 'GetObject',
    method: 'GET',
    object,
    headers: {
      ...(!isWhole && { range: `bytes=${first}-${last ?? ''}` }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
    signal,
  } as const;
  const response = await sendCos(request, sender).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'InvalidRange') throw error;
    // No range of an empty object is valid.
    const head = await sendCos({ action: 'HeadObject', method: 'HEAD', object, signal }, sender);
    if (factsOf(await discardBody(head)).size > 0) throw error;
    return { ...head, body: noBytes() };
  });
  const facts = factsOf(response);
  if (!isWhole && facts.size > 0 && !response.headers['content-range']?.startsWith(`bytes ${first}-`))
    throw outcomeUnknown(
      { name: 'GetObject', changes: false },
      'unexpected-response',
      'the response is not the range that was asked for',
    );
  const end = Math.min(last ?? facts.size - 1, facts.size - 1);
  return { ...facts, body: continued(response.body, { object, facts, first, end, signal }, sender) };
};

async function* noBytes(): AsyncGenerator<Uint8Array> {
  // An empty object.
}

interface Reading {
  readonly object: CosObject;
  readonly facts: ObjectFacts;
  readonly first: number;
  /** The last byte. */
  readonly end: number;
  readonly signal: AbortSignal;
}

/** So many connections in a row may break off without a single byte. */
const maxEmptyReads = 3;

async function* continued(
  body: AsyncIterable<Uint8Array>,
  { object, facts, first, end, signal }: Reading,
  sender: CosSender,
): AsyncGenerator<Uint8Array> {
  let at = first;
  let emptyReads = 0;
  for (let current = body; ; ) {
    let lost: unknown;
    const before = at;
    try {
      for await (const chunk of current) {
        at += chunk.length;
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof TransportError) || lossOf(error) !== 'connection') throw error;
      lost = error;
    }
    if (at > end) return;
    emptyReads = at > before ? 0 : emptyReads + 1;
    if (emptyReads > maxEmptyReads)
      throw (
        lost ??
        outcomeUnknown(
          { name: 'GetObject', changes: false },
          'connection',
          'the object was not sent completely',
        )
      );
    const rest = { first: at, last: end, ifMatch: facts.etag, signal };
    const response = await sendCos(
      {
        action: 'GetObject',
        method: 'GET',
        object,
        headers: { range: `bytes=${rest.first}-${rest.last}`, 'if-match': rest.ifMatch },
        signal,
      },
      sender,
    );
    current = response.body;
  }
}

/** The largest list: a thousand keys of 850 bytes, each percent-encoded. */
const maxListBytes = 4 * 1024 * 1024;

const listObjects = async (
  directory: CosObject,
  { delimiter = '/', marker, maxKeys, signal }: ListOptions,
  sender: CosSender,
): Promise<ObjectPage> => {
  const response = await sendCos(
    {
      action: 'GetBucket',
      method: 'GET',
      object: { ...directory, key: '' },
      params: {
        prefix: directory.key,
        // XML has no form for some characters of keys.
        'encoding-type': 'url',
        ...(delimiter !== '' && { delimiter }),
        ...(marker !== undefined && { marker }),
        ...(maxKeys !== undefined && { 'max-keys': String(maxKeys) }),
      },
      signal,
    },
    sender,
  );
  const root = parseXml(await textOfBody(response.body, maxListBytes)).ListBucketResult;
  if (root === undefined)
    throw outcomeUnknown(
      { name: 'GetBucket', changes: false },
      'unexpected-response',
      'the response is not the list of a bucket',
    );
  const next = textOf(root, 'NextMarker');
  return {
    objects: childrenOf(root, 'Contents').map((item) => ({
      key: decoded(textOf(item, 'Key') ?? ''),
      size: Number(textOf(item, 'Size') ?? 0),
      etag: textOf(item, 'ETag') ?? '',
      lastModified: textOf(item, 'LastModified') ?? '',
      storageClass: textOf(item, 'StorageClass') ?? '',
    })),
    prefixes: childrenOf(root, 'CommonPrefixes').map((item) => decoded(textOf(item, 'Prefix') ?? '')),
    ...(textOf(root, 'IsTruncated') === 'true' && next !== undefined && { nextMarker: decoded(next) }),
  };
};

/** A key that is not what it claims to be is shown as it came. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const linkTo = async (object: CosObject, seconds: number, sender: CosSender): Promise<string> => {
  const address = await cosAddressOf(object, sender.endpoint, sender.domain, sender.defaultRegion());
  const { credential } = await sender.credentials.get();
  const start = Math.floor(sender.skew.now() / 1000);
  // New buckets refuse to show objects in a browser on their default host, and offer a download only.
  const params = {
    'response-content-disposition': 'attachment',
    ...(credential.token !== undefined && { 'x-cos-security-token': credential.token }),
  };
  const signature = signCos(
    { method: 'GET', path: address.signedPath, params, headers: { host: new URL(address.origin).host } },
    credential,
    { start, end: start + seconds },
  );
  const query = [...Object.entries(params), ...signature].map(
    ([name, value]) => `${urlEncode(name)}=${urlEncode(value)}`,
  );
  return `${address.origin}${address.path}?${query.join('&')}`;
};
