/** What can be wrong with files: each is a clear error, and nothing incomplete lies under a final name. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLocalFile } from '../../../src/mcp/files/local-root.ts';
import { openSource } from '../../../src/mcp/files/read-local.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import {
  type Answer,
  halfOf,
  object,
  type RefusingStorage,
  refusal,
  startRefusingStorage,
} from '../../client/cos/refusing-storage.ts';
import { objectOf, openStorage } from '../../client/cos/storage-under-test.ts';
import { toolboxOver } from '../harness.ts';
import { bucket, bucketUrl, callOn, type FileTools, startFileTools } from './file-tools.ts';

const content = randomBytes(50_000);
/** What the service answers for each key. */
const answers: Readonly<Record<string, Answer>> = {
  forbidden: refusal(403, 'AccessDenied'),
  archived: (response, request, count) =>
    request.method === 'HEAD'
      ? object(content, { 'x-cos-storage-class': 'ARCHIVE' })(response, request, count)
      : refusal(403, 'InvalidObjectState')(response, request, count),
  expired: refusal(400, 'ExpiredToken'),
  redirecting: refusal(302, 'Found', { location: 'http://127.0.0.1:1/elsewhere' }),
  broken: halfOf(content),
  damaged: object(content, { 'x-cos-hash-crc64ecma': '1' }),
  skewed: refusal(403, 'RequestTimeTooSkewed', { date: new Date().toUTCString() }),
};

let files: FileTools;
let service: RefusingStorage;
/** The tools over the service that refuses, with the same directory. */
let refusing: ToolService;
beforeAll(async () => {
  files = await startFileTools();
  service = await startRefusingStorage((key) => answers[key] ?? refusal(404, 'NoSuchKey'));
  refusing = toolboxOver({ ...files.engine, endpoint: service.endpoint }, [
    ...['--files-dir', files.filesDir, '--buckets', bucket],
  ]);
});
afterAll(async () => {
  await refusing.close();
  await service.stop();
  await files.stop();
});

/** Names below the directory of --files-dir, partial files left out. */
const finalNames = (path: string): string[] =>
  readdirSync(join(files.filesDir, path)).filter((name) => !name.startsWith('.'));

describe('FetchFiles reports', () => {
  test.each([
    ['an object without access', 'forbidden', 'AccessDenied'],
    ['temporary keys that have expired', 'expired', 'ExpiredToken'],
    ['a missing object', 'missing', 'NoSuchKey'],
    ['a clock that is off', 'skewed', 'RequestTimeTooSkewed'],
  ])('%s before it writes', async (_, key, code) => {
    const to = `refused-${key}`;
    const { isError, fields } = await callOn(refusing, 'FetchFiles', { path: `${bucketUrl}/${key}`, to });
    expect([isError, fields.code, fields.next]).toEqual([true, code, [expect.stringMatching(/\w{5}/)]]);
    expect(readdirSync(files.filesDir)).not.toContain(to);
  });

  test.each([
    ['an archived object', 'archived', /InvalidObjectState/],
    ['content with another checksum', 'damaged', /size or CRC-64 differ/],
  ])('%s, and leaves nothing under its name', async (_, key, reason) => {
    const to = `failed-${key}`;
    const { isError, text } = await callOn(refusing, 'FetchFiles', { path: `${bucketUrl}/${key}`, to });
    expect(isError).toBe(true);
    expect(text).toMatch(reason);
    expect(readdirSync(join(files.filesDir, to))).toEqual([]);
  });

  test('a redirect, which it does not follow', async () => {
    const { isError, text } = await callOn(refusing, 'FetchFiles', { path: `${bucketUrl}/redirecting` });
    expect([isError, text]).toEqual([true, expect.stringContaining('which is not followed')]);
  });

  test('no failure where the connection breaks off again and again: it continues where it was', async () => {
    // Each connection brings half of what is missing, so the file is complete after a few of them.
    const { fields } = await callOn(refusing, 'FetchFiles', { path: `${bucketUrl}/broken`, to: 'broken' });
    expect(fields.files).toMatchObject([{ path: 'broken/broken', size: content.length }]);
    const ranges = service.received.filter(({ url, method }) => url.includes('/broken') && method === 'GET');
    expect(ranges.length).toBeGreaterThan(3);
    expect(ranges.slice(1).every(({ headers }) => headers['if-match'] === '"tag"')).toBe(true);
  });

  test('a missing bucket', async () => {
    const { fields } = await files.call('FetchFiles', {
      path: 'cos://results-1250000000.cos.ap-tokyo.myqcloud.com/x/',
    });
    expect(fields.code).toBe('NoSuchBucket');
  });
});

describe('Arguments that are refused before anything is sent:', () => {
  beforeAll(async () => {
    await files.put('dir/file.txt', 'x');
    mkdirSync(join(files.filesDir, 'local'));
    writeFileSync(join(files.filesDir, 'local/file.txt'), 'x');
    writeFileSync(join(files.filesDir, '.env'), 'SECRET=1');
    symlinkSync('/etc', join(files.filesDir, 'etc'));
    symlinkSync('/etc/hostname', join(files.filesDir, 'host'));
    const invalid = Buffer.concat([Buffer.from(join(files.filesDir, 'bytes/')), Buffer.from([0x66, 0xff])]);
    mkdirSync(join(files.filesDir, 'bytes'));
    writeFileSync(invalid, 'x');
  });
  test.each([
    [
      'a key that is a directory',
      'ReadStoredFile',
      { path: `${bucketUrl}/dir` },
      'It is a directory; write it as',
    ],
    ['a directory as a file', 'ReadStoredFile', { path: `${bucketUrl}/dir/` }, 'It is a directory'],
    ['a file as a directory', 'ListStoredFiles', { path: `${bucketUrl}/dir/file.txt` }, 'ends with "/"'],
    [
      'an offset beyond the end',
      'ReadStoredFile',
      { path: `${bucketUrl}/dir/file.txt`, offset: 5 },
      'the last offset is 0',
    ],
    ['a length of zero', 'ReadStoredFile', { path: `${bucketUrl}/dir/file.txt`, length: 0 }, 'length'],
    ['a key with ..', 'ReadStoredFile', { path: `${bucketUrl}/dir/../file` }, '"." or ".." as a part'],
    ['a key that is no Unicode', 'ReadStoredFile', { path: `${bucketUrl}/\ud800` }, 'not valid Unicode'],
    [
      'a key that is too long',
      'ReadStoredFile',
      { path: `${bucketUrl}/${'x'.repeat(900)}` },
      'longer than 850 bytes',
    ],
    [
      'another host',
      'ReadStoredFile',
      { path: 'cos://results-1250000000.cos.ap-tokyo.evil.com/x' },
      'It must have the form',
    ],
    [
      'a bucket that is not allowed',
      'ReadStoredFile',
      { path: 'cos://other-1250000000.cos.ap-tokyo.myqcloud.com/x' },
      'outside the buckets',
    ],
    ['an address of the web', 'FetchFiles', { path: 'https://example.com/x' }, 'It must have the form'],
    [
      'a local path outside',
      'FetchFiles',
      { path: `${bucketUrl}/dir/`, to: '../outside' },
      'below the directory of --files-dir',
    ],
    [
      'an absolute path outside',
      'FetchFiles',
      { path: `${bucketUrl}/dir/`, to: '/etc' },
      'below the directory of --files-dir',
    ],
    ['a local link', 'FetchFiles', { path: `${bucketUrl}/dir/`, to: 'etc' }, 'links are not followed'],
    [
      'a local path behind a link',
      'FetchFiles',
      { path: `${bucketUrl}/dir/`, to: 'etc/new' },
      'links are not followed',
    ],
    [
      'a file as the directory',
      'FetchFiles',
      { path: `${bucketUrl}/dir/`, to: 'local/file.txt' },
      'is no directory',
    ],
    ['a hidden directory', 'FetchFiles', { path: `${bucketUrl}/dir/`, to: '.config' }, 'hidden directories'],
    ['a missing local file', 'StageFiles', { from: 'missing' }, 'There is no missing'],
    ['a link to stage', 'StageFiles', { from: 'host' }, 'links are not followed'],
    ['a file behind a link to stage', 'StageFiles', { from: 'etc/hostname' }, 'links are not followed'],
    ['a protected file', 'StageFiles', { from: '.env' }, 'may hold secrets'],
    ['a name that is no UTF-8', 'StageFiles', { from: 'bytes' }, 'not valid UTF-8'],
    [
      'an archive with another ending',
      'StageFiles',
      { from: 'local', to: `${bucketUrl}/x.zip` },
      'ends in .tgz',
    ],
    [
      'a directory as an object',
      'StageFiles',
      { from: 'local', pack: false, to: `${bucketUrl}/x` },
      'end it with "/"',
    ],
    [
      'a link without --file-links',
      'CreateFileLink',
      { path: `${bucketUrl}/dir/file.txt` },
      'There is no tool',
    ],
  ])('%s', async (_, name, args, message) => {
    const refused = await files
      .call(name, args)
      .catch((error: Error) => ({ isError: true, text: error.message }));
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining(message)]);
  });

  test('nothing was written by any of them', () => {
    expect(finalNames('.').sort()).toEqual(expect.arrayContaining(['bytes', 'etc', 'host', 'local']));
    expect(finalNames('local')).toEqual(['file.txt']);
  });
});

test('A file that changes while it is read is not stored', async () => {
  const opened = await openStorage(files.engine);
  const signal = new AbortController().signal;
  const path = join(files.filesDir, 'changing.bin');
  try {
    for (const size of [100, 21_000_000]) {
      writeFileSync(path, Buffer.alloc(size));
      const root = { path: files.filesDir, dataDir: undefined };
      const source = await openSource(await openLocalFile(root, ['changing.bin']), 'changing.bin', signal);
      writeFileSync(path, Buffer.alloc(size, 1));
      const put = opened.storage.put(objectOf(`changed/${size}`), source, { mayOverwrite: false, signal });
      await expect(put).rejects.toThrow('changed while it was read');
      await source.close();
    }
    const { objects } = await opened.storage.list(objectOf('changed/'), { signal });
    expect(objects).toEqual([]);
    const uploads = await files.sdk.multipartList({
      Bucket: bucket,
      Region: 'ap-guangzhou',
      Prefix: '',
      Delimiter: '',
    });
    expect(uploads.Upload).toEqual([]);
  } finally {
    await opened.close();
  }
});

/** A small file system, if this user may mount one. */
const small = mkdtempSync(join(tmpdir(), 'batch-mcp-small-'));
const isMounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync('umount', [small]);
  rmSync(small, { recursive: true, force: true });
});

test.skipIf(!isMounted)(
  'A full disk is reported before and during a transfer, and the next call continues',
  async () => {
    const service = toolboxOver(files.engine, ['--files-dir', small, '--buckets', bucket]);
    try {
      await files.put('disk/large.bin', randomBytes(6_000_000));
      await files.put('disk/fits.bin', randomBytes(3_000_000));
      const large = await callOn(service, 'FetchFiles', { path: `${bucketUrl}/disk/large.bin` });
      expect([large.isError, large.fields.code]).toEqual([true, 'ENOSPC']);
      expect(readdirSync(small)).toEqual([]);

      const filler = join(small, 'filler');
      const fits = { path: `${bucketUrl}/disk/fits.bin`, to: 'to' };
      // The rest of the disk is used up when the transfer has begun.
      const fill = () => {
        const { bavail, bsize } = statfsSync(small);
        writeFileSync(filler, Buffer.alloc(Math.max(0, bavail - 100) * bsize));
      };
      const failed = await callOn(service, 'FetchFiles', fits, {
        onProgress: (done) => done === 0 && fill(),
      });
      expect([failed.isError, failed.text]).toEqual([true, expect.stringContaining('the disk is full')]);
      expect(readdirSync(join(small, 'to')).filter((name) => !name.startsWith('.'))).toEqual([]);
      rmSync(filler);
      const continued = await callOn(service, 'FetchFiles', fits);
      expect(continued.isError).toBe(false);
      expect(readdirSync(join(small, 'to'))).toEqual(['fits.bin']);
    } finally {
      await service.close();
    }
  },
);
