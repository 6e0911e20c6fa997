/** Reads part of a task's file, as text if it is UTF-8, else as base64. */
import { InputError } from '../../shared/errors.ts';
import { failureOf } from '../http/failure.ts';
import type { Wire } from '../http/wire.ts';
import type { Target } from './job.ts';

export interface FileTarget extends Target {
  readonly taskId: string;
}

/** The part of a file to read: its last bytes, or a range. */
export type FileRange = { readonly tail: number } | { readonly offset: number; readonly length: number };

export interface FilePart {
  readonly size: number;
  /** First byte, and the one after the last, without characters cut at either end. */
  readonly from: number;
  readonly to: number;
  readonly lastModified?: string;
  readonly encoding: 'utf-8' | 'base64';
  readonly content: string;
}

/**
 * Reads part of a file.
 * @throws ApiError if there is no such file, InputError if it is a directory or shorter than the offset
 */
export const readFilePart = async (
  wire: Wire,
  target: FileTarget,
  path: string,
  range: FileRange,
): Promise<FilePart> => {
  const { action, endpoint, signal } = target;
  const segments = [...filesPathOf(target), path];
  const accept = 'application/octet-stream';
  const head = await wire.send({ action, method: 'HEAD', path: segments, accept }, endpoint, signal);
  if (head.status !== 200) {
    // The response to HEAD has no body, so the error code is read with a GET.
    const why = await wire.send(
      { action, method: 'GET', path: segments, accept, headers: { 'ocp-range': 'bytes=0-0' } },
      endpoint,
      signal,
    );
    throw failureOf(action, why.status >= 300 ? why : head, wire.now());
  }
  if (head.headers['ocp-batch-file-isdirectory']?.toLowerCase() === 'true') {
    throw new InputError(action, [
      { path: 'FilePath', message: 'This is a directory. Omit FilePath to list all files.' },
    ]);
  }
  const size = Number(head.headers['content-length'] ?? 0);
  const lastModified = head.headers['last-modified'];
  const about = { size, ...(lastModified !== undefined && { lastModified }) };
  const { from, to } = rangeOf(range, size);
  if (from > size) {
    throw new InputError(action, [{ path: 'offset', message: `The file has only ${size} bytes.` }]);
  }
  // The service rejects any range of an empty file.
  if (from === to) return { ...about, from, to, encoding: 'utf-8', content: '' };
  const { bytes } = await wire.fetch(
    {
      action,
      method: 'GET',
      path: segments,
      accept,
      headers: { 'ocp-range': `bytes=${from}-${to - 1}` },
      maxBytes: to - from,
    },
    endpoint,
    signal,
  );
  return { ...about, ...contentOf(bytes, from, from + bytes.length, size) };
};

export const filesPathOf = ({ jobId, taskId }: FileTarget): readonly string[] => [
  'jobs',
  jobId,
  'tasks',
  taskId,
  'files',
];

const rangeOf = (range: FileRange, size: number): { readonly from: number; readonly to: number } =>
  'tail' in range
    ? { from: Math.max(0, size - range.tail), to: size }
    : { from: range.offset, to: Math.min(size, range.offset + range.length) };

/** Text if all of it is valid UTF-8; a character cut at either end of the range is omitted first. */
const contentOf = (bytes: Buffer, from: number, to: number, size: number) => {
  const start = from > 0 ? leadingContinuations(bytes) : 0;
  const end = bytes.length - (to < size ? cutCharacterLength(bytes) : 0);
  const inner = bytes.subarray(start, Math.max(start, end));
  try {
    if (inner.length === 0 || inner.includes(0))
      throw new Error('No complete character, or a NUL, which no text contains.');
    const content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(inner);
    return { from: from + start, to: from + Math.max(start, end), encoding: 'utf-8' as const, content };
  } catch {
    return { from, to, encoding: 'base64' as const, content: bytes.toString('base64') };
  }
};

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

const leadingContinuations = (bytes: Buffer): number => {
  let count = 0;
  while (count < 3 && isContinuation(bytes[count])) count++;
  return count;
};

/** The number of bytes at the end that belong to an incomplete character. */
const cutCharacterLength = (bytes: Buffer): number => {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return back < whole ? back : 0;
  }
  return 0;
};
