/** The data directory: its lock, its keys, and the address of its engine. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { openDatabase } from '../store/database.ts';

/** The keys of a data directory, created once. They are valid for this engine only. */
export interface EngineKeys {
  readonly engineId: string;
  readonly secretId: string;
  readonly secretKey: string;
}

/** What another process of the same user needs to call the engine. */
export interface EngineAddress {
  readonly endpoint: string;
  /** Path of the Unix socket; absent for an engine of version 0.1.0. */
  readonly socket?: string | undefined;
  readonly secretId: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly storageDir: string;
  /** `none`, `bwrap` or `refuse`. */
  readonly sandbox: string;
  readonly pid: number;
  readonly version: string;
}

/** @throws ConfigError on Windows, which has neither the signals nor the sockets that the engine uses */
export const assertPlatform = (platform: NodeJS.Platform): void => {
  if (platform !== 'win32') return;
  throw new ConfigError(
    'The local engine runs on Linux and macOS; on Windows, install and start batch-mcp inside WSL.',
  );
};

/** Creates the directory, readable by its owner only. */
export const createDataDir = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigError(
      `The data directory ${dataDir} cannot be created; choose another with --data-dir.`,
      {
        cause: error,
      },
    );
  }
};

/**
 * Locks a data directory for this process. The operating system releases the lock when the process ends, however that
 * happens.
 * @returns releases the lock
 * @throws ConfigError when another engine holds it
 */
export const lockDataDir = (dataDir: string): (() => void) => {
  const db = openDatabase(join(dataDir, 'lock.db'));
  try {
    // An engine that is stopping releases the lock within this time.
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

/** Writes a file that only its owner can read, completely or not at all. */
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

const hasStrings = <K extends string>(value: unknown, names: readonly K[]): value is Record<K, string> =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Partial<Record<K, unknown>>)[name] === 'string');

/** The keys of the directory; created and stored by the first call. */
export const keysOf = (dataDir: string): EngineKeys => {
  const file = join(dataDir, 'engine-keys.json');
  const stored = readJson(file);
  if (hasStrings(stored, ['engineId', 'secretId', 'secretKey'])) return stored;
  const random = (bytes: number) => randomBytes(bytes).toString('hex');
  // The vendor's ids start like this, have 36 characters, and are abbreviated by its clients.
  const keys = { engineId: random(6), secretId: `AKID${random(16)}`, secretKey: random(16) };
  writePrivate(file, JSON.stringify(keys));
  return keys;
};

const addressFile = (dataDir: string): string => join(dataDir, 'engine.json');

/** Records where the engine is reached. */
export const writeAddress = (address: EngineAddress): void =>
  writePrivate(addressFile(address.dataDir), JSON.stringify(address));

/**
 * Where the directory's engine was last reached; undefined when it has never run or was stopped. It may have been
 * killed since.
 */
export const readAddress = (dataDir: string): EngineAddress | undefined => {
  const stored = readJson(addressFile(dataDir));
  const names = ['endpoint', 'secretId', 'secretKey', 'dataDir', 'storageDir', 'sandbox', 'version'] as const;
  // `pid` is only shown: another process may have got the number since.
  return hasStrings(stored, names) ? ({ pid: 0, ...stored } as EngineAddress) : undefined;
};

export const removeAddress = (dataDir: string): void => rmSync(addressFile(dataDir), { force: true });
