/** The limits the operator sets on size and price: what is above them is refused before anything is sent. */
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
  /** Machines of one environment, or that one job makes for itself at one time. */
  readonly maxNodes?: number | undefined;
  /** What one job or one environment can cost in an hour, in the currency of the price list. */
  readonly maxHourlyPrice?: number | undefined;
}

/** What is asked for, as far as a limit looks at it. `hourly` is absent where the price is not known. */
type Size = Partial<Pick<JobCost, 'instances' | 'machines' | 'hourly'>>;

/**
 * Refuses what is above a limit. Tools that cannot exceed one pass at once; prices are read only where one is limited.
 * A price that cannot be learnt counts as too high, since nobody could say that it is not.
 * @param args checked arguments of the tool
 * @throws ConfirmationError that names the option; what the service says where it has to be asked
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
  // Not a mistake in the arguments: the operator has not allowed so much, and nobody else may.
  throw new ConfirmationError(`${tool}: ${reasons}`, 'above_limit');
};

/** Everything in which a size is above the limits, as sentences for the caller. */
export const violationsOf = (size: Size, limits: Limits): readonly Issue[] => {
  const above = (what: string, asked: number | undefined, most: number | undefined, option: string) =>
    most !== undefined && asked !== undefined && asked > most
      ? [
          issueOf(
            `${what}: ${rounded(asked)}, and the operator allows at most ${most} (${option}); only the user can change that.`,
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

/** Two digits behind the point, so that a sum of prices does not look like a rounding error. */
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
      const wishes = requirementsOf(submission).filter((wish) => wish !== undefined);
      return costOf(submission, isPriced ? await readOfferings(wishes, context.call) : []);
    }
    case 'CreateComputeEnv': {
      const { ComputeEnv, Placement } = args as InputOf<'CreateComputeEnv'>;
      const wish = requirementOf(ComputeEnv.EnvData, Placement.Zone);
      return sizeOfNodes(ComputeEnv.DesiredComputeNodeCount, isPriced ? wish : undefined, context);
    }
    case 'ModifyComputeEnv':
      return sizeOfChange(args as InputOf<'ModifyComputeEnv'>, context, isPriced);
    default:
      return undefined;
  }
};

const sizeOfNodes = async (
  count: number,
  wish: InstanceRequirement | undefined,
  context: ToolContext,
): Promise<Size> => {
  if (wish === undefined) return { machines: count };
  const price = highestPriceOf(wish, isSpecific(wish) ? await readOfferings([wish], context.call) : []);
  return { machines: count, ...(price !== undefined && { hourly: price * count }) };
};

/** Only growth, and other machine types for what comes, can exceed a limit: shrinking what is too large must stay possible. */
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
  // Answers have null where inputs have nothing; without it, what was asked for can be read as if it were asked again.
  const told = Object.fromEntries(Object.entries(info.EnvData ?? {}).filter(([, value]) => value !== null));
  const wish = requirementOf({ ...told, ...EnvData } as EnvDataOfEnv, env.Placement?.Zone ?? '');
  const { machines, hourly } = await sizeOfNodes(count, wish, context);
  return { ...(grows && { machines }), ...(hourly !== undefined && { hourly }) };
};
