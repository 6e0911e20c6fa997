/** Files that are no longer needed: noted with the change that makes them so, deleted when there is time. */
import type { Database } from './database.ts';

/** Notes a file or directory, by its path below the data directory. */
export const deleteFilesLater = (db: Database, path: string): void => {
  db.run('INSERT OR IGNORE INTO files_to_delete VALUES (?)', path);
};

/** At most so many of the paths that are noted. */
export const filesToDelete = (db: Database, limit: number): string[] =>
  db.all<{ path: string }>('SELECT path FROM files_to_delete LIMIT ?', limit).map((row) => row.path);

/** Takes a note away, once the file is gone. */
export const forgetFile = (db: Database, path: string): void => {
  db.run('DELETE FROM files_to_delete WHERE path = ?', path);
};
