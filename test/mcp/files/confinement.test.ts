/** No sequence of file calls reads or writes outside --files-dir or the allowed directory of the bucket, whatever the names are. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { allowedPrefixesOf } from '../../../src/client/cos/allowed-buckets.ts';
import { cosAddressOf } from '../../../src/client/cos/cos-address.ts';
import { parseCosUrl } from '../../../src/client/cos/cos-object.ts';
import { restrictStorage } from '../../../src/client/cos/storage.ts';
import { endpointOf } from '../../../src/client/endpoints.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { openStorage } from '../../client/cos/storage-under-test.ts';
import { toolboxOver } from '../harness.ts';
import { bucketUrl, callOn, type FileTools, startFileTools } from './file-tools.ts';

const secret = 'SECRET-CONTENT';
let files: FileTools;
/** Beside the directory of --files-dir: must never be read or written. */
let outside: string;
let inside: string;
let service: ToolService;

// Every test has an engine and directories for itself, because the calls of a test may overwrite any object.
beforeEach(async () => {
  files = await startFileTools();
  outside = join(files.filesDir, 'outside');
  inside = join(files.filesDir, 'inside');
  for (const path of [outside, inside]) mkdirSync(path);
  // The directory beside it begins with the same name.
  mkdirSync(`${inside}-not`);
  writeFileSync(join(`${inside}-not`, 'secret.txt'), secret);
  writeFileSync(join(outside, 'secret.txt'), secret);
  for (const key of ['secret.txt', 'allowed-not/secret.txt', 'allowed.txt', 'other/secret.txt'])
    await files.put(key, secret);
  await files.put('allowed/file.txt', 'harmless');
  await files.put('allowed/deep/file.txt', 'harmless');
  service = toolboxOver(files.engine, [
    ...['--files-dir', inside, '--buckets', `${bucketUrl}/allowed/`, '--confirm', 'none', '--file-links'],
  ]);
});
afterEach(async () => {
  await service.close();
  await files.stop();
});

/** Every file below a directory, with its content. Links are not followed: `recursive` of newer Node versions does. */
const contentOf = (directory: string): Readonly<Record<string, string>> =>
  Object.assign(
    {},
    ...readdirSync(directory, { withFileTypes: true }).map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return contentOf(path);
      return entry.isFile() ? { [path]: readFileSync(path, 'utf8') } : {};
    }),
  );

const hostileParts = [
  '..',
  '.',
  '',
  '%2e%2e',
  '..%2f',
  '\\..\\',
  '~',
  '\u0000',
  'secret.txt',
  'link',
  'link-dir',
  'allowed',
  'file.txt',
  'deep',
  'a\u202eb',
  'ｆｉｌｅ',
];
const part = fc.oneof(fc.constantFrom(...hostileParts), fc.string({ maxLength: 8 }));
const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const host = fc.constantFrom(
  'results-1250000000.cos.ap-guangzhou.myqcloud.com',
  'results-1250000000',
  'RESULTS-1250000000',
  'other-1250000000.cos.ap-guangzhou.myqcloud.com',
  'results-1250000000.cos.ap-guangzhou.myqcloud.com.evil.com',
  'results-1250000000.cos.evil.com/.myqcloud.com',
  'user@results-1250000000',
  'results-1250000000:80',
  '127.0.0.1',
  '..',
);
const madeUrl = fc
  .tuple(
    fc.constantFrom('cos://', 'COS://', 'https://', 'file://', ''),
    host,
    fc.constantFrom('/', '/allowed/', '/allowed/../', '/allowed-not/', '//'),
    path,
    fc.constantFrom('', '/'),
  )
  .map((parts) => parts.join(''));
/** Addresses of what exists, which an adversary knows. */
const knownUrl = fc
  .constantFrom(
    '',
    'secret.txt',
    'allowed-not/',
    'allowed-not/secret.txt',
    'allowed.txt',
    'allowed',
    'other/',
    'allowed/../secret.txt',
    'allowed/',
    'allowed/file.txt',
    'allowed/deep/',
  )
  .map((key) => `${bucketUrl}/${key}`);
const url = fc.oneof(knownUrl, madeUrl);
const localPath = fc.oneof(
  path,
  path.map((text) => `/${text}`),
  fc.constantFrom(
    '../outside',
    '../inside-not',
    '../inside-not/secret.txt',
    'link',
    'link/x',
    'link-dir',
    'link-dir/secret.txt',
    '.',
  ),
);
const call = fc.oneof(
  fc.record({
    name: fc.constant('ListStoredFiles'),
    args: fc.record({ path: url, recursive: fc.boolean() }),
  }),
  fc.record({ name: fc.constant('ReadStoredFile'), args: fc.record({ path: url, offset: fc.integer() }) }),
  fc.record({ name: fc.constant('CreateFileLink'), args: fc.record({ path: url }) }),
  fc.record({
    name: fc.constant('FetchFiles'),
    args: fc.record({ path: url, to: localPath, overwrite: fc.boolean() }),
  }),
  fc.record({
    name: fc.constant('StageFiles'),
    args: fc.record({ from: localPath, to: url, pack: fc.boolean(), overwrite: fc.boolean() }),
  }),
);

test('Sequences of calls with hostile names stay inside', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 4 }), async (calls) => {
      rmSync(inside, { recursive: true });
      mkdirSync(inside);
      writeFileSync(join(inside, 'file.txt'), 'mine');
      symlinkSync(join(outside, 'secret.txt'), join(inside, 'link'));
      symlinkSync(outside, join(inside, 'link-dir'));
      for (const { name, args } of calls) {
        const { text } = await callOn(service, name, args);
        expect(text).not.toContain(secret);
        expect(text).not.toContain('This is a bug');
      }
      expect(Object.values(contentOf(inside))).not.toContain(secret);
      expect(contentOf(outside)).toEqual({ [join(outside, 'secret.txt')]: secret });
      expect(contentOf(`${inside}-not`)).toEqual({ [join(`${inside}-not`, 'secret.txt')]: secret });
    }),
    { numRuns: 150 },
  );
  // Nothing outside the allowed directory of the bucket was written, and nothing secret inside it.
  const { Contents } = await files.sdk.getBucket({
    Bucket: 'results-1250000000',
    Region: 'ap-guangzhou',
    Prefix: '',
  });
  const keys = Contents.map(({ Key }) => Key);
  expect(keys.filter((key) => !key.startsWith('allowed/')).sort()).toEqual([
    'allowed-not/secret.txt',
    'allowed.txt',
    'other/secret.txt',
    'secret.txt',
  ]);
  for (const key of keys.filter((one) => one.startsWith('allowed/') && !one.endsWith('/')))
    expect((await files.get(key)).toString(), key).not.toContain(secret);
});

test('A directory that is replaced by a link again and again is never followed', async () => {
  mkdirSync(join(inside, 'target'));
  const isSwapping = { on: true };
  const swap = async (): Promise<void> => {
    for (let round = 0; isSwapping.on; round++) {
      try {
        renameSync(join(inside, 'target'), join(inside, `real-${round}`));
        symlinkSync(outside, join(inside, 'target'));
        await new Promise(setImmediate);
        rmSync(join(inside, 'target'));
        renameSync(join(inside, `real-${round}`), join(inside, 'target'));
        await new Promise(setImmediate);
      } catch {
        // A call may have created what is renamed; the next round goes on.
      }
    }
  };
  const swapping = swap();
  try {
    for (let round = 0; round < 40; round++) {
      const fetched = { path: `${bucketUrl}/allowed/`, to: 'target', overwrite: true };
      await callOn(service, 'FetchFiles', fetched);
      const staged = await callOn(service, 'StageFiles', {
        from: 'target',
        pack: false,
        to: `${bucketUrl}/allowed/swap/`,
        overwrite: true,
      });
      expect(staged.text).not.toContain(secret);
    }
  } finally {
    isSwapping.on = false;
    await swapping;
  }
  expect(contentOf(outside)).toEqual({ [join(outside, 'secret.txt')]: secret });
  const { Contents } = await files.sdk.getBucket({
    Bucket: 'results-1250000000',
    Region: 'ap-guangzhou',
    Prefix: 'allowed/swap/',
  });
  for (const { Key } of Contents) expect((await files.get(Key)).toString()).not.toContain(secret);
});

test('A redirect path leads nowhere but into its own directory, and with --buckets only into the allowed ones', async () => {
  const opened = await openStorage(files.engine);
  const signal = new AbortController().signal;
  const reads = async (allowed: readonly string[], redirect: string, fileName: string) => {
    const storage = restrictStorage(opened.storage, allowedPrefixesOf(allowed));
    const reader = storage.redirected(redirect);
    if (reader === undefined) return 'no address';
    try {
      const { body } = await reader.get(reader.objectOf(fileName), { signal });
      let text = '';
      for await (const chunk of body) text += Buffer.from(chunk).toString();
      return text;
    } catch (error) {
      return error instanceof Error ? error.name : 'error';
    }
  };
  try {
    expect(await reads([], `${bucketUrl}/allowed/`, 'file.txt')).toBe('harmless');
    expect(await reads([`${bucketUrl}/allowed/`], `${bucketUrl}/allowed/`, 'file.txt')).toBe('harmless');
    expect(await reads([`${bucketUrl}/allowed/`], `${bucketUrl}/other/`, 'secret.txt')).toBe('InputError');
    await fc.assert(
      fc.asyncProperty(url, path, async (redirect, fileName) => {
        expect(await reads([`${bucketUrl}/allowed/`], redirect, fileName)).not.toBe(secret);
      }),
      { numRuns: 200 },
    );
    await fc.assert(
      fc.asyncProperty(path, async (fileName) => {
        expect(await reads([], `${bucketUrl}/allowed/`, fileName)).not.toBe(secret);
      }),
      { numRuns: 200 },
    );
  } finally {
    await opened.close();
  }
});

test('No address leads to another host than one of object storage', async () => {
  const cloud = endpointOf(undefined);
  await fc.assert(
    fc.asyncProperty(url, async (text) => {
      const parsed = parseCosUrl(text);
      if ('problem' in parsed) return;
      const address = await cosAddressOf(parsed, cloud, 'myqcloud.com', 'ap-guangzhou').catch(
        () => undefined,
      );
      if (address === undefined) return;
      expect(address.origin).toMatch(/^https:\/\/[a-z0-9-]+\.cos\.[a-z0-9-]+\.myqcloud\.com$/);
      expect(new URL(address.path, address.origin).host).toBe(new URL(address.origin).host);
      expect(new URL(`${address.origin}${address.path}`).pathname).toBe(address.path);
    }),
    { numRuns: 1000 },
  );
});
