/** Messages that wait to be written to their file, stored with the change they tell of. */
import type { Database } from './database.ts';

/** Keeps lines until `dropEvents`; in the transaction of the change, so that neither exists without the other. */
export const recordEvents = (db: Database, lines: readonly string[]): void => {
  for (const line of lines) db.run('INSERT INTO events (line) VALUES (?)', line);
};

/** The oldest lines that wait. @param limit at most so many */
export const waitingEvents = (
  db: Database,
  limit: number,
): { readonly seq: number; readonly line: string }[] =>
  db.all('SELECT seq, line FROM events ORDER BY seq LIMIT ?', limit);

/** Forgets lines up to and with one that has been written. */
export const dropEvents = (db: Database, seq: number): void => {
  db.run('DELETE FROM events WHERE seq <= ?', seq);
};
