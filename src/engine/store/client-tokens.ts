/** Which resource a ClientToken has made, so that a request sent twice makes one. */
import type { Database } from './database.ts';

/** A day is longer than any client keeps on resending one request. */
const ttlMs = 24 * 3600 * 1000;

/** The resource that this token made in this region, or undefined. */
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

/** Remembers what a token made, in the transaction that makes it; forgets tokens of more than a day ago. */
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
