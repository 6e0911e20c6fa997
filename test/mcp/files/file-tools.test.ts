/** The file tools over a real engine, judged by the vendor's SDK and by the file system. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolboxOver } from '../harness.ts';
import { bucket, bucketUrl, callOn, type FileTools, startFileTools } from './file-tools.ts';

let files: FileTools;
beforeAll(async () => {
  files = await startFileTools(['--file-links']);
});
afterAll(() => files.stop());

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
/** Writes files below the directory of --files-dir. */
const write = (content: Readonly<Record<string, string | Buffer>>): void => {
  for (const [path, text] of Object.entries(content)) {
    const full = join(files.filesDir, path);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, text);
  }
};
const read = (path: string): string => readFileSync(join(files.filesDir, path), 'utf8');
const hiddenIn = (path: string): string[] =>
  readdirSync(join(files.filesDir, path)).filter((name) => name.startsWith('.'));

describe('ListStoredFiles', () => {
  test('without a path names the buckets that may be used', async () => {
    const { fields } = await files.call('ListStoredFiles', {});
    expect(fields.paths).toEqual([`cos://results-1250000000/`]);
  });

  test('lists a directory, and continues with its cursor', async () => {
    for (let at = 0; at < 60; at++) await files.put(`many/${String(at).padStart(2, '0')}`, 'x');
    await files.put('many/deeper/file', 'x');
    const path = `${bucketUrl}/many/`;
    const seen: string[] = [];
    for (let cursor: unknown; ; ) {
      const page = await files.call('ListStoredFiles', { path, ...(cursor !== undefined && { cursor }) });
      // A table: names are in its first column.
      seen.push(...(page.text.match(/^ *\d\d(?=\|)/gm) ?? []).map((name) => name.trim()));
      cursor = page.fields.cursor;
      if (cursor === undefined) {
        expect(page.fields.directories).toEqual(['deeper/']);
        break;
      }
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, at) => String(at).padStart(2, '0')));
    const full = await files.call('ListStoredFiles', { path, detail: 'full' });
    expect(full.fields.files).toHaveLength(60);
  });
});

describe('ReadStoredFile', () => {
  test('returns a text in a fence, and any part of it', async () => {
    await files.put('read/text.txt', 'first\nsecond\nthird\n');
    const whole = await files.call('ReadStoredFile', { path: `${bucketUrl}/read/text.txt` });
    expect(whole.fields.text).toMatch(
      /^<<DATA-\w+ bytes 0 to 18 of an object\nfirst\nsecond\nthird\nDATA-\w+>>$/,
    );
    const end = await files.call('ReadStoredFile', { path: `${bucketUrl}/read/text.txt`, offset: -6 });
    expect(end.fields.summary).toContain('bytes 13 to 18 of 19');
    expect(end.text).toContain('third');
    expect(end.text).not.toContain('second');
  });

  test('reads a long text to its end, part by part, without splitting a character', async () => {
    const text = Array.from(
      { length: 3000 },
      (_, line) => `line ${line} 腾讯云 ${'x'.repeat(line % 50)}`,
    ).join('\n');
    await files.put('read/long.txt', text);
    let seen = '';
    for (let offset: number | undefined = 0; offset !== undefined; ) {
      const { fields } = await files.call('ReadStoredFile', {
        path: `${bucketUrl}/read/long.txt`,
        offset,
        detail: 'full',
        length: 10_001,
      });
      seen += String(fields.text)
        .replace(/^<<.*\n/, '')
        .replace(/\nDATA-\w+>>$/, '');
      const next = /offset (\d+) reads on/.exec(String((fields.next as string[] | undefined)?.[0] ?? ''));
      offset = next ? Number(next[1]) : undefined;
    }
    // A fence does not show the last line feed of a part.
    expect(seen.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
  });

  test('says how the rest of a text is read that is longer than an answer, and how all of it is got in one call', async () => {
    const text = Array.from({ length: 1_200 }, (_, line) => `${line}: ${'0123456789 '.repeat(4)}`).join('\n');
    const name = `60-kib-${'字'.repeat(70)}.txt`;
    const path = `${bucketUrl}/read/${name}`;
    await files.put(`read/${name}`, text);
    const { fields } = await files.call('ReadStoredFile', { path });
    const shown = Number(/bytes 0 to (\d+) of/.exec(String(fields.summary))?.[1]) + 1;
    expect(shown).toBeLessThan(text.length);
    expect(fields.next).toEqual([
      `The same call with offset ${shown} reads on.`,
      expect.stringMatching(/^For all .* in one call: FetchFiles with path .* copies it to a local file\.$/),
    ]);
    await files.call('FetchFiles', { path });
    expect(readFileSync(join(files.filesDir, name), 'utf8')).toBe(text);
    const listed = toolboxOver(files.engine, ['--buckets', bucket, '--file-links']);
    const withLinks = await callOn(listed, 'ReadStoredFile', { path });
    await listed.close();
    expect(withLinks.text).toContain('in one call: CreateFileLink with path');
  });

  test('does not show content that is no text', async () => {
    await files.put('read/image', randomBytes(300));
    const { fields } = await files.call('ReadStoredFile', { path: `${bucketUrl}/read/image` });
    expect(fields.summary).toContain('is no text');
    expect(fields.text).toBeUndefined();
  });
});

describe('FetchFiles', () => {
  test('copies a directory, returns a manifest and no content, and repeats as nothing', async () => {
    await files.put('out/a.csv', '1,2\n');
    await files.put('out/sub/b.csv', '3,4\n');
    const progress: number[] = [];
    const { fields, isError } = await files.call(
      'FetchFiles',
      { path: `${bucketUrl}/out/`, to: 'fetched' },
      { onProgress: (done) => progress.push(done) },
    );
    expect(isError).toBe(false);
    expect(fields.files).toEqual([
      { path: 'fetched/a.csv', size: 4, sha256: sha256('1,2\n'), verified: 'size' },
      { path: 'fetched/sub/b.csv', size: 4, sha256: sha256('3,4\n'), verified: 'size' },
    ]);
    expect([read('fetched/a.csv'), read('fetched/sub/b.csv')]).toEqual(['1,2\n', '3,4\n']);
    expect(progress.at(-1)).toBe(8);
    const again = await files.call('FetchFiles', { path: `${bucketUrl}/out/`, to: 'fetched' });
    expect(again.fields.summary).toBe('0 files were fetched: 0 bytes; 2 were here already.');
  });

  test('does not replace a file, except after the confirmation that names it', async () => {
    await files.put('replace/it.txt', 'new');
    write({ 'replaced/it.txt': 'old' });
    const args = { path: `${bucketUrl}/replace/it.txt`, to: 'replaced' };
    const refused = await files.call('FetchFiles', args);
    expect([refused.isError, refused.fields.existing, read('replaced/it.txt')]).toEqual([
      true,
      ['replaced/it.txt'],
      'old',
    ]);
    const preview = await files.call('FetchFiles', { ...args, overwrite: true });
    expect([preview.reason, read('replaced/it.txt')]).toEqual(['preview', 'old']);
    expect(preview.text).toContain('replaced/it.txt: 3 bytes of ');
    const { code } = preview.fields.preview as { code: string };
    const done = await files.call('FetchFiles', { ...args, overwrite: true, confirm: true, preview: code });
    expect([done.isError, done.reason, read('replaced/it.txt')]).toEqual([false, 'preview_code', 'new']);
  });

  test('asks again when the file has changed since the preview', async () => {
    await files.put('replace/it.txt', 'new');
    write({ 'changing/it.txt': 'old' });
    const args = { path: `${bucketUrl}/replace/it.txt`, to: 'changing', overwrite: true };
    const preview = await files.call('FetchFiles', args);
    write({ 'changing/it.txt': 'edited' });
    const { code } = preview.fields.preview as { code: string };
    const done = await files.call('FetchFiles', { ...args, confirm: true, preview: code });
    expect([done.reason, read('changing/it.txt')]).toEqual(['target_changed', 'edited']);
  });

  test('shows number and size above the limit, and fetches nothing', async () => {
    await files.put('large/file.bin', Buffer.alloc(1_500_000));
    const args = { path: `${bucketUrl}/large/`, to: 'limited', maxMb: 1 };
    const { isError, fields } = await files.call('FetchFiles', args);
    expect([isError, fields.summary]).toEqual([
      true,
      'FetchFiles: 1 file with 1.5 MB are above the limit of 1 MB. Nothing was transferred.',
    ]);
    expect(existsSync(join(files.filesDir, 'limited'))).toBe(false);
    expect((await files.call('FetchFiles', { ...args, maxMb: 2 })).isError).toBe(false);
  });

  test('leaves out hidden names, which configure other programs, and says so', async () => {
    await files.put('hidden/ok.txt', 'ok');
    await files.put('hidden/.git/config', '[core] fsmonitor = evil');
    const { fields } = await files.call('FetchFiles', { path: `${bucketUrl}/hidden/`, to: 'hidden-test' });
    expect(fields.leftOut).toEqual([{ path: '.git/config', reason: 'has a hidden name' }]);
    expect(readdirSync(join(files.filesDir, 'hidden-test'))).toEqual(['ok.txt']);
  });

  test('that is cancelled leaves nothing under the final name, and the next call continues it', async () => {
    const body = randomBytes(12_000_000);
    await files.put('resume/big.bin', body);
    const controller = new AbortController();
    const args = { path: `${bucketUrl}/resume/big.bin`, to: 'resumed' };
    const cancelled = files.call('FetchFiles', args, {
      signal: controller.signal,
      onProgress: (done) => done > 3_000_000 && controller.abort(),
    });
    await expect(cancelled).rejects.toThrow();
    expect(existsSync(join(files.filesDir, 'resumed/big.bin'))).toBe(false);
    const [partial = ''] = hiddenIn('resumed');
    expect(partial).toMatch(/^\.batch-mcp-[0-9a-f]{24}\.part$/);
    const { fields } = await files.call('FetchFiles', args);
    expect(fields.files).toEqual([
      { path: 'resumed/big.bin', size: body.length, sha256: sha256(body), verified: 'size' },
    ]);
    expect(readdirSync(join(files.filesDir, 'resumed'))).toEqual(['big.bin']);
  });
});

describe('StageFiles', () => {
  const project = {
    'project/main.py': 'print(1)\n',
    'project/lib/util.py': 'x = 1\n',
    'project/.gitignore': '*.log\nbuild/\n',
    'project/run.log': 'noise',
    'project/build/out.o': 'noise',
    'project/.env': 'SECRET=1',
    'project/.env.local': 'SECRET=1',
    'project/deploy.pem': 'key',
    'project/.git/config': '[core]',
  };

  test('packs a directory without what is protected or ignored, and names what was left out', async () => {
    write(project);
    symlinkSync('/etc/passwd', join(files.filesDir, 'project/link'));
    mkdirSync(join(files.filesDir, 'project/empty'));
    const { fields } = await files.call('StageFiles', { from: 'project', detail: 'full' });
    expect(fields.path).toMatch(
      /^cos:\/\/results-1250000000\.cos\.ap-guangzhou\.myqcloud\.com\/staged\/project-[0-9a-f]{16}\.tgz$/,
    );
    expect(fields.files).toEqual([
      { path: '.gitignore', size: 13, sha256: sha256('*.log\nbuild/\n') },
      { path: 'lib/util.py', size: 6, sha256: sha256('x = 1\n') },
      { path: 'main.py', size: 9, sha256: sha256('print(1)\n') },
    ]);
    expect(fields.leftOut).toEqual([
      { path: '.env', reason: 'may hold secrets' },
      { path: '.env.local', reason: 'may hold secrets' },
      { path: '.git/', reason: 'may hold secrets or the state of a tool' },
      { path: 'build/', reason: 'is in .gitignore' },
      { path: 'deploy.pem', reason: 'is a key file' },
      { path: 'empty/', reason: 'is an empty directory' },
      { path: 'link', reason: 'is a link or no plain file' },
      { path: 'run.log', reason: 'is in .gitignore' },
    ]);
    const archive = await files.get(String(fields.path).slice(`${bucketUrl}/`.length));
    expect(sha256(archive)).toBe(fields.sha256);
    const listed = execFileSync('tar', ['-tzf', '-'], { input: archive }).toString().trim().split('\n');
    expect(listed).toEqual(['.gitignore', 'lib/util.py', 'main.py']);
    // The same content is the same archive.
    const again = await files.call('StageFiles', { from: 'project' });
    expect([again.fields.path, again.fields.unchanged]).toEqual([fields.path, true]);
  });

  test('prefers .batchignore to .gitignore', async () => {
    write({
      'both/.gitignore': '*',
      'both/.batchignore': 'skip.txt',
      'both/a.txt': 'a',
      'both/skip.txt': 'b',
    });
    const { fields } = await files.call('StageFiles', { from: 'both', dryRun: true, detail: 'full' });
    expect(fields.files).toEqual([
      { path: '.batchignore', size: 8 },
      { path: '.gitignore', size: 1 },
      { path: 'a.txt', size: 1 },
    ]);
    expect(fields.ignoreFile).toBe('.batchignore');
  });

  test.skipIf(['darwin', 'win32'].includes(process.platform))(
    'tells upper from lower case in the patterns of an ignore file, as git does',
    async () => {
      write({ 'case/.gitignore': 'Data/\n*.o', 'case/Data/a': 'a', 'case/data/a': 'a', 'case/A.O': 'a' });
      const { fields } = await files.call('StageFiles', { from: 'case', dryRun: true });
      expect(fields.leftOut).toEqual([{ path: 'Data/', reason: 'is in .gitignore' }]);
    },
  );

  test('does not ask for a limit that is higher than the highest one', async () => {
    write({ 'sparse.img': '' });
    // Takes no space.
    truncateSync(join(files.filesDir, 'sparse.img'), 5e12);
    const { isError, fields } = await files.call('StageFiles', { from: 'sparse.img', maxMb: 50_000 });
    expect([isError, fields.summary, fields.next]).toEqual([
      true,
      'StageFiles: 1 file with 5000 GB are above the limit of 50 GB. Nothing was transferred.',
      [expect.stringMatching(/^Name a smaller part: one call transfers at most 50 GB\./)],
    ]);
    rmSync(join(files.filesDir, 'sparse.img'));
  });

  test('stores the files of a directory one by one for InputMappings', async () => {
    write({ 'data/a.txt': 'a', 'data/sub/b.txt': 'b' });
    const { fields } = await files.call('StageFiles', {
      from: 'data',
      pack: false,
      to: `${bucketUrl}/inputs/`,
    });
    expect(fields.path).toBe(`${bucketUrl}/inputs/`);
    expect((await files.get('inputs/sub/b.txt')).toString()).toBe('b');
  });

  test('stores one file, and does not replace another content without a confirmation', async () => {
    write({ 'one.txt': 'one' });
    const args = { from: 'one.txt', to: `${bucketUrl}/single/` };
    expect((await files.call('StageFiles', args)).fields.path).toBe(`${bucketUrl}/single/one.txt`);
    write({ 'one.txt': 'two' });
    const refused = await files.call('StageFiles', args);
    expect([refused.isError, refused.fields.code]).toEqual([true, 'FileAlreadyExists']);
    const preview = await files.call('StageFiles', { ...args, overwrite: true });
    expect(preview.reason).toBe('preview');
    const { code } = preview.fields.preview as { code: string };
    await files.call('StageFiles', { ...args, overwrite: true, confirm: true, preview: code });
    expect((await files.get('single/one.txt')).toString()).toBe('two');
  });

  test('stages everything beneath --files-dir as "."', async () => {
    write({ 'one.txt': 'one' });
    const { fields } = await files.call('StageFiles', { from: '.', dryRun: true, detail: 'full' });
    expect((fields.files as { path: string }[]).map(({ path }) => path)).toContain('one.txt');
  });
});

describe('CreateFileLink', () => {
  test('shows its signature in its own answer, and nowhere else', async () => {
    await files.put('link/it.txt', 'linked');
    const { fields, text } = await files.call('CreateFileLink', {
      path: `${bucketUrl}/link/it.txt`,
      minutes: 1,
    });
    const link = String(fields.link);
    expect(await (await fetch(link)).text()).toBe('linked');
    expect(text).toContain(link);
    const signature = /q-signature=(\w+)/.exec(link)?.[1] ?? 'none';
    const audit = readFileSync(join(files.engine.dataDir, 'audit.jsonl'), 'utf8');
    expect(audit).toContain('"CreateFileLink"');
    expect(audit).not.toContain(signature);
    const echoed = await files.call('ReadStoredFile', { path: link });
    expect(echoed.text).not.toContain(signature);
  });
});
