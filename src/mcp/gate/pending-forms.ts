/** Open questions to a person, where the answer comes back with a later request: signed, bound to the call, used once. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createExpiring } from './expiring.ts';

export interface Questions<T> {
  /** Remembers a question. @returns the state that travels with it; it holds nothing but a number and a signature */
  open(digest: string, asked: T): string;
  /** Takes a question up again. @returns what was asked, or nothing if the state is forged, old, used, or of another call */
  take(state: string, digest: string): T | undefined;
}

// A person reads and types; the call is answered in the meantime, so nothing waits but the question.
const questionLifetime = 600_000;

/** Creates the memory of open questions. The key lives as long as the process: no other process can answer for it. */
export const createQuestions = <T>({
  now,
  random,
}: {
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}): Questions<T> => {
  const key = random(32);
  const asked = createExpiring<T>(questionLifetime, now);
  // The digest is signed, not sent: a state moved to another call has a wrong signature.
  const signatureOf = (nonce: string, digest: string): string =>
    createHmac('sha256', key).update(`${nonce}.${digest}`).digest('base64url');
  return {
    open: (digest, value) => {
      const nonce = Buffer.from(random(16)).toString('base64url');
      asked.put(nonce, value);
      return `${nonce}.${signatureOf(nonce, digest)}`;
    },
    take: (state, digest) => {
      const [nonce = '', signature = ''] = state.split('.');
      const expected = Buffer.from(signatureOf(nonce, digest));
      const given = Buffer.from(signature);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return asked.take(nonce);
    },
  };
};
