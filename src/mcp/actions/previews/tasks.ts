/** What ending one task instance would cost. */
import type { InputOf } from '../../../catalogue/index.ts';
import { ApiError } from '../../../shared/errors.ts';
import type { Preview, ToolContext } from '../../contract/tool.ts';
import { durationOf } from '../../render/compact.ts';
import { quoted } from '../../render/untrusted.ts';
import { nameOfJob, stateOf, submissionOf } from './jobs.ts';

export const previewTerminateTaskInstance = async (
  { JobId, TaskName, TaskInstanceIndex }: InputOf<'TerminateTaskInstance'>,
  context: ToolContext,
): Promise<Preview> => {
  const [job, task] = await Promise.all([
    context.call('DescribeJob', { JobId }),
    // Instances come by index, so the one wanted stands at its own offset.
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
  const ended = state === 'SUCCEED' || state === 'FAILED';
  const runs = state === 'RUNNING' || state === 'STARTING';
  return {
    target: `instance ${TaskInstanceIndex} (${state}) of task ${quoted(TaskName)} of ${nameOfJob(job, context.region)}`,
    typed: JobId,
    state: { ...stateOf(job), TaskInstanceState: state },
    impact: { running: runs ? 1 : 0 },
    consequences: ended
      ? [`The instance has ended (${state}): there is nothing to terminate.`]
      : [
          runs
            ? `The instance has run${ran} and would be killed.`
            : `The instance is ${state}; a waiting one would never start.`,
          'Tasks that depend on this one may not start.',
        ],
    undo: ended
      ? 'Nothing would change.'
      : 'What the instance computed is lost. When the job is FAILED, RetryJobs runs it again from its beginning.',
    recipe: await submissionOf(job, context),
  };
};
