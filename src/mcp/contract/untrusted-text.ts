/** Text that a job wrote, as a distinct type: only the renderer can enclose it in marks. */

// Not exported, and symbols do not survive JSON: no data from outside can be such a value.
const tag = Symbol('untrusted text');

export interface UntrustedText {
  readonly [tag]: true;
  readonly text: string;
  /** What the text is, in our words: `stdout of instance 3, 2048 bytes`. */
  readonly label: string;
  /** The form of its lines, with named groups: a script sees a list of objects. Absent: a script sees the text. */
  readonly lineForm: RegExp | undefined;
}

/**
 * Marks text as untrusted. Put the value into the fields of an answer, in place of a string.
 * @param label what the text is; must hold nothing that came from outside
 * @param lineForm the form of its lines, for scripts
 */
export const untrustedText = (text: string, label: string, lineForm?: RegExp): UntrustedText =>
  Object.freeze({ [tag]: true as const, text, label, lineForm });

export const isUntrustedText = (value: unknown): value is UntrustedText =>
  typeof value === 'object' && value !== null && tag in value;
