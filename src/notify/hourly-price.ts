/** What an hour of a job can cost at most, by today's price list. */
import type { EventAccess } from '../client/job-events.ts';
import { readOfferings } from '../mcp/jobs/instance-offerings.ts';
import { costOf, requirementsOf } from '../mcp/jobs/job-cost.ts';
import { withoutNulls } from '../mcp/jobs/without-nulls.ts';

type Submission = Parameters<typeof costOf>[0];

/** @returns undefined where a price is not known; nodes of environments are not counted, because they exist anyway */
export const readHourlyPrice = async (
  jobId: string,
  call: EventAccess['call'],
): Promise<number | undefined> => {
  const job = await call('DescribeJob', { JobId: jobId });
  const info = await call('DescribeJobSubmitInfo', { JobId: jobId });
  // An answer without its nulls can be read as an input.
  const submission = { Placement: { Zone: job.Zone ?? '' }, Job: withoutNulls(info) } as Submission;
  const requirements = requirementsOf(submission).filter((one) => one !== undefined);
  return costOf(submission, await readOfferings(requirements, call)).hourly;
};
