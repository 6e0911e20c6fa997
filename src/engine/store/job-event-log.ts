/** The log of job events: recorded with the change, read from a cursor, delivered in order. */
import {
  cursorOf,
  type EventKind,
  type EventPage,
  type EventQueue,
  type EventRequest,
  eventIdOf,
  type JobEvent,
  type LoggedEvent,
  readEventCursor,
} from '../../shared/job-event.ts';
import { type Database, transaction } from './database.ts';

/** What a client that comes back reads in a few calls; older ones are deleted once they are delivered. */
const maxEvents = 10_000;
/** A receiver that is down must not fill the disk: at about 300 bytes each, these are 30 MB. */
const maxUndelivered = 100_000;
/** Deleting is checked at each event whose number is a multiple of this. */
const pruneEvery = 500;

/** Records an event; one with the same id is recorded once. Call it in the transaction of the change. */
export const addJobEvent = (db: Database, event: Omit<JobEvent, 'id'>, cause: string): void => {
  const { time, kind, region, jobId, jobName, state, detail } = event;
  const row = db.get<{ seq: number }>(
    `INSERT INTO job_events (event_id, time, kind, region, job_id, job_name, state, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING RETURNING seq`,
    eventIdOf(jobId, kind, cause),
    time,
    kind,
    region,
    jobId,
    jobName,
    state,
    detail,
  );
  if (row !== undefined && row.seq % pruneEvery === 0) prune(db, row.seq);
};

const prune = (db: Database, newest: number): void => {
  db.run(
    'DELETE FROM job_events WHERE seq <= min(?, coalesce((SELECT delivered_seq FROM event_delivery), ?)) OR seq <= ?',
    newest - maxEvents,
    newest,
    newest - maxUndelivered,
  );
};

/** How many events of a kind a job has. */
export const eventCountOf = (db: Database, jobId: string, kind: EventKind): number =>
  db.get<{ n: number }>('SELECT count(*) AS n FROM job_events WHERE job_id = ? AND kind = ?', jobId, kind)
    ?.n ?? 0;

const columns = `seq, event_id AS id, time, kind, region, job_id AS jobId, job_name AS jobName, state, detail`;

/**
 * Reads events after a cursor, or the newest ones.
 * @param logId identifies this log in its cursors
 */
export const readJobEvents = (db: Database, logId: string, { since, limit }: EventRequest): EventPage => {
  const cursor = since === undefined ? undefined : readEventCursor(since);
  const isOurs = cursor?.logId === logId;
  const newest = newestSeq(db);
  if (since === undefined) {
    const events = db
      .all<LoggedEvent>(`SELECT ${columns} FROM job_events ORDER BY seq DESC LIMIT +?`, limit)
      .reverse();
    return { events, cursor: cursorOf(logId, newest), hasMore: false };
  }
  const from = isOurs ? cursor.seq : 0;
  const found = db.all<LoggedEvent>(
    `SELECT ${columns} FROM job_events WHERE seq > ? ORDER BY seq LIMIT +?`,
    from,
    limit + 1,
  );
  const events = found.slice(0, limit);
  return {
    events,
    cursor: cursorOf(logId, events.at(-1)?.seq ?? Math.min(from, newest)),
    hasMore: found.length > limit,
    ...gapOf(isOurs, from, found[0]?.seq),
  };
};

const gapOf = (isOurs: boolean, from: number, first: number | undefined): { readonly gap?: string } => {
  if (!isOurs) return { gap: 'The cursor belongs to another account, region or data directory.' };
  return first !== undefined && first > from + 1
    ? { gap: `Events after the cursor were deleted: the last ${maxEvents} are retained.` }
    : {};
};

/** Also of events that were deleted. */
const newestSeq = (db: Database): number =>
  db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'job_events'`)?.seq ?? 0;

/** The queue of a sender. The first one begins with the events that follow: what was before was never to be sent. */
export const createEventQueue = (db: Database): EventQueue => {
  db.run('INSERT OR IGNORE INTO event_delivery (id, delivered_seq) VALUES (1, ?)', newestSeq(db));
  return {
    undelivered: (limit) =>
      db.all<LoggedEvent>(
        `SELECT ${columns} FROM job_events WHERE seq > (SELECT delivered_seq FROM event_delivery)
         ORDER BY seq LIMIT +?`,
        limit,
      ),
    markDelivered: (seq) =>
      transaction(
        db,
        () => void db.run('UPDATE event_delivery SET delivered_seq = max(delivered_seq, ?)', seq),
        { durable: true },
      ),
  };
};
