/** AzureTerminateJob: everything that Invoke-AzTerminateJob offers, with a look before and a look after. */
import { ConfirmationError } from '../../shared/errors.ts';
import type { Wire, WireAnswer } from '../http/wire.ts';
import type { AzureAnswer, AzureContext } from '../tool.ts';
import { awaitEnd, type End } from './await-end.ts';
import { sendChange } from './change.ts';
import { defineTool } from './define-tool.ts';
import { type AzureJob, outcomeOf, readJob, type Target, tasksThat } from './job.ts';
import { type TerminateInput, terminateInput } from './terminate-input.ts';
import { planTermination, type TerminatePlan, terminateName } from './terminate-plan.ts';
import { bodyTextOf, lookBefore, previewTermination } from './terminate-preview.ts';

export const AzureTerminateJob = defineTool({
  name: terminateName,
  title: 'Terminate an Azure Batch job',
  description:
    'End an Azure Batch job for good: running tasks are killed, release tasks run, waiting tasks stay active but never run. To pause instead: AzureDisableJob. Parameters are those of Invoke-AzTerminateJob.',
  effect: 'destroy',
  idempotent: false,
  hasDetail: false,
  warning: 'The job ends for good: its running tasks are killed, and it never runs a task again.',
  input: terminateInput,
  gate: {
    isNeeded: (input) => input.WhatIf !== true,
    preview: async (input, wire, context) => {
      const plan = await planTermination(input, wire);
      return previewTermination(plan, input, await lookBefore(plan, input, wire, context));
    },
  },
  run: async (input, wire, context) => {
    const plan = await planTermination(input, wire);
    return input.WhatIf ? whatIf(plan, wire) : terminate(plan, input, wire, context);
  },
});

/** The request, without its Authorization. Nothing is sent, not even to read the job. */
const whatIf = (plan: TerminatePlan, wire: Wire): AzureAnswer => {
  const { method, url, headers, body } = wire.build(plan.call(undefined), plan.endpoint);
  return {
    summary: 'WhatIf: this is the request that would be sent. Nothing was sent.',
    fields: {
      WhatIf: true,
      parameterSet: plan.parameterSet,
      method,
      url,
      headers: {
        ...headers,
        // Each attempt is dated and signed anew.
        ...(wire.settings.accessKey &&
          headers['ocp-date'] === undefined && { 'ocp-date': new Date(wire.now()).toUTCString() }),
        ...(!plan.hasCondition && { 'if-match': '(the ETag that the job has when it is looked at before)' }),
      },
      body: body ?? '',
      ...(plan.warnings.length > 0 && { warnings: plan.warnings }),
    },
    next: [`Call ${terminateName} without WhatIf to do it; it asks first.`],
  };
};

const terminate = async (
  plan: TerminatePlan,
  input: TerminateInput,
  wire: Wire,
  context: AzureContext,
): Promise<AzureAnswer> => {
  const { jobId, endpoint, reason } = plan;
  const target: Target = { action: terminateName, jobId, endpoint, signal: context.signal };
  const { seen } = context;
  if (seen && seen.state.body !== bodyTextOf(reason)) {
    throw new ConfirmationError(
      'What would be sent has changed since the preview. Nothing was sent.',
      'changed',
    );
  }
  // Whoever was shown a preview insists on what it saw; without one the job is looked at now.
  const look = seen ? undefined : await lookBefore(plan, input, wire, context);
  const seenETag = seen ? seen.state.eTag || undefined : look?.job.eTag;
  const { answer } = await sendChange(wire, plan.call(seenETag), endpoint, context.signal, async () =>
    isOurs(await readJob(wire, target), reason),
  );
  const end = await awaitEnd(wire, target, context, input.wait ? undefined : 0);
  const counts = look?.counts;
  return {
    summary: sentenceOf(jobId, end, answer === undefined),
    fields: {
      accepted: true,
      JobId: jobId,
      parameterSet: plan.parameterSet,
      stateBefore: seen?.state.state ?? look?.job.state,
      ...(counts && { tasksBefore: counts }),
      ...(end.isGone ? { stateNow: 'deleted' } : end.job && { stateNow: end.job.state }),
      ...(end.counts && { tasksNow: end.counts }),
      ...(end.job && fieldsAfter(end.job, end)),
      ...(end.problem !== undefined && { couldNotRead: end.problem }),
      ...(answer ? headersOf(answer) : { resolvedByReading: true }),
      ClientRequestId: plan.clientRequestId,
      ...(input.PassThru && { PassThru: true }),
      ...(plan.warnings.length > 0 && { warnings: plan.warnings }),
    },
    next: nextOf(jobId, end, input),
  };
};

/** Whether the job is as this very call would leave it. While it ends, the service may not tell the reason yet. */
const isOurs = (job: AzureJob, reason = 'UserTerminate'): boolean => {
  const found = job.executionInfo?.terminateReason;
  if (job.state === 'terminating') return found === undefined || found === reason;
  return job.state === 'completed' && found === reason;
};

const fieldsAfter = (job: AzureJob, { counts }: End) => ({
  ...(job.executionInfo?.terminateReason !== undefined && {
    terminateReason: job.executionInfo.terminateReason,
  }),
  ...(job.executionInfo?.endTime !== undefined && { endTime: job.executionInfo.endTime }),
  ...(counts && outcomeOf(job, counts) !== undefined && { outcome: outcomeOf(job, counts) }),
});

const headersOf = ({ headers, attempts }: WireAnswer) => ({
  ETag: headers.etag,
  LastModified: headers['last-modified'],
  DataServiceId: headers.dataserviceid,
  RequestId: headers['request-id'],
  ...(headers['client-request-id'] !== undefined && {
    returnedClientRequestId: headers['client-request-id'],
  }),
  ...(attempts > 1 && { attempts }),
});

const sentenceOf = (jobId: string, end: End, wasResolved: boolean): string => {
  const accepted = wasResolved
    ? `The termination of ${jobId} was accepted: an answer was lost, and reading the job shows it`
    : `The termination of ${jobId} was accepted`;
  if (end.isGone) return `${accepted}; the job has been deleted meanwhile.`;
  if (end.isOver) return `${accepted}, and the job is over now.`;
  if (end.problem !== undefined) return `${accepted}. What state the job is in now could not be read.`;
  return `${accepted}. It is not over yet${end.job?.state === 'terminating' ? ': the job is terminating' : ''}.`;
};

const nextOf = (jobId: string, end: End, input: TerminateInput): readonly string[] => {
  if (end.isGone) return [];
  const left = end.counts?.active ?? 0;
  if (end.isOver) {
    return left > 0
      ? [
          `${tasksThat(left, 'stays active and never runs', 'stay active and never run')}; on Azure that is as it should be.`,
        ]
      : [];
  }
  return [
    `AzureGetJob {"JobId":"${jobId}"} tells when it is over (state completed).`,
    ...(input.wait
      ? ["Release tasks may take long. Force is the user's decision, never the next step by itself."]
      : []),
  ];
};
