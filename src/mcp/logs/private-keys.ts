/** Private keys in logs. Logs are read line by line, and a key spans several lines. */
import { mask } from '../../shared/mask-credentials.ts';
import { collected, type LogBytes } from './log-bytes.ts';

/** More than any private key: one of RSA with 16,384 bits has 13 KB, and as much again if each line has a time. */
const maxKeyBytes = 32 * 1024;

const border = Buffer.from('PRIVATE KEY-----');
// A container log has each line in a JSON string: `{"log":"MII…\n","stream":"stdout"}`.
const closing = '(?:\\\\[rn]?){0,2}';
const begin = new RegExp(`-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----(?:\\s*$|${closing}["'])`);
const end = new RegExp(`-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----(?:\\s*$|${closing}["'])`);
const base64 = '[A-Za-z0-9+/=]';
// Base64 alone on its line; behind something else, such as a time, only as much of it as no word has.
const body = new RegExp(`^(\\s*|.*\\s(?=${base64}{40}))(${base64}+)\\s*$`);
// The bytes may end inside the string.
const longString = new RegExp(`^(.*["'](?=${base64}{40}))(${base64}+)${closing}(?:["']|$)`);
const string = new RegExp(`^(["'])(${base64}+)${closing}(?:\\1|$)`);

export interface HiddenKeys {
  readonly bytes: Buffer;
  /** Where the lines of the key begin that the bytes end inside; undefined if they end outside a key. */
  readonly column: number | undefined;
}

/**
 * Hides the bodies of private keys. The length stays, and so do the line breaks, so that positions and line numbers
 * remain valid.
 * @param bytes whole lines; the first and the last may be cut
 * @param column the column of the key that the bytes before them ended inside
 */
export const hidePrivateKeys = (bytes: Buffer, column?: number): HiddenKeys => {
  if (column === undefined && !bytes.includes(border)) return { bytes, column };
  const hidden = Buffer.from(bytes);
  const lines = lineRangesOf(bytes);
  const hide = (at: number, from: number): boolean => {
    const { start, text } = lines[at] ?? { start: 0, text: '' };
    const { first, length } = bodyOf(text, from);
    hidden.write(mask.slice(0, length).padEnd(length, '*'), start + first, 'latin1');
    return length > 0;
  };
  let current = column;
  for (const [at, { text }] of lines.entries()) {
    const beginColumn = begin.exec(text)?.index;
    const endColumn = beginColumn === undefined ? end.exec(text)?.index : undefined;
    if (beginColumn !== undefined) current = beginColumn;
    else if (endColumn !== undefined) {
      // A key whose beginning is not among the bytes.
      if (current === undefined)
        for (let before = at - 1; before >= 0 && hide(before, endColumn); before -= 1);
      current = undefined;
    } else if (current !== undefined && !hide(at, current) && !isHeader(text, current)) current = undefined;
  }
  return { bytes: hidden, column: current };
};

/**
 * Reads a part of a log with private keys hidden, also one that begins before the part.
 * @param end position after the last byte
 */
export const readWithoutKeys = async (log: LogBytes, first: number, end: number): Promise<Buffer> => {
  if (first >= end) return Buffer.alloc(0);
  const from = Math.max(0, first - maxKeyBytes);
  return hidePrivateKeys(await collected(log.read(from, end))).bytes.subarray(first - from);
};

/** @returns the column of the key that a position is inside, undefined outside a key */
export const keyColumnAt = async (log: LogBytes, position: number): Promise<number | undefined> =>
  position === 0
    ? undefined
    : hidePrivateKeys(await collected(log.read(Math.max(0, position - maxKeyBytes), position))).column;

/** The part of a line that belongs to the body of a key: in the column of its border, behind the same time or name. */
const bodyOf = (text: string, column: number): { readonly first: number; readonly length: number } => {
  const isString = /["']/.test(text.charAt(column - 1));
  const inColumn = (): RegExpExecArray | null =>
    isString ? string.exec(text.slice(column - 1)) : body.exec(text.slice(column));
  const whole = body.exec(text) ?? longString.exec(text);
  const [, before = '', key = ''] = whole ?? inColumn() ?? [];
  const offset = whole !== null ? 0 : isString ? column - 1 : column;
  return { first: offset + before.length, length: key.length };
};

/** `Proc-Type: 4,ENCRYPTED` and an empty line stand between the border of a key and its body. */
const isHeader = (text: string, column: number): boolean =>
  header.test(text) || (text.length >= column - 1 && header.test(text.slice(column)));

const header = /^\s*(?:[A-Z][A-Za-z-]+: .*|(?:\\[rn]){1,2}["'].*)?$/;

/** Lines as latin1, in which a character is a byte. */
const lineRangesOf = (bytes: Buffer): readonly { readonly start: number; readonly text: string }[] => {
  let start = 0;
  return bytes
    .toString('latin1')
    .split('\n')
    .map((text) => {
      const range = { start, text };
      start += text.length + 1;
      return range;
    });
};
