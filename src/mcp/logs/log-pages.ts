/** The calls by which the logs of a task are read: ten instances each. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { ToolContext } from '../contract/tool.ts';

export type LogPage = OutputOf<'DescribeTaskLogs'>;

export interface WantedLogs {
  readonly JobId: string;
  readonly TaskName: string;
  /** Index of the first instance. */
  readonly from: number;
  /** In ascending order; absent: all. */
  readonly instances?: readonly number[] | undefined;
}

/** The API returns ten instances a call. */
const pageSize = 10;
// 1,000 instances: 5 seconds at the rate of DescribeTaskLogs, 20 a second.
const maxPages = 100;
export interface PlannedPage {
  /** Index of its first instance. */
  readonly index: number;
  readonly count: number;
  /** The page, where it was read already. */
  readonly first?: LogPage;
  read(): Promise<LogPage>;
}

export interface PagePlan {
  readonly pages: readonly PlannedPage[];
  /** How many instances the task has. */
  readonly total: number;
  /** How many are to be searched, of which so many were searched before. */
  readonly size: number;
  readonly before: number;
  /** The first instance that is not in the plan. */
  readonly next: number | undefined;
}

/** Reads the first page, by which the number of instances is known. */
export const planPages = async (
  wanted: WantedLogs,
  context: Pick<ToolContext, 'call'>,
): Promise<PagePlan> => {
  const { JobId, TaskName, from, instances } = wanted;
  const read = (part: object) => context.call('DescribeTaskLogs', { JobId, TaskName, ...part });
  if (instances === undefined) {
    const readAt = (Offset: number) => read({ Offset, Limit: pageSize });
    const first = await readAt(from);
    const total = first.TotalCount ?? 0;
    const last = Math.min(total, from + maxPages * pageSize);
    const pages = Array.from(
      { length: Math.max(1, Math.ceil((last - from) / pageSize)) },
      (_, at): PlannedPage => {
        const index = from + at * pageSize;
        const count = Math.max(0, Math.min(pageSize, last - index));
        return { index, count, ...(at === 0 && { first }), read: () => readAt(index) };
      },
    );
    const next = last < total ? last : undefined;
    return { pages, total, size: total, before: from, next };
  }
  const left = instances.filter((index) => index >= from);
  const planned = left.slice(0, maxPages * pageSize);
  const batches = Array.from({ length: Math.ceil(planned.length / pageSize) }, (_, at) =>
    planned.slice(at * pageSize, (at + 1) * pageSize),
  );
  const pages: PlannedPage[] = [];
  for (const batch of batches) {
    const readBatch = () => read({ TaskInstanceIndexes: batch });
    const first = pages.length === 0 ? await readBatch() : undefined;
    pages.push({ index: batch[0] ?? 0, count: batch.length, ...(first && { first }), read: readBatch });
  }
  const total = pages[0]?.first?.TotalCount ?? instances.length;
  const before = instances.length - left.length;
  return { pages, total, size: instances.length, before, next: left[planned.length] };
};
