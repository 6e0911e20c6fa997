/** GET Bucket: the objects of a bucket in the order of their keys, a page at a time. https://www.tencentcloud.com/document/product/436/7734 */
import { lstat, readdir } from 'node:fs/promises';
import type { OpenDirectory } from '../../shared/beneath.ts';
import { bucketPathOf, openBelow } from './bucket.ts';
import { CosError } from './errors.ts';
import { etagOf } from './read-object.ts';
import type { CosCall } from './request.ts';
import { element, type Xml, xmlDocument } from './xml.ts';

/** The documented maximum of one page, and its default. */
const maxKeys = 1000;

interface Item {
  readonly key: string;
  readonly size: bigint;
  readonly etag: string;
  readonly modified: Date;
}

const compareBytes = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));

/** The entries of a directory in the order of the keys below them: a directory sorts with its slash. */
const entriesOf = async (
  directory: OpenDirectory,
): Promise<readonly { name: string; isDirectory: boolean }[]> =>
  (await readdir(directory.at('.'), { withFileTypes: true }))
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
    .sort((one, other) =>
      compareBytes(
        one.isDirectory ? `${one.name}/` : one.name,
        other.isDirectory ? `${other.name}/` : other.name,
      ),
    );

interface Walk {
  readonly storageDir: string;
  readonly bucket: readonly string[];
  readonly prefix: string;
  /** Keys up to this one are skipped. */
  readonly marker: string;
  /** Where the delimiter is `/`, directories below the prefix are reported instead of entered. */
  readonly isFlat: boolean;
}

/** Keys after the marker with the prefix, in order. A key that ends in `/` is a directory that was not entered, or is empty. */
async function* keysBelow(walk: Walk, at: readonly string[]): AsyncGenerator<Item> {
  const { storageDir, bucket, prefix, marker, isFlat } = walk;
  const directory = await openBelow(storageDir, [...bucket, ...at], false);
  if (!directory) return;
  try {
    const base = at.map((name) => `${name}/`).join('');
    const entries = await entriesOf(directory);
    if (entries.length === 0 && base !== '' && base.startsWith(prefix) && compareBytes(base, marker) > 0) {
      yield { key: base, size: 0n, etag: '"d41d8cd98f00b204e9800998ecf8427e"', modified: new Date(0) };
    }
    for (const { name, isDirectory } of entries) {
      const key = isDirectory ? `${base}${name}/` : `${base}${name}`;
      if (!key.startsWith(prefix) && !(isDirectory && prefix.startsWith(key))) continue;
      if (!isDirectory) {
        if (compareBytes(key, marker) <= 0) continue;
        const stats = await lstat(directory.at(name), { bigint: true }).catch(() => undefined);
        if (stats?.isFile())
          yield { key, size: stats.size, etag: etagOf(stats), modified: new Date(Number(stats.mtimeMs)) };
        continue;
      }
      if (isFlat && key.length > prefix.length) {
        if (compareBytes(key, marker) > 0) yield { key, size: 0n, etag: '', modified: new Date(0) };
        continue;
      }
      // Everything below sorts before the marker unless the marker itself lies below.
      if (compareBytes(`${key}\u{10ffff}`, marker) < 0 && !marker.startsWith(key)) continue;
      yield* keysBelow(walk, [...at, name]);
    }
  } finally {
    await directory.close();
  }
}

const pageSizeOf = (text: string | undefined): number => {
  if (text === undefined || text === '') return maxKeys;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0)
    throw new CosError('InvalidArgument', 'max-keys is not a whole number.');
  return Math.min(size, maxKeys);
};

/** Answers GET of a bucket. @returns the XML document */
export const listObjects = async ({ bucket: name, query }: CosCall, storageDir: string): Promise<string> => {
  const bucket = await bucketPathOf(storageDir, name, false);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const marker = query.get('marker') ?? '';
  const size = pageSizeOf(query.get('max-keys'));
  const encode =
    query.get('encoding-type') === 'url'
      ? (text: string) => encodeURIComponent(text).replaceAll('%2F', '/')
      : (text: string) => text;

  const contents: Xml[] = [];
  const commonPrefixes = new Set<string>();
  let last = '';
  let isTruncated = false;
  const walk = { storageDir, bucket, prefix, marker, isFlat: delimiter === '/' };
  for await (const item of keysBelow(walk, [])) {
    const end = delimiter === '' ? -1 : item.key.indexOf(delimiter, prefix.length);
    const common = end < 0 ? undefined : item.key.slice(0, end + delimiter.length);
    if (common !== undefined && (commonPrefixes.has(common) || compareBytes(common, marker) <= 0)) continue;
    if (contents.length + commonPrefixes.size >= size) {
      isTruncated = true;
      break;
    }
    last = common ?? item.key;
    if (common !== undefined) commonPrefixes.add(common);
    else contents.push(contentOf(item, encode));
  }
  return xmlDocument(
    element('ListBucketResult', [
      element('Name', name),
      ...(query.get('encoding-type') === 'url' ? [element('EncodingType', 'url')] : []),
      element('Prefix', encode(prefix)),
      element('Marker', encode(marker)),
      element('MaxKeys', size),
      ...(delimiter === '' ? [] : [element('Delimiter', encode(delimiter))]),
      element('IsTruncated', isTruncated),
      ...(isTruncated ? [element('NextMarker', encode(last))] : []),
      ...[...commonPrefixes].map((common) => element('CommonPrefixes', [element('Prefix', encode(common))])),
      ...contents,
    ]),
  );
};

const contentOf = (item: Item, encode: (text: string) => string): Xml =>
  element('Contents', [
    element('Key', encode(item.key)),
    element('LastModified', item.modified.toISOString()),
    element('ETag', item.etag),
    element('Size', String(item.size)),
    element('Owner', [element('ID', '0'), element('DisplayName', '0')]),
    element('StorageClass', 'STANDARD'),
  ]);
