/** The actions that list machine types: this machine, described as the vendor's instance types. */
import { type RegionName, regions } from '../../catalogue/regions.ts';
import type { ZoneCondition } from '../model/compute-node.ts';
import { type FilterView, passes, valuesOfFilter } from '../model/filters.ts';
import {
  type InstanceType,
  instanceCategories,
  instanceTypes,
  spotDiscount,
} from '../model/instance-types.ts';
import { isZoneOf, zoneMessage } from '../model/zones.ts';
import type { Handler, HandlerContext } from './handler.ts';

const DescribeInstanceCategories: Handler<'DescribeInstanceCategories'> = () => ({
  InstanceCategorySet: instanceCategories.map(({ category, families }) => ({
    InstanceCategory: category,
    InstanceFamilySet: [...families],
  })),
});

const DescribeAvailableCvmInstanceTypes: Handler<'DescribeAvailableCvmInstanceTypes'> = (
  input,
  { region },
  refuse,
) => {
  const zones = zonesOf(input.Filters, region, refuse);
  const types = instanceTypes.filter((type) => passes(withoutZone(input.Filters), readerOf(type)));
  return {
    InstanceTypeConfigSet: zones.flatMap((Zone) =>
      types.map((type) => ({
        Mem: type.memory,
        Cpu: type.cpu,
        InstanceType: type.name,
        Zone,
        InstanceFamily: type.family.name,
      })),
    ),
  };
};

/** The charge types that BatchCompute supports. */
const chargeTypes = ['POSTPAID_BY_HOUR', 'SPOTPAID'] as const;

const DescribeCvmZoneInstanceConfigInfos: Handler<'DescribeCvmZoneInstanceConfigInfos'> = (
  input,
  context,
  refuse,
) => {
  const zones = zonesOf(input.Filters, context.region, refuse);
  for (const charge of valuesOfFilter(input.Filters, 'instance-charge-type')) {
    if (!chargeTypes.some((known) => known === charge)) {
      refuse('InvalidParameterValue.UnsupportedBatchInstanceChargeType');
    }
  }
  const filters = withoutZone(input.Filters);
  return {
    InstanceTypeQuotaSet: zones.flatMap((zone) =>
      instanceTypes.flatMap((type) =>
        chargeTypes
          .filter((charge) => passes(filters, readerOf(type, charge)))
          .map((charge) => quotaItemOf(type, charge, zone, context)),
      ),
    ),
  };
};

/** The zones that the filters select, each checked; all of the region without a filter. */
const zonesOf = (
  filters: readonly FilterView[] | undefined,
  region: string,
  refuse: (code: 'InvalidZone.MismatchRegion', message: string) => never,
): readonly string[] => {
  // The region was validated before the handler.
  const own = regions[region as RegionName].zones;
  for (const zone of valuesOfFilter(filters, 'zone')) {
    if (!isZoneOf(zone, region)) refuse('InvalidZone.MismatchRegion', zoneMessage(zone, region));
  }
  const zoneFilters = filters?.filter((filter) => filter.Name === 'zone');
  return own.filter((zone) => passes(zoneFilters, () => zone));
};

const withoutZone = (filters: readonly FilterView[] | undefined) =>
  filters?.filter((filter) => filter.Name !== 'zone');

const readerOf =
  (type: InstanceType, charge?: string) =>
  (name: string): string | undefined => {
    switch (name) {
      case 'instance-family':
        return type.family.name;
      case 'instance-type':
        return type.name;
      case 'instance-charge-type':
        return charge;
      default:
        return undefined;
    }
  };

const quotaItemOf = (
  type: InstanceType,
  charge: (typeof chargeTypes)[number],
  zone: string,
  { settings }: HandlerContext,
) => {
  const condition: ZoneCondition = settings.zoneConditions[zone] ?? 'open';
  const isSold = condition === 'open' || condition === 'stuck';
  const hourly = round(type.cpu * type.family.pricePerCore);
  const isSpot = charge === 'SPOTPAID';
  return {
    Zone: zone,
    InstanceType: type.name,
    InstanceChargeType: charge,
    NetworkCard: 0,
    Externals: {},
    Cpu: type.cpu,
    Memory: type.memory,
    InstanceFamily: type.family.name,
    TypeName: `${type.family.kind} ${type.family.name}`,
    LocalDiskTypeList: [],
    Status: isSold ? 'SELL' : 'SOLD_OUT',
    Price: {
      UnitPrice: hourly,
      ChargeUnit: 'HOUR',
      Discount: isSpot ? spotDiscount : 100,
      UnitPriceDiscount: isSpot ? round((hourly * spotDiscount) / 100) : hourly,
    },
    SoldOutReason: isSold ? '' : 'The fault plan of this engine declares the zone sold out.',
    InstanceBandwidth: Math.max(1.5, type.cpu / 4),
    InstancePps: type.cpu * 10,
    StorageBlockAmount: 0,
    CpuType: type.family.processor,
    Gpu: 0,
    Fpga: 0,
    Remark: `Runs on a slot of this machine, which has ${settings.machine.cpu} cores and ${settings.machine.memoryGiB} GiB.`,
    GpuCount: 0,
    Frequency: type.family.frequency,
    StatusCategory: isSold ? stockOf(type, settings.machine) : 'WithoutStock',
  };
};

/** Enough of what this machine really has, little of anything larger. */
const stockOf = (
  type: InstanceType,
  machine: { readonly cpu: number; readonly memoryGiB: number },
): string => (type.cpu <= machine.cpu && type.memory <= machine.memoryGiB ? 'EnoughStock' : 'UnderStock');

const round = (price: number): number => Math.round(price * 1000) / 1000;

export const machineTypeHandlers = {
  DescribeInstanceCategories,
  DescribeAvailableCvmInstanceTypes,
  DescribeCvmZoneInstanceConfigInfos,
};
