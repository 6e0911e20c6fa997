/** Text that a job wrote, as a distinct type: only the renderer can enclose it in marks. */

// Not exported, and symbols do not survive JSON: no data from outside can be such a value.
const tag = Symbol('untrusted text');

export interface UntrustedText {
  readonly [tag]: true;
  readonly text: string;
  /** What the text is, in our words: `stdout of instance 3, 2048 bytes`. */
  readonly label: string;
  /** A script sees a list of lines. */
  readonly isLines: boolean;
}

/**
 * Marks text as untrusted. Put the value into the fields of an answer, in place of a string.
 * @param label what the text is; must hold nothing that came from outside
 * @param isLines whether a script sees it as a list of lines
 */
export const untrustedText = (text: string, label: string, isLines = false): UntrustedText =>
  Object.freeze({ [tag]: true as const, text, label, isLines });

export const isUntrustedText = (value: unknown): value is UntrustedText =>
  typeof value === 'object' && value !== null && tag in value;
