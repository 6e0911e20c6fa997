/** The actions that tell which machines there are, where, and at what price. */
import * as z from 'zod';
import { defineAction } from './action.ts';
import * as examples from './examples/machine-types.ts';
import { filters } from './shapes/common.ts';
import { InstanceCategoryItem, InstanceTypeConfig, InstanceTypeQuotaItem } from './shapes/instance-types.ts';

/** Index of the vendor's pages for the product. Single pages move; the index stays. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const DescribeInstanceCategories = defineAction({
  title: 'List machine categories',
  summary:
    'Lists the categories of machines, each with its families. Use it to fill InstanceTypeOptions.InstanceCategories or to choose a family.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  rate: { documented: 20 },
  input: z.strictObject({}),
  output: z.looseObject({
    InstanceCategorySet: z.array(InstanceCategoryItem).describe('The categories.'),
  }),
  errors: ['InternalError', 'UnsupportedOperation'],
  docs,
  examples: examples.describeInstanceCategories,
});

export const DescribeAvailableCvmInstanceTypes = defineAction({
  title: 'List machine types',
  summary:
    'Lists the types of virtual machines with processors, memory and zone. Use it to choose an InstanceType by size; stock and price come from DescribeCvmZoneInstanceConfigInfos.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  rate: { documented: 2 },
  input: z.strictObject({
    Filters: filters(['zone', 'instance-family'])
      .optional()
      .describe('zone, for example ap-guangzhou-3; instance-family, for example S5.'),
  }),
  output: z.looseObject({
    InstanceTypeConfigSet: z.array(InstanceTypeConfig).describe('The types, one entry for each zone.'),
  }),
  errors: [
    'InternalError',
    'InternalError.CallCam',
    'InternalError.CallCvm',
    'InvalidFilter',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidFilter',
    'InvalidParameterValue.InvalidZoneMismatchRegion',
    'InvalidParameterValue.LimitExceeded',
    'InvalidZone.MismatchRegion',
  ],
  docs,
  examples: examples.describeAvailableCvmInstanceTypes,
});

export const DescribeCvmZoneInstanceConfigInfos = defineAction({
  title: 'Look up stock and price of machines',
  summary:
    'Lists types of virtual machines in a zone with stock, price and details. Use it before SubmitJob or CreateComputeEnv to see whether a type can be had and what it costs.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  rate: { documented: 5 },
  input: z.strictObject({
    Filters: filters(['zone', 'instance-family', 'instance-type', 'instance-charge-type'])
      .optional()
      .describe('zone, instance-family, instance-type, instance-charge-type (POSTPAID_BY_HOUR, SPOTPAID).'),
  }),
  output: z.looseObject({
    InstanceTypeQuotaSet: z
      .array(InstanceTypeQuotaItem)
      .describe('One entry for each type, zone and way to pay.'),
  }),
  errors: [
    'InternalError',
    'InternalError.CallCam',
    'InternalError.CallCvm',
    'InvalidFilter',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidFilter',
    'InvalidParameterValue.InvalidZoneMismatchRegion',
    'InvalidParameterValue.LimitExceeded',
    'InvalidParameterValue.UnsupportedBatchInstanceChargeType',
    'InvalidZone.MismatchRegion',
  ],
  docs,
  examples: examples.describeCvmZoneInstanceConfigInfos,
});
