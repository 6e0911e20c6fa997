/** The object storage protocol of the engine, judged by the vendor's own SDK over a real socket. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import COS from 'cos-nodejs-sdk-v5';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from '../running-engine.ts';

const target = { Bucket: 'results-1250000000', Region: 'ap-guangzhou' };
/** How jobs address the same bucket. */
const url = 'cos://results-1250000000.cos.ap-guangzhou.myqcloud.com';

let engine: RunningEngine;
let cos: COS;

const clientOf = (SecretKey: string, more: Partial<COS.COSOptions> = {}): COS => {
  const { host } = new URL(engine.endpoint);
  const client: COS & { readonly options?: object } = new COS({
    SecretId: engine.secretId,
    SecretKey,
    Domain: host,
    Protocol: 'http:',
    ...more,
  });
  // The constructor refuses path style, which new buckets of the cloud no longer offer; the request code still has it.
  Object.assign(client.options ?? {}, { ForcePathStyle: true });
  return client;
};

beforeAll(async () => {
  engine = await startRunningEngine();
  cos = clientOf(engine.secretKey);
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const put = (Key: string, Body: string | Buffer, Headers = {}) =>
  cos.putObject({ ...target, Key, Body, Headers });
const get = async (Key: string, more = {}) =>
  (await cos.getObject({ ...target, Key, ...more })).Body.toString();
const read = async (Key: string) => (await cos.getObject({ ...target, Key })).Body as Buffer;
/** Status and code of a refused call; HEAD has no body and hence no code. */
const refusalOf = async (call: Promise<unknown>) =>
  call.then(
    () => 'not refused',
    (error: { statusCode: number; code?: string }) => [error.statusCode, error.code],
  );

describe('An object that the SDK stores', () => {
  test.each(['plain.txt', 'a/deep/path.txt', "a/b c(腾讯)!*'+&?#%.txt", 'a/..b', 'naïve/ß'])(
    'under the key %j is read back with the same bytes',
    async (key) => {
      const body = randomBytes(70_000);
      await put(key, body);
      const read = await cos.getObject({ ...target, Key: key });
      expect(Buffer.compare(read.Body as Buffer, body)).toBe(0);
      const head = await cos.headObject({ ...target, Key: key });
      expect(head.headers?.['content-length']).toBe('70000');
      expect(head.ETag).toBe(read.ETag);
    },
  );

  test('in parts is one object, and leaves no parts behind', async () => {
    const file = join(engine.dataDir, 'upload.bin');
    const body = randomBytes(3 * 1024 * 1024 + 17);
    writeFileSync(file, body);
    await cos.sliceUploadFile({ ...target, Key: 'big/file.bin', FilePath: file, ChunkSize: 1024 * 1024 });
    const read = await cos.getObject({ ...target, Key: 'big/file.bin' });
    expect(Buffer.compare(read.Body as Buffer, body)).toBe(0);
    expect((await cos.multipartList({ ...target, Prefix: '', Delimiter: '' })).Upload).toEqual([]);
    expect(readdirSync(join(engine.storageDir, '.uploads'))).toEqual([]);
  });

  test('in parts is completed once, also when the client repeats the request because its answer was lost', async () => {
    const Key = 'repeated';
    const { UploadId } = await cos.multipartInit({ ...target, Key });
    const bodies = [randomBytes(1024 * 1024), randomBytes(100)];
    const Parts: { PartNumber: number; ETag: string }[] = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await cos.multipartUpload({ ...target, Key, UploadId, PartNumber, Body });
      Parts.push({ PartNumber, ETag });
    }
    const complete = (parts = Parts) => cos.multipartComplete({ ...target, Key, UploadId, Parts: parts });
    const answers = await Promise.all([complete(), complete()]);
    expect(Buffer.compare(Buffer.from(await read(Key)), Buffer.concat(bodies))).toBe(0);
    // What is stored under the key later stays.
    await put(Key, 'later');
    answers.push(await complete());
    expect(new Set(answers.map(({ ETag }) => ETag)).size).toBe(1);
    expect(await get(Key)).toBe('later');
    expect(await refusalOf(complete(Parts.slice(0, 1)))).toEqual([404, 'NoSuchUpload']);
    expect(readdirSync(join(engine.storageDir, '.uploads'))).toEqual([]);
  });

  test('lies beside the logs that a job redirects to the bucket', async () => {
    const JobId = await engine.submit({
      JobName: 'print',
      Tasks: [
        shellTask('print', 'echo whole log of the job', {
          RedirectInfo: { StdoutRedirectPath: `${url}/logs/`, StdoutRedirectFileName: 'job.log' },
        }),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    expect(await get('logs/job.log')).toBe('whole log of the job\n');
  });
});

describe('A range', () => {
  beforeAll(() => put('digits', '0123456789'));
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=-4', '6789', 'bytes 6-9/10'],
  ])('%s returns that part and its place in the object', async (Range, text, contentRange) => {
    const part = await cos.getObject({ ...target, Key: 'digits', Range });
    expect([part.statusCode, part.Body.toString(), part.headers?.['content-range']]).toEqual([
      206,
      text,
      contentRange,
    ]);
  });
  test.each(['bytes=10-', 'bytes=5-3', 'bytes=0-1,3-4', 'chars=0-1', 'bytes=-'])(
    '%s is refused',
    async (Range) => {
      expect(await refusalOf(cos.getObject({ ...target, Key: 'digits', Range }))).toEqual([
        416,
        'InvalidRange',
      ]);
    },
  );
});

test('Conditions decide by the ETag', async () => {
  await put('conditional', 'x');
  const { ETag } = await cos.headObject({ ...target, Key: 'conditional' });
  expect(await get('conditional', { IfMatch: ETag })).toBe('x');
  expect(await refusalOf(cos.getObject({ ...target, Key: 'conditional', IfMatch: '"other"' }))).toEqual([
    412,
    'PreconditionFailed',
  ]);
  const current = cos.getObject({ ...target, Key: 'conditional', IfNoneMatch: ETag });
  expect((await refusalOf(current))[0]).toBe(304);
});

describe('A list', () => {
  const listed = { Bucket: 'listed-1250000000', Region: 'ap-guangzhou' };
  const keys = ['a.txt', 'a/b/1', 'a/b/2', 'a/c', 'a0', 'b', 'c<&>"\'.txt'];
  beforeAll(async () => {
    for (const Key of [...keys].reverse()) await cos.putObject({ ...listed, Key, Body: Key });
  });

  test.each([1, 2, 3, 1000])(
    'in pages of %i holds every key once, in the order of their bytes',
    async (MaxKeys) => {
      const found: string[] = [];
      let Marker: string | undefined;
      do {
        const page = await cos.getBucket({ ...listed, MaxKeys, ...(Marker === undefined ? {} : { Marker }) });
        found.push(...page.Contents.map(({ Key }) => Key));
        Marker = page.IsTruncated === 'true' ? page.NextMarker : undefined;
      } while (Marker !== undefined);
      expect(found).toEqual(keys);
    },
  );

  test('with a delimiter shows folders instead of what is in them', async () => {
    const top = await cos.getBucket({ ...listed, Delimiter: '/' });
    expect([top.CommonPrefixes.map(({ Prefix }) => Prefix), top.Contents.map(({ Key }) => Key)]).toEqual([
      ['a/'],
      ['a.txt', 'a0', 'b', 'c<&>"\'.txt'],
    ]);
    const inner = await cos.getBucket({ ...listed, Prefix: 'a/', Delimiter: '/' });
    expect([inner.CommonPrefixes.map(({ Prefix }) => Prefix), inner.Contents.map(({ Key }) => Key)]).toEqual([
      ['a/b/'],
      ['a/c'],
    ]);
  });

  test('of a prefix that no key has is empty, and of a bucket that does not exist is refused', async () => {
    expect((await cos.getBucket({ ...listed, Prefix: 'zzz' })).Contents).toEqual([]);
    expect(await refusalOf(cos.getBucket({ Bucket: 'none-1250000000', Region: 'ap-guangzhou' }))).toEqual([
      404,
      'NoSuchBucket',
    ]);
  });
});

describe('A request is refused', () => {
  beforeAll(async () => {
    for (const key of ['plain.txt', 'a/deep/path.txt', 'digits']) await put(key, '0123456789');
  });
  test.each([
    ['for a key that does not exist', () => get('missing'), [404, 'NoSuchKey']],
    ['for a key that is a directory', () => get('a'), [404, 'NoSuchKey']],
    ['for a key with a parent step', () => put('a/../../outside', 'x'), [400, 'InvalidURI']],
    ['for a key with an empty part', () => put('a//b', 'x'), [400, 'InvalidURI']],
    ['for a key above 850 bytes', () => put('k'.repeat(851), 'x'), [400, 'KeyTooLong']],
    ['for an object below another object', () => put('plain.txt/below', 'x'), [409, 'PathConflict']],
    ['for an object with the name of a folder', () => put('a', 'x'), [409, 'PathConflict']],
    [
      'where the object exists and overwriting is forbidden',
      () => put('plain.txt', 'x', { 'x-cos-forbid-overwrite': 'true' }),
      [409, 'FileAlreadyExists'],
    ],
    [
      'where the digest is not that of the body',
      () => put('digest', 'x', { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' }),
      [400, 'BadDigest'],
    ],
    [
      'that is signed with another key',
      () => clientOf('wrong').getObject({ ...target, Key: 'digits' }),
      [403, 'SignatureDoesNotMatch'],
    ],
    [
      'that is signed with an unknown key',
      () => clientOf('x', { SecretId: 'AKIDunknown' }).getObject({ ...target, Key: 'digits' }),
      [403, 'InvalidAccessKeyId'],
    ],
    ['for deleting an object', () => cos.deleteObject({ ...target, Key: 'digits' }), [501, 'NotImplemented']],
  ])('%s', async (_, call, refusal) => {
    expect(await refusalOf(call())).toEqual(refusal);
  });

  test('and leaves nothing half-written', () => {
    expect(readdirSync(join(engine.storageDir, '.uploads'))).toEqual([]);
  });
});

test('A pre-signed link serves one object until it expires', async () => {
  await put('linked', 'linked');
  const link = cos.getObjectUrl({ ...target, Key: 'linked', Sign: true, Expires: 60 }, () => undefined);
  expect(await (await fetch(link)).text()).toBe('linked');
  expect((await fetch(link.replace('linked', 'digits'))).status).toBe(403);
  const expired = cos.getObjectUrl({ ...target, Key: 'linked', Sign: true, Expires: -60 }, () => undefined);
  expect((await fetch(expired)).status).toBe(403);
});

test('A part whose upload is aborted while it arrives is refused as one of no upload, and nothing is left of it', async () => {
  const Key = 'aborted-meanwhile';
  const { UploadId } = await cos.multipartInit({ ...target, Key });
  const Query = { partNumber: '1', uploadId: UploadId };
  const url = cos.getObjectUrl({ ...target, Key, Method: 'PUT', Query, Sign: true }, () => undefined);
  const sending = request(url, { method: 'PUT', headers: { 'content-length': 200_000 } });
  const answered = once(sending, 'response');
  sending.write(Buffer.alloc(100_000));
  const dir = join(engine.storageDir, '.uploads', UploadId);
  await until('the part arrives', () => readdirSync(dir).some((name) => name.endsWith('.incoming')));
  await cos.multipartAbort({ ...target, Key, UploadId });
  sending.end(Buffer.alloc(100_000));
  const [response] = (await answered) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray()).toString();
  expect([response.statusCode, /<Code>(\w+)</.exec(body)?.[1]]).toEqual([404, 'NoSuchUpload']);
  expect(existsSync(dir)).toBe(false);
});

test('A list of parts leaves out a part that is being replaced, and is refused once the upload is aborted', async () => {
  const Key = 'listed-meanwhile';
  const { UploadId } = await cos.multipartInit({ ...target, Key });
  const dir = join(engine.storageDir, '.uploads', UploadId);
  const nameOf = (number: number): string => join(dir, `part.${number}.${'0'.repeat(32)}`);
  for (let number = 1; number <= 400; number += 1) writeFileSync(nameOf(number), 'x');
  // A name without a file, as in a directory that was read just before the file was removed.
  rmSync(nameOf(2));
  symlinkSync(join(dir, 'none'), nameOf(2));
  const list = () => cos.multipartListPart({ ...target, Key, UploadId });
  const { Part } = await list();
  expect(Part.slice(0, 3).map(({ PartNumber }) => PartNumber)).toEqual(['1', '3', '4']);
  // Without the SDK, which repeats a request that the server could not answer.
  const Query = { uploadId: UploadId };
  const url = cos.getObjectUrl({ ...target, Key, Method: 'GET', Query, Sign: true }, () => undefined);
  const listing = Array.from({ length: 20 }, async () => (await fetch(url)).status);
  await cos.multipartAbort({ ...target, Key, UploadId });
  expect((await Promise.all(listing)).filter((status) => ![200, 404].includes(status))).toEqual([]);
  expect(await refusalOf(list())).toEqual([404, 'NoSuchUpload']);
});

test('A body that an engine received only in part is gone when the next one has started', async () => {
  await put('partial', 'x');
  const partial = join(engine.storageDir, '.uploads', 'interrupted.put');
  writeFileSync(partial, 'half');
  await engine.stop();
  engine = await startRunningEngine({ dataDir: engine.dataDir });
  cos = clientOf(engine.secretKey);
  await until('the partial body is removed', () => !existsSync(partial));
  expect(await get('partial')).toBe('x');
});

test('Links in a bucket are never followed', async () => {
  const bucket = join(engine.storageDir, 'cos', `${target.Bucket}.cos.ap-guangzhou.myqcloud.com`);
  const outside = join(engine.dataDir, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  symlinkSync(outside, join(bucket, 'folder-link'));
  symlinkSync(join(outside, 'secret'), join(bucket, 'file-link'));
  expect(await refusalOf(get('folder-link/secret'))).toEqual([404, 'NoSuchKey']);
  expect(await refusalOf(get('file-link'))).toEqual([404, 'NoSuchKey']);
  expect(await refusalOf(put('folder-link/new', 'x'))).toEqual([409, 'PathConflict']);
  await put('file-link', 'replaced');
  expect([readFileSync(join(outside, 'secret'), 'utf8'), await get('file-link')]).toEqual([
    'secret',
    'replaced',
  ]);
});
