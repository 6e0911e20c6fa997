/** What a migration leaves behind when it fails: the database as it was, and a copy of it. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/engine/store/database.ts';
import { migrate } from '../../src/engine/store/migrations.ts';
import { copyFixture, expected, oldSchema, removeCopy } from './fixture.ts';

const versionOf = (db: Database): number =>
  db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? -1;

const currentSchema = (() => {
  const db = openDatabase(':memory:');
  migrate(db);
  const version = versionOf(db);
  db.close();
  return version;
})();

let dataDir: string;
let file: string;
const opened: Database[] = [];
const open = (path = file): Database => {
  const db = openDatabase(path);
  opened.push(db);
  return db;
};

beforeEach(() => {
  dataDir = copyFixture();
  file = join(dataDir, 'engine.db');
});
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  removeCopy(dataDir);
});

/** JobIds of the database; the column has this name in every version. */
const jobIdsOf = (db: Database): readonly string[] =>
  db.all<{ id: string }>('SELECT job_id AS id FROM jobs ORDER BY job_id').map(({ id }) => id);
const allJobIds = Object.values(expected.ids.jobs).sort();

/** Dies in the middle of a migration of the database at `path`. @returns the signal that ended the process */
const crashMigrating = (path: string): NodeJS.Signals | null =>
  spawnSync(process.execPath, [
    ...['--import', 'tsx', join(import.meta.dirname, 'crash-in-migration.ts'), path],
  ]).signal;

test('a database of 0.1.0 is migrated to the current schema with every job', () => {
  const db = open();
  migrate(db);
  expect([versionOf(db), jobIdsOf(db)]).toEqual([currentSchema, allJobIds]);
});

test('a process that dies while it creates a database leaves an empty one, which the next start fills', () => {
  const fresh = join(dataDir, 'fresh.db');
  expect(crashMigrating(fresh)).toBe('SIGKILL');
  const db = open(fresh);
  expect([versionOf(db), db.all("SELECT name FROM sqlite_master WHERE type = 'table'")]).toEqual([0, []]);
  migrate(db);
  expect([versionOf(db), jobIdsOf(db)]).toEqual([currentSchema, []]);
});

// These need a step from the schema of 0.1.0 to the current one.
describe.runIf(currentSchema > oldSchema)('a step from the schema of 0.1.0', () => {
  const copyOf = () => `${file}.v${oldSchema}`;

  test('is preceded by a private copy of the database that includes the write-ahead log', () => {
    migrate(open());
    expect(existsSync(copyOf())).toBe(true);
    if (process.platform !== 'win32') expect(statSync(copyOf()).mode & 0o777).toBe(0o600);
    const db = open(copyOf());
    expect([versionOf(db), jobIdsOf(db)]).toEqual([oldSchema, allJobIds]);
  });

  test('is committed together with all later steps', () => {
    const db = open();
    let commits = 0;
    migrate({
      ...db,
      run: (sql, ...values) => {
        if (sql === 'COMMIT') commits += 1;
        return db.run(sql, ...values);
      },
    });
    expect(commits).toBe(1);
  });

  test('leaves the old database when the process dies before the commit, and the next start migrates it', () => {
    expect(crashMigrating(file)).toBe('SIGKILL');
    const db = open();
    expect([versionOf(db), jobIdsOf(db)]).toEqual([oldSchema, allJobIds]);
    migrate(db);
    expect([versionOf(db), jobIdsOf(db)]).toEqual([currentSchema, allJobIds]);
  });

  test('leaves the old database when the disk is full, and the next start migrates it', () => {
    const full = open();
    const { page_count } = full.get<{ page_count: number }>('PRAGMA page_count') ?? { page_count: 0 };
    // SQLite then fails with SQLITE_FULL, as it does when no block is left.
    full.exec(`PRAGMA max_page_count = ${page_count}`);
    expect(() => migrate(full)).toThrow(/full/);
    expect([versionOf(full), jobIdsOf(full)]).toEqual([oldSchema, allJobIds]);
    full.close();
    opened.splice(opened.indexOf(full), 1);
    const db = open();
    migrate(db);
    expect([versionOf(db), jobIdsOf(db)]).toEqual([currentSchema, allJobIds]);
  });
});
