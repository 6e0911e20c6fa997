/** Example calls of the actions on machine types, with realistic answers. */
import type { Example } from '../action.ts';

export const describeInstanceCategories: readonly Example[] = [
  {
    title: 'All categories',
    input: {},
    output: {
      InstanceCategorySet: [
        { InstanceCategory: 'GENERAL_5', InstanceFamilySet: ['S5', 'M5'] },
        { InstanceCategory: 'COMPUTE_3', InstanceFamilySet: ['C3', 'CN3'] },
      ],
      RequestId: '6cd1f48a-25b9-4e07-93fa-b0e8d5c71246',
    },
  },
];

export const describeAvailableCvmInstanceTypes: readonly Example[] = [
  {
    title: 'One family in one zone',
    input: {
      Filters: [
        { Name: 'zone', Values: ['ap-guangzhou-3'] },
        { Name: 'instance-family', Values: ['S5'] },
      ],
    },
    output: {
      InstanceTypeConfigSet: [
        { Mem: 2, Cpu: 1, InstanceType: 'S5.SMALL2', Zone: 'ap-guangzhou-3', InstanceFamily: 'S5' },
        { Mem: 4, Cpu: 2, InstanceType: 'S5.MEDIUM4', Zone: 'ap-guangzhou-3', InstanceFamily: 'S5' },
      ],
      RequestId: 'ad4e07f3-b682-4915-8c3d-70f19ab2e56d',
    },
  },
];

export const describeCvmZoneInstanceConfigInfos: readonly Example[] = [
  {
    title: 'Hourly price of one type in one zone',
    input: {
      Filters: [
        { Name: 'zone', Values: ['ap-guangzhou-3'] },
        { Name: 'instance-type', Values: ['S5.SMALL2'] },
        { Name: 'instance-charge-type', Values: ['POSTPAID_BY_HOUR'] },
      ],
    },
    output: {
      InstanceTypeQuotaSet: [
        {
          Zone: 'ap-guangzhou-3',
          InstanceType: 'S5.SMALL2',
          InstanceChargeType: 'POSTPAID_BY_HOUR',
          NetworkCard: 0,
          Externals: {},
          Cpu: 1,
          Memory: 2,
          InstanceFamily: 'S5',
          TypeName: 'Standard S5',
          LocalDiskTypeList: [],
          Status: 'SELL',
          Price: { UnitPrice: 0.24, ChargeUnit: 'HOUR' },
          InstanceBandwidth: 1.5,
          InstancePps: 30,
          Gpu: 0,
          Fpga: 0,
          GpuCount: 0,
          StatusCategory: 'EnoughStock',
        },
      ],
      RequestId: '2b90c7e5-41fd-4a68-b7e3-d5c8f06a1932',
    },
  },
];
