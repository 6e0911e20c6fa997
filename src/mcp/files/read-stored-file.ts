/** ReadStoredFile: a part of a text object, inline. */
import { cosObjectOf, cosUrlOf } from '../../client/cos/cos-object.ts';
import { InputError } from '../../shared/errors.ts';
import type { ToolAnswer, ToolContext } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { sizeTextOf } from '../render/size.ts';
import { maxFullTokens, maxTokens, tokensOfValue } from '../render/truncate.ts';
import type { FileOptions } from './file-options.ts';
import { maxInlineBytes, type ReadInput } from './inputs.ts';
import { headObject, storageOf } from './stored-path.ts';
import { isBinary, readBytes, wholeCharacters } from './text-part.ts';

/** For the other fields of the answer, without the address, which three of them have. */
const otherTokens = 700;

/** @throws InputError for a range outside the object, ApiError, TransportError */
export const readStoredFile = async (
  args: ReadInput,
  context: ToolContext,
  options: Partial<FileOptions> = {},
): Promise<ToolAnswer> => {
  const storage = await storageOf(context);
  const { signal } = context;
  const object = cosObjectOf(args.path, 'ReadStoredFile', 'path');
  const { size, etag } = await headObject(storage, object, 'ReadStoredFile', signal);
  const asked = args.offset ?? 0;
  const first = asked < 0 ? Math.max(0, size + asked) : asked;
  if (first >= size && size > 0)
    throw new InputError('ReadStoredFile', [
      { path: 'offset', message: `The object has ${size} bytes, so the last offset is ${size - 1}.` },
    ]);
  const last = Math.min(size, first + (args.length ?? maxInlineBytes)) - 1;
  const url = cosUrlOf(object);
  if (size === 0) return { summary: `${url} is empty.`, fields: { path: url, size } };
  const bytes = await readBytes(storage, object, { first, last, ifMatch: etag }, signal);
  if (isBinary(bytes))
    return {
      summary: `${url} is no text (${sizeTextOf(size)}).`,
      fields: { path: url, size, firstBytes: bytes.subarray(0, 16).toString('hex') },
      next: [
        'FetchFiles copies it to a local directory; CreateFileLink, where it is listed, makes a link to it.',
      ],
    };
  const whole = wholeCharacters(bytes, first > 0, last < size - 1);
  const text = whole.text.toString('utf8');
  // Were the answer truncated afterwards, the call that reads on would leave a gap.
  const room = (context.detail === 'full' ? maxFullTokens : maxTokens) - otherTokens - 3 * tokensOfValue(url);
  const shown = fitting(text, room);
  const from = first + whole.skipped;
  const until = from + Buffer.byteLength(shown);
  const isAll = from === 0 && until >= size;
  return {
    summary: isAll ? `${url}: all ${size} bytes.` : `${url}: bytes ${from} to ${until - 1} of ${size}.`,
    fields: { path: url, size, text: untrustedText(shown, `bytes ${from} to ${until - 1} of an object`) },
    next:
      until >= size ? [] : [`The same call with offset ${until} reads on.`, wholeStep(url, size, options)],
  };
};

/** How the whole object is got in one call: an answer holds less than a text of 64 KiB has. */
const wholeStep = (url: string, size: number, { filesDir, links }: Partial<FileOptions>): string => {
  const whole = `all ${sizeTextOf(size)} in one call`;
  if (filesDir !== undefined) return `For ${whole}: FetchFiles with path ${url} copies it to a local file.`;
  if (links) return `For ${whole}: CreateFileLink with path ${url} makes a link to it.`;
  return `For ${whole}, the operator has to start the server with --files-dir (FetchFiles) or --file-links (CreateFileLink).`;
};

/** The beginning of a text, up to a number of tokens of it as JSON; whole lines where there are any. */
const fitting = (text: string, tokens: number): string => {
  let end = text.length;
  for (let count = tokensOfValue(text); count > tokens; count = tokensOfValue(text.slice(0, end)))
    end = Math.floor(end * Math.min(0.98, (tokens / count) * 0.98));
  if (end === text.length) return text;
  const line = text.lastIndexOf('\n', end - 1);
  // Never between the halves of a character beyond the basic plane.
  const cut = /[\ud800-\udbff]/.test(text[end - 1] ?? '') ? end - 1 : end;
  return text.slice(0, line > 0 ? line + 1 : cut);
};
