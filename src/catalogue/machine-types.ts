/** The actions that list machine types, their zones, stock and prices. */
import * as z from 'zod';
import { defineAction } from './action.ts';
import * as examples from './examples/machine-types.ts';
import { filters } from './shapes/common.ts';
import { InstanceCategoryItem, InstanceTypeConfig, InstanceTypeQuotaItem } from './shapes/instance-types.ts';

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const DescribeInstanceCategories = defineAction({
  title: 'List machine categories',
  summary: 'Lists machine categories with their families.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  list: 'InstanceCategorySet',
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
  summary: 'Lists virtual machine types with CPU cores, memory and zone.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  list: 'InstanceTypeConfigSet',
  rate: { documented: 2 },
  input: z.strictObject({
    Filters: filters(['zone', 'instance-family']).optional(),
  }),
  output: z.looseObject({
    InstanceTypeConfigSet: z.array(InstanceTypeConfig).describe('The types, one entry per zone.'),
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
  title: 'List stock and prices of machines',
  summary: 'Lists virtual machine types with stock and price.',
  group: 'machine-type',
  effect: 'read',
  idempotent: true,
  list: 'InstanceTypeQuotaSet',
  rate: { documented: 5 },
  input: z.strictObject({
    Filters: filters(['zone', 'instance-family', 'instance-type', 'instance-charge-type'])
      .optional()
      .describe(
        '{Name: zone | instance-family | instance-type | instance-charge-type (POSTPAID_BY_HOUR, SPOTPAID), Values}.',
      ),
  }),
  output: z.looseObject({
    InstanceTypeQuotaSet: z
      .array(InstanceTypeQuotaItem)
      .describe('One entry per type, zone and charge type.'),
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
