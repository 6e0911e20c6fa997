/** Why instances got no machine: the environments of their tasks, and recent failed activities. */
import { errorCodes } from '../../catalogue/error-codes.ts';
import type { OutputOf } from '../../catalogue/index.ts';
import { isBusy } from '../actions/previews/env-facts.ts';
import type { CallBudget } from '../jobs/call-budget.ts';
import { groupedBy } from './failure-clusters.ts';

/** An environment whose tasks wait, or failed without having run. */
export interface NodeTrouble {
  readonly EnvId: string;
  /** Nodes that run, of those wanted; absent where the environment could not be read. */
  readonly nodes?: string;
  /** Its name, where it has no node and none is wanted: what waits for it waits for ever. */
  readonly emptyName?: string;
  /** How many nodes it has, where each of them is busy. */
  readonly allBusy?: number;
  /** Failed activities, equal ones counted: `3 x CREATE_COMPUTE_NODE: InternalError.CallCvm… (meaning)`. */
  readonly failedActivities: readonly string[];
}

// The submission, and two calls for each environment: the remaining calls are for logs.
const maxEnvs = 2;
const maxActivities = 100;
const maxShown = 5;

/** The environments of some tasks. @param submission of their job, where it could be read */
export const envsOf = (
  submission: OutputOf<'DescribeJobSubmitInfo'> | undefined,
  tasks: readonly string[],
): readonly string[] => {
  const envs = (submission?.Tasks ?? [])
    .filter((task) => tasks.includes(task?.TaskName ?? ''))
    .flatMap((task) => task?.EnvId || []);
  return [...new Set(envs)].slice(0, maxEnvs);
};

/** Reads environments of which tasks wait for nodes, or failed without having run. */
export const readNodeTrouble = async (
  envs: readonly string[],
  budget: CallBudget,
): Promise<readonly NodeTrouble[]> => {
  const found: NodeTrouble[] = [];
  for (const EnvId of envs) {
    const env = await budget.tryCall('DescribeComputeEnv', { EnvId }, EnvId);
    const activities = await budget.tryCall(
      'DescribeComputeEnvActivities',
      { EnvId, Limit: maxActivities },
      `activities of ${EnvId}`,
    );
    found.push({
      EnvId,
      ...(env && {
        nodes: nodesOf(env),
        ...(isEmpty(env) && { emptyName: env.EnvName ?? '' }),
        ...allBusyOf(env),
      }),
      failedActivities: failedActivitiesOf(activities?.ActivitySet ?? []),
    });
  }
  return found;
};

const isEmpty = ({ ComputeNodeSet, DesiredComputeNodeCount }: OutputOf<'DescribeComputeEnv'>): boolean =>
  (ComputeNodeSet ?? []).length === 0 && DesiredComputeNodeCount === 0;

const allBusyOf = ({ ComputeNodeSet }: OutputOf<'DescribeComputeEnv'>): Pick<NodeTrouble, 'allBusy'> => {
  const nodes = ComputeNodeSet ?? [];
  return nodes.length > 0 && nodes.every(isBusy) ? { allBusy: nodes.length } : {};
};

const nodesOf = (env: OutputOf<'DescribeComputeEnv'>): string => {
  const running = env.ComputeNodeMetrics?.RunningCount ?? 0;
  const free = (env.ComputeNodeSet ?? []).filter((node) => (node.TaskInstanceNumAvailable ?? 0) > 0).length;
  return `${running} running of ${env.DesiredComputeNodeCount ?? 0} wanted${running > 0 ? `, ${free} free` : ''}`;
};

type Activities = NonNullable<OutputOf<'DescribeComputeEnvActivities'>['ActivitySet']>;

const failedActivitiesOf = (activities: Activities): readonly string[] => {
  const failed = activities.filter((activity) => activity.ActivityState === 'FAILED');
  const grouped = groupedBy(
    failed,
    (activity) => `${activity.ComputeNodeActivityType}: ${activity.StateReason || 'no reason given'}`,
  );
  return [...grouped]
    .slice(0, maxShown)
    .map(([what, group]) => `${group.length} x ${what.slice(0, 200)}${meaningIn(what)}`);
};

/** The meaning, from the catalogue, of the code a reason contains, as in `InternalError.CallCvm:ResourceInsufficient`. */
const meaningIn = (text: string): string => {
  const code = /\b[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)*\b(?=:|$)/.exec(text)?.[0] ?? '';
  return Object.hasOwn(errorCodes, code) ? ` (${errorCodes[code as keyof typeof errorCodes].meaning})` : '';
};
