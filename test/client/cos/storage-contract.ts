/** What the client of object storage does, with the vendor's SDK as the judge; for the engine, and for the cloud. */
import { randomBytes } from 'node:crypto';
import type COS from 'cos-nodejs-sdk-v5';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CosClient } from '../../../src/client/cos/cos-client.ts';
import { createCrc64 } from '../../../src/cos/crc64.ts';
import { bytesOf, sourceOf } from './storage-under-test.ts';

export interface StorageTarget {
  readonly storage: CosClient;
  readonly sdk: COS;
  readonly bucket: string;
  readonly region: string;
  /** Of every key that is written; empty or ends in `/`. */
  readonly prefix: string;
  stop(): Promise<void>;
}

const signal = new AbortController().signal;

const crcOf = (bytes: Uint8Array): string => {
  const crc = createCrc64();
  crc.update(bytes);
  return crc.digest();
};
const refusalOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'not refused',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  );

export const storageContract = (name: string, start: () => Promise<StorageTarget>): void => {
  let t: StorageTarget;
  beforeAll(async () => {
    t = await start();
  });
  afterAll(() => t?.stop());
  const at = (key: string) => ({ bucket: t.bucket, region: t.region, key: `${t.prefix}${key}` });
  const sdkAt = (key: string) => ({ Bucket: t.bucket, Region: t.region, Key: `${t.prefix}${key}` });
  const relative = (key: string): string => key.slice(t.prefix.length);

  describe(`With ${name}:`, () => {
    describe('An object that our client stores', () => {
      test.each([0, 1, 70_000])('with %i bytes is what the SDK reads', async (size) => {
        const body = randomBytes(size);
        const key = `put/${size}.bin`;
        const stored = await t.storage.put(at(key), sourceOf(body), { mayOverwrite: false, signal });
        expect(stored.crc64).toBe(crcOf(body));
        const read = await t.sdk.getObject({ ...sdkAt(key) });
        expect(Buffer.compare(read.Body as Buffer, body)).toBe(0);
      });

      test('above 20 MB is uploaded in parts, with progress, and leaves no upload behind', async () => {
        const body = randomBytes(21 * 1024 * 1024 + 5);
        const progress: number[] = [];
        await t.storage.put(at('put/large.bin'), sourceOf(body), {
          mayOverwrite: false,
          signal,
          onProgress: (bytes) => progress.push(bytes),
        });
        expect(progress).toHaveLength(6);
        expect(progress.at(-1)).toBe(body.length);
        const read = await bytesOf((await t.storage.get(at('put/large.bin'), { signal })).body);
        expect(Buffer.compare(read, body)).toBe(0);
        expect(
          (await t.sdk.multipartList({ Bucket: t.bucket, Region: t.region, Prefix: t.prefix, Delimiter: '' }))
            .Upload,
        ).toEqual([]);
      });

      test('is not overwritten unless that is allowed', async () => {
        const key = at('put/once.txt');
        const put = (text: string, mayOverwrite: boolean) =>
          t.storage.put(key, sourceOf(Buffer.from(text)), { mayOverwrite, signal });
        await put('first', false);
        expect(await refusalOf(put('second', false))).toBe('FileAlreadyExists');
        await put('third', true);
        expect((await bytesOf((await t.storage.get(key, { signal })).body)).toString()).toBe('third');
      });
    });

    describe('An object that the SDK stores', () => {
      test.each(["a b(腾讯)!*'+&?#%.txt", 'naïve/ß', 'a/..b'])(
        'under the key %j is read by our client',
        async (key) => {
          const body = randomBytes(1000);
          await t.sdk.putObject({ ...sdkAt(key), Body: body });
          const { size, etag } = await t.storage.head(at(key), { signal });
          expect(size).toBe(1000);
          const read = await t.storage.get(at(key), { signal });
          expect([read.size, read.etag]).toEqual([size, etag]);
          expect(Buffer.compare(await bytesOf(read.body), body)).toBe(0);
        },
      );

      test('is read by ranges, and the size is that of the whole object', async () => {
        await t.sdk.putObject({ ...sdkAt('digits'), Body: '0123456789' });
        const range = async (first: number, last?: number) => {
          const read = await t.storage.get(at('digits'), {
            first,
            ...(last !== undefined && { last }),
            signal,
          });
          return [read.size, (await bytesOf(read.body)).toString()];
        };
        expect(await range(0, 3)).toEqual([10, '0123']);
        expect(await range(7)).toEqual([10, '789']);
        expect(await range(8, 99)).toEqual([10, '89']);
        expect(await refusalOf(range(10))).toBe('InvalidRange');
        expect(await refusalOf(range(5, 4))).toBe('InputError');
      });

      test('that is empty has no valid range, and is read as empty', async () => {
        await t.sdk.putObject({ ...sdkAt('empty'), Body: '' });
        const read = await t.storage.get(at('empty'), { first: 0, last: 99, signal });
        expect([read.size, (await bytesOf(read.body)).length]).toEqual([0, 0]);
      });

      test('is not read on when it has been replaced', async () => {
        await t.sdk.putObject({ ...sdkAt('replaced'), Body: 'one' });
        const { etag } = await t.storage.head(at('replaced'), { signal });
        await t.sdk.putObject({ ...sdkAt('replaced'), Body: 'two' });
        expect(await refusalOf(t.storage.get(at('replaced'), { ifMatch: etag, signal }))).toBe(
          'PreconditionFailed',
        );
      });
    });

    describe('A list', () => {
      beforeAll(async () => {
        for (const Key of ['list/a.txt', 'list/b&<>.txt', 'list/c d/e.txt', 'list/f.txt'])
          await t.sdk.putObject({ ...sdkAt(Key), Body: Key });
      });
      test('of a directory has its objects and the directories below it', async () => {
        const page = await t.storage.list(at('list/'), { signal });
        expect(page.objects.map(({ key, size }) => [relative(key), size])).toEqual([
          ['list/a.txt', 10],
          ['list/b&<>.txt', 13],
          ['list/f.txt', 10],
        ]);
        expect(page.prefixes.map(relative)).toEqual(['list/c d/']);
        expect(page.nextMarker).toBeUndefined();
      });
      test('without a delimiter is read page by page to its end', async () => {
        const keys: string[] = [];
        for (let marker: string | undefined = ''; marker !== undefined; ) {
          const page: Awaited<ReturnType<typeof t.storage.list>> = await t.storage.list(at('list/'), {
            delimiter: '',
            maxKeys: 1,
            ...(marker !== '' && { marker }),
            signal,
          });
          keys.push(...page.objects.map(({ key }) => relative(key)));
          marker = page.nextMarker;
        }
        expect(keys).toEqual(['list/a.txt', 'list/b&<>.txt', 'list/c d/e.txt', 'list/f.txt']);
      });
    });

    describe('A link', () => {
      test('reads its object without credentials, and no other', async () => {
        const { storage } = t;
        await storage.put(at('link/it (1).txt'), sourceOf(Buffer.from('linked')), {
          mayOverwrite: true,
          signal,
        });
        const link = await storage.link(at('link/it (1).txt'), 60);
        const response = await fetch(link);
        expect([response.status, await response.text()]).toEqual([200, 'linked']);
        expect((await fetch(link.replace('it%20', 'at%20'))).status).toBe(403);
        expect((await fetch(link, { method: 'PUT', body: 'changed' })).status).toBe(403);
      });
    });

    test.each([
      ['a missing object', 'NoSuchKey', () => at('missing')],
      ['a missing bucket', 'NoSuchBucket', () => ({ ...at('x'), bucket: `missing-${at('x').bucket}` })],
      ['a key with a parent directory', 'InputError', () => at('a/../b')],
      ['a bucket that is a host', 'InputError', () => ({ ...at('x'), bucket: 'evil.example.com' })],
    ])('A request for %s is refused with %s', async (_, code, objectOf) => {
      expect(await refusalOf(t.storage.get(objectOf(), { signal }))).toBe(code);
    });
  });
};
