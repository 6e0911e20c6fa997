/** Submissions without their secrets: what is not needed here is not kept. */

/** The fields of a submission that hold a secret: `Authentications[].SecretKey`, `LoginSettings.Password`, `Docker.Password`. */
const secretFields = new Set(['SecretKey', 'Password']);

/** What stands in place of a secret. */
export const mask = '******';

/**
 * A copy with every secret masked. The cloud echoes them; this engine reads no bucket and logs in to no machine with
 * them, so it never writes them down.
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
  // The copy has the same fields with values of the same kinds, which the compiler cannot see through the walk.
  return copy(value) as T;
};
