/** The two forms of one answer: structured content, and the same as text. */

import type * as z from 'zod';
import type { Random } from '../../shared/random.ts';
import type { Fields, Page, ToolAnswer } from '../contract/tool.ts';
import { compact } from './compact.ts';
import { maskValues, redact, type ShownVariables } from './redact.ts';
import { withTables } from './tabulate.ts';
import { toText } from './to-text.ts';
import {
  type Cursor,
  continuationOf,
  countOf,
  fromCursor,
  maxFullTokens,
  maxItems,
  maxTokens,
  shortenLists,
  tokensOfValue,
  truncateToTokens,
} from './truncate.ts';
import { cleanDeep, cleanText, fenceMarkOf, fenceNoteOf, hasUntrusted, withFences } from './untrusted.ts';

/** The result of a tool call, as the protocol defines it. */
export interface RenderedAnswer {
  readonly content: readonly [{ readonly type: 'text'; readonly text: string }];
  readonly structuredContent: Fields;
  readonly isError?: true;
}

/** What answers may disclose; the same for every answer of a process. */
export interface Disclosure {
  /** Variables of tasks whose values the operator allows to be shown. */
  readonly shownVariables: ShownVariables;
  /** Values that no answer may contain, such as those of variables that fields may reference. */
  readonly secrets: readonly string[];
  readonly random: Random;
}

export interface RenderOptions {
  /** The schema whose marks say what is secret. */
  readonly output?: z.ZodType | undefined;
  readonly detail: 'concise' | 'full';
  /** Whether the tool takes `detail`, by which a caller gets what was truncated. */
  readonly hasDetail?: boolean;
  /** Whether the caller said how many items it wants. */
  readonly hasLimit?: boolean;
  /** Where the lists of the answer continue. */
  readonly cursor?: Cursor | undefined;
  /** Whether the tool takes a cursor. */
  readonly hasCursor?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly disclosure: Disclosure;
}

/** Masked and cleaned: what may leave this process. Untrusted text is still marked as such. */
export const safeFieldsOf = <T>(fields: T, output: z.ZodType | undefined, disclosure: Disclosure): T =>
  cleanDeep(maskValues(redact(fields, output, disclosure.shownVariables), disclosure.secrets));

/**
 * Renders an answer: masked, cleaned, concise, within the limit of tokens, with the same content in both forms.
 * `detail: "full"` keeps the form of the API and a higher limit; masking and cleaning stay.
 */
export const render = (answer: ToolAnswer, options: RenderOptions): RenderedAnswer => {
  const { output, detail, hasDetail, hasLimit, now, disclosure } = options;
  if (answer.isViewData) return viewDataOf(answer, disclosure);
  const safe = fromCursor(safeFieldsOf(answer.fields, output, disclosure), options.cursor);
  const isConcise = detail === 'concise';
  const isFormed = isConcise && !answer.isVerbatim;
  const formed = isFormed ? withTables(compact(safe, now, output), now, output) : safe;
  const listed = isFormed && !hasLimit ? shortenLists(formed, maxItems) : { fields: formed, truncated: [] };
  const sentence = (text: string): string => oneLine(maskValues(text, disclosure.secrets));
  const frame = { summary: sentence(answer.summary), next: (answer.next ?? []).map(sentence) };
  // The text repeats the fields with other punctuation; the larger of both forms counts. 150 tokens are for the notes on
  // what was truncated and untrusted.
  const fitted = truncateToTokens(listed.fields, (isConcise ? maxTokens : maxFullTokens) - 150, frame);
  const truncated = [
    ...new Map([...listed.truncated, ...fitted.truncated].map((note) => [note.split(':')[0], note])).values(),
  ];
  const next = [
    ...frame.next,
    ...nextPageOf(answer.page, fitted.fields),
    ...(options.hasCursor ? continuationOf(safe, fitted.fields, options.cursor) : []),
    ...(isConcise && truncated.length > 0 && hasDetail ? [fullNoteOf(tokensOfValue(safe))] : []),
  ];
  const mark = hasUntrusted(fitted.fields) ? fenceMarkOf(disclosure.random) : undefined;
  const complete = {
    summary: frame.summary,
    ...(mark !== undefined && { untrusted: fenceNoteOf(mark) }),
    // The names of the frame are never a field of an answer: a service could otherwise write a next step of its choice.
    ...withoutFrame(fitted.fields),
    // The tool's purpose is to show it, so it is not masked.
    ...(answer.link !== undefined && { link: answer.link }),
    ...(truncated.length > 0 && { truncated }),
    ...(next.length > 0 && { next }),
  };
  return {
    content: [{ type: 'text', text: textOf(complete, mark) }],
    // Fences replace values, so fields stay fields.
    structuredContent: (mark === undefined ? complete : withFences(complete, mark)) as Fields,
    ...(answer.isError && { isError: true as const }),
  };
};

/** The data of a view, which no model reads. */
const viewDataOf = ({ summary, fields }: ToolAnswer, disclosure: Disclosure): RenderedAnswer => ({
  content: [{ type: 'text', text: oneLine(maskValues(summary, disclosure.secrets)) }],
  structuredContent: safeFieldsOf(fields, undefined, disclosure),
});

const withoutFrame = ({ summary: _, untrusted: __, truncated: ___, next: ____, ...fields }: Fields): Fields =>
  fields;

/** Of a list of a thousand machine types this is a hundred thousand tokens: to be known before, not after. */
const fullNoteOf = (tokens: number): string =>
  tokens > maxFullTokens
    ? `detail: "full" shows every field, up to ${maxFullTokens} of ${tokens} tokens a call.`
    : `The same call with detail: "full" shows what was truncated: up to ${tokens} tokens.`;

/** The call that returns what follows the last item shown, where there is more. */
const nextPageOf = (page: Page | undefined, fields: Fields): readonly string[] => {
  if (page === undefined) return [];
  const shown = countOf(fields[page.list]) ?? 0;
  const offset = page.offset + shown;
  return shown > 0 && offset < page.total
    ? [`${page.total - offset} more: ${page.tool} with Offset ${offset} and otherwise the same arguments.`]
    : [];
};

/** A sentence of this program may contain a name or an argument that comes from another source. */
const oneLine = (sentence: string): string => cleanText(sentence).replace(/\s+/g, ' ');

/** The first line is the summary; the rest is the structured content, field by field. */
const textOf = ({ summary, ...rest }: Fields, mark: string | undefined): string =>
  [String(summary), toText(rest, mark)].filter(Boolean).join('\n');
