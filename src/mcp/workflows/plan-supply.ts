/** Whether the machines a submission needs are available: offerings and stock for new ones, nodes of environments. */
import type { InputOf } from '../../catalogue/index.ts';
import { ApiError } from '../../shared/errors.ts';
import { rounded } from '../arguments/limits.ts';
import type { ToolContext } from '../contract/tool.ts';
import {
  type InstanceOffering,
  type InstanceRequirement,
  isSpecific,
  offeringsFor,
  readOfferings,
} from '../jobs/instance-offerings.ts';
import { instancesOf, nameOfTask, requirementsOf } from '../jobs/job-cost.ts';
import { counted } from '../render/counted.ts';
import { quoted } from '../render/untrusted.ts';

type Submission = InputOf<'SubmitJob'>;

export interface Supply {
  readonly offerings: readonly InstanceOffering[];
  /** For each task, where it runs: `200 instances on S5.SMALL2 (in stock, 0.24 an hour each)`. */
  readonly placements: readonly string[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** What was read, for the coverage. */
  readonly checked: readonly string[];
}

interface Env {
  readonly EnvId: string;
  readonly zone: string;
  readonly running: number;
  readonly isDeleting: boolean;
}

// Jobs rarely use more environments than this; the coverage says how many were read.
const maxEnvs = 3;
const maxNamed = 5;

/**
 * Reads what is available. A refusal by the service is a problem of the plan.
 * @param isLocal the engine runs types that it does not list as well
 * @throws TransportError where there is no response
 */
export const readSupply = async (
  submission: Submission,
  context: ToolContext,
  isLocal = false,
): Promise<Supply> => {
  const { Tasks } = submission.Job;
  const requirements = requirementsOf(submission);
  const envIds = [...new Set(Tasks.flatMap((task) => task.EnvId ?? []))];
  const problems: string[] = [];
  const specific = requirements.filter((one) => one !== undefined).filter(isSpecific);
  const offerings = await readOr(problems, [], () => readOfferings(specific, context.call));
  const envs: Env[] = [];
  for (const EnvId of envIds.slice(0, maxEnvs)) {
    const env = await readOr(problems, undefined, () => readEnv(EnvId, context));
    if (env !== undefined) envs.push(env);
  }
  const isKnown = problems.length === 0;
  const perTask = Tasks.map((task, index) => {
    const requirement = requirements[index];
    const instances: Instances = { task: quoted(nameOfTask(task, index)), count: instancesOf(task) };
    return requirement === undefined
      ? inEnv(instances, task.EnvId ?? '', envs, submission.Placement.Zone)
      : onNewMachines(instances, requirement, isKnown ? offerings : undefined, isLocal);
  });
  return {
    offerings,
    placements: perTask.map(({ placement }) => placement),
    problems: [...problems, ...(isKnown ? perTask.flatMap(({ problem }) => problem ?? []) : [])],
    warnings: perTask.flatMap(({ warning }) => warning ?? []),
    checked: [
      ...(specific.length > 0 ? ['stock and prices'] : []),
      ...(envIds.length > 0 ? [`${Math.min(envIds.length, maxEnvs)} of ${envIds.length} environments`] : []),
    ],
  };
};

const readOr = async <T>(problems: string[], fallback: T, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const reason = [...new Set([error.serviceMessage, error.meaning])].join(' ');
    problems.push(`${error.action}: ${error.code}: ${reason}`);
    return fallback;
  }
};

const readEnv = async (EnvId: string, context: ToolContext): Promise<Env> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  return {
    EnvId,
    zone: env.Placement?.Zone ?? '',
    running: env.ComputeNodeMetrics?.RunningCount ?? 0,
    isDeleting: env.NextAction === 'DELETING',
  };
};

interface Instances {
  /** Quoted. */
  readonly task: string;
  readonly count: number;
}

interface Finding {
  readonly placement: string;
  readonly problem?: string;
  readonly warning?: string;
}

const inEnv = ({ task, count }: Instances, EnvId: string, envs: readonly Env[], zone: string): Finding => {
  const env = envs.find((one) => one.EnvId === EnvId);
  if (env === undefined) return { placement: `${task}: ${counted(count, 'instance')} on ${EnvId}` };
  const rounds = Math.ceil(count / Math.max(1, env.running));
  const placement = `${task}: ${counted(count, 'instance')} on ${EnvId} (${counted(env.running, 'node')} running${rounds > 1 ? `, ${rounds} rounds` : ''})`;
  if (env.isDeleting) return { placement, problem: `task ${task}: ${EnvId} is being deleted.` };
  if (env.running === 0) {
    return { placement, warning: `task ${task}: ${EnvId} has no running node, so the task would wait.` };
  }
  return env.zone !== '' && env.zone !== zone
    ? { placement, warning: `task ${task}: ${EnvId} is in ${env.zone}, not in ${zone}.` }
    : { placement };
};

const onNewMachines = (
  { task, count }: Instances,
  requirement: InstanceRequirement,
  offerings: readonly InstanceOffering[] | undefined,
  isLocal: boolean,
): Finding => {
  const { types, size, zones, charge } = requirement;
  const machine = types?.join(' or ') ?? (size ? `${size.CPU} cores, ${size.Memory} GB` : '');
  if (!isSpecific(requirement)) {
    return {
      placement: `${task}: ${counted(count, 'instance')} on machines the service chooses`,
      warning: `task ${task}: no InstanceType, so neither stock nor price is known.`,
    };
  }
  if (offerings === undefined) {
    return { placement: `${task}: ${counted(count, 'instance')} on ${machine} (stock and price not known)` };
  }
  const matching = offeringsFor(requirement, offerings);
  if (isLocal && matching.length === 0) {
    return { placement: `${task}: ${counted(count, 'instance')} on ${machine} (slots of this machine)` };
  }
  const available = matching.filter((one) => one.isForSale);
  const missing = (types ?? []).filter((type) => !matching.some((one) => one.type === type));
  const placement = `${task}: ${counted(count, 'instance')} on ${machine} (${available.length > 0 ? `in stock: ${stockOf(available, requirement)}` : 'not in stock'}${priceRangeOf(available)})`;
  const where = zones.join(', ');
  if (matching.length === 0) {
    return { placement, problem: `task ${task}: ${machine} is not offered in ${where} for ${charge}.` };
  }
  if (available.length === 0) {
    return { placement, problem: `task ${task}: ${machine} is sold out in ${where}.` };
  }
  if (missing.length > 0) {
    return { placement, warning: `task ${task}: ${missing.join(', ')} is not offered in ${where}.` };
  }
  return available.every((one) => one.stock === 'UnderStock')
    ? { placement, warning: `task ${task}: ${machine} is nearly sold out in ${where}.` }
    : { placement };
};

const priceRangeOf = (offerings: readonly InstanceOffering[]): string => {
  const prices = [
    ...new Set(offerings.flatMap(({ price }) => (price === undefined ? [] : [rounded(price)]))),
  ];
  if (prices.length === 0) return '';
  return `, ${Math.min(...prices)}${prices.length > 1 ? ` to ${Math.max(...prices)}` : ''} an hour each`;
};

/** The types with their stock; of a single type, which was named before, only the stock. */
const stockOf = (offerings: readonly InstanceOffering[], requirement: InstanceRequirement): string => {
  const isOne = requirement.types?.length === 1;
  const names = [...new Set(offerings.map(({ type, stock }) => (isOne ? stock : `${type} ${stock}`.trim())))];
  return names.length > maxNamed
    ? `${names.slice(0, maxNamed).join(', ')} and ${names.length - maxNamed} more`
    : names.join(', ');
};
