/** A search pattern that cannot hang the server: RE2 syntax, matched in linear time. */
import { InputError } from '../../shared/errors.ts';

export interface Pattern {
  /** Whether a line has a match. */
  test(line: string): boolean;
}

/** Longer ones are pasted text, not patterns. */
export const maxPatternLength = 500;
// Matching takes time in proportion to the text times the compiled size. Of 500 instructions the worst patterns found
// take about 30 ms for the 2 KB of a log, of 2,000 five times as long; a pattern that a person writes has below 100.
const maxProgramBytes = 500;

/**
 * Compiles a pattern. The library is loaded at the first use: it is 260 KB that most sessions do not need.
 * @throws InputError for what is no RE2 pattern (backreferences and lookarounds are none) or is too large
 */
export const compilePattern = async (tool: string, pattern: string): Promise<Pattern> => {
  const { RE2JS, RE2JSException } = await import('re2js');
  const refuse = (message: string): never => {
    throw new InputError(tool, [{ path: 'pattern', message, code: 'InvalidParameterValue' }]);
  };
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.matcher('').programSize() > maxProgramBytes) {
      refuse('The pattern is too large: write fewer or smaller repetitions.');
    }
    return compiled;
  } catch (error) {
    if (error instanceof RE2JSException) {
      refuse(`This is no RE2 pattern (${error.message}). Escape what is meant literally with a backslash.`);
    }
    throw error;
  }
};
