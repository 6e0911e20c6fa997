/** AzureListTasks: the tasks of a job with their results, and the task counts. */
import * as z from 'zod';
import { readPage } from '../http/page.ts';
import { defineTool } from './define-tool.ts';
import { cursor, Endpoint, JobId, MaxResults } from './fields.ts';
import { describeCounts, readCounts, targetOf } from './job.ts';

/** @see https://learn.microsoft.com/rest/api/batchservice/tasks/list-tasks */
interface AzureTask {
  readonly id?: string;
  /** active · preparing · running · completed */
  readonly state?: string;
  readonly executionInfo?: {
    readonly startTime?: string;
    readonly endTime?: string;
    readonly exitCode?: number;
    readonly result?: string;
    readonly retryCount?: number;
    readonly failureInfo?: { readonly category?: string; readonly code?: string; readonly message?: string };
  };
  readonly nodeInfo?: { readonly nodeId?: string };
}

export const AzureListTasks = defineTool({
  name: 'AzureListTasks',
  title: 'List the tasks of an Azure Batch job',
  description: 'Tasks of an Azure Batch job with their results, and task counts.',
  effect: 'read',
  idempotent: true,
  hasDetail: false,
  input: z.strictObject({
    Endpoint,
    JobId,
    Filter: z
      .string()
      .max(2000)
      .describe("OData: state eq 'running', executionInfo/result eq 'failure'.")
      .optional(),
    MaxResults,
    cursor,
  }),
  run: async (input, wire, { signal }) => {
    const target = targetOf(wire, 'AzureListTasks', input, signal);
    const page = await readPage<AzureTask>(
      wire,
      { action: 'AzureListTasks', path: ['jobs', input.JobId, 'tasks'], query: { $filter: input.Filter } },
      target.endpoint,
      signal,
      input,
    );
    const counts = await readCounts(wire, target);
    return {
      summary: `${page.items.length} tasks of ${input.JobId} shown. In total: ${describeCounts(counts)}.`,
      fields: {
        counts,
        tasks: page.items.map(compactTaskOf),
        ...(page.cursor !== undefined && { cursor: page.cursor }),
      },
      next: [
        'Output of a task: AzureReadTaskFile with FilePath stdout.txt or stderr.txt.',
        ...(page.cursor === undefined ? [] : ['Repeat the call with this cursor for the next page.']),
      ],
    };
  },
});

const compactTaskOf = ({ id, state, executionInfo, nodeInfo }: AzureTask) => ({
  id,
  state,
  ...(executionInfo && {
    exitCode: executionInfo.exitCode,
    result: executionInfo.result,
    failureInfo: executionInfo.failureInfo && {
      category: executionInfo.failureInfo.category,
      code: executionInfo.failureInfo.code,
      message: executionInfo.failureInfo.message,
    },
    retryCount: executionInfo.retryCount,
    startTime: executionInfo.startTime,
    endTime: executionInfo.endTime,
  }),
  ...(nodeInfo?.nodeId !== undefined && { nodeId: nodeInfo.nodeId }),
});
