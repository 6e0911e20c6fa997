/** What terminating one task instance would destroy. */
import type { InputOf } from '../../../catalogue/index.ts';
import { isActive, isFinal } from '../../../catalogue/job-states.ts';
import { ApiError } from '../../../shared/errors.ts';
import type { Inspection, ToolContext } from '../../contract/tool.ts';
import { durationOf } from '../../render/times.ts';
import { quoted } from '../../render/untrusted.ts';
import { nameOfJob, stateOf } from './jobs.ts';

export const inspectTerminateTaskInstance = async (
  { JobId, TaskName, TaskInstanceIndex }: InputOf<'TerminateTaskInstance'>,
  context: ToolContext,
): Promise<Inspection> => {
  const [job, task] = await Promise.all([
    context.call('DescribeJob', { JobId }),
    // Instances are sorted by index, so the index is the offset.
    context.call('DescribeTask', { JobId, TaskName, Offset: TaskInstanceIndex, Limit: 1 }),
  ]);
  const instance = task.TaskInstanceSet?.find((one) => one.TaskInstanceIndex === TaskInstanceIndex);
  if (instance === undefined) {
    throw new ApiError(
      'DescribeTask',
      'ResourceNotFound.TaskInstance',
      `Task ${quoted(TaskName)} of ${JobId} has no instance ${TaskInstanceIndex}.`,
      task.RequestId ?? undefined,
    );
  }
  const started = Date.parse(instance.RunningTime ?? '');
  const ran = Number.isNaN(started)
    ? ''
    : ` for ${durationOf(Math.max(0, Math.round((context.now() - started) / 1000)))}`;
  const state = instance.TaskInstanceState ?? '';
  const runs = isActive(state);
  const nothingToDo = isFinal(state)
    ? `The instance has ended (${state}): there is nothing to terminate.`
    : undefined;
  return {
    target: `instance ${TaskInstanceIndex} (${state || 'state unknown'}) of task ${quoted(TaskName)} of ${nameOfJob(job, context.region)}`,
    confirmationText: JobId,
    state: { ...stateOf(job), TaskInstanceState: state },
    impact: { running: runs ? 1 : 0 },
    ...(nothingToDo !== undefined && { nothingToDo }),
    undo:
      nothingToDo === undefined
        ? 'What the instance computed is lost. When the job is FAILED, RetryJobs runs it again from its beginning.'
        : 'Nothing would change.',
    consequences: async () =>
      nothingToDo === undefined
        ? [
            runs
              ? `The instance has run${ran} and would be killed.`
              : `The instance is ${state || 'in an unknown state'} and would never start.`,
            'Tasks that depend on this one may not start.',
          ]
        : [nothingToDo],
  };
};
