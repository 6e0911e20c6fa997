/** The machines the engine says there are, over the wire. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine({ zoneConditions: { 'ap-guangzhou-7': 'sold-out' } });
});
afterAll(async () => {
  expect(engine.defects).toEqual([]);
  await engine.stop();
});

const filter = (filters: Record<string, string | string[]>) => ({
  Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value].flat() })),
});

test('the instance categories contain every listed family', async () => {
  expect((await engine.call('DescribeInstanceCategories')).response).toEqual({
    InstanceCategorySet: [
      { InstanceCategory: 'GENERAL_3', InstanceFamilySet: ['S5', 'M5', 'SA2'] },
      { InstanceCategory: 'COMPUTE_3', InstanceFamilySet: ['C5'] },
      { InstanceCategory: 'GENERAL_2', InstanceFamilySet: ['S2'] },
    ],
  });
});

test('the types of a family have the vendor’s names, with the cores and memory of these names', async () => {
  const { response } = await engine.call(
    'DescribeAvailableCvmInstanceTypes',
    filter({ zone: 'ap-guangzhou-3', 'instance-family': 'M5' }),
  );
  expect(response.InstanceTypeConfigSet).toEqual(
    [
      ['M5.SMALL8', 1, 8],
      ['M5.MEDIUM16', 2, 16],
      ['M5.LARGE32', 4, 32],
      ['M5.2XLARGE64', 8, 64],
      ['M5.4XLARGE128', 16, 128],
      ['M5.8XLARGE256', 32, 256],
    ].map(([InstanceType, Cpu, Mem]) => ({
      Mem,
      Cpu,
      InstanceType,
      Zone: 'ap-guangzhou-3',
      InstanceFamily: 'M5',
    })),
  );
});

test('every region has the zones one to seven', async () => {
  for (const region of ['ap-guangzhou', 'na-siliconvalley', 'eu-frankfurt']) {
    const { response } = await engine.call(
      'DescribeAvailableCvmInstanceTypes',
      filter({ 'instance-family': 'C5' }),
      { region },
    );
    const zones = new Set((response.InstanceTypeConfigSet as { Zone: string }[]).map((type) => type.Zone));
    expect([...zones]).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `${region}-${number}`));
  }
});

test('a stock entry has a price, a state and the capacity of this machine', async () => {
  const { response } = await engine.call(
    'DescribeCvmZoneInstanceConfigInfos',
    filter({ zone: 'ap-guangzhou-3', 'instance-type': 'S5.LARGE8', 'instance-charge-type': 'SPOTPAID' }),
  );
  expect(response.InstanceTypeQuotaSet).toEqual([
    {
      Zone: 'ap-guangzhou-3',
      InstanceType: 'S5.LARGE8',
      InstanceChargeType: 'SPOTPAID',
      NetworkCard: 0,
      Externals: {},
      Cpu: 4,
      Memory: 8,
      InstanceFamily: 'S5',
      TypeName: 'Standard S5',
      LocalDiskTypeList: [],
      Status: 'SELL',
      Price: { UnitPrice: 0.48, ChargeUnit: 'HOUR', Discount: 20, UnitPriceDiscount: 0.096 },
      SoldOutReason: '',
      InstanceBandwidth: 1.5,
      InstancePps: 40,
      StorageBlockAmount: 0,
      CpuType: 'Intel Xeon Cascade Lake 8255C',
      Gpu: 0,
      Fpga: 0,
      Remark: 'Runs on a slot of this machine, which has 4 cores and 8 GiB.',
      GpuCount: 0,
      Frequency: '2.5GHz/3.1GHz',
      StatusCategory: 'EnoughStock',
    },
  ]);
});

test('stock is EnoughStock for what this machine has, UnderStock beyond it, WithoutStock in a sold-out zone', async () => {
  const stockOf = async (zone: string, type: string) => {
    const { response } = await engine.call(
      'DescribeCvmZoneInstanceConfigInfos',
      filter({ zone, 'instance-type': type, 'instance-charge-type': 'POSTPAID_BY_HOUR' }),
    );
    return (response.InstanceTypeQuotaSet as { Status: string; StatusCategory: string }[]).map(
      ({ Status, StatusCategory }) => [Status, StatusCategory],
    );
  };
  expect(await stockOf('ap-guangzhou-1', 'S5.LARGE8')).toEqual([['SELL', 'EnoughStock']]);
  expect(await stockOf('ap-guangzhou-1', 'S5.2XLARGE16')).toEqual([['SELL', 'UnderStock']]);
  expect(await stockOf('ap-guangzhou-7', 'S5.LARGE8')).toEqual([['SOLD_OUT', 'WithoutStock']]);
});

test.each([
  [{ zone: 'ap-guangzhou-9' }, 'InvalidZone.MismatchRegion'],
  [{ zone: 'nowhere' }, 'InvalidZone.MismatchRegion'],
  [{ zone: 'ap-shanghai-2' }, 'InvalidZone.MismatchRegion'],
  [{ color: 'red' }, 'InvalidFilter'],
  [{ zone: [] }, 'InvalidParameterValue.InvalidFilter'],
  [{ 'instance-family': Array.from({ length: 101 }, () => 'S5') }, 'InvalidParameterValue.LimitExceeded'],
  [{ 'instance-charge-type': 'PREPAID' }, 'InvalidParameterValue.UnsupportedBatchInstanceChargeType'],
])('stock with the filter %j is refused with %s', async (filters, code) => {
  expect((await engine.call('DescribeCvmZoneInstanceConfigInfos', filter(filters))).code).toBe(code);
});
