/** A text that every match of a pattern contains, by which most lines are excluded before the pattern is tried. Pure. */

export interface RequiredText {
  readonly text: string;
  readonly ignoresCase: boolean;
}

/** Shorter texts are in too many lines to exclude any. */
const minLength = 3;

/**
 * The longest run of literal characters that a match must contain.
 * @param pattern in RE2 syntax, valid
 * @returns undefined where there is none, or where finding one would need more than a scan: groups and alternatives
 */
export const requiredTextOf = (pattern: string): RequiredText | undefined => {
  const ignoresCase = pattern.startsWith('(?i)');
  const body = ignoresCase ? pattern.slice(4) : pattern;
  // Of escapes with more than one character, such as \x41, the rest is no literal text.
  if (/[|()]|\\[xpPQ0-9]/.test(body)) return undefined;
  const runs: string[] = [];
  let run = '';
  const endRun = (): void => {
    runs.push(run);
    run = '';
  };
  for (const [token] of body.matchAll(/\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]])*\]|\{[^}]*\}|[\s\S]/g)) {
    if (/^(?:[?*]|\{)/.test(token)) {
      // What precedes it may be absent.
      run = run.slice(0, -1);
      endRun();
    } else if (isLiteral(token)) run += token.at(-1);
    else endRun();
  }
  endRun();
  const text = runs.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  // Beyond ASCII, the case of a letter may have another length.
  const isUsable = text.length >= minLength && /^[\x20-\x7e]+$/.test(text);
  return isUsable ? { text: ignoresCase ? text.toLowerCase() : text, ignoresCase } : undefined;
};

const isLiteral = (token: string): boolean =>
  token.length === 1 ? !/[.^$+\\[\]]/.test(token) : /^\\[^\w\s]$/.test(token);
