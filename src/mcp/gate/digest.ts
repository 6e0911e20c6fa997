/** What a confirmation is bound to: one digest of the tool, the call target and the arguments. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../shared/canonical-json.ts';
import type { CallTarget } from '../contract/call-target.ts';
import type { CallList, Fields } from '../contract/tool.ts';

/** The digest of one call. Equal for calls with the same meaning: the order of keys and of ids does not matter. */
export const digestOf = (tool: string, target: CallTarget, args: Fields): string =>
  createHash('sha256')
    .update(canonicalJson([tool, target, withSortedIds(args)]))
    .digest('base64url');

/** The digest of a list of calls, in whatever order; equal calls count once, as where they are sent. */
export const digestOfCalls = (tool: string, target: CallTarget, calls: CallList): string =>
  digestOf(tool, target, { calls: [...new Set(calls.map(keyOfCall))].sort() });

/** Equal for calls with the same meaning. */
export const keyOfCall = (call: CallList[number]): string => canonicalJson(withSortedIds(call));

/** Lists of ids sorted and without duplicates; other lists keep their order, because it has a meaning. */
const withSortedIds = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) {
    const items = value.map((item) => withSortedIds(item));
    const isIds = name.endsWith('Ids') && items.every((item) => typeof item === 'string');
    return isIds ? [...new Set(items)].sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withSortedIds(part, key)]));
};
