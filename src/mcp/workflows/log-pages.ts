/** Reads the logs of a task page by page, a few pages at a time, and searches them as they come. */
import { setImmediate as turn } from 'node:timers/promises';
import type { OutputOf } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import { decodeLog } from '../actions/task-logs.ts';
import type { ToolContext } from '../contract/tool.ts';
import { inParallel } from './in-parallel.ts';
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
  /** Lines around a match. */
  readonly around: number;
}

/** An instance with at least one match. */
export interface MatchingInstance {
  readonly index: number;
  readonly count: number;
  readonly lines: readonly string[];
}

export interface SearchResult {
  /** In the order of their indexes. */
  readonly found: readonly MatchingInstance[];
  /** How many instances the task has. */
  readonly total: number;
  /** Where to go on: everything before it has been looked at, or is in `failed`. */
  readonly until: number;
  readonly read: number;
  /** How many of these had nothing in the streams that were searched. */
  readonly empty: number;
  readonly failed: readonly { readonly instances: number; readonly why: string }[];
  /** Set where the time was up before the pages were. */
  readonly stoppedAfterMs?: number;
}

/** The API gives ten instances a call. */
const pageSize = 10;
// 100 calls are 5 seconds at the 20 a second that DescribeTaskLogs allows, and 1,000 instances.
const maxPages = 100;
/** Enough to fill the rate at the latency of a cloud, few enough to leave it to others. */
const width = 4;
// Many clients give up after 60 seconds; half of that leaves room for a slow answer.
const maxMs = 30_000;
const maxLinesOfInstance = 5;

type Page = OutputOf<'DescribeTaskLogs'> | { readonly why: string } | undefined;

/**
 * Searches up to 1,000 instances.
 * A page that cannot be read is told in `failed` and does not end the search, except the first.
 * @throws what the service says about the first page, for instance that there is no such task
 */
export const readPages = async (search: LogSearch, context: ToolContext): Promise<SearchResult> => {
  const { JobId, TaskName, from } = search;
  const begun = context.now();
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
  const results = await inParallel(offsets, width, async (offset) => {
    context.signal.throwIfAborted();
    if (offset > from && context.now() - begun > maxMs) return undefined;
    const page =
      offset === from ? first : await read(offset).catch((error: unknown) => whyOf(error, context));
    const instances = 'why' in page ? [] : await searchPage(page, search);
    done += pageSize;
    context.progress(
      Math.min(from + done, total),
      total,
      `${Math.min(from + done, total)} of ${total} instances`,
    );
    return { page, instances };
  });
  return summaryOf(results, { offsets, total, last, begun, now: context.now() });
};

interface Result {
  readonly page: Page;
  readonly instances: readonly Instance[];
}
interface Instance extends MatchingInstance {
  readonly isEmpty: boolean;
}

const summaryOf = (
  results: readonly (Result | undefined)[],
  {
    offsets,
    total,
    last,
    begun,
    now,
  }: { offsets: readonly number[]; total: number; last: number; begun: number; now: number },
): SearchResult => {
  const stop = results.indexOf(undefined);
  const until = stop < 0 ? last : (offsets[stop] ?? last);
  const kept = results.slice(0, stop < 0 ? results.length : stop).filter((result) => result !== undefined);
  const instances = kept.flatMap((result) => result.instances);
  const failed = kept.flatMap(({ page }, at) =>
    page !== undefined && 'why' in page
      ? [{ instances: Math.min(pageSize, last - (offsets[at] ?? 0)), why: page.why }]
      : [],
  );
  return {
    found: instances.filter(({ count }) => count > 0).sort((a, b) => a.index - b.index),
    total,
    until,
    read: instances.length,
    empty: instances.filter(({ isEmpty }) => isEmpty).length,
    failed: joinedByReason(failed),
    ...(stop >= 0 && { stoppedAfterMs: now - begun }),
  };
};

const joinedByReason = (failed: SearchResult['failed']): SearchResult['failed'] =>
  [...new Set(failed.map(({ why }) => why))].map((why) => ({
    why,
    instances: failed.filter((one) => one.why === why).reduce((sum, one) => sum + one.instances, 0),
  }));

const searchPage = async (
  page: OutputOf<'DescribeTaskLogs'>,
  search: LogSearch,
): Promise<readonly Instance[]> => {
  const instances: Instance[] = [];
  for (const log of page.TaskInstanceLogSet ?? []) {
    // A slow pattern must not keep the server from hearing that the request was cancelled.
    await turn();
    const index = log.TaskInstanceIndex ?? 0;
    const texts = { stdout: decodeLog(log.StdoutLog), stderr: decodeLog(log.StderrLog) };
    const matches = search.streams.map((stream) =>
      matchesOf(texts[stream], search.pattern, {
        label: `${index} ${stream}`,
        context: search.around,
        most: maxLinesOfInstance,
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

const whyOf = (error: unknown, context: ToolContext): { readonly why: string } => {
  context.signal.throwIfAborted();
  if (error instanceof ApiError) return { why: error.code };
  if (error instanceof TransportError) return { why: 'no answer' };
  throw error;
};
