/** Masks the secrets of submissions: what the engine does not need, it does not store. */

/** The fields of a submission that hold a secret: `Authentications[].SecretKey`, `LoginSettings.Password`, `Docker.Password`. */
const secretFields = new Set(['SecretKey', 'Password']);

/** Replaces a secret. */
const mask = '******';

/**
 * A copy with every secret masked. The cloud echoes them; this engine accesses no bucket and no machine with them, so it
 * never stores them.
 */
export const masked = <T>(value: T): T => {
  const copy = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(copy);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, inner]) => [
        name,
        secretFields.has(name) && typeof inner === 'string' && inner !== '' ? mask : copy(inner),
      ]),
    );
  };
  // The copy has the same fields with values of the same types, which the compiler cannot follow.
  return copy(value) as T;
};
