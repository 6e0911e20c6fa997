/** GET Object and HEAD Object: ranges, conditions, and the headers that describe an object. https://www.tencentcloud.com/document/product/436/7753 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { bucketPathOf, openBelow, openObject, partsOf } from './bucket.ts';
import { CosError } from './errors.ts';
import type { CosCall } from './request.ts';

/**
 * An ETag that changes with the content. Objects are plain files that jobs and the operator write too, so it is made
 * of what the file system records instead of the content's MD5.
 */
export const etagOf = ({ size, mtimeNs, ino }: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ino'>): string =>
  `"${createHash('md5').update(`${size} ${mtimeNs} ${ino}`).digest('hex')}"`;

interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * The one range that the service allows.
 * @returns undefined where the whole object is asked for
 * @throws CosError InvalidRange for several ranges and for one beyond the end
 */
const rangeOf = (header: string | undefined, size: number): Range | undefined => {
  if (header === undefined) return undefined;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  const range =
    from === undefined || (from === '' && to === '')
      ? undefined
      : from === ''
        ? { first: Math.max(0, size - Number(to)), last: size - 1 }
        : { first: Number(from), last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
  if (range === undefined || range.first > range.last || range.first >= size) {
    throw new CosError(
      'InvalidRange',
      `The range ${JSON.stringify(header)} is not satisfiable: the object has ${size} bytes, and one range of the form bytes=first-last is allowed.`,
    );
  }
  return range;
};

/** @returns 304 where the client's copy is current @throws CosError PreconditionFailed */
const conditionOf = (headers: CosCall['headers'], etag: string, modifiedMs: number): 304 | undefined => {
  const names = (header: string) => header.split(',').map((tag) => tag.trim());
  const match = headers['if-match'];
  const unmodified = Date.parse(headers['if-unmodified-since'] ?? '');
  if (match !== undefined ? match !== '*' && !names(match).includes(etag) : modifiedMs > unmodified + 999) {
    throw new CosError('PreconditionFailed', 'The object is not the one that the condition names.');
  }
  const noneMatch = headers['if-none-match'];
  const since = Date.parse(headers['if-modified-since'] ?? '');
  const isCurrent =
    noneMatch !== undefined
      ? noneMatch === '*' || names(noneMatch).includes(etag)
      : modifiedMs <= since + 999;
  return isCurrent ? 304 : undefined;
};

/** Query parameters by which a link sets headers of its response. */
const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

const overridesOf = (query: CosCall['query']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    overrides.flatMap((name) => {
      const value = query.get(`response-${name}`);
      // A header value holds no line breaks; Node refuses them, which is a 500 instead of a 400.
      return value === undefined ? [] : [[name, value.replace(/[^\x20-\x7e]/g, '')]];
    }),
  );

/**
 * Answers GET and HEAD of an object.
 * @throws CosError NoSuchBucket, NoSuchKey, InvalidRange or PreconditionFailed
 */
export const readObject = async (
  call: CosCall,
  storageDir: string,
  outgoing: ServerResponse,
): Promise<void> => {
  const bucket = await bucketPathOf(storageDir, call.bucket, false);
  const { directories, name } = partsOf(call.key);
  const directory = await openBelow(storageDir, [...bucket, ...directories], false);
  if (!directory) throw noSuchKey(call.key);
  try {
    if (name === '') {
      outgoing.writeHead(200, { 'Content-Length': 0, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }).end();
      return;
    }
    const handle = await openObject(directory, name);
    if (!handle) throw noSuchKey(call.key);
    try {
      const stats = await handle.stat({ bigint: true });
      const size = Number(stats.size);
      const etag = etagOf(stats);
      const about = {
        ETag: etag,
        'Last-Modified': new Date(Number(stats.mtimeMs)).toUTCString(),
        'Accept-Ranges': 'bytes',
        'x-cos-storage-class': 'STANDARD',
      };
      if (conditionOf(call.headers, etag, Number(stats.mtimeMs)) === 304) {
        outgoing.writeHead(304, about).end();
        return;
      }
      const range = rangeOf(call.headers.range, size);
      const { first, last } = range ?? { first: 0, last: size - 1 };
      outgoing.writeHead(range ? 206 : 200, {
        ...about,
        'Content-Type': 'application/octet-stream',
        'Content-Length': last - first + 1,
        ...(range && { 'Content-Range': `bytes ${first}-${last}/${size}` }),
        ...overridesOf(call.query),
      });
      if (call.method === 'HEAD' || size === 0) outgoing.end();
      else await pipeline(handle.createReadStream({ start: first, end: last, autoClose: false }), outgoing);
    } finally {
      await handle.close();
    }
  } finally {
    await directory.close();
  }
};

const noSuchKey = (key: string): CosError =>
  new CosError('NoSuchKey', `The object ${JSON.stringify(key)} does not exist.`);
