/** What an answer leaves out by default: empty values and zero counts. Times get a relative figure. */
import type * as z from 'zod';
import { fieldOf, itemSchemaOf, objectSchemaOf } from '../../catalogue/schema-walk.ts';
import type { Fields } from '../contract/tool.ts';
import { isUntrustedText } from '../contract/untrusted-text.ts';
import { isDefinition, writableOf } from './definitions.ts';
import { durationOf, millisecondsOf, timeWithAge, waitedAndRanOf } from './times.ts';

/**
 * Drops empty fields and zero counts among metrics, and adds ages and durations. What can be sent again as an argument
 * is left as it is, so that it is accepted.
 * @param fields an answer
 * @param now milliseconds since 1970
 * @param schema of the answer, where there is one
 */
export const compact = (fields: Fields, now: number, schema?: z.ZodType): Fields => {
  const known = objectSchemaOf(schema);
  const isCounts =
    Object.keys(fields).length > 1 && Object.keys(fields).every((key) => key.endsWith('Count'));
  const parts = Object.entries(withDurations(fields, now)).map(([key, part]): [string, unknown] => {
    if (isStream(key) && part === '') return [key, 'empty'];
    if (key.endsWith('Time')) return [key, timeWithAge(part, now)];
    if (typeof part !== 'object') return [key, part];
    const field = known && fieldOf(known, key);
    // Here it says where the logs of an instance are; as an argument it is inside a task.
    if (isDefinition(field) && key !== 'RedirectInfo') return [key, writableOf(part, field)];
    return [key, compactValue(part, now, field)];
  });
  return Object.fromEntries(parts.filter(([, part]) => !isEmpty(part) && !(isCounts && part === 0)));
};

/** The logs of an instance: that a program wrote nothing is an answer. */
const isStream = (key: string): boolean => key === 'StdoutLog' || key === 'StderrLog';

const compactValue = (value: unknown, now: number, schema: z.ZodType | undefined): unknown => {
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return value.map((part) => compactValue(part, now, item));
  }
  return typeof value === 'object' && value !== null && !isUntrustedText(value)
    ? compact(Object.fromEntries(Object.entries(value)), now, schema)
    : value;
};

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && !isUntrustedText(value) && Object.keys(value).length === 0);

/**
 * Of an instance how long it waited and ran, in place of the times that led to its start; of a job, a task or an
 * activity how long it has taken.
 */
const withDurations = (fields: Fields, now: number): Fields => {
  if (Object.hasOwn(fields, 'TaskInstanceIndex') && Object.hasOwn(fields, 'CreateTime')) {
    const { CreateTime, LaunchTime: _, ...rest } = fields;
    const { waited, ran } = waitedAndRanOf(fields, now);
    const isReleased = isEmpty(fields.ComputeNodeInstanceId) && !isEmpty(fields.EndTime);
    return {
      ...rest,
      // The service no longer names it; without a word a reader would search for it elsewhere.
      ...(isReleased && { ComputeNodeInstanceId: 'released' }),
      ...(waited !== undefined && { waited: durationOf(waited) }),
      ...(ran !== undefined && { ran: durationOf(ran) }),
    };
  }
  const began = millisecondsOf(fields.CreateTime ?? fields.StartTime);
  if (began === undefined || !Object.hasOwn(fields, 'EndTime')) return fields;
  const elapsed = durationOf(((millisecondsOf(fields.EndTime) ?? now) - began) / 1000);
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, part]) =>
      key === 'EndTime'
        ? [
            [key, part],
            ['elapsed', elapsed],
          ]
        : [[key, part]],
    ),
  );
};
