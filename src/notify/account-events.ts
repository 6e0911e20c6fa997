/** The events of one account in one region, in a file of the data directory. */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventAccess } from '../client/job-events.ts';
import { type Database, openDatabase } from '../engine/store/database.ts';
import { createEventQueue, readJobEvents } from '../engine/store/job-event-log.ts';
import { migrate } from '../engine/store/migrations.ts';
import type { EventPage, EventQueue, EventRequest } from '../shared/job-event.ts';
import { accountSteps } from './account-schema.ts';
import type { EventLimits } from './observe.ts';
import { pollAccount } from './poll-account.ts';

export interface AccountScope {
  readonly dataDir: string;
  /** These three say which jobs are meant. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
}

export interface AccountEvents {
  /** Brings the log up to date. @throws the service's error */
  poll(call: EventAccess['call']): Promise<void>;
  read(request: EventRequest): EventPage;
  queue(): EventQueue;
  close(): void;
}

/**
 * Opens the log; it is created if it does not exist.
 * @throws the system's error if the data directory cannot be written; ConfigError if a newer program wrote the log
 */
export const openAccountEvents = (
  { dataDir, endpoint, account, region }: AccountScope,
  limits: EventLimits,
  now: () => number,
): AccountEvents => {
  const logId = createHash('sha256').update(`${endpoint}\n${account}\n${region}`).digest('hex').slice(0, 12);
  const dir = join(dataDir, 'events');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const db = openDatabase(join(dir, `${logId}.db`));
  try {
    migrateTwice(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    poll: (call) => pollAccount({ db, region, limits, now, call }),
    read: (request) => readJobEvents(db, logId, request),
    queue: () => createEventQueue(db),
    close: () => db.close(),
  };
};

/** Of two programs that create the log at the same time, the second one finds its tables and has to read the version again. */
const migrateTwice = (db: Database): void => {
  try {
    migrate(db, accountSteps);
  } catch {
    migrate(db, accountSteps);
  }
};
