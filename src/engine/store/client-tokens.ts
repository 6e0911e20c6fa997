/** Which resource a ClientToken has created, so that a request sent twice creates one. */
import type { Database } from './database.ts';

/** A day is longer than any client retries one request. */
const ttlMs = 24 * 3600 * 1000;

/** The resource that this token created in this region, or undefined. */
export const resourceOfToken = (
  db: Database,
  region: string,
  action: string,
  token: string,
): string | undefined =>
  db.get<{ resource_id: string }>(
    'SELECT resource_id FROM client_tokens WHERE region = ? AND action = ? AND token = ?',
    region,
    action,
    token,
  )?.resource_id;

/** Records what a token created, in the transaction that creates it; deletes tokens older than a day. */
export const rememberToken = (
  db: Database,
  region: string,
  action: string,
  token: string,
  resourceId: string,
  now: number,
): void => {
  db.run('DELETE FROM client_tokens WHERE create_time < ?', now - ttlMs);
  db.run('INSERT INTO client_tokens VALUES (?, ?, ?, ?, ?)', region, action, token, resourceId, now);
};
