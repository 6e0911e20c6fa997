/** A multipart upload: continued where an earlier one of the same content broke off, aborted when it is cancelled. */
import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { createCrc64 } from '../../cos/crc64.ts';
import { createBufferCollector } from '../../shared/collect-buffers.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { outcomeUnknown } from '../failures.ts';
import { type BodyBuffers, createBodyBuffers } from './body-buffers.ts';
import type { CosObject } from './cos-object.ts';
import { type CosSender, sendCos, textOfBody } from './cos-request.ts';
import { childrenOf, parseXml, textOf, type XmlNode } from './cos-xml.ts';
import {
  overwriteHeaders,
  ownObjectOf,
  type PutOptions,
  requireSameCrc,
  type Source,
  type Stored,
} from './upload.ts';

/** A part is held in memory while it is sent, and is sent again when its connection was lost. */
const minPartBytes = 4 * 1024 * 1024;
/** The documented number of parts. */
const maxParts = 10_000;
/** One part is sent while the next one is read. */
const concurrency = 2;
/** An upload that cannot be aborted at once is named instead. */
const abortMs = 10_000;
const maxXmlBytes = 4 * 1024 * 1024;

interface Part {
  readonly number: number;
  readonly etag: string;
}

interface Upload {
  readonly object: CosObject;
  readonly id: string;
  /** Parts that are stored already, by number. */
  readonly stored: ReadonlyMap<number, { readonly etag: string; readonly size: number }>;
}

type PartOptions = PutOptions & { readonly buffers: BodyBuffers };

const partBytesOf = (size: number): number => Math.max(minPartBytes, Math.ceil(size / maxParts));

/**
 * @throws what the service refuses; TransportError that names the upload where it can be continued, or could not be
 *   aborted
 */
export const putParts = async (
  object: CosObject,
  source: Source,
  options: PutOptions,
  sender: CosSender,
): Promise<Stored> => {
  const { signal, buffers = createBodyBuffers() } = options;
  const upload =
    (await findUpload(object, source, { ...options, buffers }, sender)) ??
    (await beginUpload(object, options, sender));
  try {
    const { parts, crc64 } = await sendParts(upload, source, { ...options, buffers }, sender);
    await source.verify?.(crc64);
    const etag = await completeUpload(upload, { parts, crc64, size: source.size }, options, sender).catch(
      (error: unknown) => ownObjectOf(error, object, { size: source.size, crc64 }, signal, sender),
    );
    return { etag, crc64 };
  } catch (error) {
    throw await endUpload(error, upload, signal, sender);
  }
};

const xmlOf = async (body: AsyncIterable<Uint8Array>) => parseXml(await textOfBody(body, maxXmlBytes));

/** Nothing was lost: the response of a service that is not object storage. */
const unexpected = (action: string): TransportError =>
  outcomeUnknown(
    { name: action, changes: true },
    'unexpected-response',
    'the response is not one of object storage',
  );

const beginUpload = async (object: CosObject, options: PutOptions, sender: CosSender): Promise<Upload> => {
  const action = 'InitiateMultipartUpload';
  const { body } = await sendCos(
    {
      ...{ action, method: 'POST', object, params: { uploads: '' }, signal: options.signal },
      headers: { 'content-type': 'application/octet-stream', ...overwriteHeaders(options) },
      body: new Uint8Array(0),
    },
    sender,
  );
  const id = textOf((await xmlOf(body)).InitiateMultipartUploadResult, 'UploadId');
  if (id === undefined) throw unexpected(action);
  return { object, id, stored: new Map() };
};

/** An upload of this key whose first part is the beginning of this content. Others belong to someone else. */
const findUpload = async (
  object: CosObject,
  source: Source,
  { signal, buffers }: PartOptions,
  sender: CosSender,
): Promise<Upload | undefined> => {
  const { body } = await sendCos(
    {
      ...{ action: 'ListMultipartUploads', method: 'GET', object: { ...object, key: '' }, signal },
      params: { uploads: '', prefix: object.key, 'encoding-type': 'url' },
    },
    sender,
  );
  const root = (await xmlOf(body)).ListMultipartUploadsResult;
  const isEncoded = textOf(root, 'EncodingType') === 'url' || textOf(root, 'Encoding-Type') === 'url';
  const keyOf = (node: XmlNode) => {
    const key = textOf(node, 'Key') ?? '';
    return isEncoded ? decodeURIComponent(key) : key;
  };
  const ids = childrenOf(root, 'Upload')
    .filter((node) => keyOf(node) === object.key)
    .flatMap((node) => textOf(node, 'UploadId') ?? []);
  if (ids.length === 0) return undefined;
  const beginning = buffers.take(Math.min(partBytesOf(source.size), source.size));
  await source.read(0, beginning);
  const etag = etagOf(md5Of(beginning));
  buffers.giveBack(beginning);
  for (const id of ids) {
    const stored = await storedPartsOf(object, id, signal, sender);
    const first = stored.get(1);
    if (first?.size === beginning.length && first.etag === etag) return { object, id, stored };
  }
  return undefined;
};

const storedPartsOf = async (
  object: CosObject,
  uploadId: string,
  signal: AbortSignal,
  sender: CosSender,
): Promise<Upload['stored']> => {
  const stored = new Map<number, { etag: string; size: number }>();
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const response = await sendCos(
      {
        ...{ action: 'ListParts', method: 'GET', object, signal },
        params: { uploadId, 'part-number-marker': marker },
      },
      sender,
    );
    const root: XmlNode | undefined = (await xmlOf(response.body)).ListPartsResult;
    for (const part of childrenOf(root, 'Part'))
      stored.set(Number(textOf(part, 'PartNumber')), {
        etag: textOf(part, 'ETag') ?? '',
        size: Number(textOf(part, 'Size')),
      });
    const next = textOf(root, 'IsTruncated') === 'true' ? textOf(root, 'NextPartNumberMarker') : undefined;
    marker = next !== undefined && Number(next) > Number(marker) ? next : undefined;
  }
  return stored;
};

const md5Of = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
/** The ETag of a part is its MD5. */
const etagOf = (md5: Buffer): string => `"${md5.toString('hex')}"`;

const sendParts = async (
  upload: Upload,
  source: Source,
  { signal, onProgress, buffers }: PartOptions,
  sender: CosSender,
): Promise<{ readonly parts: readonly Part[]; readonly crc64: string }> => {
  const size = partBytesOf(source.size);
  const crc = createCrc64();
  const onUsed = createBufferCollector();
  let done = 0;
  // In order, because the checksum of the whole is made on the way.
  const bodies = async function* () {
    for (let offset = 0, number = 1; offset < source.size; offset += size, number++) {
      const body = buffers.take(Math.min(size, source.size - offset));
      await source.read(offset, body);
      crc.update(body);
      yield { number, body };
    }
  };
  const parts = await pMap(
    bodies(),
    async ({ number, body }) => {
      const etag = await sendPart(upload, number, body, signal, sender);
      buffers.giveBack(body);
      onUsed(body.length);
      done += body.length;
      onProgress?.(done);
      return { number, etag };
    },
    { concurrency },
  );
  return { parts, crc64: crc.digest() };
};

const sendPart = async (
  { object, id: uploadId, stored }: Upload,
  number: number,
  body: Uint8Array,
  signal: AbortSignal,
  sender: CosSender,
): Promise<string> => {
  const md5 = md5Of(body);
  const etag = etagOf(md5);
  if (stored.get(number)?.etag === etag) return etag;
  const crc = createCrc64();
  crc.update(body);
  const response = await sendCos(
    {
      ...{ action: 'UploadPart', method: 'PUT', object, body, signal, isRetryable: true },
      params: { partNumber: String(number), uploadId },
      headers: { 'content-md5': md5.toString('base64') },
    },
    sender,
  );
  await textOfBody(response.body, 1024);
  requireSameCrc('UploadPart', crc.digest(), response.headers['x-cos-hash-crc64ecma']);
  return response.headers.etag ?? etag;
};

const completeUpload = async (
  { object, id: uploadId }: Upload,
  { parts, crc64, size }: { readonly parts: readonly Part[]; readonly crc64: string; readonly size: number },
  options: PutOptions,
  sender: CosSender,
): Promise<string> => {
  const action = 'CompleteMultipartUpload';
  const list = parts.map(
    ({ number, etag }) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`,
  );
  const { body, headers } = await sendCos(
    {
      ...{ action, method: 'POST', object, params: { uploadId }, isRetryable: true, signal: options.signal },
      workBytes: size,
      headers: { 'content-type': 'application/xml', ...overwriteHeaders(options) },
      body: Buffer.from(`<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`),
    },
    sender,
  );
  // The status is sent before the parts are joined, so a failure may come in the body of a 200.
  const root = await xmlOf(body);
  const etag = textOf(root.CompleteMultipartUploadResult, 'ETag');
  if (etag === undefined) throw unexpected(action);
  requireSameCrc(action, crc64, headers['x-cos-hash-crc64ecma']);
  return etag;
};

/**
 * Aborts an upload that will not be continued: after a cancellation and after a refusal. After a lost connection it
 * stays, so that a later call continues it.
 * @returns the error, which names the upload where it still exists
 */
const endUpload = async (
  error: unknown,
  { object, id }: Upload,
  signal: AbortSignal,
  sender: CosSender,
): Promise<unknown> => {
  const isLost = error instanceof TransportError && !signal.aborted;
  if (isLost)
    return new TransportError(
      `${error.message} The parts that were stored are retained as upload ${id}: the same call continues it.`,
      error.mayHaveExecuted,
      { cause: error.cause },
    );
  const isGone = error instanceof ApiError && error.code === 'NoSuchUpload';
  const isAborted =
    isGone ||
    (await sendCos(
      {
        action: 'AbortMultipartUpload',
        method: 'DELETE',
        object,
        params: { uploadId: id },
        isRetryable: true,
      },
      { ...sender, timeoutMs: abortMs },
    ).then(
      () => true,
      () => false,
    ));
  if (isAborted || !(error instanceof Error)) return error;
  return new TransportError(
    `${error.message} The multipart upload could not be aborted: its parts use storage until the upload ${id} is aborted or continued.`,
    true,
    { cause: error },
  );
};
