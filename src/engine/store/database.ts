/** A SQLite database over the interface of `node:sqlite`, with cached statements and transactions. */
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ConfigError } from '../../shared/errors.ts';
import { createReserve, type Reserve } from './reserve.ts';

export type SqlValue = null | number | bigint | string | Uint8Array;

/**
 * An open database. Each statement text is prepared once; but SQLite prepares one with `LIMIT ?` again whenever it gets a
 * value, to plan for it. `LIMIT +?` is the same without that.
 */
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
  /** Whether a transaction is open; one inside another joins it. */
  readonly transactionState: { isOpen: boolean };
  /** Disk space for what must be recorded on a full disk; undefined for a database that holds none. */
  readonly reserve: Reserve | undefined;
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
 * The open handles. The binding for Node 20 frees a database whose handle is unreachable although its statements are in
 * use, and the process crashes; this list, the only mutable state of a module, keeps them reachable.
 */
const openHandles = new Set<Handle>();

/**
 * Opens a database in WAL mode, and creates it if it does not exist.
 * @param file path, or `:memory:`
 * @param withReserve whether to hold disk space for `transaction(…, { reserve: true })`
 * @throws ConfigError if this Node has no SQLite and the package that provides it is not installed
 */
export const openDatabase = (file: string, withReserve = false): Database => {
  const { DatabaseSync } = loadSqlite();
  // SQLite gives the files beside it the same mode; an existing directory may be open to other users.
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
    transactionState: { isOpen: false },
    reserve: withReserve ? createReserve(file) : undefined,
    run: (sql, ...values) => ({ changes: Number(statementOf(sql).run(...values).changes) }),
    // The statement text determines the columns of a row, which the compiler cannot read.
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

export interface TransactionOptions {
  /** On the disk, not only in the system's cache, before this returns. Costs an fsync; for what a response confirms. */
  readonly durable?: boolean;
  /** If the disk is full, runs `work` again with the reserve freed: for what ends work, and so makes room. */
  readonly reserve?: boolean;
}

/**
 * Runs `work` in one transaction: all of it or nothing. Inside another transaction it joins that one.
 * @returns what `work` returns; what it throws is thrown after a rollback
 */
export const transaction = <T>(db: Database, work: () => T, options: TransactionOptions = {}): T => {
  if (db.transactionState.isOpen) return work();
  try {
    return runTransaction(db, work, options);
  } catch (error) {
    if (!options.reserve || !isDiskFull(error) || !db.reserve?.release()) throw error;
    return runTransaction(db, work, options);
  }
};

const runTransaction = <T>(db: Database, work: () => T, { durable }: TransactionOptions): T => {
  if (durable) db.exec('PRAGMA synchronous = FULL');
  try {
    db.run('BEGIN IMMEDIATE');
    db.transactionState.isOpen = true;
    try {
      const result = work();
      db.run('COMMIT');
      return result;
    } catch (error) {
      rollBack(db);
      throw error;
    } finally {
      db.transactionState.isOpen = false;
    }
  } finally {
    if (durable) db.exec('PRAGMA synchronous = NORMAL');
  }
};

/** SQLite says so in its message; the bindings differ in the codes that they add. */
const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && /disk is full|disk I\/O error|ENOSPC/i.test(error.message);

const rollBack = (db: Database): void => {
  try {
    db.run('ROLLBACK');
  } catch {
    // On a full disk SQLite rolls back by itself.
  }
};

/** Node's built-in SQLite if it has one, else the package with the same interface. */
const loadSqlite = (): SqliteModule => {
  const emitWarning = process.emitWarning;
  try {
    // Node 22 warns on stderr that the module is experimental, which a user can do nothing about.
    process.emitWarning = () => undefined;
    const builtin = process.getBuiltinModule?.('node:sqlite');
    // The types of Node 20 lack the module, so its interface is declared above.
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
