/** Stage 3 of TC3-HMAC-SHA256: the key of one day and one service. */
import { hmacSha256 } from './digest.ts';

export type DeriveKey = (secretKey: string, date: string, service: string) => Uint8Array;

/** Three HMACs in a chain; the secret key itself never signs anything. */
export const derivedKey: DeriveKey = (secretKey, date, service) =>
  hmacSha256(hmacSha256(hmacSha256(`TC3${secretKey}`, date), service), 'tc3_request');

/**
 * A derivation that remembers: the key is the same all day, and three of the four HMACs of a signature go into it.
 * @param most how many keys are kept; the oldest goes first. A service name comes from the caller, so without a
 *   bound a stranger could fill the memory; sixteen serves a handful of accounts across midnight.
 */
export const createDeriveKey = (most = 16): DeriveKey => {
  const kept = new Map<string, Uint8Array>();
  return (secretKey, date, service) => {
    const name = `${date}/${service}/${secretKey}`;
    const known = kept.get(name);
    if (known) return known;
    const key = derivedKey(secretKey, date, service);
    for (const oldest of kept.keys()) {
      if (kept.size < most) break;
      kept.delete(oldest);
    }
    kept.set(name, key);
    return key;
  };
};
