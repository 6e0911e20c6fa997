/** Reads the same part of the logs of many instances, until a page is full. */
import pMap from 'p-map';
import type { ToolContext } from '../contract/tool.ts';
import { coverageOf, type LogCoverage, type ReadStream, readStreamOf } from './log-coverage.ts';
import { shownLine } from './log-line.ts';
import { type LogPage, type PagePlan, planPages } from './log-pages.ts';
import { type ApiLog, logsOf, type OpenLog, type Stream } from './log-source.ts';
import { type LinesRead, type LogPart, readLines } from './read-lines.ts';

export interface LogsToRead {
  readonly JobId: string;
  readonly TaskName: string;
  /** Index of the first instance. */
  readonly from: number;
  /** In ascending order; absent: all. */
  readonly instances: readonly number[] | undefined;
  readonly streams: readonly Stream[];
  readonly part: LogPart;
  /** Characters shown of one line, and of all. */
  readonly maxLineLength: number;
  readonly maxLength: number;
}

/** A part of one stream. */
export interface StreamPart extends ReadStream {
  readonly lines: readonly string[];
  /** Number of the first line, where it is known. */
  readonly firstLine?: number;
  /** Positions of the first byte and after the last one. */
  readonly first: number;
  readonly end: number;
  /** Where the part continues, if it was not read completely. */
  readonly stoppedAt?: LinesRead['stoppedAt'];
}

export interface ReadLogs {
  /** By index; stdout before stderr. */
  readonly parts: readonly StreamPart[];
  /** How many instances the task has, and how many were asked for. */
  readonly total: number;
  readonly wanted: number;
  readonly coverage: LogCoverage;
  /** The first instance that is not in `parts`. */
  readonly next?: number;
}

/** Pages that are read at the same time; of a page, as many logs. */
const concurrency = 4;
// Many clients time out after 60 seconds; half of that leaves room for a slow response.
const maxMs = 30_000;
/** Of stored logs, to find lines by their number. */
const maxBytes = 512 * 1024 ** 2;

/** @throws the error of a page, for instance when the task does not exist */
export const readLogs = async (wanted: LogsToRead, context: ToolContext): Promise<ReadLogs> => {
  const startTime = context.now();
  const plan = await planPages(wanted, context);
  const limits = limitsOf(wanted, startTime, context);
  const parts: StreamPart[] = [];
  let length = 0;
  for (let at = 0; at < plan.pages.length; at += concurrency) {
    const isLate = context.now() - startTime > maxMs || context.closing?.aborted === true;
    if (at > 0 && isLate) return resultOf(parts, plan, plan.pages[at]?.index);
    const pages = await pMap(
      plan.pages.slice(at, at + concurrency),
      async (page) => readPage(page.first ?? (await page.read()), wanted, plan, limits, context),
      { concurrency },
    );
    for (const instance of pages.flat()) {
      const more = instance.reduce((sum, part) => sum + lengthOf(part), 0);
      // At least one instance, so that a cursor always advances.
      if (parts.length > 0 && length + more > wanted.maxLength)
        return resultOf(parts, plan, instance[0]?.index);
      length += more;
      parts.push(...instance);
    }
    const done = Math.min(plan.size, plan.before + coverageOf(parts).instances);
    context.progress(done, plan.size, `${done} of ${plan.size} instances`);
  }
  return resultOf(parts, plan, plan.next);
};

interface Limits {
  readonly maxBytes: number;
  mayRead(bytes: number): boolean;
}

const limitsOf = (
  { streams, maxLength }: LogsToRead,
  startTime: number,
  { now, closing, signal }: Pick<ToolContext, 'now' | 'closing' | 'signal'>,
): Limits => {
  let bytes = 0;
  return {
    maxBytes: Math.floor(maxLength / streams.length),
    mayRead: (more) => {
      signal.throwIfAborted();
      bytes += more;
      return bytes <= maxBytes && now() - startTime <= maxMs && closing?.aborted !== true;
    },
  };
};

/** Some characters are for the number of the instance and of the line. */
const labelLength = 12;

const lengthOf = ({ lines }: StreamPart): number =>
  lines.reduce((sum, line) => sum + line.length + labelLength, 0);

const resultOf = (parts: readonly StreamPart[], plan: PagePlan, next: number | undefined): ReadLogs => ({
  parts,
  total: plan.total,
  wanted: plan.size,
  coverage: coverageOf(parts),
  ...(next !== undefined && { next }),
});

/** The parts of each instance of a page. */
const readPage = (
  page: LogPage,
  wanted: LogsToRead,
  { total }: PagePlan,
  limits: Limits,
  context: ToolContext,
): Promise<readonly (readonly StreamPart[])[]> => {
  const { JobId, TaskName } = wanted;
  const logs = page.TaskInstanceLogSet ?? [];
  const open = logsOf(logs, { JobId, TaskName, total }, context);
  return pMap(logs, (log) => readInstance(log, open, wanted, limits), { concurrency });
};

const readInstance = async (
  log: ApiLog,
  open: OpenLog,
  { streams, part, maxLineLength }: LogsToRead,
  limits: Limits,
): Promise<readonly StreamPart[]> => {
  const index = log.TaskInstanceIndex ?? 0;
  const parts: StreamPart[] = [];
  for (const stream of streams) {
    const source = await open(log, stream);
    const { firstLine, ...read } = await readLines(source.bytes, part, limits);
    parts.push({
      ...readStreamOf(index, stream, source),
      ...read,
      lines: read.lines.map((line) => shownLine(line, maxLineLength)),
      // Where the beginning is missing, the number of a line is not known.
      ...(firstLine !== undefined && source.limitation === undefined && { firstLine }),
    });
  }
  return parts;
};
