/** What terminating a job would do, for a person to read before saying yes. */
import { InputError } from '../../shared/errors.ts';
import type { Wire } from '../http/wire.ts';
import type { AzureContext, AzurePreview } from '../tool.ts';
import {
  type AzureJob,
  countTasks,
  readJob,
  type Target,
  type TaskCounts,
  tasksThat,
  wordsOfCounts,
} from './job.ts';
import type { TerminateInput } from './terminate-input.ts';
import { type TerminatePlan, terminateName } from './terminate-plan.ts';

export interface Look {
  readonly job: AzureJob;
  readonly counts: TaskCounts;
}

/**
 * Reads the job and its counts.
 * @throws InputError where the job is in a state in which there is nothing to terminate
 */
export const lookBefore = async (
  plan: TerminatePlan,
  input: TerminateInput,
  wire: Wire,
  context: AzureContext,
): Promise<Look> => {
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
  if (job.state === 'completed') return 'has completed already.';
  if (job.state === 'deleting') return 'is being deleted.';
  // Whether the service takes Force for a job that hangs here is not documented, so it is asked.
  if (job.state !== 'terminating' || force) return undefined;
  return 'is being terminated already; follow it with AzureGetJob. Only where it hangs because nodes are dead, and the user asks for it, call again with Force: true.';
};

/** The preview. Only ids that were checked and numbers enter its sentences, never text from the service. */
export const previewTermination = (
  plan: TerminatePlan,
  input: TerminateInput,
  { job, counts }: Look,
): AzurePreview => {
  const { jobId, endpoint, reason } = plan;
  return {
    target: `job ${jobId} at ${endpoint.host}${input.Force ? ', with Force' : ''}`,
    // Force is its own decision, so it is typed on its own.
    typed: input.Force ? `force ${jobId}` : jobId,
    state: {
      endpoint: endpoint.url,
      state: job.state ?? 'unknown',
      eTag: job.eTag ?? '',
      // A file that changes between the preview and the call would change what is sent.
      body: bodyTextOf(reason),
    },
    impact: { running: counts.running, active: counts.active },
    consequences: [
      `It is ${stateWordOf(job)}: ${wordsOfCounts(counts)}. Counts may be a little behind.`,
      ...(counts.running > 0
        ? [
            `${tasksThat(counts.running, 'is ended now and completes', 'are ended now and complete')} with a failure.`,
          ]
        : []),
      ...(counts.active > 0
        ? [
            `${tasksThat(counts.active, 'stays active for ever and never runs', 'stay active for ever and never run')}.`,
          ]
        : []),
      job.jobReleaseTask
        ? 'Its release task then runs on the nodes, which may take a while.'
        : 'It has no release task.',
      ...poolSentences(job),
      ...(input.Force
        ? [
            'Force: the job completes even where nodes have not stopped; processes may go on there, unseen, and cost money.',
            ...(job.state === 'terminating'
              ? []
              : [
                  'Force is meant for a job that hangs while it is terminating; this one has not been asked to end yet.',
                ]),
          ]
        : []),
      reason === undefined ? 'Reason: UserTerminate.' : `Reason: ${JSON.stringify(reason)}.`,
      conditionSentence(plan, input, job),
      ...plan.warnings,
    ],
    undo: `It cannot be undone: a terminated job takes no tasks and never goes on. To stop it so that it can go on: AzureDisableJob {"JobId":"${jobId}","DisableTasks":"requeue"} instead; AzureEnableJob resumes it.`,
  };
};

export const bodyTextOf = (reason: string | undefined): string => JSON.stringify({ terminateReason: reason });

/** States are a closed list of the service; anything else is not repeated in a sentence of ours. */
const stateWordOf = ({ state = '' }: AzureJob): string =>
  /^[a-z]{1,20}$/i.test(state) ? state : 'in an unknown state';

const poolSentences = ({ poolInfo }: AzureJob): readonly string[] => {
  const auto = poolInfo?.autoPoolSpecification;
  if (!auto)
    return [
      'Its pool stays. Files of tasks stay on the nodes for their retention time, 7 days unless set otherwise.',
    ];
  if (auto.keepAlive === true || auto.poolLifetimeOption?.toLowerCase() !== 'job') {
    return ['Its auto pool outlives the job; files of tasks stay with the nodes.'];
  }
  return [
    'Its auto pool is deleted once the job completes, and with it every file and log of its tasks: read what is needed first (AzureReadTaskFile).',
  ];
};

const conditionSentence = (plan: TerminatePlan, input: TerminateInput, job: AzureJob): string => {
  if (input.IfMatch !== undefined && job.eTag !== undefined && input.IfMatch !== job.eTag) {
    return 'IfMatch is not the ETag that the job has now, so the service will refuse with ConditionNotMet.';
  }
  return plan.hasCondition
    ? "The caller's own condition is sent."
    : 'Sent with IfMatch: refused if the job changes first. New or finished tasks do not count as a change of the job.';
};
