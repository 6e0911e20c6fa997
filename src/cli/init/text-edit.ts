/** Changes of a text file, in the form in which they are shown and applied. */

/** Replaces `length` characters from `offset` on. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** What a configuration file becomes. A refusal is a sentence that says what is not understood. */
export type EditPlan =
  | { readonly kind: 'change'; readonly edits: readonly TextEdit[] }
  | { readonly kind: 'same' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Applies edits that do not overlap. Those at the same offset follow each other in their order. */
export const applyTextEdits = (text: string, edits: readonly TextEdit[]): string =>
  [...edits]
    .reverse()
    .sort((a, b) => b.offset - a.offset)
    .reduce(
      (result, { offset, length, content }) =>
        result.slice(0, offset) + content + result.slice(offset + length),
      text,
    );

/**
 * The difference, for the user: what is removed and added, and in which line. Text around it is not shown, because a
 * configuration can hold keys.
 */
export const differenceOf = (text: string, edits: readonly TextEdit[]): readonly string[] =>
  [...edits]
    .sort((a, b) => a.offset - b.offset)
    .flatMap(({ offset, length, content }) => {
      const removed = text.slice(offset, offset + length);
      const line = text.slice(0, offset).split('\n').length + (/^\r?\n/.test(content) ? 1 : 0);
      return [`@@ line ${line} @@`, ...marked('-', removed), ...marked('+', content)];
    });

const marked = (mark: string, text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => `${mark} ${line}`);
