/** Which machine types are offered where, whether they are in stock, and at what price. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import type { ToolContext } from '../contract/tool.ts';

type NamedEnv = InputOf<'CreateComputeEnv'>['ComputeEnv'];
export type EnvData = NonNullable<NamedEnv['EnvData']>;

/** The machines that a job or an environment asks for. */
export interface InstanceRequirement {
  readonly zones: readonly string[];
  /** Any of these types; absent where a size, or nothing, is required. */
  readonly types?: readonly string[];
  /** Any type of this size. */
  readonly size?: { readonly CPU: number; readonly Memory: number };
  readonly charge: 'POSTPAID_BY_HOUR' | 'SPOTPAID';
  /** The highest price of an hour, for a spot bid. */
  readonly bid?: number;
}

export interface InstanceOffering {
  readonly zone: string;
  readonly type: string;
  readonly charge: string;
  readonly cpu: number;
  /** GB. */
  readonly memory: number;
  readonly isForSale: boolean;
  /** The vendor's word for how much there is, such as `UnderStock`. */
  readonly stock: string;
  /** Of an hour, in the currency of the site, with the account's discount; absent where no hourly price is listed. */
  readonly price?: number;
  /** The same without the discount. */
  readonly listPrice?: number;
}

/**
 * The requirement in an environment's description.
 * @param data `EnvData` of a task's `ComputeEnv`, or of an environment
 * @param zone of the `Placement`; `EnvData.Zones` takes precedence
 */
export const requirementOf = (data: EnvData | undefined, zone: string): InstanceRequirement => {
  const types = data?.InstanceTypes ?? (data?.InstanceType === undefined ? undefined : [data.InstanceType]);
  const bid = Number(data?.InstanceMarketOptions?.SpotOptions.MaxPrice);
  const charge = data?.InstanceChargeType ?? 'POSTPAID_BY_HOUR';
  return {
    zones: data?.Zones && data.Zones.length > 0 ? data.Zones : [zone],
    ...(types && { types }),
    ...(data?.InstanceTypeOptions && { size: data.InstanceTypeOptions }),
    charge,
    ...(charge === 'SPOTPAID' && bid > 0 && { bid }),
  };
};

/** Whether offerings can be read; without a type or a size the service chooses. */
export const isSpecific = ({ types, size }: InstanceRequirement): boolean =>
  types !== undefined || size !== undefined;

/**
 * Reads the offerings for some requirements, one call for each charge type.
 * @param extent `families`: also the other types of the same families
 * @throws the service's error, for instance when a zone is not in the region
 */
export const readOfferings = async (
  requirements: readonly InstanceRequirement[],
  call: ToolContext['call'],
  extent: 'types' | 'families' = 'types',
): Promise<readonly InstanceOffering[]> => {
  const offerings: InstanceOffering[] = [];
  for (const charge of ['POSTPAID_BY_HOUR', 'SPOTPAID'] as const) {
    const own = requirements.filter((one) => one.charge === charge && isSpecific(one));
    if (own.length === 0) continue;
    const types = own.flatMap((one) => one.types ?? []);
    const answer = await call('DescribeCvmZoneInstanceConfigInfos', {
      Filters: [
        { Name: 'zone', Values: distinct(own.flatMap((one) => one.zones)) },
        { Name: 'instance-charge-type', Values: [charge] },
        // There is no filter for a size, so all types are read then.
        ...(own.every((one) => one.types) ? [typeFilterOf(types, extent)] : []),
      ],
    });
    offerings.push(...(answer.InstanceTypeQuotaSet ?? []).map(offeringOf));
  }
  return offerings;
};

const typeFilterOf = (types: readonly string[], extent: 'types' | 'families') =>
  extent === 'types'
    ? ({ Name: 'instance-type', Values: distinct(types) } as const)
    : // `S5.LARGE8` is of the family `S5`.
      ({ Name: 'instance-family', Values: distinct(types.map((type) => type.split('.')[0] ?? '')) } as const);

type Quota = NonNullable<OutputOf<'DescribeCvmZoneInstanceConfigInfos'>['InstanceTypeQuotaSet']>[number];

const offeringOf = (quota: Quota): InstanceOffering => {
  const { UnitPrice, UnitPriceDiscount, ChargeUnit } = quota.Price ?? {};
  const price = UnitPriceDiscount ?? UnitPrice;
  const isHourly = ChargeUnit === undefined || ChargeUnit === null || ChargeUnit === 'HOUR';
  return {
    zone: quota.Zone ?? '',
    type: quota.InstanceType ?? '',
    charge: quota.InstanceChargeType ?? '',
    cpu: quota.Cpu ?? 0,
    memory: quota.Memory ?? 0,
    isForSale: quota.Status === 'SELL' && quota.StatusCategory !== 'WithoutStock',
    stock: quota.StatusCategory ?? quota.Status ?? '',
    ...(isHourly && typeof price === 'number' && { price }),
    ...(isHourly && typeof UnitPrice === 'number' && { listPrice: UnitPrice }),
  };
};

/** The offerings that meet a requirement, in the order of its types. */
export const offeringsFor = (
  requirement: InstanceRequirement,
  offerings: readonly InstanceOffering[],
): readonly InstanceOffering[] => {
  const { charge, zones, types, size } = requirement;
  const here = offerings.filter((one) => one.charge === charge && zones.includes(one.zone));
  if (types) return types.flatMap((type) => here.filter((one) => one.type === type));
  return size ? here.filter((one) => one.cpu === size.CPU && one.memory === size.Memory) : [];
};

/**
 * Upper bound of the price of an hour of such a machine, sold out or not: stock changes.
 * @returns undefined where it is not known
 */
export const highestPriceOf = (
  requirement: InstanceRequirement,
  offerings: readonly InstanceOffering[],
  which: 'price' | 'listPrice' = 'price',
): number | undefined => {
  if (requirement.bid !== undefined && which === 'price') return requirement.bid;
  const prices = offeringsFor(requirement, offerings).map((one) => one[which]);
  return prices.length === 0 || prices.includes(undefined)
    ? undefined
    : Math.max(...prices.map((price) => price ?? 0));
};

const distinct = (items: readonly string[]): string[] => [...new Set(items)];
