/** What a yes is bound to: one digest of the action, the place, the identity and the arguments. */
import { createHash } from 'node:crypto';
import type { Fields } from '../contract/tool.ts';

export interface CallTarget {
  /** Address the call goes to. */
  readonly endpoint: string;
  /** Name of the profile in use; empty where there is none. */
  readonly profile: string;
  /** Which credential: its id, never its secret. */
  readonly credential: string;
  readonly region: string;
}

/** The digest of one call. Equal for calls that mean the same: order of keys and of ids does not matter. */
export const digestOf = (tool: string, place: CallTarget, args: Fields): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        tool,
        place.endpoint,
        place.profile,
        place.credential,
        place.region,
        canonicalOf(args),
      ]),
    )
    .digest('base64url');

/** Keys sorted; lists of ids sorted and without duplicates; other lists keep their order, because it has a meaning. */
export const canonicalOf = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) {
    const items = value.map((item) => canonicalOf(item));
    const isIds = name.endsWith('Ids') && items.every((item) => typeof item === 'string');
    return isIds ? [...new Set(items)].sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonicalOf(Reflect.get(value, key), key)]),
  );
};
