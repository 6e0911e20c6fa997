/** What machines there are to be had, and what they cost. All of it occurs in answers only. */
import * as z from 'zod';
import { count, text } from './common.ts';

const flag = (description: string) => z.boolean().optional().describe(description);
const amount = (description: string) => z.number().optional().describe(description);
const nullableAmount = (description: string) => z.number().nullable().optional().describe(description);

export const InstanceCategoryItem = z.strictObject({
  InstanceCategory: text('Category, as in GENERAL or COMPUTE.'),
  InstanceFamilySet: z.array(z.string()).optional().describe('Families in it, as in S5.'),
});

export const InstanceTypeConfig = z.strictObject({
  Mem: count('Memory in GB.'),
  Cpu: count('CPU cores.'),
  InstanceType: text('Type, as in S5.SMALL2.'),
  Zone: text('Zone that offers it.'),
  InstanceFamily: text('Family, as in S5.'),
});

export const StorageBlock = z.strictObject({
  Type: text('Kind of local disk: LOCAL_PRO.'),
  MinSize: count('Smallest size in GiB.'),
  MaxSize: count('Largest size in GiB.'),
});

export const Externals = z.strictObject({
  ReleaseAddress: flag('Whether its address is given back.'),
  UnsupportNetworks: z.array(z.string()).optional().describe('Networks it cannot be in: BASIC, VPC1.0.'),
  StorageBlockAttr: StorageBlock.optional().describe('Local hard disks it has.'),
});

export const LocalDiskType = z.strictObject({
  Type: text('Kind of local disk, as in LOCAL_SSD.'),
  PartitionType: text('What the disk is for.'),
  MinSize: count('Smallest size in GiB.'),
  MaxSize: count('Largest size in GiB.'),
  Required: text('REQUIRED: bought with the machine. OPTIONAL: can be left out.'),
});

export const ItemPrice = z.strictObject({
  UnitPrice: amount('List price per ChargeUnit; where there are steps, of the first 96 hours.'),
  ChargeUnit: text('HOUR: per hour. GB: per GB of traffic.'),
  OriginalPrice: amount('List price, paid ahead.'),
  DiscountPrice: amount('Price with the discount, paid ahead.'),
  Discount: amount('Percent of the list price that is left to pay: 20 means 80 % off.'),
  UnitPriceDiscount: amount(
    'Price per ChargeUnit with the discount; where there are steps, of the first 96 hours.',
  ),
  UnitPriceSecondStep: amount('List price per ChargeUnit from hour 96 to 360.'),
  UnitPriceDiscountSecondStep: amount('Price per ChargeUnit with the discount from hour 96 to 360.'),
  UnitPriceThirdStep: amount('List price per ChargeUnit after hour 360.'),
  UnitPriceDiscountThirdStep: amount('Price per ChargeUnit with the discount after hour 360.'),
  OriginalPriceThreeYear: nullableAmount('List price of three years paid ahead.'),
  DiscountPriceThreeYear: nullableAmount('Price of three years paid ahead with the discount.'),
  DiscountThreeYear: nullableAmount('Percent of the list price left to pay for three years.'),
  OriginalPriceFiveYear: nullableAmount('List price of five years paid ahead.'),
  DiscountPriceFiveYear: nullableAmount('Price of five years paid ahead with the discount.'),
  DiscountFiveYear: nullableAmount('Percent of the list price left to pay for five years.'),
  OriginalPriceOneYear: nullableAmount('List price of one year paid ahead.'),
  DiscountPriceOneYear: nullableAmount('Price of one year paid ahead with the discount.'),
  DiscountOneYear: nullableAmount('Percent of the list price left to pay for one year.'),
});

export const InstanceTypeQuotaItem = z.strictObject({
  Zone: text('Zone that offers it.'),
  InstanceType: text('Type, as in S5.SMALL2.'),
  InstanceChargeType: text('PREPAID, POSTPAID_BY_HOUR, CDHPAID (dedicated host) or SPOTPAID (bid).'),
  NetworkCard: count('Speed class of the network card: 25 means 25 Gbit/s.'),
  Externals: Externals.optional().describe('Further attributes.'),
  Cpu: count('CPU cores.'),
  Memory: count('Memory in GB.'),
  InstanceFamily: text('Family, as in S5.'),
  TypeName: text('Name of the model for people.'),
  LocalDiskTypeList: z
    .array(LocalDiskType)
    .optional()
    .describe('Local disks it can have; empty or null: none.'),
  Status: text('SELL: to be had. SOLD_OUT: not.'),
  Price: ItemPrice.optional().describe(
    'What it costs: dollars on the international site, yuan on the mainland one.',
  ),
  SoldOutReason: text('Why it is sold out.'),
  InstanceBandwidth: amount('Bandwidth of the private network in Gbit/s.'),
  InstancePps: count('Packets per second, in units of 10,000.'),
  StorageBlockAmount: count('Number of local disks.'),
  CpuType: text('Model of the processor.'),
  Gpu: count('Number of GPUs.'),
  Fpga: count('Number of FPGAs.'),
  Remark: text('What else the vendor says about it.'),
  GpuCount: amount('Physical GPUs; below 1 for a share of one.'),
  Frequency: text('Clock rate of the processor.'),
  StatusCategory: text('Stock: EnoughStock, NormalStock, UnderStock (nearly sold out) or WithoutStock.'),
});
