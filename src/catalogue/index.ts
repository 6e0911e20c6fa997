/** The API: all its actions, in the order of every generated list. */
import type * as z from 'zod';
import type { Action, Answer } from './action.ts';
import {
  CreateComputeEnv,
  DeleteComputeEnv,
  DescribeComputeEnv,
  DescribeComputeEnvCreateInfo,
  DescribeComputeEnvCreateInfos,
  DescribeComputeEnvs,
  ModifyComputeEnv,
} from './compute-envs.ts';
import {
  AttachInstances,
  DescribeComputeEnvActivities,
  DetachInstances,
  TerminateComputeNode,
  TerminateComputeNodes,
} from './compute-nodes.ts';
import {
  DeleteJob,
  DescribeJob,
  DescribeJobSubmitInfo,
  DescribeJobs,
  RetryJobs,
  SubmitJob,
  TerminateJob,
} from './jobs.ts';
import {
  DescribeAvailableCvmInstanceTypes,
  DescribeCvmZoneInstanceConfigInfos,
  DescribeInstanceCategories,
} from './machine-types.ts';
import {
  CreateTaskTemplate,
  DeleteTaskTemplates,
  DescribeTaskTemplates,
  ModifyTaskTemplate,
} from './task-templates.ts';
import { DescribeJobMonitorData, DescribeTask, DescribeTaskLogs, TerminateTaskInstance } from './tasks.ts';

export const actions = {
  SubmitJob,
  DescribeJobs,
  DescribeJob,
  DescribeJobSubmitInfo,
  DescribeTask,
  DescribeTaskLogs,
  DescribeJobMonitorData,
  RetryJobs,
  TerminateTaskInstance,
  TerminateJob,
  DeleteJob,
  CreateTaskTemplate,
  DescribeTaskTemplates,
  ModifyTaskTemplate,
  DeleteTaskTemplates,
  CreateComputeEnv,
  DescribeComputeEnvs,
  DescribeComputeEnv,
  DescribeComputeEnvCreateInfos,
  DescribeComputeEnvCreateInfo,
  DescribeComputeEnvActivities,
  ModifyComputeEnv,
  AttachInstances,
  DetachInstances,
  TerminateComputeNode,
  TerminateComputeNodes,
  DeleteComputeEnv,
  DescribeInstanceCategories,
  DescribeAvailableCvmInstanceTypes,
  DescribeCvmZoneInstanceConfigInfos,
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;
export const actionNames = Object.keys(actions) as readonly ActionName[];
export const isActionName = (name: string): name is ActionName => Object.hasOwn(actions, name);

/** Actions that destroy something, or do so with one of their arguments (`destroysWith`). */
export type DestroyingAction = {
  [A in ActionName]: (typeof actions)[A]['effect'] extends 'destroy'
    ? A
    : [NonNullable<(typeof actions)[A]['destroysWith']>] extends [never]
      ? never
      : A;
}[ActionName];

/** The arguments of an action, before parsing. */
export type InputOf<A extends ActionName> = z.input<(typeof actions)[A]['input']>;
/** The answer of an action, `RequestId` included. */
export type OutputOf<A extends ActionName> = Answer<z.output<(typeof actions)[A]['output']>>;
/** The error codes that the action documents. */
export type ErrorCodeOf<A extends ActionName> = (typeof actions)[A]['errors'][number];

/** Version of the API, sent with every request. */
export const apiVersion = '2017-03-12';
export const service = 'batch';

/** The rate limit of an action in requests per second. `cn` falls back to the international figure where no other is known. */
export const rateOf = (action: ActionName, site: 'cn' | 'intl'): number => {
  const { documented, mainland }: Action['rate'] = actions[action].rate;
  return site === 'cn' ? (mainland ?? documented) : documented;
};
