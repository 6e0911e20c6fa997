/** What an upload is given and returns, and how its result is checked. */
import { createCrc64 } from '../../cos/crc64.ts';
import { ApiError } from '../../shared/errors.ts';
import { outcomeUnknown } from '../failures.ts';
import type { BodyBuffers } from './body-buffers.ts';
import type { CosObject } from './cos-object.ts';
import { type CosSender, sendCos } from './cos-request.ts';

/** What is uploaded; read once from begin to end, and a part again where it is repeated. */
export interface Source {
  readonly size: number;
  /** Fills a buffer from an offset. @throws where the bytes cannot be read */
  read(offset: number, into: Uint8Array): Promise<void>;
  /**
   * Called before what was sent becomes an object.
   * @param crc64 of what was read
   * @throws where that is not the content: it changed while it was read
   */
  verify?(crc64: string): Promise<void>;
}

export interface PutOptions {
  /** An existing object of that key is replaced; otherwise the upload fails with FileAlreadyExists. */
  readonly mayOverwrite: boolean;
  readonly signal: AbortSignal;
  /** Shared by uploads that follow each other. */
  readonly buffers?: BodyBuffers;
  /** @param bytes how many have been stored */
  onProgress?(bytes: number): void;
}

export interface Stored {
  readonly etag: string;
  /** CRC-64 of what was sent, decimal. */
  readonly crc64: string;
}

export const overwriteHeaders = ({ mayOverwrite }: PutOptions): Readonly<Record<string, string>> =>
  mayOverwrite ? {} : { 'x-cos-forbid-overwrite': 'true' };

/** @throws TransportError where the service computed another checksum */
export const requireSameCrc = (action: string, sent: string, stored: string | undefined): void => {
  if (stored === undefined || stored === sent) return;
  throw outcomeUnknown(
    { name: action, changes: true },
    'unexpected-response',
    `the checksum of what was stored (CRC-64 ${stored}) is not that of what was sent (${sent})`,
  );
};

/**
 * After a lost response, the repeated request finds the object that the first one stored.
 * @returns the ETag where the existing object is the one that was sent
 * @throws the error otherwise
 */
export const ownObjectOf = async (
  error: unknown,
  object: CosObject,
  sent: { readonly size: number; readonly crc64: string },
  signal: AbortSignal,
  sender: CosSender,
): Promise<string> => {
  const isAmbiguous =
    error instanceof ApiError && (error.code === 'FileAlreadyExists' || error.code === 'NoSuchUpload');
  if (!isAmbiguous) throw error;
  const request = { object, signal } as const;
  const isSame = async (): Promise<string | undefined> => {
    const { headers } = await sendCos({ action: 'HeadObject', method: 'HEAD', ...request }, sender);
    if (Number(headers['content-length']) !== sent.size) return undefined;
    const crc64 = headers['x-cos-hash-crc64ecma'] ?? (await crcOf(object, signal, sender));
    return crc64 === sent.crc64 ? (headers.etag ?? '') : undefined;
  };
  const etag = await isSame().catch(() => undefined);
  if (etag === undefined) throw error;
  return etag;
};

/** The local engine states no checksum of an object, so it is read. */
const crcOf = async (object: CosObject, signal: AbortSignal, sender: CosSender): Promise<string> => {
  const crc = createCrc64();
  const { body } = await sendCos({ action: 'GetObject', method: 'GET', object, signal }, sender);
  for await (const chunk of body) crc.update(chunk);
  return crc.digest();
};
