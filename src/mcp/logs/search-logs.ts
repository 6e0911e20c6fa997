/** Searches the logs of a task page by page, a few pages at a time. */
import pMap from 'p-map';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { coverageOf, type LogCoverage, type ReadStream, readStreamOf } from './log-coverage.ts';
import { shownLine } from './log-line.ts';
import { type LogPage, type PagePlan, type PlannedPage, planPages } from './log-pages.ts';
import { type LogSource, logsOf, type OpenLog, type Stream } from './log-source.ts';
import type { Pattern } from './pattern.ts';
import type { RequiredText } from './required-text.ts';
import { type FoundLines, type LogPosition, searchLines } from './search-lines.ts';

/** Where a search continues. */
export interface SearchPosition {
  readonly index: number;
  /** Absent: with the first stream, from its beginning. */
  readonly within?: { readonly stream: Stream; readonly at: LogPosition };
}

export interface LogSearch {
  readonly JobId: string;
  readonly TaskName: string;
  readonly from: SearchPosition;
  /** In ascending order; absent: all. */
  readonly instances?: readonly number[] | undefined;
  readonly streams: readonly Stream[];
  readonly pattern: Pattern;
  readonly required: RequiredText | undefined;
  /** Lines shown around a match. */
  readonly context: number;
  /** Matching lines shown of one stream. */
  readonly maxMatches: number;
}

/** An instance with at least one match. */
export interface MatchingInstance {
  readonly index: number;
  readonly count: number;
  readonly lines: readonly string[];
  /** The first match that is not shown. */
  readonly more?: SearchPosition;
}

export interface SearchResult {
  /** By index. */
  readonly found: readonly MatchingInstance[];
  /** How many instances the task has. */
  readonly total: number;
  /** Where to continue: everything before it was searched, or is in `failed`. Absent where nothing is left. */
  readonly next?: SearchPosition;
  readonly coverage: LogCoverage;
  readonly failed: readonly { readonly instances: number; readonly reason: string }[];
  /** Which limit ended the search. */
  readonly limit?: 'time' | 'bytes';
  readonly elapsedMs: number;
}

/** Enough to use the rate at the latency of a cloud, few enough to leave some of it to other calls. */
const concurrency = 4;
// Many clients time out after 60 seconds; half of that leaves room for a slow response.
const maxMs = 30_000;
/** Of stored logs, in one call: outside the region, the operator pays for what is transferred. */
export const maxSearchBytes = 512 * 1024 ** 2;

interface Budget {
  mayRead(bytes: number): boolean;
  isLate(): boolean;
}

const createBudget = ({ now, closing }: Pick<ToolContext, 'now' | 'closing'>): Budget => {
  const startTime = now();
  let bytes = 0;
  const isLate = (): boolean => now() - startTime > maxMs || closing?.aborted === true;
  return {
    isLate,
    mayRead: (more) => {
      // The first block is always read, so that a cursor advances.
      if (bytes > 0 && (isLate() || bytes + more > maxSearchBytes)) return false;
      bytes += more;
      return true;
    },
  };
};

/**
 * Searches up to 1,000 instances.
 * A page that cannot be read is listed in `failed` and does not end the search, except the first.
 * @throws the error of the first page, for instance when the task does not exist
 */
export const searchLogs = async (search: LogSearch, context: ToolContext): Promise<SearchResult> => {
  const startTime = context.now();
  const budget = createBudget(context);
  const plan = await planPages({ ...search, from: search.from.index }, context);
  let done = 0;
  const searchAt = async (page: PlannedPage): Promise<PageResult | undefined> => {
    context.signal.throwIfAborted();
    if (page.first === undefined && budget.isLate()) return undefined;
    const read = page.first ?? (await page.read().catch((error: unknown) => failureOf(error, context)));
    if ('failure' in read) return { page, failure: read.failure, instances: [], streams: [] };
    const result = await searchPage(read, { search, total: plan.total, budget, context });
    done += page.count;
    const at = Math.min(plan.before + done, plan.size);
    context.progress(at, plan.size, `${at} of ${plan.size} instances`);
    return { page, ...result };
  };
  const results = await pMap(plan.pages, searchAt, { concurrency });
  const end = endOf(results, plan);
  const complete = results.slice(0, end.pages).filter((result) => result !== undefined);
  return {
    found: complete
      .flatMap(({ instances }) => instances)
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.index - b.index),
    total: plan.total,
    coverage: coverageOf(complete.flatMap(({ streams }) => streams)),
    failed: failuresOf(complete),
    elapsedMs: context.now() - startTime,
    ...(end.next && { next: end.next }),
    ...(end.isLimited && { limit: budget.isLate() ? 'time' : 'bytes' }),
  };
};

interface PageResult {
  readonly page: PlannedPage;
  readonly failure?: string;
  readonly instances: readonly MatchingInstance[];
  readonly streams: readonly ReadStream[];
  /** Where a limit ended the search of the page. */
  readonly stoppedAt?: SearchPosition;
}

/** How many pages count, and where the search continues. */
const endOf = (
  results: readonly (PageResult | undefined)[],
  plan: PagePlan,
): { readonly pages: number; readonly next?: SearchPosition; readonly isLimited: boolean } => {
  const at = results.findIndex((result) => result === undefined || result.stoppedAt !== undefined);
  if (at < 0)
    return {
      pages: results.length,
      isLimited: false,
      ...(plan.next !== undefined && { next: { index: plan.next } }),
    };
  const stopped = results[at];
  return stopped?.stoppedAt
    ? { pages: at + 1, next: stopped.stoppedAt, isLimited: true }
    : { pages: at, next: { index: plan.pages[at]?.index ?? 0 }, isLimited: true };
};

const failuresOf = (results: readonly PageResult[]): SearchResult['failed'] => {
  const failed = results.filter(({ failure }) => failure !== undefined);
  return [...new Set(failed.map(({ failure = '' }) => failure))].map((reason) => ({
    reason,
    instances: failed
      .filter(({ failure }) => failure === reason)
      .reduce((sum, { page }) => sum + page.count, 0),
  }));
};

interface PageSearch {
  readonly search: LogSearch;
  readonly total: number;
  readonly budget: Budget;
  readonly context: ToolContext;
}

const searchPage = async (
  page: LogPage,
  { search, total, budget, context }: PageSearch,
): Promise<Omit<PageResult, 'page' | 'failure'>> => {
  const { JobId, TaskName, from } = search;
  const logs = page.TaskInstanceLogSet ?? [];
  const open = logsOf(logs, { JobId, TaskName, total }, context);
  const instances: MatchingInstance[] = [];
  const read: ReadStream[] = [];
  for (const log of logs) {
    const index = log.TaskInstanceIndex ?? 0;
    const within = index === from.index ? from.within : undefined;
    const streams =
      within === undefined ? search.streams : search.streams.slice(search.streams.indexOf(within.stream));
    const found: StreamResult[] = [];
    for (const stream of streams) {
      const at = stream === within?.stream ? within.at : { byte: 0, line: 1 };
      const result = await searchStream({ log, stream, at, search, budget, open });
      context.signal.throwIfAborted();
      read.push(readStreamOf(index, stream, result.source));
      found.push(result);
      if (result.lines.stoppedAt === undefined) continue;
      instances.push(instanceOf(index, found, search));
      return {
        instances,
        streams: read,
        stoppedAt: { index, within: { stream, at: result.lines.stoppedAt } },
      };
    }
    instances.push(instanceOf(index, found, search));
  }
  return { instances, streams: read };
};

interface StreamResult {
  readonly stream: Stream;
  readonly source: LogSource;
  readonly lines: FoundLines;
}

interface StreamSearch {
  readonly log: Parameters<OpenLog>[0];
  readonly stream: Stream;
  readonly at: LogPosition;
  readonly search: LogSearch;
  readonly budget: Budget;
  readonly open: OpenLog;
}

const searchStream = async ({
  log,
  stream,
  at,
  search,
  budget,
  open,
}: StreamSearch): Promise<StreamResult> => {
  const source = await open(log, stream);
  const { pattern, required, context, maxMatches } = search;
  const lines = await searchLines(source.bytes, {
    ...{ pattern, required, context, maxMatches, from: at },
    mayRead: budget.mayRead,
  });
  return { stream, source, lines };
};

const instanceOf = (
  index: number,
  results: readonly StreamResult[],
  { context, maxMatches }: LogSearch,
): MatchingInstance => {
  const first = results.find(({ lines }) => lines.more !== undefined);
  const more = first?.lines.more && { index, within: { stream: first.stream, at: first.lines.more } };
  return {
    index,
    count: results.reduce((sum, { lines }) => sum + lines.count, 0),
    lines: results.flatMap((result) => textsOf(index, result, context, maxMatches)),
    ...(more && { more }),
  };
};

/** The lines to show, in the format of grep. */
const textsOf = (
  index: number,
  { stream, source, lines }: StreamResult,
  context: number,
  maxMatches: number,
): readonly string[] => {
  const label = `${index} ${stream}`;
  // Where the beginning is missing, the number of a line is not known.
  const sign = source.limitation === undefined ? '' : '+';
  const texts: string[] = [];
  let before: number | undefined;
  for (const { number, text, isMatch } of lines.lines) {
    if (context > 0 && before !== undefined && number > before + 1) texts.push('--');
    const mark = isMatch ? ':' : '-';
    texts.push(`${label}${mark}${sign}${number}${mark} ${shownLine(text)}`);
    before = number;
  }
  return lines.count > maxMatches
    ? [...texts, `${label}: ${lines.count - maxMatches} more lines match`]
    : texts;
};

const failureOf = (error: unknown, context: ToolContext): { readonly failure: string } => {
  context.signal.throwIfAborted();
  if (error instanceof ApiError) return { failure: error.code };
  if (error instanceof TransportError) return { failure: 'no response' };
  throw error;
};
