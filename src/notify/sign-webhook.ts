/** The headers of Standard Webhooks. https://github.com/standard-webhooks/standard-webhooks */
import { createHmac } from 'node:crypto';

/**
 * Signs the id, the time of this attempt and the body.
 * @param time milliseconds since 1970
 */
export const webhookHeaders = (
  id: string,
  time: number,
  body: string,
  key: Buffer,
): Readonly<Record<string, string>> => {
  const seconds = String(Math.floor(time / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
};
