/** Messages that wait to be written to their file, stored with the change that they are about. */
import type { Database } from './database.ts';

/** Stores lines until `dropEvents`, in the transaction of the change, so that neither exists without the other. */
export const recordEvents = (db: Database, lines: readonly string[]): void => {
  for (const line of lines) db.run('INSERT INTO events (line) VALUES (?)', line);
};

/** The oldest waiting lines, at most `limit`. */
export const waitingEvents = (
  db: Database,
  limit: number,
): { readonly seq: number; readonly line: string }[] =>
  db.all('SELECT seq, line FROM events ORDER BY seq LIMIT +?', limit);

/** Deletes lines up to and including one that has been written. */
export const dropEvents = (db: Database, seq: number): void => {
  db.run('DELETE FROM events WHERE seq <= ?', seq);
};
