/** Which machines are offered where, in stock or not, at what price: read from the configuration action. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import type { ToolContext } from '../contract/tool.ts';

type NamedEnv = InputOf<'CreateComputeEnv'>['ComputeEnv'];
export type EnvData = NonNullable<NamedEnv['EnvData']>;

/** What kind of machine somebody asks for. */
export interface InstanceRequirement {
  readonly zones: readonly string[];
  /** Any of these types; absent where a size or nothing is asked for. */
  readonly types?: readonly string[];
  /** Any type of this size. */
  readonly size?: { readonly CPU: number; readonly Memory: number };
  readonly charge: 'POSTPAID_BY_HOUR' | 'SPOTPAID';
  /** The most that is paid for an hour, where that was bid. */
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
  /** For an hour, in the currency of the site, with the account's discount; absent where no hourly price is told. */
  readonly price?: number;
}

/**
 * Reads the wish out of an environment's description.
 * @param data `EnvData` of a task's `ComputeEnv`, or of an environment
 * @param zone of the `Placement`; `EnvData.Zones` goes before it
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

/** Whether something can be looked up at all; without a type or a size the service chooses. */
export const isSpecific = ({ types, size }: InstanceRequirement): boolean =>
  types !== undefined || size !== undefined;

/**
 * Reads the offers for some wishes, one call for each way to pay.
 * @throws what the service says, for instance that a zone is not in the region
 */
export const readOfferings = async (
  wishes: readonly InstanceRequirement[],
  call: ToolContext['call'],
): Promise<readonly InstanceOffering[]> => {
  const offers: InstanceOffering[] = [];
  for (const charge of ['POSTPAID_BY_HOUR', 'SPOTPAID'] as const) {
    const own = wishes.filter((wish) => wish.charge === charge && isSpecific(wish));
    if (own.length === 0) continue;
    const types = own.flatMap((wish) => wish.types ?? []);
    const answer = await call('DescribeCvmZoneInstanceConfigInfos', {
      Filters: [
        { Name: 'zone', Values: distinct(own.flatMap((wish) => wish.zones)) },
        { Name: 'instance-charge-type', Values: [charge] },
        // A size cannot be asked for, so then all types come.
        ...(own.every((wish) => wish.types) ? [{ Name: 'instance-type', Values: distinct(types) }] : []),
      ],
    });
    offers.push(...(answer.InstanceTypeQuotaSet ?? []).map(offerOf));
  }
  return offers;
};

type Quota = NonNullable<OutputOf<'DescribeCvmZoneInstanceConfigInfos'>['InstanceTypeQuotaSet']>[number];

const offerOf = (quota: Quota): InstanceOffering => {
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
  };
};

/** The offers that fulfil a wish, in the order of its types. */
export const offeringsFor = (
  wish: InstanceRequirement,
  offers: readonly InstanceOffering[],
): readonly InstanceOffering[] => {
  const here = offers.filter((offer) => offer.charge === wish.charge && wish.zones.includes(offer.zone));
  if (wish.types) return wish.types.flatMap((type) => here.filter((offer) => offer.type === type));
  const { size } = wish;
  return size ? here.filter((offer) => offer.cpu === size.CPU && offer.memory === size.Memory) : [];
};

/**
 * The most one hour of such a machine can cost, sold out or not: stock changes.
 * @returns nothing where that is not known
 */
export const highestPriceOf = (
  wish: InstanceRequirement,
  offers: readonly InstanceOffering[],
): number | undefined => {
  if (wish.bid !== undefined) return wish.bid;
  const prices = offeringsFor(wish, offers).map((offer) => offer.price);
  return prices.length === 0 || prices.includes(undefined)
    ? undefined
    : Math.max(...prices.map((price) => price ?? 0));
};

const distinct = (items: readonly string[]): string[] => [...new Set(items)];
