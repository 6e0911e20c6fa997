/** What an answer leaves out by default: empty values, zero counts, and times that led to a later one. */
import type { Fields } from '../contract/tool.ts';
import { isUntrustedText } from '../contract/untrusted-text.ts';
import { timeWithAge } from './times.ts';

/**
 * Drops empty fields, zero counts among metrics and the times before a start, and adds the age to every time.
 * @param fields an answer
 * @param now milliseconds since 1970
 */
export const compact = (fields: Fields, now: number): Fields => {
  const isCounts =
    Object.keys(fields).length > 1 && Object.keys(fields).every((key) => key.endsWith('Count'));
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, part]) => !isEmpty(part) && !(isCounts && part === 0))
      .filter(([key]) => !(timesBeforeStart.has(key) && !isEmpty(fields.RunningTime)))
      .map(([key, part]) => [key, key.endsWith('Time') ? timeWithAge(part, now) : compactValue(part, now)])
      .filter(([, part]) => !isEmpty(part)),
  );
};

// Readers want to know when an instance started; the times before that double the length of every list.
const timesBeforeStart: ReadonlySet<string> = new Set(['CreateTime', 'LaunchTime']);

const compactValue = (value: unknown, now: number): unknown => {
  if (Array.isArray(value)) return value.map((item) => compactValue(item, now));
  return typeof value === 'object' && value !== null && !isUntrustedText(value)
    ? compact(Object.fromEntries(Object.entries(value)), now)
    : value;
};

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && !isUntrustedText(value) && Object.keys(value).length === 0);
