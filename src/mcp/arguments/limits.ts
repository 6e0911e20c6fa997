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
import { costOf, type JobCost, requirementsOf } from '../jobs/job-cost.ts';

export interface Limits {
  /** Task instances of one job. */
  readonly maxInstances?: number | undefined;
  /** Nodes of one environment, or machines created for one job at one time. */
  readonly maxNodes?: number | undefined;
  /** Price of an hour of one job or one environment, in the currency of the price list. */
  readonly maxHourlyPrice?: number | undefined;
}

/** The size of a request, as far as limits apply to it. `hourly` is absent where the price is not known. */
type Size = Partial<Pick<JobCost, 'instances' | 'machines' | 'hourly'>>;

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
    ...above('Task instances', size.instances, limits.maxInstances, '--max-instances'),
    ...above('Machines at one time', size.machines, limits.maxNodes, '--max-nodes'),
    ...above('Price of an hour', size.hourly, limits.maxHourlyPrice, '--max-hourly-price'),
    ...(limits.maxHourlyPrice !== undefined && size.hourly === undefined
      ? [
          issueOf(
            `The price is not known, and the operator allows at most ${limits.maxHourlyPrice} an hour (--max-hourly-price). Name an InstanceType that DescribeCvmZoneInstanceConfigInfos lists with a price.`,
          ),
        ]
      : []),
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
    case 'SubmitJob': {
      const submission = args as InputOf<'SubmitJob'>;
      const requirements = requirementsOf(submission).filter((one) => one !== undefined);
      return costOf(submission, isPriced ? await readOfferings(requirements, context.call) : []);
    }
    case 'CreateComputeEnv': {
      const { ComputeEnv, Placement } = args as InputOf<'CreateComputeEnv'>;
      const requirement = requirementOf(ComputeEnv.EnvData, Placement.Zone);
      return sizeOfNodes(ComputeEnv.DesiredComputeNodeCount, isPriced ? requirement : undefined, context);
    }
    case 'ModifyComputeEnv':
      return sizeOfChange(args as InputOf<'ModifyComputeEnv'>, context, isPriced);
    default:
      return undefined;
  }
};

const sizeOfNodes = async (
  count: number,
  requirement: InstanceRequirement | undefined,
  context: ToolContext,
): Promise<Size> => {
  if (requirement === undefined) return { machines: count };
  const offerings = isSpecific(requirement) ? await readOfferings([requirement], context.call) : [];
  const price = highestPriceOf(requirement, offerings);
  return { machines: count, ...(price !== undefined && { hourly: price * count }) };
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
  // Answers have null where inputs have no field; without the nulls an answer can be read as an input.
  const known = Object.fromEntries(Object.entries(info.EnvData ?? {}).filter(([, value]) => value !== null));
  const requirement = requirementOf({ ...known, ...EnvData } as EnvDataOfEnv, env.Placement?.Zone ?? '');
  const { machines, hourly } = await sizeOfNodes(count, requirement, context);
  return { ...(grows && { machines }), ...(hourly !== undefined && { hourly }) };
};
