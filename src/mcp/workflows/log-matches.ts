/** The matching lines of one log with their context, in the format of grep. Pure. */
import { cleanText } from '../render/untrusted.ts';
import type { Pattern } from './pattern.ts';

export interface LogMatches {
  /** How many lines match. */
  readonly count: number;
  /** Matching lines and their context; `--` separates groups that are not adjacent. */
  readonly lines: readonly string[];
}

const maxLineLength = 300;

/**
 * Searches one log.
 * @param label the start of each line, so that no line of a log can claim to come from another one
 * @param context lines shown around a match
 * @param maxMatches matching lines shown; the rest is counted
 */
export const matchesOf = (
  log: string,
  pattern: Pattern,
  {
    label,
    context,
    maxMatches,
  }: { readonly label: string; readonly context: number; readonly maxMatches: number },
): LogMatches => {
  const lines = cleanText(log).trimEnd().split('\n');
  const hits = lines.flatMap((line, at) => (line !== '' && pattern.test(line) ? [at] : []));
  const shown = new Set(
    hits.slice(0, maxMatches).flatMap((hit) => rangeOf(hit - context, hit + context, lines.length)),
  );
  const isHit = new Set(hits);
  const written: string[] = [];
  let before = -1;
  for (const at of [...shown].sort((a, b) => a - b)) {
    if (context > 0 && before >= 0 && at > before + 1) written.push('--');
    written.push(
      `${label}${isHit.has(at) ? ':' : '-'}${at + 1}${isHit.has(at) ? ':' : '-'} ${cut(lines[at] ?? '')}`,
    );
    before = at;
  }
  return { count: hits.length, lines: written };
};

const rangeOf = (from: number, to: number, length: number): readonly number[] => {
  const first = Math.max(0, from);
  return Array.from({ length: Math.max(0, Math.min(to, length - 1) - first + 1) }, (_, at) => first + at);
};

const cut = (line: string): string =>
  line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line;
