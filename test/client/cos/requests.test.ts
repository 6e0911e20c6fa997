/** How requests of object storage are sent: the clock, retries, and what a lost response means. */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createCrc64 } from '../../../src/cos/crc64.ts';
import {
  type Answer,
  object,
  type RefusingStorage,
  refusal,
  startRefusingStorage,
} from './refusing-storage.ts';
import { bytesOf, objectOf, openStorage, sourceOf } from './storage-under-test.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const signal = new AbortController().signal;
const keys = { secretId: 'AKIDtest', secretKey: 'canary-key', dataDir: '/nonexistent' };

const open = async (answerOf: (count: number) => Answer) => {
  let count = 0;
  const service: RefusingStorage = await startRefusingStorage(() => answerOf(++count));
  const client = await openStorage({ ...keys, endpoint: service.endpoint });
  closers.push(service.stop, client.close);
  return { service, storage: client.storage };
};
const content = randomBytes(1000);

test('A clock that is off is corrected by the time of the service', async () => {
  const theirs = Date.now() + 3_600_000;
  const { service, storage } = await open((count) =>
    count === 1
      ? refusal(403, 'RequestTimeTooSkewed', { date: new Date(theirs).toUTCString() })
      : object(content),
  );
  const read = await storage.get(objectOf('x'), { signal });
  expect(Buffer.compare(await bytesOf(read.body), content)).toBe(0);
  const [first = 0, second = 0] = service.received.map(({ headers: { authorization = '' } }) =>
    Number(/q-sign-time=(\d+)/.exec(authorization)?.[1]),
  );
  expect(second - first).toBeGreaterThan(3_500);
});

test('A service that is overloaded is asked again', async () => {
  const { service, storage } = await open((count) =>
    count < 3 ? refusal(503, 'SlowDown') : object(content),
  );
  expect((await storage.get(objectOf('x'), { signal })).size).toBe(1000);
  expect(service.received).toHaveLength(3);
});

test('A refusal is not asked again, and holds no key', async () => {
  const { service, storage } = await open(() => refusal(403, 'SignatureDoesNotMatch'));
  const error = await storage.get(objectOf('x'), { signal }).catch((one: unknown) => one);
  expect(error).toMatchObject({
    code: 'SignatureDoesNotMatch',
    requestId: 'request-1',
    serviceMessage: expect.stringContaining('as the test says & no more'),
  });
  expect(JSON.stringify(error)).not.toContain('canary-key');
  expect(service.received).toHaveLength(1);
});

test('A response that declares entities is not read as a list', async () => {
  const body =
    '<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult><Contents><Key>&b;</Key></Contents></ListBucketResult>';
  const { storage } = await open(() => (response) => response.end(body));
  await expect(storage.list(objectOf(''), { signal })).rejects.toThrow('not the list of a bucket');
});

test('An object that an earlier request with a lost response has stored counts as stored', async () => {
  const crc = createCrc64();
  crc.update(content);
  const crc64 = crc.digest();
  const { service, storage } = await open((count) => (response, request, total) => {
    if (request.method === 'HEAD')
      return object(content, { 'x-cos-hash-crc64ecma': crc64 })(response, request, total);
    if (count === 1) return response.destroy();
    return refusal(409, 'FileAlreadyExists')(response, request, total);
  });
  const stored = await storage.put(objectOf('x'), sourceOf(content), { mayOverwrite: false, signal });
  expect(stored.crc64).toBe(crc64);
  expect(service.received.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'HEAD']);
});

test('A cancelled multipart upload is aborted, or the error names it', async () => {
  const large = Buffer.alloc(21_000_000);
  for (const abortStatus of [204, 500]) {
    const cancelling = new AbortController();
    const { service, storage } = await open(() => (response, request, count) => {
      if (request.url.includes('uploads') && request.method === 'GET')
        return response.end('<ListMultipartUploadsResult></ListMultipartUploadsResult>');
      if (request.url.includes('uploads'))
        return response.end(
          '<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>',
        );
      if (request.method === 'DELETE')
        return abortStatus === 204
          ? response.writeHead(204).end()
          : refusal(501, 'NotImplemented')(response, request, count);
      cancelling.abort();
      return undefined;
    });
    const put = storage.put(objectOf('x'), sourceOf(large), {
      mayOverwrite: false,
      signal: cancelling.signal,
    });
    const error = await put.catch((one: Error) => one);
    // The part that was sent beside the cancelled one may arrive later.
    expect(service.received.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
    expect(String(error).includes('upload-1')).toBe(abortStatus !== 204);
  }
});

test('A multipart upload that broke off is continued by the same call', async () => {
  const large = randomBytes(21_000_000);
  const md5 = createHash('md5')
    .update(large.subarray(0, 4 * 1024 * 1024))
    .digest('hex');
  const { service, storage } = await open(() => (response, request) => {
    const { method, url } = request;
    if (method === 'GET' && url.includes('uploads'))
      return response.end(
        '<ListMultipartUploadsResult><Upload><Key>x</Key><UploadId>mine</UploadId></Upload></ListMultipartUploadsResult>',
      );
    if (method === 'GET')
      return response.end(
        `<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>&quot;${md5}&quot;</ETag><Size>4194304</Size></Part></ListPartsResult>`,
      );
    if (method === 'PUT') return response.writeHead(200, { etag: '"part"' }).end();
    return response.end('<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>');
  });
  await storage.put(objectOf('x'), sourceOf(large), { mayOverwrite: false, signal });
  const parts = service.received.filter(({ method }) => method === 'PUT').map(({ url }) => url);
  expect(parts.every((url) => url.includes('uploadId=mine'))).toBe(true);
  const numbers = parts.map((url) => Number(/partNumber=(\d+)/.exec(url)?.[1]));
  expect(numbers.sort((one, other) => one - other)).toEqual([2, 3, 4, 5, 6]);
});
