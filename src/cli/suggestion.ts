/** Suggestions for misspelt names. */
import { closestMatch } from 'leven';

/** " Did you mean X?" for the nearest known name; empty if none is similar enough. */
export const suggestionFor = (word: string, known: readonly string[], prefix = ''): string => {
  const near = closestMatch(word, known, { maxDistance: Math.max(2, Math.floor(word.length / 3)) });
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
};
