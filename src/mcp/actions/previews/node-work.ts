/** Which task instances run on the nodes that would be destroyed: the API returns it only from the side of the jobs. */
import { activeStates } from '../../../catalogue/job-states.ts';
import type { ToolContext } from '../../contract/tool.ts';
import { counted } from '../../render/counted.ts';
import type { Node } from './env-facts.ts';

// DescribeJobs, DescribeJob and DescribeTask allow two or three calls per second; a preview may take a few seconds.
const maxJobs = 5;
const maxTasks = 6;

/**
 * Describes how many nodes are busy, and with what, as far as a few calls can find out.
 * @returns sentences for a preview
 */
export const busyNodesSentencesOf = async (
  EnvId: string,
  busy: readonly Node[],
  context: ToolContext,
): Promise<readonly string[]> => {
  if (busy.length === 0) return ['No node runs a task instance now.'];
  const machines = new Set(busy.map((node) => node.ComputeNodeInstanceId).filter((id) => id !== null));
  const { JobSet, TotalCount } = await context.call('DescribeJobs', {
    Filters: [{ Name: 'job-state', Values: [...activeStates] }],
    Limit: maxJobs,
  });
  const found: string[] = [];
  let tasksRead = 0;
  for (const { JobId } of JobSet ?? []) {
    if (!JobId || tasksRead >= maxTasks) break;
    const job = await context.call('DescribeJob', { JobId });
    for (const { TaskName, TaskState } of job.TaskSet ?? []) {
      if (!TaskName || TaskState !== 'RUNNING' || tasksRead >= maxTasks) continue;
      tasksRead += 1;
      const { TaskInstanceSet } = await context.call('DescribeTask', { JobId, TaskName });
      const here = (TaskInstanceSet ?? []).filter(
        (one) => one.ComputeNodeInstanceId && machines.has(one.ComputeNodeInstanceId),
      );
      if (here.length > 0) found.push(`${here.length} of ${JobId}/${TaskName}`);
    }
  }
  const isComplete = (TotalCount ?? 0) <= maxJobs && tasksRead < maxTasks;
  return [
    `${counted(busy.length, 'node runs', 'nodes run')} a task instance now, which would be killed${found.length > 0 ? `: ${found.join(', ')}` : ''}.${
      isComplete ? '' : ` Only the ${maxJobs} newest running jobs in the region of ${EnvId} were read.`
    }`,
  ];
};
