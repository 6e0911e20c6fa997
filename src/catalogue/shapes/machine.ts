/** Settings of a virtual machine: type, disks, network, login and price. */
import * as z from 'zod';
import { coded, rule, secret } from '../action.ts';
import { bytes, ImageId, InstanceId, natural } from './common.ts';

const Encrypt = z.boolean().optional().describe('Encrypt the disk; default false.');
const DiskName = z.string().max(128).optional().describe('Display name, at most 128 characters.');

export const SystemDisk = z.strictObject({
  DiskType: z
    .string()
    .optional()
    .describe(
      'LOCAL_BASIC, LOCAL_SSD, CLOUD_BASIC, CLOUD_PREMIUM, CLOUD_SSD, CLOUD_BSSD, CLOUD_HSSD or CLOUD_TSSD; default: any in stock.',
    ),
  DiskId: z.string().optional().describe('Disk id; only in answers.'),
  DiskSize: natural().optional().describe('Size in GiB; default 50.'),
  CdcId: z.string().nullable().optional().describe('Dedicated cluster of the disk.'),
  DiskName,
  Encrypt,
  KmsKeyId: z.string().optional().describe('Encryption key: a UUID, or such as kms-abcd1234.'),
});

export const DataDisk = z.strictObject({
  DiskSize: natural().describe('Size in GiB, in steps of 10; 0: no disk. The range depends on DiskType.'),
  DiskType: z
    .string()
    .optional()
    .describe(
      'LOCAL_BASIC (default), LOCAL_SSD, CLOUD_BASIC, CLOUD_PREMIUM, CLOUD_SSD, CLOUD_BSSD, CLOUD_HSSD or CLOUD_TSSD.',
    ),
  DiskId: z.string().optional().describe('Disk id; only in answers.'),
  DeleteWithInstance: z.boolean().optional().describe('Delete the disk with its machine; default true.'),
  SnapshotId: z.string().optional().describe('Snapshot to create it from; smaller than the disk.'),
  Encrypt,
  KmsKeyId: z.string().nullable().optional().describe('Encryption key: a UUID, or such as kms-abcd1234.'),
  ThroughputPerformance: natural()
    .nullable()
    .optional()
    .describe('Extra throughput in MiB/s; for CLOUD_TSSD and CLOUD_HSSD.'),
  CdcId: z.string().nullable().optional().describe('Dedicated cluster of the disk.'),
  BurstPerformance: z.boolean().optional().describe('Burst performance; in closed beta.'),
  DiskName,
});

export const VirtualPrivateCloud = z.strictObject({
  VpcId: z
    .string()
    .describe('Network, such as vpc-xxxxxxxx; DEFAULT for both ids selects the default network.'),
  SubnetId: z.string().describe('Its subnet, such as subnet-xxxxxxxx, or DEFAULT.'),
  AsVpcGateway: z
    .boolean()
    .optional()
    .describe('Use it as public gateway of the network; requires a public address; default false.'),
  PrivateIpAddresses: z.array(z.string()).optional().describe('Private addresses in the subnet.'),
  Ipv6AddressCount: natural().optional().describe('Number of IPv6 addresses to assign.'),
});

export const InternetAccessible = z.strictObject({
  InternetChargeType: z
    .string()
    .optional()
    .describe(
      'Billing: TRAFFIC_POSTPAID_BY_HOUR, BANDWIDTH_POSTPAID_BY_HOUR, BANDWIDTH_PREPAID or BANDWIDTH_PACKAGE.',
    ),
  InternetMaxBandwidthOut: natural()
    .optional()
    .describe('Outgoing bandwidth in Mbps; default 0; the maximum depends on the machine.'),
  PublicIpAssigned: z
    .boolean()
    .optional()
    .describe('Assign a public address; default true if the bandwidth is above 0, otherwise impossible.'),
  BandwidthPackageId: z.string().optional().describe('Bandwidth package to use.'),
  InternetServiceProvider: z
    .string()
    .optional()
    .describe('Line: BGP (default); CMCC, CTCC or CUCC for permitted accounts.'),
  IPv4AddressType: z
    .string()
    .optional()
    .describe('WanIP, HighQualityEIP or AntiDDoSEIP; in some regions only.'),
  IPv6AddressType: z.string().optional().describe('EIPv6 or HighQualityEIPv6; in some regions only.'),
  AntiDDoSPackageId: z.string().optional().describe('Protection package; required for AntiDDoSEIP.'),
});

const hasKeys = (value: { KeyIds?: readonly string[] | undefined }) => (value.KeyIds?.length ?? 0) > 0;

export const LoginSettings = rule(
  z.strictObject({
    Password: secret(
      'Password: 8 to 16 characters on Linux, 12 to 16 on Windows, of several classes; generated if omitted.',
    ).optional(),
    KeyIds: z
      .array(z.string())
      .optional()
      .describe('Id of one key pair, alternative to Password; not on Windows.'),
    KeepImageLogin: z
      .enum(['TRUE', 'FALSE'])
      .optional()
      .describe('TRUE: keep the login of the image, which must be a custom image; default FALSE.'),
  }),
  {
    code: 'InvalidParameter.CvmParameters',
    text: 'Password and KeyIds are mutually exclusive.',
    holds: (login) => login.Password === undefined || !hasKeys(login),
  },
  {
    code: 'InvalidParameter.CvmParameters',
    text: 'KeepImageLogin TRUE excludes Password and KeyIds.',
    path: 'KeepImageLogin',
    holds: (login) => login.KeepImageLogin !== 'TRUE' || (login.Password === undefined && !hasKeys(login)),
  },
);

export const RunSecurityServiceEnabled = z.strictObject({
  Enabled: z.boolean().optional().describe('Install the security agent; default true.'),
});
export const RunMonitorServiceEnabled = z.strictObject({
  Enabled: z.boolean().optional().describe('Install the monitoring agent; default true.'),
});
export const RunAutomationServiceEnabled = z.strictObject({
  Enabled: z.boolean().optional().describe('Install the remote command agent (TAT); default false.'),
});

export const EnhancedService = z.strictObject({
  SecurityService: RunSecurityServiceEnabled.optional().describe('Security agent; default on.'),
  MonitorService: RunMonitorServiceEnabled.optional().describe('Monitoring agent; default on.'),
  AutomationService: RunAutomationServiceEnabled.optional().describe(
    'Remote command agent (TAT); default on for public images only.',
  ),
});

export const SpotMarketOptions = z.strictObject({
  MaxPrice: z
    .string()
    .regex(
      /^\d+(\.\d+)?$/,
      coded('InvalidParameterValue.NotFloat', 'It must be a decimal number as a string, such as "1.5".'),
    )
    .describe('Maximum price per hour, a number as a string: "1.5".'),
  SpotInstanceType: z.string().optional().describe('Request type: one-time.'),
});

export const InstanceMarketOptionsRequest = z.strictObject({
  SpotOptions: SpotMarketOptions.describe('Spot bid.'),
  MarketType: z.string().optional().describe('Market type: spot.'),
});

export const InstanceTypeOptions = z.strictObject({
  CPU: natural().describe('CPU cores.'),
  Memory: natural().describe('Memory in GB.'),
  InstanceCategories: z
    .array(z.string())
    .optional()
    .describe('Any of ALL (default), GENERAL, GENERAL_2, GENERAL_3, COMPUTE, COMPUTE_2 and COMPUTE_3.'),
});

/** Family and size separated by a dot: the form of every instance type of the vendor. */
const InstanceType = z
  .string()
  .regex(
    /^\w+(\.[\w-]+)+$/,
    coded('InvalidParameterValue.InstanceType', 'An instance type has the form S5.SMALL2.'),
  );

/** Instance types in the order in which they are tried. */
export const InstanceTypes = z
  .array(InstanceType)
  .min(1, coded('InvalidParameterValue.InstanceTypesEmpty', 'At least one instance type is required.'))
  .max(10, coded('InvalidParameterValue.LimitExceeded', 'At most 10 instance types are allowed.'))
  .refine((types) => new Set(types).size === types.length, {
    error: coded('InvalidParameterValue.InstanceTypeDuplicate', 'An instance type must not be repeated.'),
  })
  .describe('Instance types, tried in this order; at most 10.');

/** How many of several alternatives are present; some clients send an empty list for an absent one. */
const countGiven = (...alternatives: readonly unknown[]) =>
  alternatives.filter((value) => value !== undefined && !(Array.isArray(value) && value.length === 0)).length;

export const EnvData = rule(
  z.strictObject({
    InstanceType: InstanceType.optional().describe(
      'Instance type, such as S5.SMALL2; alternative to InstanceTypes and InstanceTypeOptions.',
    ),
    ImageId: ImageId.optional(),
    SystemDisk: SystemDisk.optional().describe('Disk of the operating system.'),
    DataDisks: z.array(DataDisk).optional().describe('Additional disks.'),
    VirtualPrivateCloud: VirtualPrivateCloud.optional().describe(
      'Network; alternative to Zones and VirtualPrivateClouds.',
    ),
    InternetAccessible: InternetAccessible.optional().describe('Public address and bandwidth.'),
    InstanceName: bytes(60, 'An InstanceName has at most 60 bytes.')
      .optional()
      .describe('Display name of the machines, at most 60 bytes.'),
    LoginSettings: LoginSettings.optional().describe('Login to the machines.'),
    SecurityGroupIds: z
      .array(z.string())
      .optional()
      .describe('Security groups (firewall rules) of the machines, such as sg-1a2b3c4d.'),
    EnhancedService: EnhancedService.optional().describe('Cloud agents on the machines.'),
    InstanceChargeType: z
      .enum(['POSTPAID_BY_HOUR', 'SPOTPAID'])
      .optional()
      .describe('Hourly billing (default), or spot machines, which can be reclaimed.'),
    InstanceMarketOptions: InstanceMarketOptionsRequest.optional().describe('Spot bid, for SPOTPAID.'),
    InstanceTypes: InstanceTypes.optional(),
    InstanceTypeOptions: InstanceTypeOptions.optional().describe('Selects types by CPU cores and memory.'),
    Zones: z.array(z.string()).optional().describe('Zones of the region to create machines in.'),
    VirtualPrivateClouds: z.array(VirtualPrivateCloud).optional().describe('Networks to create machines in.'),
  }),
  {
    code: 'InvalidParameterValue.ComputeEnv',
    text: 'Give at most one of InstanceType, InstanceTypes and InstanceTypeOptions.',
    path: 'InstanceType',
    holds: (data) => countGiven(data.InstanceType, data.InstanceTypes, data.InstanceTypeOptions) <= 1,
  },
  {
    code: 'InvalidParameterValue.ComputeEnv',
    text: 'Give at most one of VirtualPrivateCloud, VirtualPrivateClouds and Zones.',
    path: 'VirtualPrivateCloud',
    holds: (data) => countGiven(data.VirtualPrivateCloud, data.VirtualPrivateClouds, data.Zones) <= 1,
  },
);

export const Instance = z.strictObject({
  InstanceId,
  ImageId: ImageId.optional().describe('Image to reinstall the machine with.'),
  LoginSettings: LoginSettings.optional().describe('Login after the reinstallation.'),
});
