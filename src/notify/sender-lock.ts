/** One sender for the accounts of a data directory, so that no notice is sent by two programs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../engine/store/database.ts';

/**
 * Locks the sending. The operating system releases the lock when the process ends, however that happens.
 * @returns releases the lock; undefined while another process holds it
 * @throws ConfigError if this Node has no SQLite; the system's error if the directory cannot be written
 */
export const lockSending = (dataDir: string): (() => void) | undefined => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = openDatabase(join(dataDir, 'notify-lock.db'));
  try {
    db.exec('PRAGMA busy_timeout = 0');
    db.exec('BEGIN EXCLUSIVE');
    return () => db.close();
  } catch (error) {
    db.close();
    if (/locked|busy/i.test(String(error))) return undefined;
    throw error;
  }
};
