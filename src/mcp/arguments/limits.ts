/** The operator's limits on size and price: a call above them is refused before anything is sent. */
import type { ActionName, InputOf } from '../../catalogue/index.ts';
import { ConfirmationError, type Issue } from '../../shared/errors.ts';
import type { Fields, ToolContext } from '../contract/tool.ts';
import {
  type EnvData as EnvDataOfEnv,
  highestPriceOf,
  type InstanceRequirement,
  isSpecific,
  readOfferings,
  requirementOf,
} from '../jobs/instance-offerings.ts';
import { costOf, instancesOf, type JobCost, requirementsOf } from '../jobs/job-cost.ts';
import { withoutNulls } from '../jobs/without-nulls.ts';

type Submission = Pick<InputOf<'SubmitJob'>, 'Placement' | 'Job'>;

export interface Limits {
  /** Task instances of one job, each with its retries; of RetryJobs, all that run again. */
  readonly maxInstances?: number | undefined;
  /** Nodes of one environment, or machines created for one job at one time. */
  readonly maxNodes?: number | undefined;
  /** Price of an hour of one job or one environment, in the currency of the price list. */
  readonly maxHourlyPrice?: number | undefined;
}

/** The size of a request, as far as limits apply to it. `hourly` is absent where the price is not known. */
interface Size extends Partial<Pick<JobCost, 'instances' | 'machines' | 'hourly'>> {
  /** Whether `instances` counts retries. */
  readonly hasRetries?: boolean;
  /** Arguments that cost money and have no price in the price list, such as `DataDisks`. */
  readonly unpriced?: readonly string[];
}

/**
 * Refuses a call above a limit. Prices are read only where they are limited, and an unknown price counts as too high.
 * @param args checked arguments of the tool
 * @throws ConfirmationError that names the option; errors of the service where a price or a size is read
 */
export const enforceLimits = async (
  tool: string,
  args: Fields,
  context: ToolContext,
  limits: Limits,
): Promise<void> => {
  if (Object.values(limits).every((limit) => limit === undefined)) return;
  const size = await sizeOf(tool, args, context, limits);
  const issues = size === undefined ? [] : violationsOf(size, limits);
  if (issues.length === 0) return;
  const reasons = issues.map((issue) => issue.message).join('; ');
  // The arguments are correct: only the operator can allow more.
  throw new ConfirmationError(`${tool}: ${reasons}`, 'above_limit');
};

/** The limits that a size exceeds, as sentences for the caller. */
export const violationsOf = (size: Size, limits: Limits): readonly Issue[] => {
  const above = (what: string, size: number | undefined, max: number | undefined, option: string) =>
    max !== undefined && size !== undefined && size > max
      ? [
          issueOf(
            `${what}: ${rounded(size)}, and the operator allows at most ${max} (${option}); only the user can change that.`,
          ),
        ]
      : [];
  return [
    ...above(
      size.hasRetries ? 'Task instances with their retries' : 'Task instances',
      size.instances,
      limits.maxInstances,
      '--max-instances',
    ),
    ...above('Machines at one time', size.machines, limits.maxNodes, '--max-nodes'),
    ...above('Price of an hour', size.hourly, limits.maxHourlyPrice, '--max-hourly-price'),
    ...unknownPriceOf(size, limits.maxHourlyPrice),
  ];
};

/** What has no price in the price list may cost anything, so it counts as too high. */
const unknownPriceOf = ({ hourly, unpriced = [] }: Size, max: number | undefined): readonly Issue[] => {
  if (max === undefined) return [];
  const allowed = `and the operator allows at most ${max} an hour (--max-hourly-price)`;
  return [
    ...(hourly === undefined
      ? [
          issueOf(
            `The price is not known, ${allowed}. Name an InstanceType that DescribeCvmZoneInstanceConfigInfos lists with a price.`,
          ),
        ]
      : []),
    ...(unpriced.length > 0
      ? [
          issueOf(
            `The price list has no price of ${[...new Set(unpriced)].join(', ')}, ${allowed}. Leave it out.`,
          ),
        ]
      : []),
  ];
};

/** The size of a submission: retries count as instances, and what the price list does not cover is named. */
export const sizeOfJob = (submission: Submission, cost: JobCost): Size => ({
  ...cost,
  instances: submission.Job.Tasks.reduce((sum, task) => sum + instancesOf(task) * attemptsOf(task), 0),
  hasRetries: submission.Job.Tasks.some((task) => attemptsOf(task) > 1),
  unpriced: submission.Job.Tasks.flatMap((task) =>
    task.EnvId === undefined ? unpricedOf(task.ComputeEnv?.EnvData) : [],
  ),
});

const attemptsOf = ({ MaxRetryCount }: Submission['Job']['Tasks'][number]): number =>
  1 + (MaxRetryCount ?? 0);

/** Included in the price of a machine, as far as the vendor documents: the system disk when no size is given. */
const defaultSystemDisk = 50;

/** Disks, public addresses and bandwidth are charged in addition, and no action of the API returns their prices. */
const unpricedOf = (data: EnvDataOfEnv | undefined): readonly string[] => {
  const { DataDisks = [], SystemDisk, InternetAccessible } = data ?? {};
  const hasBandwidth =
    (InternetAccessible?.InternetMaxBandwidthOut ?? 0) > 0 || InternetAccessible?.PublicIpAssigned === true;
  return [
    ...(DataDisks.some(({ DiskSize }) => DiskSize > 0) ? ['DataDisks'] : []),
    ...((SystemDisk?.DiskSize ?? 0) > defaultSystemDisk
      ? [`SystemDisk.DiskSize above ${defaultSystemDisk}`]
      : []),
    ...(hasBandwidth ? ['InternetAccessible'] : []),
  ];
};

const issueOf = (message: string): Issue => ({ path: '', message });

/** Two decimals, so that a sum of prices shows no rounding error. */
export const rounded = (amount: number): number => Math.round(amount * 100) / 100;

const sizeOf = async (
  tool: string,
  args: Fields,
  context: ToolContext,
  limits: Limits,
): Promise<Size | undefined> => {
  const isPriced = limits.maxHourlyPrice !== undefined;
  // The arguments were checked against the schema of the tool of that name; TypeScript cannot tie the two together.
  switch (tool as ActionName) {
    case 'SubmitJob':
      return sizeOfSubmission(args as InputOf<'SubmitJob'>, context, isPriced);
    case 'RetryJobs':
      return sizeOfRetry(args as InputOf<'RetryJobs'>, context, isPriced);
    case 'CreateComputeEnv': {
      const { ComputeEnv, Placement } = args as InputOf<'CreateComputeEnv'>;
      const { EnvData, DesiredComputeNodeCount } = ComputeEnv;
      return sizeOfNodes(DesiredComputeNodeCount, EnvData, Placement.Zone, context, isPriced);
    }
    case 'ModifyComputeEnv':
      return sizeOfChange(args as InputOf<'ModifyComputeEnv'>, context, isPriced);
    case 'AttachInstances':
      return sizeOfAttachment(args as InputOf<'AttachInstances'>, context);
    default:
      return undefined;
  }
};

const sizeOfSubmission = async (
  submission: Submission,
  context: ToolContext,
  isPriced: boolean,
): Promise<Size> => {
  const requirements = requirementsOf(submission).filter((one) => one !== undefined);
  return sizeOfJob(
    submission,
    costOf(submission, isPriced ? await readOfferings(requirements, context.call) : []),
  );
};

/** All jobs of the call together: at most the instances that did not succeed run again. */
const sizeOfRetry = async (
  { JobIds }: InputOf<'RetryJobs'>,
  context: ToolContext,
  isPriced: boolean,
): Promise<Size> => {
  const total = { instances: 0, machines: 0, hourly: 0, unpriced: [] as string[], isPriceKnown: true };
  for (const JobId of new Set(JobIds)) {
    const job = await context.call('DescribeJob', { JobId });
    const info = await context.call('DescribeJobSubmitInfo', { JobId });
    const { SucceedCount, ...others } = job.TaskInstanceMetrics ?? {};
    const left = Object.values(others).reduce((sum: number, count) => sum + (count ?? 0), 0);
    // An answer without its nulls can be read as an input.
    const submission = { Placement: { Zone: job.Zone ?? '' }, Job: withoutNulls(info) } as Submission;
    const size = await sizeOfSubmission(submission, context, isPriced);
    total.instances += left * Math.max(...submission.Job.Tasks.map(attemptsOf));
    total.machines += Math.min(size.machines ?? 0, left);
    total.hourly += size.hourly ?? 0;
    total.isPriceKnown &&= size.hourly !== undefined;
    total.unpriced.push(...(size.unpriced ?? []));
  }
  const { hourly, isPriceKnown, ...counts } = total;
  return { ...counts, ...(isPriceKnown && { hourly }) };
};

const sizeOfNodes = async (
  count: number,
  data: EnvDataOfEnv | undefined,
  zone: string,
  context: ToolContext,
  isPriced: boolean,
): Promise<Size> => {
  if (!isPriced) return { machines: count };
  const requirement: InstanceRequirement = requirementOf(data, zone);
  const offerings = isSpecific(requirement) ? await readOfferings([requirement], context.call) : [];
  const price = highestPriceOf(requirement, offerings);
  return {
    machines: count,
    ...(price !== undefined && { hourly: price * count }),
    unpriced: count > 0 ? unpricedOf(data) : [],
  };
};

/** Attached machines exist and are paid for already, so only their number counts. */
const sizeOfAttachment = async (
  { EnvId, Instances }: InputOf<'AttachInstances'>,
  context: ToolContext,
): Promise<Size> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const nodes = env.ComputeNodeSet ?? [];
  const attached = new Set(nodes.map((node) => node.ComputeNodeInstanceId));
  const added = new Set(Instances.map(({ InstanceId }) => InstanceId).filter((id) => !attached.has(id)));
  return { machines: Math.max(nodes.length, env.DesiredComputeNodeCount ?? 0) + added.size, hourly: 0 };
};

/** Only growth, and other machine types for new nodes, can exceed a limit: shrinking must stay possible. */
const sizeOfChange = async (
  { EnvId, DesiredComputeNodeCount, EnvData }: InputOf<'ModifyComputeEnv'>,
  context: ToolContext,
  isPriced: boolean,
): Promise<Size | undefined> => {
  if (DesiredComputeNodeCount === undefined && EnvData === undefined) return undefined;
  const env = await context.call('DescribeComputeEnv', { EnvId });
  const now = env.DesiredComputeNodeCount ?? 0;
  const count = DesiredComputeNodeCount ?? now;
  const grows = count > now;
  if (!grows && (EnvData === undefined || !isPriced)) return undefined;
  if (!isPriced) return { machines: count };
  const info = await context.call('DescribeComputeEnvCreateInfo', { EnvId });
  // An answer without its nulls can be read as an input.
  const data = { ...(withoutNulls(info.EnvData ?? {}) as EnvDataOfEnv), ...EnvData };
  const { machines, ...price } = await sizeOfNodes(count, data, env.Placement?.Zone ?? '', context, isPriced);
  return { ...(grows && { machines }), ...price };
};
