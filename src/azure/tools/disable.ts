/** AzureDisableJob and AzureEnableJob: pause and resume a job. */
import * as z from 'zod';
import type { AzureCall } from '../http/request.ts';
import type { Wire } from '../http/wire.ts';
import { sendChange } from './change.ts';
import { type AzureContext, defineTool } from './define-tool.ts';
import { Endpoint, JobId } from './fields.ts';
import { type AzureJob, countTasks, describeCounts, readJob, type Target, targetOf } from './job.ts';

const disableName = 'AzureDisableJob';
const enableName = 'AzureEnableJob';

export const AzureDisableJob = defineTool({
  name: disableName,
  title: 'Disable an Azure Batch job',
  description:
    'Pause an Azure Batch job; AzureEnableJob resumes it. Running tasks: wait lets them finish, requeue stops and later restarts them, terminate ends them permanently.',
  effect: 'destroy',
  idempotent: true,
  hasDetail: false,
  targetArgument: 'JobId',
  input: z.strictObject({ Endpoint, JobId, DisableTasks: z.enum(['wait', 'requeue', 'terminate']) }),
  gate: {
    warning: 'Running tasks are stopped, and their progress is lost.',
    // Nothing is lost if running tasks may finish.
    isNeeded: ({ DisableTasks }) => DisableTasks !== 'wait',
    inspect: async (input, wire, context) => {
      const target = targetOf(wire, disableName, input, context.signal);
      const job = await readJob(wire, target);
      const counts = await countTasks(wire, target);
      const isRequeue = input.DisableTasks === 'requeue';
      return {
        target: `job ${input.JobId} at ${target.endpoint.host}`,
        confirmationText: input.JobId,
        state: { endpoint: target.endpoint.url, state: job.state ?? 'unknown', eTag: job.eTag ?? '' },
        impact: { running: counts.running },
        consequences: async () => [
          `${describeCounts(counts)}. Counts may be slightly out of date.`,
          isRequeue
            ? `${counts.running} running: stopped, and restarted from the beginning when the job is enabled.`
            : `${counts.running} running: ended permanently, and completed with a failure.`,
          'Waiting tasks wait until the job is enabled.',
        ],
        undo: isRequeue
          ? 'AzureEnableJob resumes the job; the running tasks start over.'
          : 'AzureEnableJob resumes the job, but not the tasks that were ended.',
      };
    },
  },
  run: async (input, wire, context) => {
    const target = targetOf(wire, disableName, input, context.signal);
    const call: AzureCall = {
      action: disableName,
      method: 'POST',
      destroys: input.DisableTasks !== 'wait',
      path: ['jobs', input.JobId, 'disable'],
      headers: { 'if-match': context.approved?.state.eTag || undefined },
      body: { disableTasks: input.DisableTasks },
    };
    return change(wire, target, call, context, ['disabling', 'disabled']);
  },
});

export const AzureEnableJob = defineTool({
  name: enableName,
  title: 'Enable an Azure Batch job',
  description: 'Resume a disabled Azure Batch job.',
  effect: 'change',
  idempotent: true,
  hasDetail: false,
  targetArgument: 'JobId',
  input: z.strictObject({ Endpoint, JobId }),
  run: async (input, wire, context) => {
    const target = targetOf(wire, enableName, input, context.signal);
    const call: AzureCall = { action: enableName, method: 'POST', path: ['jobs', input.JobId, 'enable'] };
    return change(wire, target, call, context, ['enabling', 'active']);
  },
});

const change = async (
  wire: Wire,
  target: Target,
  call: AzureCall,
  context: AzureContext,
  states: readonly string[],
) => {
  const isThere = ({ state = '' }: AzureJob) => states.includes(state);
  const { answer } = await sendChange(wire, call, target.endpoint, context.signal, async () =>
    isThere(await readJob(wire, target)),
  );
  return {
    summary: `${call.action}: accepted for ${target.jobId}. The job is ${states[0]} and will be ${states[1]}.`,
    fields: {
      accepted: true,
      JobId: target.jobId,
      ...(answer
        ? { ETag: answer.headers.etag, RequestId: answer.headers['request-id'] }
        : { resolvedByReading: true }),
    },
    next: [
      `AzureGetJob {"JobId":"${target.jobId}"} shows when it is ${states[1]}.`,
      ...(call.action === disableName ? [`AzureEnableJob {"JobId":"${target.jobId}"} resumes it.`] : []),
    ],
  };
};
