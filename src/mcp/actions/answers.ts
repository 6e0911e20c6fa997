/** The summary of every action's answer, and the next steps. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { isFinal } from '../../catalogue/job-states.ts';
import { counted } from '../render/counted.ts';
import { maxItems } from '../render/truncate.ts';
import { namedId, quoted } from '../render/untrusted.ts';

type AnswerText = { readonly summary: string; readonly next?: readonly string[] };
type AnswerTextOf<A extends ActionName> = (input: InputOf<A>, output: OutputOf<A>) => AnswerText;

const list = (ids: readonly string[] | undefined): string => (ids ?? []).join(', ');
/** An incomplete response: what is missing is named, never replaced. */
const withoutId = (done: string, field: string, next: string): AnswerText => ({
  summary: `${done}, but the response has no ${field}.`,
  next: [next],
});
const stateOf = (state: string | null | undefined): string =>
  state || 'in an unknown state (the response has none)';
const countOf = (total: number | null | undefined, items: readonly unknown[] | null | undefined): number =>
  total ?? items?.length ?? 0;

export const answers: { readonly [A in ActionName]: AnswerTextOf<A> } = {
  SubmitJob: (_, { JobId }) =>
    JobId
      ? {
          summary: `${JobId} was submitted.`,
          next: [`WaitForJob with JobId ${JobId} waits for its end; DescribeJob returns its state.`],
        }
      : withoutId('The job was submitted', 'JobId', 'DescribeJobs lists the newest jobs first.'),
  DescribeJobs: (_, { JobSet, TotalCount }) => {
    const total = countOf(TotalCount, JobSet);
    return { summary: `${counted(total, 'job')}.` };
  },
  DescribeJob: ({ JobId }, { JobName, JobState, NextAction, TaskSet }) => ({
    summary: `${namedId(JobId, JobName)} is ${stateOf(JobState)}${NextAction ? `, ${NextAction}` : ''}.`,
    next: nextOfJob(JobId, JobState ?? '', TaskSet?.[0]?.TaskName ?? undefined),
  }),
  DescribeJobSubmitInfo: ({ JobId }, { Tasks }) => ({
    summary: `${JobId} was submitted with ${counted(Tasks?.length ?? 0, 'task')}.`,
    next: [
      'RerunJob runs it again, with changes if need be, and keeps masked values; SubmitJob takes these fields as Job, once masked values are replaced. Notifications, TaskExecutionDependOn, StateIfCreateCvmFailed and NotificationTarget are not returned.',
    ],
  }),
  DescribeTask: ({ JobId, TaskName, Filters }, { TaskState, TaskInstanceTotalCount }) => ({
    summary: `Task ${quoted(TaskName)} of ${JobId} is ${stateOf(TaskState)}, ${counted(TaskInstanceTotalCount ?? 0, 'instance')}${Filters?.length ? ' as filtered' : ''}.`,
    next:
      TaskState === 'FAILED'
        ? [
            `DiagnoseJob with JobId ${JobId} explains why; ReadTaskLogs with instances failed returns the logs.`,
          ]
        : [],
  }),
  DescribeTaskLogs: ({ JobId, TaskName }, { TaskInstanceLogSet, TotalCount }) => ({
    summary: `Logs of ${TaskInstanceLogSet?.length ?? 0} of ${counted(TotalCount ?? 0, 'instance')} of task ${quoted(TaskName)} of ${JobId}.`,
  }),
  DescribeJobMonitorData: ({ JobId, MetricName }, { DataPoints }) => ({
    summary: `${MetricName} of ${JobId} in ${/traffic$/.test(MetricName) ? 'bytes per second' : 'percent'}: ${counted(DataPoints?.Timestamps?.length ?? 0, 'sample')}.`,
  }),
  RetryJobs: ({ JobIds }) => ({
    summary: `${list(JobIds)}: the failed instances run again.`,
    next: ['WaitForJob waits for the end of a job.'],
  }),
  TerminateTaskInstance: ({ JobId, TaskName, TaskInstanceIndex }) => ({
    summary: `Instance ${TaskInstanceIndex} of task ${quoted(TaskName)} of ${JobId} is being terminated.`,
    next: [`RetryJobs with JobIds ["${JobId}"] runs it again once the job is FAILED.`],
  }),
  TerminateJob: ({ JobId }) => ({
    summary: `${JobId} is being terminated.`,
    next: [`Once it is FAILED, RetryJobs runs its failed instances again; DeleteJob removes it.`],
  }),
  DeleteJob: ({ JobId }) => ({ summary: `${JobId} was deleted.` }),
  CreateTaskTemplate: (_, { TaskTemplateId }) =>
    TaskTemplateId
      ? {
          summary: `${TaskTemplateId} was created.`,
          next: [
            'To use it, copy its TaskTemplateInfo (DescribeTaskTemplates) into Job.Tasks of SubmitJob; masked values have to be replaced.',
          ],
        }
      : withoutId('The task template was created', 'TaskTemplateId', 'DescribeTaskTemplates lists them.'),
  DescribeTaskTemplates: (_, { TaskTemplateSet, TotalCount }) => ({
    summary: `${counted(countOf(TotalCount, TaskTemplateSet), 'task template')}.`,
  }),
  ModifyTaskTemplate: ({ TaskTemplateId }) => ({ summary: `${TaskTemplateId} was changed.` }),
  DeleteTaskTemplates: ({ TaskTemplateIds }) => ({
    summary: `${counted(TaskTemplateIds.length, 'task template was', 'task templates were')} deleted: ${list(TaskTemplateIds)}.`,
  }),
  CreateComputeEnv: (_, { EnvId }) =>
    EnvId
      ? {
          summary: `${EnvId} was created; its nodes are starting.`,
          next: [
            `DescribeComputeEnv with EnvId ${EnvId} returns its nodes; DescribeComputeEnvActivities returns their activities.`,
          ],
        }
      : withoutId('The compute environment was created', 'EnvId', 'DescribeComputeEnvs lists them.'),
  DescribeComputeEnvs: (_, { ComputeEnvSet, TotalCount }) => ({
    summary: `${counted(countOf(TotalCount, ComputeEnvSet), 'compute environment')}.`,
  }),
  DescribeComputeEnv: ({ EnvId }, { EnvName, ComputeNodeSet, DesiredComputeNodeCount, NextAction }) => ({
    summary: `${namedId(EnvId, EnvName)} has ${counted(ComputeNodeSet?.length ?? 0, 'node')}, ${DesiredComputeNodeCount ?? 0} wanted${NextAction ? `, ${NextAction}` : ''}.`,
  }),
  DescribeComputeEnvCreateInfos: (_, { ComputeEnvCreateInfoSet, TotalCount }) => ({
    summary: `${counted(countOf(TotalCount, ComputeEnvCreateInfoSet), 'compute environment')}, as created.`,
  }),
  DescribeComputeEnvCreateInfo: ({ EnvId }) => ({ summary: `${EnvId}, as created.` }),
  DescribeComputeEnvActivities: ({ EnvId }, { ActivitySet, TotalCount }) => ({
    summary: `${counted(countOf(TotalCount, ActivitySet), 'activity', 'activities')} of ${EnvId}.`,
  }),
  ModifyComputeEnv: ({ EnvId }) => ({
    summary: `${EnvId} is being changed.`,
    next: [`DescribeComputeEnvActivities with EnvId ${EnvId} returns its progress.`],
  }),
  AttachInstances: ({ EnvId, Instances }) => ({
    summary: `${counted(Instances.length, 'instance is', 'instances are')} being attached to ${EnvId}; the operating system is reinstalled.`,
  }),
  DetachInstances: ({ EnvId, InstanceIds }) => ({
    summary: `${counted(InstanceIds.length, 'instance was', 'instances were')} detached from ${EnvId}: ${list(InstanceIds)}.`,
  }),
  TerminateComputeNode: ({ EnvId, ComputeNodeId }) => ({
    summary: `${ComputeNodeId} of ${EnvId} is being terminated.`,
  }),
  TerminateComputeNodes: ({ EnvId, ComputeNodeIds }) => ({
    summary: `${counted(ComputeNodeIds.length, 'node is', 'nodes are')} being terminated in ${EnvId}: ${list(ComputeNodeIds)}.`,
  }),
  DeleteComputeEnv: ({ EnvId }) => ({ summary: `${EnvId} is being deleted.` }),
  DescribeInstanceCategories: (_, { InstanceCategorySet }) => ({
    summary: `${counted(InstanceCategorySet?.length ?? 0, 'category', 'categories')} of instance types.`,
    next: ['DescribeAvailableCvmInstanceTypes lists the types of a family.'],
  }),
  DescribeAvailableCvmInstanceTypes: (_, { InstanceTypeConfigSet }) => ({
    summary: `${counted(InstanceTypeConfigSet?.length ?? 0, 'instance type')}.`,
    next: [
      'DescribeCvmZoneInstanceConfigInfos returns stock and price; Filters narrow both lists, such as [{"Name":"zone","Values":["ap-guangzhou-3"]},{"Name":"instance-family","Values":["S5"]}].',
    ],
  }),
  DescribeCvmZoneInstanceConfigInfos: (_, { InstanceTypeQuotaSet }) => ({
    summary: `${counted(InstanceTypeQuotaSet?.length ?? 0, 'offer')} of instance types, with stock and price.`,
    next:
      (InstanceTypeQuotaSet?.length ?? 0) > maxItems
        ? [
            'Filters narrow it, such as [{"Name":"zone","Values":["ap-guangzhou-3"]},{"Name":"instance-type","Values":["S5.SMALL2"]}].',
          ]
        : [],
  }),
};

const nextOfJob = (JobId: string, state: string, task: string | undefined): readonly string[] => {
  if (state === 'FAILED' || state === 'FAILED_INTERRUPTED') {
    return [`DiagnoseJob with JobId ${JobId} explains why; RetryJobs runs the failed instances again.`];
  }
  if (isFinal(state)) {
    const which = task ? ` and TaskName ${quoted(task)}` : '';
    return [`ReadTaskLogs with JobId ${JobId}${which} shows the output.`];
  }
  return [`It has not ended: WaitForJob with JobId ${JobId} waits for it; TerminateJob terminates it.`];
};
