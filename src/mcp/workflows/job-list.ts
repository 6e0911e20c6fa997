/** All jobs of a region, in as few reads as the API allows. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import type { ToolContext } from '../contract/tool.ts';
import type { JobFilter } from './job-filter.ts';

export type JobItem = NonNullable<NonNullable<OutputOf<'DescribeJobs'>['JobSet']>[number]>;

export interface JobList {
  /** Newest first, each once. */
  readonly jobs: readonly JobItem[];
  /** How many there are, as the service says. */
  readonly total: number;
}

const pageSize = 100;
/** Three times the documented quota of jobs; 15 seconds at two reads a second. */
const maxPages = 30;

/**
 * Reads all jobs that the service can select: by state and by equal tags.
 * @throws the service's error
 */
export const readJobs = async (
  { states, tags = [] }: Pick<JobFilter, 'states' | 'tags'>,
  context: ToolContext,
): Promise<JobList> => {
  const Filters: NonNullable<InputOf<'DescribeJobs'>['Filters']> = [
    ...(states && states.length > 0 ? [{ Name: 'job-state', Values: [...states] }] : []),
    ...tags.flatMap(({ key, value, isNegated }) =>
      value === undefined || isNegated ? [] : [{ Name: `tag:${key}`, Values: [value] }],
    ),
  ];
  const found = new Map<string, JobItem>();
  let total = 0;
  for (let page = 0; page < maxPages; page += 1) {
    const { JobSet, TotalCount } = await context.call('DescribeJobs', {
      ...(Filters.length > 0 && { Filters }),
      Offset: page * pageSize,
      Limit: pageSize,
    });
    const jobs = (JobSet ?? []).filter((job) => job !== null);
    // A job that is submitted meanwhile moves the others to the next page.
    for (const job of jobs) found.set(job.JobId ?? '', job);
    total = TotalCount ?? found.size;
    if (jobs.length < pageSize || (page + 1) * pageSize >= total) break;
    context.progress(page / 100, undefined, `${found.size} of ${total} jobs listed`);
  }
  return { jobs: [...found.values()], total: Math.max(total, found.size) };
};
