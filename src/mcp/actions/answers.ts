/** The first and the last line of every action's answer: what happened, and what can be done next. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { counted } from '../render/counted.ts';
import { mostItems } from '../render/truncate.ts';
import { namedId, quoted } from '../render/untrusted.ts';

type Said = { readonly happened: string; readonly next?: readonly string[] };
type Sayer<A extends ActionName> = (input: InputOf<A>, output: OutputOf<A>) => Said;

const finished = new Set(['SUCCEED', 'FAILED']);
const list = (ids: readonly string[] | undefined): string => (ids ?? []).join(', ');
const countOf = (total: number | null | undefined, items: readonly unknown[] | null | undefined): number =>
  total ?? items?.length ?? 0;

export const answers: { readonly [A in ActionName]: Sayer<A> } = {
  SubmitJob: (_, { JobId }) => ({
    happened: `${JobId} was submitted.`,
    next: [
      `WaitForJob with JobId ${JobId} follows it to its end, DescribeJob shows how far it is; the resource of the job can be subscribed to.`,
    ],
  }),
  DescribeJobs: (_, { JobSet, TotalCount }) => {
    const total = countOf(TotalCount, JobSet);
    return { happened: `${counted(total, 'job')}.` };
  },
  DescribeJob: ({ JobId }, { JobName, JobState, NextAction, TaskSet }) => ({
    happened: `${namedId(JobId, JobName)} is ${JobState}${NextAction ? `, ${NextAction}` : ''}.`,
    next: nextOfJob(JobId, JobState ?? '', TaskSet?.[0]?.TaskName ?? undefined),
  }),
  DescribeJobSubmitInfo: ({ JobId }, { Tasks }) => ({
    happened: `${JobId} was submitted with ${counted(Tasks?.length ?? 0, 'task')}.`,
    next: [
      'To run it again, use these as Job in SubmitJob. Notifications and TaskExecutionDependOn are not told here.',
    ],
  }),
  DescribeTask: ({ JobId, TaskName, Filters }, { TaskState, TaskInstanceTotalCount }) => ({
    happened: `Task ${quoted(TaskName)} of ${JobId} is ${TaskState}, ${counted(TaskInstanceTotalCount ?? 0, 'instance')}${Filters?.length ? ' as filtered' : ''}.`,
    next:
      TaskState === 'FAILED'
        ? [`DiagnoseJob with JobId ${JobId} says why; DescribeTaskLogs has the logs.`]
        : [],
  }),
  DescribeTaskLogs: ({ JobId, TaskName }, { TaskInstanceLogSet, TotalCount }) => ({
    happened: `Logs of ${TaskInstanceLogSet?.length ?? 0} of ${counted(TotalCount ?? 0, 'instance')} of task ${quoted(TaskName)} of ${JobId}.`,
  }),
  DescribeJobMonitorData: ({ JobId, MetricName }, { DataPoints }) => ({
    happened: `${MetricName} of ${JobId}: ${counted(DataPoints?.Timestamps?.length ?? 0, 'sample')}.`,
  }),
  RetryJobs: ({ JobIds }) => ({
    happened: `${list(JobIds)}: the failed instances run again.`,
    next: ['WaitForJob follows a job to its end; DescribeJob shows how far it is.'],
  }),
  TerminateTaskInstance: ({ JobId, TaskName, TaskInstanceIndex }) => ({
    happened: `Instance ${TaskInstanceIndex} of task ${quoted(TaskName)} of ${JobId} is being terminated.`,
    next: [
      `It will be FAILED; DescribeTask shows when. RetryJobs with JobIds ["${JobId}"] runs it again once the job is FAILED.`,
    ],
  }),
  TerminateJob: ({ JobId }) => ({
    happened: `${JobId} is being terminated.`,
    next: [
      `DescribeJob with JobId ${JobId} says FAILED when it is done. RetryJobs runs its failed instances again; DeleteJob removes it.`,
    ],
  }),
  DeleteJob: ({ JobId }) => ({ happened: `${JobId} was deleted.` }),
  CreateTaskTemplate: (_, { TaskTemplateId }) => ({
    happened: `${TaskTemplateId} was created.`,
    next: ['To use it, copy its TaskTemplateInfo (DescribeTaskTemplates) into Job.Tasks of SubmitJob.'],
  }),
  DescribeTaskTemplates: (_, { TaskTemplateSet, TotalCount }) => ({
    happened: `${counted(countOf(TotalCount, TaskTemplateSet), 'task template')}.`,
  }),
  ModifyTaskTemplate: ({ TaskTemplateId }) => ({ happened: `${TaskTemplateId} was changed.` }),
  DeleteTaskTemplates: ({ TaskTemplateIds }) => ({
    happened: `${counted(TaskTemplateIds.length, 'task template was', 'task templates were')} deleted: ${list(TaskTemplateIds)}.`,
  }),
  CreateComputeEnv: (_, { EnvId }) => ({
    happened: `${EnvId} was created; its nodes are starting.`,
    next: [
      `DescribeComputeEnv with EnvId ${EnvId} shows its nodes; DescribeComputeEnvActivities what is happening to them.`,
    ],
  }),
  DescribeComputeEnvs: (_, { ComputeEnvSet, TotalCount }) => ({
    happened: `${counted(countOf(TotalCount, ComputeEnvSet), 'compute environment')}.`,
  }),
  DescribeComputeEnv: ({ EnvId }, { EnvName, ComputeNodeSet, DesiredComputeNodeCount, NextAction }) => ({
    happened: `${EnvId} (${quoted(EnvName ?? '')}) has ${counted(ComputeNodeSet?.length ?? 0, 'node')}, ${DesiredComputeNodeCount ?? 0} wanted${NextAction ? `, ${NextAction}` : ''}.`,
  }),
  DescribeComputeEnvCreateInfos: (_, { ComputeEnvCreateInfoSet, TotalCount }) => ({
    happened: `${counted(countOf(TotalCount, ComputeEnvCreateInfoSet), 'compute environment')}, as created.`,
  }),
  DescribeComputeEnvCreateInfo: ({ EnvId }) => ({ happened: `${EnvId}, as created.` }),
  DescribeComputeEnvActivities: ({ EnvId }, { ActivitySet, TotalCount }) => ({
    happened: `${counted(countOf(TotalCount, ActivitySet), 'activity', 'activities')} of ${EnvId}.`,
  }),
  ModifyComputeEnv: ({ EnvId }) => ({
    happened: `${EnvId} is being changed.`,
    next: [`DescribeComputeEnvActivities with EnvId ${EnvId} shows how far it is.`],
  }),
  AttachInstances: ({ EnvId, Instances }) => ({
    happened: `${counted(Instances.length, 'instance is', 'instances are')} being attached to ${EnvId}; the operating system is reinstalled.`,
  }),
  DetachInstances: ({ EnvId, InstanceIds }) => ({
    happened: `${counted(InstanceIds.length, 'instance was', 'instances were')} detached from ${EnvId}: ${list(InstanceIds)}.`,
  }),
  TerminateComputeNode: ({ EnvId, ComputeNodeId }) => ({
    happened: `${ComputeNodeId} of ${EnvId} is being terminated.`,
  }),
  TerminateComputeNodes: ({ EnvId, ComputeNodeIds }) => ({
    happened: `${counted(ComputeNodeIds.length, 'node is', 'nodes are')} being terminated in ${EnvId}: ${list(ComputeNodeIds)}.`,
  }),
  DeleteComputeEnv: ({ EnvId }) => ({ happened: `${EnvId} is being deleted.` }),
  DescribeInstanceCategories: (_, { InstanceCategorySet }) => ({
    happened: `${counted(InstanceCategorySet?.length ?? 0, 'category', 'categories')} of instance types.`,
    next: ['DescribeAvailableCvmInstanceTypes lists the types of a family.'],
  }),
  DescribeAvailableCvmInstanceTypes: (_, { InstanceTypeConfigSet }) => ({
    happened: `${counted(InstanceTypeConfigSet?.length ?? 0, 'instance type')}.`,
    next: [
      'DescribeCvmZoneInstanceConfigInfos tells stock and price; Filters narrow both lists, such as [{"Name":"zone","Values":["ap-guangzhou-3"]},{"Name":"instance-family","Values":["S5"]}].',
    ],
  }),
  DescribeCvmZoneInstanceConfigInfos: (_, { InstanceTypeQuotaSet }) => ({
    happened: `${counted(InstanceTypeQuotaSet?.length ?? 0, 'offer')} of instance types, with stock and price.`,
    next:
      (InstanceTypeQuotaSet?.length ?? 0) > mostItems
        ? [
            'Filters narrow it, such as [{"Name":"zone","Values":["ap-guangzhou-3"]},{"Name":"instance-type","Values":["S5.SMALL2"]}].',
          ]
        : [],
  }),
};

const nextOfJob = (JobId: string, state: string, task: string | undefined): readonly string[] => {
  if (state === 'FAILED' || state === 'FAILED_INTERRUPTED') {
    return [`DiagnoseJob with JobId ${JobId} says why; RetryJobs runs what failed again.`];
  }
  if (finished.has(state)) {
    const which = task ? ` and TaskName ${quoted(task)}` : '';
    return [`DescribeTaskLogs with JobId ${JobId}${which} shows the output.`];
  }
  return [`It is not finished: WaitForJob with JobId ${JobId} follows it, TerminateJob ends it.`];
};
