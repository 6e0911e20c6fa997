/** What an upload is given and returns, and how its result is checked. */
import { ApiError } from '../../shared/errors.ts';
import { outcomeUnknown } from '../failures.ts';
import type { CosObject } from './cos-object.ts';
import { type CosSender, sendCos } from './cos-request.ts';

/** What is uploaded; read once from begin to end, and a part again where it is repeated. */
export interface Source {
  readonly size: number;
  /** @throws where the bytes cannot be read */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface PutOptions {
  /** An existing object of that key is replaced; otherwise the upload fails with FileAlreadyExists. */
  readonly mayOverwrite: boolean;
  readonly signal: AbortSignal;
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
  const { headers } = await sendCos({ action: 'HeadObject', method: 'HEAD', object, signal }, sender).catch(
    () => {
      throw error;
    },
  );
  const isSame =
    Number(headers['content-length']) === sent.size && headers['x-cos-hash-crc64ecma'] === sent.crc64;
  if (!isSame) throw error;
  return headers.etag ?? '';
};
