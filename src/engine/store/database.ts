/** One open SQLite database over the interface of `node:sqlite`: prepared once, transactions, durable on request. */
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ConfigError } from '../../shared/errors.ts';

export type SqlValue = null | number | bigint | string | Uint8Array;

/** An open database. Every statement text is prepared once and kept. */
export interface Database {
  readonly file: string;
  /** Runs a statement that returns no rows. */
  run(sql: string, ...values: readonly SqlValue[]): { readonly changes: number };
  /** The first row, or undefined. `Row` names the columns as the statement spells them. */
  get<Row>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  /** All rows. */
  all<Row>(sql: string, ...values: readonly SqlValue[]): Row[];
  /** Runs several statements at once; for schema and pragmas only. */
  exec(sql: string): void;
  /** How many transactions are open around the caller: 0 or more. */
  readonly depth: { now: number };
  close(): void;
}

interface Statement {
  run(...values: readonly SqlValue[]): { changes: number | bigint };
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): unknown[];
}
interface Handle {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}
interface SqliteModule {
  readonly DatabaseSync: new (file: string) => Handle;
}

/**
 * Handles that are open. The binding for Node 20 frees a database whose handle is unreachable although its
 * statements are in use, and the process dies; so this list, the one mutable thing of a module, holds them.
 */
const openHandles = new Set<Handle>();

/**
 * Opens (and makes, if need be) a database in WAL mode.
 * @param file path, or `:memory:`
 * @throws ConfigError when this Node has no SQLite and the package that brings it is not installed
 */
export const openDatabase = (file: string): Database => {
  const { DatabaseSync } = loadSqlite();
  // SQLite gives the files beside it the same rights; a folder that was there before may be open to others.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600));
  const handle = new DatabaseSync(file);
  openHandles.add(handle);
  handle.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON');
  handle.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  const statements = new Map<string, Statement>();
  const statementOf = (sql: string): Statement => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = handle.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    file,
    depth: { now: 0 },
    run: (sql, ...values) => ({ changes: Number(statementOf(sql).run(...values).changes) }),
    // The columns of a row are what the statement text says; no compiler can read them there.
    get: <Row>(sql: string, ...values: readonly SqlValue[]) =>
      statementOf(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: readonly SqlValue[]) => statementOf(sql).all(...values) as Row[],
    exec: (sql) => handle.exec(sql),
    close: () => {
      statements.clear();
      openHandles.delete(handle);
      handle.close();
    },
  };
};

/**
 * Runs `work` in one transaction: all of it or nothing. Inside another one it joins that one.
 * @param durable true: on the disk, not only in the system's cache, before this returns. Costs an fsync; it is for
 *   what a caller is told was accepted
 * @returns what `work` returns; what it throws is thrown after everything was undone
 */
export const transaction = <T>(db: Database, work: () => T, durable = false): T => {
  if (db.depth.now > 0) return work();
  if (durable) db.exec('PRAGMA synchronous = FULL');
  try {
    db.run('BEGIN IMMEDIATE');
    db.depth.now = 1;
    try {
      const result = work();
      db.run('COMMIT');
      return result;
    } catch (error) {
      rollBack(db);
      throw error;
    } finally {
      db.depth.now = 0;
    }
  } finally {
    if (durable) db.exec('PRAGMA synchronous = NORMAL');
  }
};

const rollBack = (db: Database): void => {
  try {
    db.run('ROLLBACK');
  } catch {
    // A full disk makes SQLite roll back by itself; then there is nothing left to undo.
  }
};

/** Node's own SQLite where there is one, else the package of the same interface. */
const loadSqlite = (): SqliteModule => {
  const emitWarning = process.emitWarning;
  try {
    // Node 22 calls the module experimental on stderr; the person who runs a job can do nothing about it.
    process.emitWarning = () => undefined;
    const builtin = process.getBuiltinModule?.('node:sqlite');
    // The types of Node 20 do not know the module, so its interface is written down above.
    if (builtin !== undefined) return builtin as unknown as SqliteModule;
  } finally {
    process.emitWarning = emitWarning;
  }
  try {
    return createRequire(import.meta.url)('@photostructure/sqlite') as SqliteModule;
  } catch (error) {
    throw new ConfigError(
      'This Node has no built-in SQLite and the package `@photostructure/sqlite` is not installed. ' +
        'Use Node 22.13 or newer, or install without `--omit=optional`.',
      { cause: error },
    );
  }
};
