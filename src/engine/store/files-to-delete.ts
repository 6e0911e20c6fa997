/** Files that are no longer needed: recorded with the change that makes them so, deleted later. */
import type { Database } from './database.ts';

/** Records a file or directory, by its path below the data directory. */
export const deleteFilesLater = (db: Database, path: string): void => {
  db.run('INSERT OR IGNORE INTO files_to_delete VALUES (?)', path);
};

/** The recorded paths, at most `limit`. */
export const filesToDelete = (db: Database, limit: number): string[] =>
  db.all<{ path: string }>('SELECT path FROM files_to_delete LIMIT +?', limit).map((row) => row.path);

/** Removes the record of a file that has been deleted. */
export const forgetFile = (db: Database, path: string): void => {
  db.run('DELETE FROM files_to_delete WHERE path = ?', path);
};
