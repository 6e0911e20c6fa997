/** Reads the logs of a task page by page, a few pages at a time, and searches each page. */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import pMap from 'p-map';
import type { OutputOf } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { decodeLog } from '../actions/task-logs.ts';
import type { ToolContext } from '../contract/tool.ts';
import { type LogMatches, matchesOf } from './log-matches.ts';
import type { Pattern } from './pattern.ts';

export type Stream = 'stdout' | 'stderr';

export interface LogSearch {
  readonly JobId: string;
  readonly TaskName: string;
  /** Index of the first instance. */
  readonly from: number;
  readonly streams: readonly Stream[];
  readonly pattern: Pattern;
  /** Lines shown around a match. */
  readonly context: number;
}

/** An instance with at least one match. */
export interface MatchingInstance {
  readonly index: number;
  readonly count: number;
  readonly lines: readonly string[];
}

export interface SearchResult {
  /** By index. */
  readonly found: readonly MatchingInstance[];
  /** How many instances the task has. */
  readonly total: number;
  /** Where to continue: everything before it was searched, or is in `failed`. */
  readonly until: number;
  readonly read: number;
  /** How many of these had no output in the streams that were searched. */
  readonly empty: number;
  readonly failed: readonly { readonly instances: number; readonly reason: string }[];
  /** Set where the time ran out first. */
  readonly stoppedAfterMs?: number;
}

/** The API returns ten instances a call. */
const pageSize = 10;
// 1,000 instances: 5 seconds at the rate of DescribeTaskLogs, 20 a second.
const maxPages = 100;
/** Enough to use the rate at the latency of a cloud, few enough to leave some of it to other calls. */
const concurrency = 4;
// Many clients time out after 60 seconds; half of that leaves room for a slow response.
const maxMs = 30_000;
const maxLinesOfInstance = 5;

type Page = OutputOf<'DescribeTaskLogs'> | { readonly failure: string };

/**
 * Searches up to 1,000 instances.
 * A page that cannot be read is listed in `failed` and does not end the search, except the first.
 * @throws the error of the first page, for instance when the task does not exist
 */
export const readPages = async (search: LogSearch, context: ToolContext): Promise<SearchResult> => {
  const { JobId, TaskName, from } = search;
  const startTime = context.now();
  const read = (Offset: number) =>
    context.call('DescribeTaskLogs', { JobId, TaskName, Offset, Limit: pageSize });
  const first = await read(from);
  const total = first.TotalCount ?? 0;
  const last = Math.min(total, from + maxPages * pageSize);
  const offsets = Array.from(
    { length: Math.max(0, Math.ceil((last - from) / pageSize)) },
    (_, at) => from + at * pageSize,
  );
  let done = 0;
  const searchAt = async (offset: number): Promise<PageResult | undefined> => {
    context.signal.throwIfAborted();
    const isLate = context.now() - startTime > maxMs || context.closing?.aborted === true;
    if (offset > from && isLate) return undefined;
    const page =
      offset === from ? first : await read(offset).catch((error: unknown) => failureOf(error, context));
    const instances = 'failure' in page ? [] : await searchPage(page, search);
    done += pageSize;
    context.progress(
      Math.min(from + done, total),
      total,
      `${Math.min(from + done, total)} of ${total} instances`,
    );
    return { page, instances };
  };
  const results = await pMap(offsets, searchAt, { concurrency });
  return resultOf(results, { offsets, total, last, elapsedMs: context.now() - startTime });
};

interface PageResult {
  readonly page: Page;
  readonly instances: readonly SearchedInstance[];
}
interface SearchedInstance extends MatchingInstance {
  readonly isEmpty: boolean;
}

interface Progress {
  readonly offsets: readonly number[];
  readonly total: number;
  readonly last: number;
  readonly elapsedMs: number;
}

const resultOf = (
  results: readonly (PageResult | undefined)[],
  { offsets, total, last, elapsedMs }: Progress,
): SearchResult => {
  const stop = results.indexOf(undefined);
  const until = stop < 0 ? last : (offsets[stop] ?? last);
  const pages = results.slice(0, stop < 0 ? results.length : stop).filter((result) => result !== undefined);
  const instances = pages.flatMap((result) => result.instances);
  const failed = pages.flatMap(({ page }, at) =>
    'failure' in page
      ? [{ instances: Math.min(pageSize, last - (offsets[at] ?? 0)), reason: page.failure }]
      : [],
  );
  return {
    found: instances.filter(({ count }) => count > 0).sort((a, b) => a.index - b.index),
    total,
    until,
    read: instances.length,
    empty: instances.filter(({ isEmpty }) => isEmpty).length,
    failed: groupedByReason(failed),
    ...(stop >= 0 && { stoppedAfterMs: elapsedMs }),
  };
};

const groupedByReason = (failed: SearchResult['failed']): SearchResult['failed'] =>
  [...new Set(failed.map(({ reason }) => reason))].map((reason) => ({
    reason,
    instances: failed
      .filter((one) => one.reason === reason)
      .reduce((sum, { instances }) => sum + instances, 0),
  }));

const searchPage = async (
  page: OutputOf<'DescribeTaskLogs'>,
  search: LogSearch,
): Promise<readonly SearchedInstance[]> => {
  const instances: SearchedInstance[] = [];
  for (const log of page.TaskInstanceLogSet ?? []) {
    // A slow pattern must not delay the cancellation of the request.
    await yieldToEvents();
    const index = log.TaskInstanceIndex ?? 0;
    const texts = { stdout: decodeLog(log.StdoutLog), stderr: decodeLog(log.StderrLog) };
    const matches = search.streams.map((stream) =>
      matchesOf(texts[stream], search.pattern, {
        label: `${index} ${stream}`,
        context: search.context,
        maxMatches: maxLinesOfInstance,
      }),
    );
    instances.push({
      index,
      count: matches.reduce((sum, { count }) => sum + count, 0),
      lines: matches.flatMap((match, at) => linesOf(match, `${index} ${search.streams[at]}`)),
      isEmpty: search.streams.every((stream) => texts[stream] === ''),
    });
  }
  return instances;
};

const linesOf = ({ count, lines }: LogMatches, label: string): readonly string[] =>
  count > maxLinesOfInstance ? [...lines, `${label}: ${count - maxLinesOfInstance} more lines match`] : lines;

const failureOf = (error: unknown, context: ToolContext): { readonly failure: string } => {
  context.signal.throwIfAborted();
  if (error instanceof ApiError) return { failure: error.code };
  if (error instanceof TransportError) return { failure: 'no response' };
  throw error;
};
