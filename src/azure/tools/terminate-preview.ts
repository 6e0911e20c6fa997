/** The preview of a termination, for the user to read before confirming. */
import type { Inspection } from '../../mcp/contract/tool.ts';
import { InputError } from '../../shared/errors.ts';
import type { Wire } from '../http/wire.ts';
import type { AzureContext } from './define-tool.ts';
import {
  type AzureJob,
  countTasks,
  describeCounts,
  readJob,
  type Target,
  type TaskCounts,
  tasksThat,
} from './job.ts';
import type { TerminateInput } from './terminate-input.ts';
import { type TerminatePlan, terminateName } from './terminate-plan.ts';

export interface InspectedJob {
  readonly job: AzureJob;
  readonly counts: TaskCounts;
}

/**
 * Reads the job and its counts.
 * @throws InputError if the job's state leaves nothing to terminate
 */
export const inspectJob = async (
  plan: TerminatePlan,
  input: TerminateInput,
  wire: Wire,
  context: AzureContext,
): Promise<InspectedJob> => {
  const { jobId, endpoint } = plan;
  const target: Target = { action: terminateName, jobId, endpoint, signal: context.signal };
  const job = await readJob(wire, target);
  const why = whyNot(job, input.Force === true);
  if (why !== undefined) {
    throw new InputError(terminateName, [
      { path: 'JobId', message: `${jobId} ${why} Nothing was terminated.` },
    ]);
  }
  return { job, counts: await countTasks(wire, target) };
};

const whyNot = (job: AzureJob, force: boolean): string | undefined => {
  if (job.state === 'completed') return 'has already completed.';
  if (job.state === 'deleting') return 'is being deleted.';
  // Whether the service accepts Force for a job that hangs here is not documented, so the call is sent.
  if (job.state !== 'terminating' || force) return undefined;
  return 'is already being terminated; follow it with AzureGetJob. Only if it hangs because nodes are dead, and the user asks for it, repeat the call with Force: true.';
};

/** The preview. Only ids that were checked and numbers enter its sentences, never text from the service. */
export const inspectionOf = (
  plan: TerminatePlan,
  input: TerminateInput,
  { job, counts }: InspectedJob,
): Inspection => {
  const { jobId, endpoint, reason } = plan;
  return {
    target: `job ${jobId} at ${endpoint.host}${input.Force ? ', with Force' : ''}`,
    // Force is a separate decision, so it is typed as well.
    confirmationText: input.Force ? `force ${jobId}` : jobId,
    state: {
      endpoint: endpoint.url,
      state: job.state ?? 'unknown',
      eTag: job.eTag ?? '',
      // A file that changes between the preview and the call would change the request.
      body: bodyTextOf(reason),
    },
    impact: { running: counts.running, active: counts.active },
    consequences: async () => [
      `It is ${stateWordOf(job)}: ${describeCounts(counts)}. Counts may be slightly out of date.`,
      ...(counts.running > 0
        ? [
            `${tasksThat(counts.running, 'is ended now and completes', 'are ended now and complete')} with a failure.`,
          ]
        : []),
      ...(counts.active > 0
        ? [
            `${tasksThat(counts.active, 'remains active permanently and never runs', 'remain active permanently and never run')}.`,
          ]
        : []),
      job.jobReleaseTask
        ? 'Its release task then runs on the nodes, which may take some time.'
        : 'It has no release task.',
      ...poolSentences(job),
      ...(input.Force
        ? [
            'Force: the job completes even if nodes have not stopped; processes may continue there, unseen, and cost money.',
            ...(job.state === 'terminating'
              ? []
              : [
                  'Force is meant for a job that hangs while terminating; this one has not been terminated yet.',
                ]),
          ]
        : []),
      reason === undefined ? 'Reason: UserTerminate.' : `Reason: ${JSON.stringify(reason)}.`,
      conditionSentence(plan, input, job),
      ...plan.warnings,
    ],
    undo: `It cannot be undone: a terminated job accepts no tasks and never resumes. To pause it instead: AzureDisableJob {"JobId":"${jobId}","DisableTasks":"requeue"}; AzureEnableJob resumes it.`,
  };
};

export const bodyTextOf = (reason: string | undefined): string => JSON.stringify({ terminateReason: reason });

/** States are a fixed list of the service; other text is not repeated in our sentences. */
const stateWordOf = ({ state = '' }: AzureJob): string =>
  /^[a-z]{1,20}$/i.test(state) ? state : 'in an unknown state';

const poolSentences = ({ poolInfo }: AzureJob): readonly string[] => {
  const auto = poolInfo?.autoPoolSpecification;
  if (!auto)
    return ['Its pool remains. Task files stay on the nodes for their retention time, 7 days by default.'];
  if (auto.keepAlive === true || auto.poolLifetimeOption?.toLowerCase() !== 'job') {
    return ['Its auto pool outlives the job; task files stay on the nodes.'];
  }
  return [
    'Its auto pool is deleted when the job completes, with all files and logs of its tasks: read what is needed first (AzureReadTaskFile).',
  ];
};

const conditionSentence = (plan: TerminatePlan, input: TerminateInput, job: AzureJob): string => {
  if (input.IfMatch !== undefined && job.eTag !== undefined && input.IfMatch !== job.eTag) {
    return 'IfMatch is not the current ETag of the job, so the service will refuse with ConditionNotMet.';
  }
  return plan.hasCondition
    ? "The caller's condition is sent."
    : 'Sent with IfMatch: refused if the job changes first. New or finished tasks do not change the job.';
};
