/** A part of an object as text: whether it is text at all, and whole characters only. */
import type { CosObject } from '../../client/cos/cos-object.ts';
import type { Storage } from '../../client/cos/storage.ts';

/** Bytes of an object from an offset. */
export const readBytes = async (
  storage: Storage,
  object: CosObject,
  range: { readonly first: number; readonly last: number; readonly ifMatch: string },
  signal: AbortSignal,
): Promise<Buffer> => {
  const { body } = await storage.get(object, { ...range, signal });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** A share of bytes that are no text in UTF-8 above which a reader sees nothing useful. */
const maxInvalidShare = 0.1;

/** Whether bytes are no text in UTF-8. */
export const isBinary = (bytes: Buffer): boolean => {
  if (bytes.includes(0)) return true;
  const text = bytes.toString('utf8');
  return text.split('\ufffd').length - 1 > text.length * maxInvalidShare + 3;
};

/** Bytes of a character that begins before, or ends after, the part are left to the neighbouring part. */
export const wholeCharacters = (
  bytes: Buffer,
  hasBefore: boolean,
  hasAfter: boolean,
): { readonly text: Buffer; readonly skipped: number } => {
  const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
  let start = 0;
  while (hasBefore && start < 3 && isContinuation(bytes[start])) start += 1;
  let end = bytes.length;
  if (hasAfter) {
    let lead = end - 1;
    while (lead > end - 4 && isContinuation(bytes[lead])) lead -= 1;
    const byte = bytes[lead] ?? 0;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    if (length > end - lead && lead > start) end = lead;
  }
  return { text: bytes.subarray(start, end), skipped: start };
};
