/** Private keys in logs. Logs are read line by line, and a key spans several lines. */
import { mask } from '../../shared/mask-credentials.ts';

const border = Buffer.from('PRIVATE KEY-----');
const begin = /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----\s*$/;
const end = /-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----\s*$/;
// Base64 alone on its line; behind something else, such as a time, only as much of it as no word has.
const body = /^(\s*|.*\s(?=\S{40}))([A-Za-z0-9+/=]+)\s*$/;

export interface HiddenKeys {
  readonly bytes: Buffer;
  /** Whether the bytes end inside a key. */
  readonly isInKey: boolean;
}

/**
 * Hides the bodies of private keys. The length stays, and so do the line breaks, so that positions and line numbers
 * remain valid.
 * @param bytes whole lines; the first and the last may be cut
 * @param isInKey whether the bytes before them ended inside a key
 */
export const hidePrivateKeys = (bytes: Buffer, isInKey = false): HiddenKeys => {
  if (!isInKey && !bytes.includes(border)) return { bytes, isInKey };
  const hidden = Buffer.from(bytes);
  const lines = lineRangesOf(bytes);
  const hide = (at: number): boolean => {
    const { start, text } = lines[at] ?? { start: 0, text: '' };
    const [, before = '', key = ''] = body.exec(text) ?? [];
    hidden.write(mask.slice(0, key.length).padEnd(key.length, '*'), start + before.length, 'latin1');
    return key !== '';
  };
  let isInside = isInKey;
  for (const [at, { text }] of lines.entries()) {
    if (begin.test(text)) isInside = true;
    else if (end.test(text)) {
      // A key whose beginning is not among the bytes.
      for (let before = at - 1; !isInside && before >= 0 && hide(before); before -= 1);
      isInside = false;
    } else if (isInside) isInside = hide(at) || isHeader(text);
  }
  return { bytes: hidden, isInKey: isInside };
};

/** `Proc-Type: 4,ENCRYPTED` and an empty line stand between the border of a key and its body. */
const isHeader = (text: string): boolean => /^\s*(?:[A-Z][A-Za-z-]+: .*)?$/.test(text);

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
