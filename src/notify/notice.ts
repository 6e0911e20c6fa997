/** What a receiver gets: one event as JSON. */
import { cleanText } from '../mcp/render/untrusted.ts';
import type { JobEvent } from '../shared/job-event.ts';

/** Long enough for any name that the API allows. */
const maxTextLength = 300;

/** Names and reasons are text of users: what a reader cannot see is removed, and credentials are masked. */
const textOf = (text: string): string => {
  const line = cleanText(text).replace(/\s+/g, ' ').trim();
  return line.length > maxTextLength ? `${line.slice(0, maxTextLength)}…` : line;
};

/**
 * The body of a notice. It is the same bytes at every attempt, so that a receiver can compare copies.
 * @returns JSON: `id`, `type`, `timestamp` (of the event), `data`
 */
export const noticeOf = ({ id, time, kind, ...job }: JobEvent): string =>
  JSON.stringify({
    id,
    type: `job.${kind.replaceAll('-', '_')}`,
    timestamp: new Date(time).toISOString(),
    data: {
      JobId: job.jobId,
      JobName: textOf(job.jobName),
      JobState: job.state,
      Region: job.region,
      ...(job.detail !== '' && { Reason: textOf(job.detail) }),
    },
  });
