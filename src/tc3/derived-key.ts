/** Stage 3 of TC3-HMAC-SHA256: the signing key of a day and a service. */
import { hmacSha256 } from './digest.ts';

export type DeriveKey = (secretKey: string, date: string, service: string) => Uint8Array;

/** A chain of three HMACs; the secret key itself never signs a request. */
export const derivedKey: DeriveKey = (secretKey, date, service) =>
  hmacSha256(hmacSha256(hmacSha256(`TC3${secretKey}`, date), service), 'tc3_request');

/**
 * Creates a caching derivation: the key is the same all day, and it takes three of the four HMACs of a signature.
 * @param max cached keys; the oldest is evicted. The service name comes from the caller, so without a bound any client
 *   could fill the memory; sixteen is enough for a few accounts across midnight.
 */
export const createDeriveKey = (max = 16): DeriveKey => {
  const kept = new Map<string, Uint8Array>();
  return (secretKey, date, service) => {
    const name = `${date}/${service}/${secretKey}`;
    const known = kept.get(name);
    if (known) return known;
    const key = derivedKey(secretKey, date, service);
    for (const oldest of kept.keys()) {
      if (kept.size < max) break;
      kept.delete(oldest);
    }
    kept.set(name, key);
    return key;
  };
};
