/** The data directory: who may write to it, the keys that belong to it, and where its engine can be reached. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { openDatabase } from '../store/database.ts';

/** The keys of a data directory, made once. They open this engine and nothing else. */
export interface EngineKeys {
  readonly engineId: string;
  readonly secretId: string;
  readonly secretKey: string;
}

/** What another process of the same user needs to call the engine. */
export interface EngineAddress {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly storageDir: string;
  /** `none`, `bwrap` or `refuse`. */
  readonly sandbox: string;
  readonly pid: number;
  readonly version: string;
}

/** Makes the directory, readable by its owner alone. */
export const makeDataDir = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigError(`The data directory ${dataDir} cannot be made; choose another with --data-dir.`, {
      cause: error,
    });
  }
};

/**
 * Takes the sole right to write to a data directory. The right is a lock of the operating system on an open file, so
 * it ends with the process, however that ends.
 * @returns gives the right back
 * @throws ConfigError when another engine has it
 */
export const lockDataDir = (dataDir: string): (() => void) => {
  const db = openDatabase(join(dataDir, 'lock.db'));
  try {
    // An engine that is just stopping is gone in less than this.
    db.exec('PRAGMA busy_timeout = 500');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw new ConfigError(
      `Another engine serves ${dataDir}. Use that one (\`batch-mcp engine status\`), stop it (\`batch-mcp engine stop\`), ` +
        'or choose another directory with --data-dir.',
      { cause: error },
    );
  }
  return () => db.close();
};

/** Writes a file that its owner alone can read, whole or not at all. */
const writePrivate = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

const hasTexts = <K extends string>(value: unknown, names: readonly K[]): value is Record<K, string> =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Partial<Record<K, unknown>>)[name] === 'string');

/** The keys of the directory; made and written at the first call. */
export const keysOf = (dataDir: string): EngineKeys => {
  const file = join(dataDir, 'engine-keys.json');
  const stored = readJson(file);
  if (hasTexts(stored, ['engineId', 'secretId', 'secretKey'])) return stored;
  const random = (bytes: number) => randomBytes(bytes).toString('hex');
  // The vendor's ids have this beginning and 36 characters, and its clients show them cut after a few.
  const keys = { engineId: random(6), secretId: `AKID${random(16)}`, secretKey: random(16) };
  writePrivate(file, JSON.stringify(keys));
  return keys;
};

const addressFile = (dataDir: string): string => join(dataDir, 'engine.json');

/** Says where the engine is. */
export const writeAddress = (address: EngineAddress): void =>
  writePrivate(addressFile(address.dataDir), JSON.stringify(address));

/** Where the directory's engine was last; undefined when it has never run or was stopped. It may be dead all the same. */
export const readAddress = (dataDir: string): EngineAddress | undefined => {
  const stored = readJson(addressFile(dataDir));
  const names = ['endpoint', 'secretId', 'secretKey', 'dataDir', 'storageDir', 'sandbox', 'version'] as const;
  // `pid` is only shown, never trusted: a number may have been given to another process since.
  return hasTexts(stored, names) ? ({ pid: 0, ...stored } as EngineAddress) : undefined;
};

export const removeAddress = (dataDir: string): void => rmSync(addressFile(dataDir), { force: true });
