/** Uploads an object: in one request up to 20 MB, above that in parts that a later call can continue. */
import { createHash } from 'node:crypto';
import { createCrc64 } from '../../cos/crc64.ts';
import { createBodyBuffers } from './body-buffers.ts';
import type { CosObject } from './cos-object.ts';
import { type CosSender, sendCos, textOfBody } from './cos-request.ts';
import { putParts } from './put-parts.ts';
import {
  overwriteHeaders,
  ownObjectOf,
  type PutOptions,
  requireSameCrc,
  type Source,
  type Stored,
} from './upload.ts';

/** Above it, a lost connection costs less in parts. */
const maxSingleBytes = 20 * 1024 * 1024;

export const putObject = async (
  object: CosObject,
  source: Source,
  options: PutOptions,
  sender: CosSender,
): Promise<Stored> => {
  if (source.size > maxSingleBytes) return putParts(object, source, options, sender);
  const buffers = options.buffers ?? createBodyBuffers();
  const body = buffers.take(source.size);
  try {
    await source.read(0, body);
    return await putBody(object, body, source, options, sender);
  } finally {
    buffers.giveBack(body);
  }
};

const putBody = async (
  object: CosObject,
  body: Uint8Array,
  source: Source,
  options: PutOptions,
  sender: CosSender,
): Promise<Stored> => {
  const crc = createCrc64();
  crc.update(body);
  const crc64 = crc.digest();
  await source.verify?.(crc64);
  const request = {
    action: 'PutObject',
    method: 'PUT',
    object,
    headers: {
      'content-md5': createHash('md5').update(body).digest('base64'),
      'content-type': 'application/octet-stream',
      ...overwriteHeaders(options),
    },
    body,
    // An equal object is stored again, or the existing one is compared below.
    isRetryable: true,
    signal: options.signal,
  } as const;
  const etag = await sendCos(request, sender).then(
    async (response) => {
      await textOfBody(response.body, 1024);
      requireSameCrc('PutObject', crc64, response.headers['x-cos-hash-crc64ecma']);
      return response.headers.etag ?? '';
    },
    (error: unknown) => ownObjectOf(error, object, { size: source.size, crc64 }, options.signal, sender),
  );
  options.onProgress?.(source.size);
  return { etag, crc64 };
};
