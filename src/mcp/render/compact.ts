/** What is left out of an answer by default: what is empty, zero counts, and the age a reader would work out. */
import type { Fields } from '../contract/tool.ts';

/**
 * Drops empty fields and the way to a start, and says how long ago times are. Counts of zero in metrics go, because absent means none there.
 * @param fields an answer
 * @param now milliseconds since 1970
 */
export const compact = (fields: Fields, now: number): Fields => {
  const isCounts =
    Object.keys(fields).length > 1 && Object.keys(fields).every((key) => key.endsWith('Count'));
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, part]) => !isEmpty(part) && !(isCounts && part === 0))
      .filter(([key]) => !(waysToStart.has(key) && !isEmpty(fields.RunningTime)))
      .map(([key, part]) => [key, key.endsWith('Time') ? withAge(part, now) : conciseOf(part, now)])
      .filter(([, part]) => !isEmpty(part)),
  );
};

// Of an instance that has run one wants to know when; how it came to run doubles the length of every list.
const waysToStart: ReadonlySet<string> = new Set(['CreateTime', 'LaunchTime']);

const conciseOf = (value: unknown, now: number): unknown => {
  if (Array.isArray(value)) return value.map((item) => conciseOf(item, now));
  return typeof value === 'object' && value !== null
    ? compact(Object.fromEntries(Object.entries(value)), now)
    : value;
};

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** `2026-11-22 02:46:27Z (4 min ago)`: still a date to `Date.parse`, which skips a comment in brackets. */
const withAge = (value: unknown, now: number): unknown => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return value;
  const seconds = Math.round((now - Date.parse(value)) / 1000);
  if (seconds < 0 || Number.isNaN(seconds)) return value;
  return `${value.slice(0, 10)} ${value.slice(11, 19)}Z (${durationOf(seconds)} ago)`;
};

/** `40 s`, `12 min`, `3.5 h`, `6 d`: two figures are enough to judge by. */
export const durationOf = (seconds: number): string => {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 86_400)} d`;
};
