/** Posts a notice to the operator's address. */
import type { Transport } from '../client/transport.ts';
import { noticeOf } from './notice.ts';
import type { Deliver } from './sender.ts';
import { webhookHeaders } from './sign-webhook.ts';

/** A receiver should only store the notice and respond. */
const timeoutMs = 10_000;
const operation = {
  name: 'the notice',
  changes: true,
  hasIdempotencyToken: true,
  recovery: 'It may have arrived; the next attempt has the same id.',
  isRetryable: true,
} as const;

/** @param transport follows no redirects, and uses the proxies and certificates of other requests */
export const createPostWebhook =
  (url: URL, key: Buffer, transport: Transport, now: () => number, version: string): Deliver =>
  async (event, signal) => {
    const body = noticeOf(event);
    const { status } = await transport.send({
      operation,
      method: 'POST',
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      headers: {
        'content-type': 'application/json',
        'user-agent': `batch-mcp/${version}`,
        ...webhookHeaders(event.id, now(), body, key),
      },
      body,
      timeoutMs,
      signal,
    });
    if (status >= 200 && status < 300) return;
    const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    // Without the path: it may contain a token.
    throw new Error(`${url.origin} responded with status ${status}${redirect}`);
  };
