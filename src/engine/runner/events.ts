/** Writes waiting messages to `events.jsonl`, where another program can follow them. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../store/database.ts';
import { dropEvents, waitingEvents } from '../store/events.ts';

/** The file's name in the data directory. */
const eventsFile = 'events.jsonl';

/** Few enough that one turn of the loop stays short. */
const linesAtOnce = 500;

/**
 * Appends what waits, oldest first. A crash between the file and the database writes a line twice, never none:
 * the vendor's queues promise no more.
 * @returns whether more is waiting
 * @throws the system's error when the disk is full; nothing is lost then
 */
export const writeEvents = (db: Database, dataDir: string): boolean => {
  const waiting = waitingEvents(db, linesAtOnce);
  const last = waiting.at(-1);
  if (last === undefined) return false;
  appendFileSync(join(dataDir, eventsFile), waiting.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 });
  dropEvents(db, last.seq);
  return waiting.length === linesAtOnce;
};
