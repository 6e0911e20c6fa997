/** Which line of a log says what failed. Pure. */
import { normalizedOf } from './failure-signature.ts';

// `ValueError: …`, `java.io.IOException: …`, `fatal: …`, `error: …`: a named error with its cause.
const namedError =
  /(?:^|[\s.:[])\w*(?:error|exception|fault)\b\s*[:(=\]]\s*\S|^\W*(?:fatal|panic|critical|error)\b\W+\S/i;
const anyError =
  /error|exception|fail|fatal|panic|killed|denied|refused|not found|no such|cannot|can't|unable|abort|segfault|assert|out of memory|timed? ?out|mismatch|invalid|undefined|undeclared|not (?:declared|defined|valid|supported|allowed|permitted|available|recognized)|\bline \d+\b|\S:\d+(?::\d+)?:\s/i;
// A sentence for a reader, or with the name of a tool, is no error of a program, whatever it calls itself.
const isAddressed =
  /\b(?:ignore (?:all|any|the|previous)|you (?:must|should|have to|can)|assistants?|instructions?|please|operator|administrator|user)\b|\b(?:Delete|Terminate|Submit|Retry|Detach|Attach|Modify|Create|Run|End|Rerun)[A-Z]\w+/i;

/** A tag alone says nothing; in a log it may only be there to end the result of a tool. */
const isTag = /^\s*<[^<>]*>\s*$/;

const isUsable = (line: string): boolean => line !== '' && !isTag.test(line) && !isAddressed.test(line);

/**
 * Chooses the line to show as proof: a named error before anything that sounds like one, what all instances of the kind
 * have in common before what only this one has, and the later of two.
 * @param lines of one log
 * @param peers logs of other instances that failed in the same way
 * @returns its position; that of the last line with text where none looks like an error
 */
export const proofLineOf = (lines: readonly string[], peers: readonly string[]): number => {
  const known = peers.map((log) => new Set(log.split('\n').map((line) => normalizedOf(line.trim()))));
  let best = lines.findLastIndex(isUsable);
  if (best < 0) best = lines.findLastIndex((line) => line !== '');
  let bestScore = 0;
  for (const [at, line] of lines.entries()) {
    const score = scoreOf(line, known);
    if (score === 0 || score < bestScore) continue;
    best = at;
    bestScore = score;
  }
  return best;
};

const scoreOf = (line: string, peers: readonly ReadonlySet<string>[]): number => {
  if (!isUsable(line) || !anyError.test(line)) return 0;
  const normalized = normalizedOf(line.trim());
  const share = peers.filter((lines) => lines.has(normalized)).length / Math.max(1, peers.length);
  return (namedError.test(line) ? 2 : 1) + share;
};
