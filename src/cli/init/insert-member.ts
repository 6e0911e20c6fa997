/**
 * Inserts a member into an object of a JSON text. The editor of jsonc-parser formats the lines around an insertion, which
 * may be the whole file; this one adds characters and changes none.
 */
import type { Node } from 'jsonc-parser';
import type { TextEdit } from './text-edit.ts';

/** What may follow the last member in its line: a comma and comments. */
const restOfLine = /^([ \t]*,)?(?:[ \t]*\/\*(?:(?!\*\/)[^\n])*\*\/)*[ \t]*(?:\/\/[^\r\n]*)?(?=\r?\n)/;

export const insertMember = (
  text: string,
  object: Node,
  name: string,
  value: unknown,
): readonly TextEdit[] => {
  const last = object.children?.at(-1);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = unitOf(text);
  if (last === undefined) {
    const outer = indentAt(text, object.offset);
    const member = memberOf(name, value, outer + unit, unit, eol);
    const isEmpty = text.slice(object.offset + 1, object.offset + object.length - 1).trim() === '';
    // Comments of an empty object stay behind the new member.
    return isEmpty
      ? [{ offset: object.offset + 1, length: object.length - 2, content: `${eol}${member}${eol}${outer}` }]
      : [{ offset: object.offset + 1, length: 0, content: `${eol}${member}` }];
  }
  const end = last.offset + last.length;
  const rest = restOfLine.exec(text.slice(end));
  if (rest === null) {
    return [{ offset: end, length: 0, content: `, ${JSON.stringify(name)}: ${JSON.stringify(value)}` }];
  }
  const member = memberOf(name, value, indentAt(text, last.offset), unit, eol);
  const hasComma = rest[1] !== undefined;
  return [
    ...(hasComma ? [] : [{ offset: end, length: 0, content: ',' }]),
    { offset: end + rest[0].length, length: 0, content: `${eol}${member}${hasComma ? ',' : ''}` },
  ];
};

/** One level of indentation, as the text has it. */
const unitOf = (text: string): string => /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';

/** Indentation of the line of an offset. */
const indentAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
};

const memberOf = (name: string, value: unknown, indent: string, unit: string, eol: string): string =>
  `${JSON.stringify(name)}: ${JSON.stringify(value, null, unit)}`
    .split('\n')
    .map((line) => indent + line)
    .join(eol);
