/** Open confirmation forms whose answer comes with a later request: signed, bound to the call, accepted once. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createExpiringMap } from '../../shared/expiring-map.ts';
import type { Random } from '../../shared/random.ts';

export interface PendingForms<T extends object> {
  /** Stores what was asked. @returns the state the client sends back; it holds nothing but a number and a signature */
  open(digest: string, asked: T): string;
  /** @returns what was asked; nothing if the state is forged, expired, used, or of another call */
  take(state: string, digest: string): T | undefined;
  /** @returns what was asked, whatever the signature; it decides nothing, since `take` checks it */
  peek(state: string): T | undefined;
}

// Long enough to read and type; the call was answered in the meantime, so nothing else waits.
const formTtlMs = 600_000;
// A client that floods the server with calls drops its own oldest forms, and does not fill the memory.
const maxForms = 1_000;

/** Creates the store of open forms. The key lives as long as the process: no other process can produce a state. */
export const createPendingForms = <T extends object>({
  now,
  random,
}: {
  readonly now: () => number;
  readonly random: Random;
}): PendingForms<T> => {
  const key = random(32);
  const forms = createExpiringMap<T>({ ttlMs: formTtlMs, max: maxForms, now });
  // The digest is signed, not sent: a state moved to another call has a wrong signature.
  const signatureOf = (nonce: string, digest: string): string =>
    createHmac('sha256', key).update(`${nonce}.${digest}`).digest('base64url');
  return {
    open: (digest, asked) => {
      const nonce = Buffer.from(random(16)).toString('base64url');
      forms.set(nonce, asked);
      return `${nonce}.${signatureOf(nonce, digest)}`;
    },
    take: (state, digest) => {
      const [nonce = '', signature = ''] = state.split('.');
      const expected = Buffer.from(signatureOf(nonce, digest));
      const given = Buffer.from(signature);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return forms.take(nonce);
    },
    peek: (state) => forms.get(state.split('.')[0] ?? ''),
  };
};
