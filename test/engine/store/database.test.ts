import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Database, openDatabase, transaction } from '../../../src/engine/store/database.ts';
import { migrate } from '../../../src/engine/store/migrations.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { root } from '../../paths.ts';
import { makeDataDir, removeDir } from '../running-engine.ts';

const withDatabase = (work: (db: Database, file: string) => void): void => {
  const dir = makeDataDir();
  const file = join(dir, 'test.db');
  const db = openDatabase(file);
  try {
    db.exec('CREATE TABLE t (x INTEGER)');
    work(db, file);
  } finally {
    db.close();
    removeDir(dir);
  }
};
const rows = (db: Database) => db.all<{ x: number }>('SELECT x FROM t ORDER BY x').map(({ x }) => x);

// Windows has no such rights.
test.skipIf(process.platform === 'win32')('is readable by its owner alone, with all files beside it', () => {
  withDatabase((db, file) => {
    db.run('INSERT INTO t VALUES (1)');
    const rights = ['', '-wal', '-shm'].map((end) => (statSync(file + end).mode & 0o777).toString(8));
    expect(rights).toEqual(['600', '600', '600']);
  });
});

test('a transaction that throws leaves nothing, and the next one works', () => {
  withDatabase((db) => {
    expect(() =>
      transaction(db, () => {
        db.run('INSERT INTO t VALUES (1)');
        throw new Error('no');
      }),
    ).toThrow('no');
    transaction(db, () => db.run('INSERT INTO t VALUES (2)'), { durable: true });
    expect(rows(db)).toEqual([2]);
  });
});

test('a transaction inside another belongs to it', () => {
  withDatabase((db) => {
    expect(() =>
      transaction(db, () => {
        transaction(db, () => db.run('INSERT INTO t VALUES (1)'));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(rows(db)).toEqual([]);
  });
});

test('migrating twice changes nothing, and a database of a newer program is left alone', () => {
  withDatabase((db) => {
    migrate(db);
    migrate(db);
    db.exec('PRAGMA user_version = 999');
    expect(() => migrate(db)).toThrow(ConfigError);
    expect(db.get('PRAGMA user_version')).toEqual({ user_version: 999 });
  });
});

test('a database stays alive while only its statements are used', () => {
  const script = `
    import { openDatabase } from './src/engine/store/database.ts';
    const run = (() => { const db = openDatabase(process.argv[1]); db.exec('CREATE TABLE t (x)'); return db.run; })();
    for (let i = 0; i < 3000; i += 1) { run('INSERT INTO t VALUES (?)', i); if (i % 100 === 0) global.gc(); }
    console.log('alive');`;
  const dir = makeDataDir();
  const child = spawnSync(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script, join(dir, 'gc.db')],
    { cwd: root, encoding: 'utf8' },
  );
  removeDir(dir);
  expect({ status: child.status, stdout: child.stdout, stderr: child.stderr }).toEqual({
    status: 0,
    stdout: 'alive\n',
    stderr: '',
  });
});
