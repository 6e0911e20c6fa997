/** Which jobs of a list are wanted. Pure. */
import { InputError, type Issue } from '../../shared/errors.ts';
import { millisecondsOf } from '../render/times.ts';

export interface JobFilter {
  /** Part of the name, in any case. */
  readonly name?: string | undefined;
  readonly states?: readonly string[] | undefined;
  readonly tags?: readonly TagCondition[] | undefined;
  /** Milliseconds since the submission. */
  readonly minAge?: number | undefined;
  readonly maxAge?: number | undefined;
}

export interface TagCondition {
  readonly key: string;
  /** Absent where any value counts. */
  readonly value?: string;
  /** Whether the condition is that the tag, or this value of it, is absent. */
  readonly isNegated: boolean;
}

interface Tagged {
  readonly Tags?:
    | readonly ({ readonly Key?: string | null; readonly Value?: string | null } | null)[]
    | null
    | undefined;
}

export interface ListedJob extends Tagged {
  readonly JobName?: string | null | undefined;
  readonly JobState?: string | null | undefined;
  readonly CreateTime?: string | null | undefined;
}

/** Whether a job is wanted. One whose age is not known is not left out by its age. */
export const isWanted = (job: ListedJob, filter: JobFilter, now: number): boolean => {
  const created = millisecondsOf(job.CreateTime);
  const age = created === undefined ? undefined : now - created;
  return (
    hasName(job.JobName, filter.name) &&
    (filter.states === undefined || filter.states.some((state) => state === job.JobState)) &&
    hasTags(job, filter.tags ?? []) &&
    (age === undefined || (age >= (filter.minAge ?? 0) && age <= (filter.maxAge ?? Number.POSITIVE_INFINITY)))
  );
};

/** Whether a name has a part, in any case. */
export const hasName = (name: string | null | undefined, part: string | undefined): boolean =>
  part === undefined || (name ?? '').toLowerCase().includes(part.toLowerCase());

/** Whether something meets every condition on its tags. */
export const hasTags = ({ Tags }: Tagged, conditions: readonly TagCondition[]): boolean =>
  conditions.every(({ key, value, isNegated }) => {
    const isThere = (Tags ?? []).some(
      (tag) => tag?.Key === key && (value === undefined || (tag.Value ?? '') === value),
    );
    return isThere !== isNegated;
  });

/**
 * Reads conditions: `owner=anna`, `owner!=anna`, `owner` (present), `!owner` (absent).
 * @throws InputError for one without a key
 */
export const tagConditionsOf = (tool: string, texts: readonly string[]): readonly TagCondition[] => {
  const issues: Issue[] = [];
  const conditions = texts.map((text, index): TagCondition => {
    const [, negation = '', key = '', operator, value] =
      /^(!?)([^=!]*)(?:(!?=)(.*))?$/s.exec(text.trim()) ?? [];
    const isNegated = (negation === '!') !== (operator === '!=');
    if (key.trim() === '' || (negation === '!' && operator !== undefined)) {
      const message = 'It has to be KEY=VALUE, KEY!=VALUE, KEY (present) or !KEY (absent).';
      issues.push({ path: `tags[${index}]`, message });
    }
    return { key: key.trim(), isNegated, ...(value !== undefined && { value: value.trim() }) };
  });
  if (issues.length > 0) throw new InputError(tool, issues);
  return conditions;
};

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads an age: `30m`, `12h`, `7d`.
 * @returns milliseconds
 * @throws InputError for anything else
 */
export const ageOfText = (tool: string, path: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,6})\s*([smhd])$/.exec(text.trim()) ?? [];
  const size = units[unit];
  if (count === undefined || size === undefined) {
    throw new InputError(tool, [{ path, message: 'It has to be a number and a unit: 30m, 12h or 7d.' }]);
  }
  return Number(count) * size;
};
