import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyFile, copyTree, shownName } from '../../../../src/engine/runner/workspace/copy.ts';
import { removeTree } from '../../../../src/engine/runner/workspace/remove-tree.ts';
import { entriesOf, openBeneath, statBeneath } from '../../../../src/shared/beneath.ts';

let directory: string;
const at = (...names: string[]) => join(directory, ...names);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  mkdirSync(at('from'));
});
afterEach(async () => {
  await removeTree(directory);
});

const shell = (script: string) => execFileSync('/bin/sh', ['-c', script], { cwd: at('from') });

const copy = async () => {
  const from = await openBeneath(at('from'), []);
  const to = await openBeneath(at('to'), [], { create: true });
  try {
    return await copyTree(from, to, { ownsSource: true });
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

const isRoot = process.geteuid?.() === 0;

describe('A copy', () => {
  test.skipIf(!isRoot)('by root belongs to the owner of its directory before it has content', async () => {
    writeFileSync(at('from', 'file'), Buffer.alloc(32 * 1024 * 1024, 'x'));
    mkdirSync(at('to'));
    chownSync(at('to'), 65_534, 65_534);
    const from = await openBeneath(at('from'), []);
    const to = await openBeneath(at('to'), []);
    let isCopied = false;
    const copied = copyFile(from, 'file', to, 'file').finally(() => {
      isCopied = true;
    });
    const owners = new Set<number>();
    while (!isCopied) {
      const found = readdirSync(at('to')).map((name) => statSync(at('to', name), { throwIfNoEntry: false }));
      for (const stats of found) if (stats !== undefined && stats.size > 0) owners.add(stats.uid);
      await setImmediate();
    }
    await Promise.all([copied, from.close(), to.close()]);
    expect([...owners]).toEqual([65_534]);
  });

  test('keeps names that are not UTF-8, permissions, and files without permissions', async () => {
    shell(`printf x > "$(printf 'caf\\351')"; echo '#!/bin/sh' > run; chmod 755 run; echo y > hidden; chmod 0 hidden
      mkdir -p closed/inner; echo z > closed/inner/file; chmod 0 closed/inner; chmod 500 closed`);
    expect(await copy()).toEqual({ copied: 4, skipped: [] });
    const to = await openBeneath(at('to'), []);
    const names = (await entriesOf(to)).map(({ name }) => name.toString('latin1'));
    await to.close();
    expect(names).toEqual(['caf\xe9', 'closed', 'hidden', 'run']);
    expect(statSync(at('to', 'run')).mode & 0o777).toBe(0o755);
    expect(readFileSync(at('to', 'hidden'), 'utf8')).toBe('y\n');
    expect(readFileSync(at('to', 'closed', 'inner', 'file'), 'utf8')).toBe('z\n');
  });

  test('leaves out links, pipes and sockets, and replaces what has the name of a file', async () => {
    shell('echo new > file; ln -s /etc/passwd link; mkfifo pipe; mkdir sub; ln -s / sub/root');
    mkdirSync(at('to'));
    writeFileSync(at('outside'), 'outside');
    symlinkSync(at('outside'), at('to', 'file'));
    expect(await copy()).toEqual({ copied: 1, skipped: [] });
    expect(lstatSync(at('to', 'file')).isFile()).toBe(true);
    expect(readFileSync(at('outside'), 'utf8')).toBe('outside');
    expect(existsSync(at('to', 'link'))).toBe(false);
    expect(existsSync(at('to', 'sub', 'root'))).toBe(false);
  });

  test('reports a file that cannot be written and copies the rest', async () => {
    shell('echo a > a; echo b > b; echo c > c');
    mkdirSync(at('to', 'b'), { recursive: true });
    writeFileSync(at('to', 'b', 'x'), '');
    expect(await copy()).toEqual({ copied: 2, skipped: ['b (EISDIR)'] });
    expect(readFileSync(at('to', 'c'), 'utf8')).toBe('c\n');
  });

  test('does not expand a sparse file', async () => {
    shell('truncate -s 1G sparse; echo end >> sparse');
    await copy();
    const { size, blocks } = statSync(at('to', 'sparse'));
    expect(size).toBe(1024 ** 3 + 4);
    expect(blocks * 512).toBeLessThan(2 * 1024 ** 2);
  });

  test('ends at a depth that it reports', async () => {
    const deep = Array.from({ length: 200 }, () => 'd').join('/');
    shell(`mkdir -p ${deep}; echo x > ${deep}/file; echo y > z`);
    const { copied, skipped } = await copy();
    expect(copied).toBe(1);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatch(/ \(deeper than 128 directories\)$/);
  });
});

describe('A path below a directory', () => {
  test('never leads through a link', async () => {
    mkdirSync(at('outside'));
    writeFileSync(at('outside', 'secret'), 'x');
    symlinkSync(at('outside'), at('from', 'link'));
    symlinkSync(at('outside', 'secret'), at('from', 'file'));
    await expect(openBeneath(at('from'), ['link'])).rejects.toThrow(/ENOTDIR|ELOOP/);
    await expect(openBeneath(at('from'), ['link', 'new'], { create: true })).rejects.toThrow(/ENOTDIR|ELOOP/);
    expect(await statBeneath(at('from'), ['link', 'secret'])).toBe(undefined);
    expect((await statBeneath(at('from'), ['file']))?.isSymbolicLink()).toBe(true);
    expect(existsSync(at('outside', 'new'))).toBe(false);
  });
});

describe('A removal', () => {
  test('removes directories without permissions, and paths longer than the system accepts', async () => {
    shell(`mkdir -p mod/a/b; echo > mod/a/b/f; chmod 555 mod/a/b mod/a mod; mkdir none; echo > none/f; chmod 0 none
      name=$(printf '%0200d' 0); i=0
      while [ $i -lt 30 ]; do mkdir $name && cd -P $name || exit 1; i=$((i + 1)); done; echo > f`);
    expect(await removeTree(at('from'))).toBe(undefined);
    expect(existsSync(at('from'))).toBe(false);
  });

  test('removes a link and not what it points to', async () => {
    writeFileSync(at('outside'), 'x');
    symlinkSync(at('outside'), at('from', 'link'));
    symlinkSync(at('from'), at('link'));
    expect(await removeTree(at('link'))).toBe(undefined);
    expect(existsSync(at('from'))).toBe(true);
    expect(await removeTree(at('from'))).toBe(undefined);
    expect(readFileSync(at('outside'), 'utf8')).toBe('x');
  });

  test('of something that does not exist is complete', async () => {
    expect(await removeTree(at('nothing', 'there'))).toBe(undefined);
  });
});

test('A file name that is not text is shown with its bytes.', () => {
  expect(['a', '名', 'a\nb'].map((name) => shownName(Buffer.from(name)))).toEqual(['a', '名', 'a\\x0ab']);
  expect(shownName(Buffer.from('caf\xe9', 'latin1'))).toBe('caf\\xe9');
});
