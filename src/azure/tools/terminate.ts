/** AzureTerminateJob: everything that Invoke-AzTerminateJob offers, with a preview before and the job's state after. */
import type { ToolAnswer } from '../../mcp/contract/tool.ts';
import { ConfirmationError } from '../../shared/errors.ts';
import type { Wire, WireResponse } from '../http/wire.ts';
import { awaitEnd, type EndState } from './await-end.ts';
import { sendChange } from './change.ts';
import { type AzureContext, defineTool } from './define-tool.ts';
import { type AzureJob, outcomeOf, readJob, type Target, tasksThat } from './job.ts';
import { type TerminateInput, terminateInput } from './terminate-input.ts';
import { planTermination, type TerminatePlan, terminateName } from './terminate-plan.ts';
import { bodyTextOf, inspectionOf, inspectJob } from './terminate-preview.ts';

export const AzureTerminateJob = defineTool({
  name: terminateName,
  title: 'Terminate an Azure Batch job',
  description:
    'Terminate an Azure Batch job permanently: running tasks are killed, release tasks run, waiting tasks remain active but never run. To pause instead: AzureDisableJob. Parameters are those of Invoke-AzTerminateJob.',
  effect: 'destroy',
  idempotent: false,
  hasDetail: false,
  targetArgument: 'JobId',
  input: terminateInput,
  gate: {
    warning: 'The job ends permanently: its running tasks are killed, and it never runs a task again.',
    isNeeded: (input) => input.WhatIf !== true,
    inspect: async (input, wire, context) => {
      const plan = await planTermination(input, wire);
      return inspectionOf(plan, input, await inspectJob(plan, input, wire, context));
    },
  },
  run: async (input, wire, context) => {
    const plan = await planTermination(input, wire);
    return input.WhatIf ? whatIf(plan, wire) : terminate(plan, input, wire, context);
  },
});

/** The request without Authorization. Nothing is sent, not even a read. */
const whatIf = (plan: TerminatePlan, wire: Wire): ToolAnswer => {
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
        // Each attempt gets a new date and signature.
        ...(wire.settings.accessKey &&
          headers['ocp-date'] === undefined && { 'ocp-date': new Date(wire.now()).toUTCString() }),
        ...(!plan.hasCondition && { 'if-match': '(the ETag that the job has in the preview)' }),
      },
      body: body ?? '',
      ...(plan.warnings.length > 0 && { warnings: plan.warnings }),
    },
    next: [`Call ${terminateName} without WhatIf to send it; it asks for confirmation first.`],
  };
};

const terminate = async (
  plan: TerminatePlan,
  input: TerminateInput,
  wire: Wire,
  context: AzureContext,
): Promise<ToolAnswer> => {
  const { jobId, endpoint, reason } = plan;
  const target: Target = { action: terminateName, jobId, endpoint, signal: context.signal };
  const { approved: seen } = context;
  if (seen && seen.state.body !== bodyTextOf(reason)) {
    throw new ConfirmationError('The request has changed since the preview. Nothing was sent.', 'changed');
  }
  // With a preview the call is conditional on the ETag shown; without one the job is read now.
  const inspected = seen ? undefined : await inspectJob(plan, input, wire, context);
  const seenETag = seen ? seen.state.eTag || undefined : inspected?.job.eTag;
  const { answer } = await sendChange(wire, plan.call(seenETag), endpoint, context.signal, async () =>
    matchesCall(await readJob(wire, target), reason),
  );
  const end = await awaitEnd(wire, target, context, input.wait ? undefined : 0);
  const counts = inspected?.counts;
  return {
    summary: summaryOf(jobId, end, answer === undefined),
    fields: {
      accepted: true,
      JobId: jobId,
      parameterSet: plan.parameterSet,
      stateBefore: seen?.state.state ?? inspected?.job.state,
      ...(counts && { tasksBefore: counts }),
      ...(end.isDeleted ? { stateNow: 'deleted' } : end.job && { stateNow: end.job.state }),
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

/** Whether the job is as this call would leave it. While it is terminating, the service may not return the reason yet. */
const matchesCall = (job: AzureJob, reason = 'UserTerminate'): boolean => {
  const found = job.executionInfo?.terminateReason;
  if (job.state === 'terminating') return found === undefined || found === reason;
  return job.state === 'completed' && found === reason;
};

const fieldsAfter = (job: AzureJob, { counts }: EndState) => ({
  ...(job.executionInfo?.terminateReason !== undefined && {
    terminateReason: job.executionInfo.terminateReason,
  }),
  ...(job.executionInfo?.endTime !== undefined && { endTime: job.executionInfo.endTime }),
  ...(counts && outcomeOf(job, counts) !== undefined && { outcome: outcomeOf(job, counts) }),
});

const headersOf = ({ headers, attempts }: WireResponse) => ({
  ETag: headers.etag,
  LastModified: headers['last-modified'],
  DataServiceId: headers.dataserviceid,
  RequestId: headers['request-id'],
  ...(headers['client-request-id'] !== undefined && {
    returnedClientRequestId: headers['client-request-id'],
  }),
  ...(attempts > 1 && { attempts }),
});

const summaryOf = (jobId: string, end: EndState, isResolved: boolean): string => {
  const accepted = isResolved
    ? `The termination of ${jobId} was accepted: a response was lost, and reading the job confirms it`
    : `The termination of ${jobId} was accepted`;
  if (end.isDeleted) return `${accepted}; the job has been deleted since.`;
  if (end.hasEnded) return `${accepted}, and the job has ended.`;
  if (end.problem !== undefined) return `${accepted}. Its current state could not be read.`;
  return `${accepted}. It has not ended yet${end.job?.state === 'terminating' ? ': the job is terminating' : ''}.`;
};

const nextOf = (jobId: string, end: EndState, input: TerminateInput): readonly string[] => {
  if (end.isDeleted) return [];
  const left = end.counts?.active ?? 0;
  if (end.hasEnded) {
    return left > 0
      ? [
          `${tasksThat(left, 'remains active and never runs', 'remain active and never run')}; this is normal on Azure.`,
        ]
      : [];
  }
  return [
    `AzureGetJob {"JobId":"${jobId}"} shows when it has ended (state completed).`,
    ...(input.wait
      ? ["Release tasks may take long. Force is the user's decision, never an automatic next step."]
      : []),
  ];
};
