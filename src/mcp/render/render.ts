/** The two forms of one answer: structured content, and the same written out as text. */
import type * as z from 'zod';
import type { Fields, Page, ToolAnswer } from '../contract/tool.ts';
import { compact } from './compact.ts';
import { redact } from './redact.ts';
import { toText } from './to-text.ts';
import { maxItems, maxTokens, shortenLists, tokensOf, truncateToTokens } from './truncate.ts';
import { cleanDeep, cleanText } from './untrusted.ts';

/** The result of a tool call, as the protocol has it. */
export interface RenderedAnswer {
  readonly content: readonly [{ readonly type: 'text'; readonly text: string }];
  readonly structuredContent: Fields;
  readonly isError?: true;
}

export interface RenderOptions {
  /** The schema whose marks say what is secret. */
  readonly output?: z.ZodType | undefined;
  readonly detail: 'concise' | 'full';
  /** Whether the tool takes `detail`, by which a caller gets what was cut. */
  readonly hasDetail?: boolean;
  /** Whether the caller said how many items it wants. */
  readonly hasLimit?: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Renders an answer: masked, cleaned, concise, within the ceiling, both forms saying the same.
 * `detail: "full"` is the request for everything, so there nothing is dropped or cut; masking and cleaning stay.
 */
export const render = (
  answer: ToolAnswer,
  { output, detail, hasDetail, hasLimit, now }: RenderOptions,
): RenderedAnswer => {
  const safe = cleanDeep(redact(answer.fields, output));
  const isConcise = detail === 'concise';
  const concise = isConcise ? compact(safe, now) : safe;
  const listed =
    isConcise && !hasLimit ? shortenLists(concise, maxItems) : { fields: concise, truncated: [] };
  const frame = { summary: oneLine(answer.summary), next: (answer.next ?? []).map(oneLine) };
  // The text repeats the fields with other punctuation; the larger of both forms counts. 150 is for the notes on cuts.
  const room = maxTokens - tokensOf(JSON.stringify(frame)) - 150;
  const fitted = isConcise ? truncateToTokens(listed.fields, room) : { fields: listed.fields, truncated: [] };
  const cut = [...listed.truncated, ...fitted.truncated];
  const next = [
    ...frame.next,
    ...pageNextOf(answer.page, fitted.fields),
    // Of a list of a thousand machine types this is a hundred thousand tokens: to be known before, not after.
    ...(cut.length > 0 && hasDetail
      ? [
          `The same call with detail: "full" shows what was cut: up to ${tokensOf(JSON.stringify(safe))} tokens.`,
        ]
      : []),
  ];
  const structuredContent = {
    summary: frame.summary,
    ...fitted.fields,
    ...(cut.length > 0 && { cut }),
    ...(next.length > 0 && { next }),
  };
  return {
    content: [{ type: 'text', text: textOf(structuredContent) }],
    structuredContent,
    ...(answer.isError && { isError: true as const }),
  };
};

/** The call that brings what follows the last item shown, where there is more. */
const pageNextOf = (page: Page | undefined, fields: Fields): readonly string[] => {
  if (page === undefined) return [];
  const items = fields[page.list];
  const shown = Array.isArray(items) ? items.length : 0;
  const offset = page.offset + shown;
  return shown > 0 && offset < page.total
    ? [`${page.total - offset} more: ${page.tool} with Offset ${offset} and otherwise the same arguments.`]
    : [];
};

/** Our own sentences may hold a name or an argument of somebody else's. */
const oneLine = (sentence: string): string => cleanText(sentence).replace(/\s+/g, ' ');

/** The first line is what happened; the rest is the structured content, field by field. */
const textOf = ({ summary, ...rest }: Fields): string =>
  [String(summary), toText(rest)].filter(Boolean).join('\n');
