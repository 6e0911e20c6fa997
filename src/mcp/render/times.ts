/** Times and durations in answers: one absolute figure and one relative one. */

/**
 * A duration to two units: `45s`, `12m 05s`, `1h 02m`, `3d 04h`.
 * @param seconds a fraction is rounded; below zero counts as zero
 */
export const durationOf = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(whole / unit));
  if (minutes === 0) return `${whole}s`;
  if (hours === 0) return `${minutes}m ${twoDigits(whole % 60)}s`;
  if (days === 0) return `${hours}h ${twoDigits(Math.floor((whole % 3_600) / 60))}m`;
  return `${days}d ${twoDigits(Math.floor((whole % 86_400) / 3_600))}h`;
};

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** An age to one unit, which is enough to judge by: `40s`, `12m`, `30h`, `6d`. */
export const ageOf = (seconds: number): string => {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
};

/** A time of the API: UTC, in seconds. */
const isTime = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);

/**
 * `2026-11-22 02:46:27Z (4m ago)`: still a date to `Date.parse`, which skips a comment in brackets.
 * @param time a time of the API; anything else is returned unchanged
 * @param now milliseconds since 1970; a time after it has no age
 */
export const timeWithAge = <T>(time: T, now: number): T | string => {
  const milliseconds = millisecondsOf(time);
  if (milliseconds === undefined) return time;
  const age = now >= milliseconds ? ` (${ageOf((now - milliseconds) / 1000)} ago)` : '';
  return `${absoluteTimeOf(milliseconds)}${age}`;
};

/** `2026-11-22 02:46:27Z`. @param milliseconds since 1970 */
export const absoluteTimeOf = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** Milliseconds since 1970 of a time of the API; undefined where there is none. */
export const millisecondsOf = (time: unknown): number | undefined => {
  const milliseconds = isTime(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
};

export interface RunTimes {
  readonly CreateTime?: string | null | undefined;
  readonly RunningTime?: string | null | undefined;
  readonly EndTime?: string | null | undefined;
}

/**
 * How long an instance waited and ran, in seconds; what still lasts counts to `now`.
 * @param times of a task instance
 * @param now milliseconds since 1970
 * @returns `running` is undefined where the command never started, both where the times are not known
 */
export const waitedAndRanOf = (
  { CreateTime, RunningTime, EndTime }: RunTimes,
  now: number,
): { readonly waited: number | undefined; readonly ran: number | undefined } => {
  const [created, began, ended] = [CreateTime, RunningTime, EndTime].map(millisecondsOf);
  const secondsTo = (from: number | undefined, to: number): number | undefined =>
    from === undefined ? undefined : Math.max(0, (to - from) / 1000);
  return { waited: secondsTo(created, began ?? ended ?? now), ran: secondsTo(began, ended ?? now) };
};
