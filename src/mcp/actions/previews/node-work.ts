/** Which task instances run on the nodes that would go: the API tells it only from the side of the jobs. */

import type { ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import type { Node } from './env-facts.ts';

// DescribeJobs, DescribeJob and DescribeTask allow two or three calls a second; a preview may take some seconds, not more.
const maxJobs = 5;
const maxTasks = 6;

/**
 * Says how many nodes work, and on what, as far as a few calls tell.
 * @returns sentences for a preview; none where no node works
 */
export const busyNodesSentencesOf = async (
  EnvId: string,
  busy: readonly Node[],
  context: ToolContext,
): Promise<readonly string[]> => {
  if (busy.length === 0) return ['No node runs a task instance now.'];
  const machines = new Set(busy.map((node) => node.ComputeNodeInstanceId).filter((id) => id !== null));
  const { JobSet, TotalCount } = await context.call('DescribeJobs', {
    Filters: [{ Name: 'job-state', Values: ['RUNNING', 'STARTING'] }],
    Limit: maxJobs,
  });
  const found: string[] = [];
  let looked = 0;
  for (const { JobId } of JobSet ?? []) {
    if (!JobId || looked >= maxTasks) break;
    const job = await context.call('DescribeJob', { JobId });
    for (const { TaskName, TaskState } of job.TaskSet ?? []) {
      if (!TaskName || TaskState !== 'RUNNING' || looked >= maxTasks) continue;
      looked += 1;
      const { TaskInstanceSet } = await context.call('DescribeTask', { JobId, TaskName });
      const here = (TaskInstanceSet ?? []).filter(
        (one) => one.ComputeNodeInstanceId && machines.has(one.ComputeNodeInstanceId),
      );
      if (here.length > 0) found.push(`${here.length} of ${JobId}/${TaskName}`);
    }
  }
  const isWhole = (TotalCount ?? 0) <= maxJobs && looked < maxTasks;
  return [
    `${counted(busy.length, 'node runs', 'nodes run')} a task instance now, which would be killed${found.length > 0 ? `: ${found.join(', ')}` : ''}.${
      isWhole ? '' : ` Only the ${maxJobs} newest running jobs of ${EnvId}'s region were looked at.`
    }`,
  ];
};
