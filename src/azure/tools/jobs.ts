/** AzureGetJob and AzureListJobs. */
import * as z from 'zod';
import { readPage } from '../http/page.ts';
import { defineTool } from './define-tool.ts';
import { cursor, Endpoint, JobId, MaxResults } from './fields.ts';
import { type AzureJob, outcomeOf, readCounts, readJob, targetOf } from './job.ts';
import { maskSecrets } from './mask.ts';

export const AzureGetJob = defineTool({
  name: 'AzureGetJob',
  title: 'Get an Azure Batch job',
  description:
    'State of an Azure Batch job, its ETag, reason and time of its end, its pool, and task counts.',
  effect: 'read',
  idempotent: true,
  hasDetail: true,
  input: z.strictObject({ Endpoint, JobId }),
  run: async (input, wire, { signal, detail }) => {
    const target = targetOf(wire, 'AzureGetJob', input, signal);
    const job = await readJob(wire, target);
    const counts = await readCounts(wire, target);
    const outcome = outcomeOf(job, counts);
    return {
      summary: `Azure Batch job ${input.JobId}.`,
      fields: {
        ...(detail === 'full' ? { job: maskSecrets(job) } : compactJobOf(job)),
        tasks: counts,
        ...(outcome !== undefined && { outcome }),
      },
      next: [`Its tasks: AzureListTasks {"JobId":"${input.JobId}"}.`],
    };
  },
});

/** The fields of a job that a decision needs, under the service's names. */
const compactJobOf = (job: AzureJob): Readonly<Record<string, unknown>> => {
  const auto = job.poolInfo?.autoPoolSpecification;
  return {
    id: job.id,
    ...(job.displayName !== undefined && { displayName: job.displayName }),
    state: job.state,
    stateTransitionTime: job.stateTransitionTime,
    ...(job.previousState !== undefined && { previousState: job.previousState }),
    creationTime: job.creationTime,
    lastModified: job.lastModified,
    eTag: job.eTag,
    poolId: job.executionInfo?.poolId ?? job.poolInfo?.poolId,
    ...(auto && {
      autoPool: { poolLifetimeOption: auto.poolLifetimeOption, keepAlive: auto.keepAlive ?? false },
    }),
    ...(job.onAllTasksComplete !== undefined && { onAllTasksComplete: job.onAllTasksComplete }),
    hasReleaseTask: Boolean(job.jobReleaseTask),
    ...(job.executionInfo && { executionInfo: job.executionInfo }),
  };
};

export const AzureListJobs = defineTool({
  name: 'AzureListJobs',
  title: 'List Azure Batch jobs',
  description: 'Jobs of the Azure Batch account.',
  effect: 'read',
  idempotent: true,
  hasDetail: false,
  input: z.strictObject({
    Endpoint,
    Filter: z.string().max(2000).describe("OData: state eq 'active', startswith(id,'a').").optional(),
    MaxResults,
    cursor,
  }),
  run: async (input, wire, { signal }) => {
    const page = await readPage<AzureJob>(
      wire,
      { action: 'AzureListJobs', path: ['jobs'], query: { $filter: input.Filter } },
      wire.endpointOf(input.Endpoint),
      signal,
      input,
    );
    return {
      summary: `${page.items.length} jobs${page.cursor === undefined ? '.' : '; there are more.'}`,
      fields: {
        jobs: page.items.map((job) => ({
          id: job.id,
          state: job.state,
          creationTime: job.creationTime,
          stateTransitionTime: job.stateTransitionTime,
          poolId: job.executionInfo?.poolId ?? job.poolInfo?.poolId,
          ...(job.executionInfo?.terminateReason !== undefined && {
            terminateReason: job.executionInfo.terminateReason,
          }),
        })),
        ...(page.cursor !== undefined && { cursor: page.cursor }),
      },
      ...(page.cursor !== undefined && { next: ['Repeat the call with this cursor for the next page.'] }),
    };
  },
});
