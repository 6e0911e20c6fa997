/** Machine types with stock and prices; occurs in answers only. */
import * as z from 'zod';
import { count, text } from './common.ts';

const flag = (description: string) => z.boolean().optional().describe(description);
const amount = (description: string) => z.number().optional().describe(description);
const nullableAmount = (description: string) => z.number().nullable().optional().describe(description);

export const InstanceCategoryItem = z.strictObject({
  InstanceCategory: text('Category, such as GENERAL or COMPUTE.'),
  InstanceFamilySet: z.array(z.string()).optional().describe('Its families, such as S5.'),
});

export const InstanceTypeConfig = z.strictObject({
  Mem: count('Memory in GB.'),
  Cpu: count('CPU cores.'),
  InstanceType: text('Type, such as S5.SMALL2.'),
  Zone: text('Zone that offers it.'),
  InstanceFamily: text('Family, such as S5.'),
});

export const StorageBlock = z.strictObject({
  Type: text('Kind of local disk: LOCAL_PRO.'),
  MinSize: count('Smallest size in GiB.'),
  MaxSize: count('Largest size in GiB.'),
});

export const Externals = z.strictObject({
  ReleaseAddress: flag('Whether its address is released.'),
  UnsupportNetworks: z.array(z.string()).optional().describe('Unsupported networks: BASIC, VPC1.0.'),
  StorageBlockAttr: StorageBlock.optional().describe('Its local hard disks.'),
});

export const LocalDiskType = z.strictObject({
  Type: text('Kind of local disk, such as LOCAL_SSD.'),
  PartitionType: text('Purpose of the disk.'),
  MinSize: count('Smallest size in GiB.'),
  MaxSize: count('Largest size in GiB.'),
  Required: text('REQUIRED: always included. OPTIONAL: can be omitted.'),
});

export const ItemPrice = z.strictObject({
  UnitPrice: amount('List price per ChargeUnit; with tiered pricing, for the first 96 hours.'),
  ChargeUnit: text('HOUR: per hour. GB: per GB of traffic.'),
  OriginalPrice: amount('List price, prepaid.'),
  DiscountPrice: amount('Discounted price, prepaid.'),
  Discount: amount('Percentage of the list price to pay: 20 means 80 % off.'),
  UnitPriceDiscount: amount('Discounted price per ChargeUnit; with tiered pricing, for the first 96 hours.'),
  UnitPriceSecondStep: amount('List price per ChargeUnit from hour 96 to 360.'),
  UnitPriceDiscountSecondStep: amount('Discounted price per ChargeUnit from hour 96 to 360.'),
  UnitPriceThirdStep: amount('List price per ChargeUnit after hour 360.'),
  UnitPriceDiscountThirdStep: amount('Discounted price per ChargeUnit after hour 360.'),
  OriginalPriceThreeYear: nullableAmount('List price of three years, prepaid.'),
  DiscountPriceThreeYear: nullableAmount('Discounted price of three years, prepaid.'),
  DiscountThreeYear: nullableAmount('Percentage of the list price to pay for three years.'),
  OriginalPriceFiveYear: nullableAmount('List price of five years, prepaid.'),
  DiscountPriceFiveYear: nullableAmount('Discounted price of five years, prepaid.'),
  DiscountFiveYear: nullableAmount('Percentage of the list price to pay for five years.'),
  OriginalPriceOneYear: nullableAmount('List price of one year, prepaid.'),
  DiscountPriceOneYear: nullableAmount('Discounted price of one year, prepaid.'),
  DiscountOneYear: nullableAmount('Percentage of the list price to pay for one year.'),
});

export const InstanceTypeQuotaItem = z.strictObject({
  Zone: text('Zone that offers it.'),
  InstanceType: text('Type, such as S5.SMALL2.'),
  InstanceChargeType: text('PREPAID, POSTPAID_BY_HOUR, CDHPAID (dedicated host) or SPOTPAID (bid).'),
  NetworkCard: count('Speed class of the network card: 25 means 25 Gbit/s.'),
  Externals: Externals.optional().describe('Further attributes.'),
  Cpu: count('CPU cores.'),
  Memory: count('Memory in GB.'),
  InstanceFamily: text('Family, such as S5.'),
  TypeName: text('Display name of the model.'),
  LocalDiskTypeList: z.array(LocalDiskType).optional().describe('Possible local disks; empty or null: none.'),
  Status: text('SELL: available. SOLD_OUT: unavailable.'),
  Price: ItemPrice.optional().describe(
    'Price: US dollars on the international site, yuan on the mainland site.',
  ),
  SoldOutReason: text('Why it is sold out.'),
  InstanceBandwidth: amount('Bandwidth of the private network in Gbit/s.'),
  InstancePps: count('Packets per second, in units of 10,000.'),
  StorageBlockAmount: count('Number of local disks.'),
  CpuType: text('Model of the processor.'),
  Gpu: count('Number of GPUs.'),
  Fpga: count('Number of FPGAs.'),
  Remark: text('Remark of the vendor.'),
  GpuCount: amount('Physical GPUs; below 1 for a share of one.'),
  Frequency: text('Clock rate of the processor.'),
  StatusCategory: text('Stock: EnoughStock, NormalStock, UnderStock (nearly sold out) or WithoutStock.'),
});
