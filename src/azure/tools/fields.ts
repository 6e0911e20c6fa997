/** Arguments shared by several Azure tools. Their descriptions are part of every list, so they are short. */
import * as z from 'zod';

export const Endpoint = z
  .string()
  .max(200)
  .describe('Another allowed Batch account; default: the configured one.')
  .optional();

/** Ids are letters, digits, `-` and `_`; a job created by a schedule has a colon (`sched:job-1`). */
export const JobId = z
  .string()
  .regex(
    /^[A-Za-z0-9_:-]{1,128}$/,
    'A job id has letters, digits, -, _ and, if a schedule created it, a colon.',
  );

export const TaskId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'A task id has up to 64 letters, digits, - and _.');

/** The service returns at most 1,000 per page; the default of 50 fits an assistant's context. */
export const MaxResults = z.int().min(1).max(1000).describe('Default 50.').optional();

export const cursor = z.string().max(4000).describe('From the previous result.').optional();

const isoTime = z.iso.datetime({ offset: true });

/** A time as ISO 8601 or RFC 1123. */
export const time = z.string().refine((text) => timeOf(text) !== undefined, {
  error: 'It must be a time such as 2026-11-22T10:00:00Z or Sun, 22 Nov 2026 10:00:00 GMT.',
});

/**
 * Reads a time.
 * @returns milliseconds since 1970, or undefined if the text has neither form or names a day that does not exist
 */
export const timeOf = (text: string): number | undefined => {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  const isRfc1123 = new Date(milliseconds).toUTCString() === text;
  return isRfc1123 || isoTime.safeParse(text).success ? milliseconds : undefined;
};

/** The only format of times that the service accepts in headers; whole seconds. */
export const httpTimeOf = (text: string): string => new Date(timeOf(text) ?? Number.NaN).toUTCString();
