/** What failures of one kind have in common: their last lines without what varies from run to run. */
import { cleanText } from '../render/untrusted.ts';

/** The last lines that say why something failed: the error, and what was done just before. */
const maxLines = 3;
const maxLineLength = 200;

// In this order: longer and more specific patterns first, bare numbers last. None of them can backtrack far, because a
// line is truncated before they run.
const variableParts: readonly (readonly [RegExp, string])[] = [
  [/\d{4}[-/]\d\d[-/]\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d([.,]\d+)?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b(job|env|node|ins|act|img|task-tmpl|vpc|subnet|sg)-[0-9a-z]{8}\b/g, '<id>'],
  [/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, '<address>'],
  [/\b0x[0-9a-f]+\b/gi, '<n>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '<id>'],
  [/\d+([.,]\d+)*/g, '<n>'],
];

/**
 * The last lines of a log with placeholders for what varies: times, ids, addresses, numbers.
 * @param log as it was written
 * @returns at most three lines, the last one last; none for an empty log
 */
export const signatureOf = (log: string): readonly string[] =>
  cleanText(log)
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => /[\p{L}\d]/u.test(line))
    .slice(-maxLines)
    .map(normalizedOf);

/** One line with placeholders for what varies. */
export const normalizedOf = (line: string): string =>
  variableParts.reduce((text, [pattern, name]) => text.replace(pattern, name), line.slice(0, maxLineLength));

/** Replaces, in a signature, a word that is not the same in all failures of a kind. */
const wildcard = '<*>';

// The share of words that must be equal in the last line, which says what went wrong; in all lines together, less.
const minSimilarityOfLastLine = 0.6;
const minSimilarity = 0.5;

/** Whether two signatures are of one kind: nearly the same last line, and most of what came before it. */
export const isAlike = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length === 0 || b.length === 0) return a.length === b.length;
  const last = similarityOf([a.at(-1) ?? ''], [b.at(-1) ?? '']);
  return last >= minSimilarityOfLastLine && similarityOf(a, b) >= minSimilarity;
};

/** The share of words that are equal at the same position; lines are compared from the last one up. */
const similarityOf = (a: readonly string[], b: readonly string[]): number => {
  const lines = Math.max(a.length, b.length);
  let same = 0;
  let all = 0;
  for (let up = 1; up <= lines; up += 1) {
    const left = (a.at(-up) ?? '').split(' ');
    const right = (b.at(-up) ?? '').split(' ');
    const words = Math.max(left.length, right.length);
    all += words;
    if (up > a.length || up > b.length || left.length !== right.length) continue;
    same += left.filter((word, index) => word === right[index] || word === wildcard).length;
  }
  return same / all;
};

/** What two signatures of one kind share: words that differ become `<*>`, lines that do not match are dropped. */
export const commonSignatureOf = (a: readonly string[], b: readonly string[]): readonly string[] => {
  const shared: string[] = [];
  for (let up = 1; up <= Math.min(a.length, b.length); up += 1) {
    const left = (a.at(-up) ?? '').split(' ');
    const right = (b.at(-up) ?? '').split(' ');
    if (left.length !== right.length) break;
    shared.unshift(left.map((word, index) => (word === right[index] ? word : wildcard)).join(' '));
  }
  return shared;
};
