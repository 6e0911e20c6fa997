/** A virtual machine to be made: its type, disks, network, login and price. */
import * as z from 'zod';
import { coded, rule, secret } from '../action.ts';
import { bytes, ImageId, InstanceId, natural } from './common.ts';

const Encrypt = z.boolean().optional().describe('Encrypt the disk; default false.');
const DiskName = z.string().max(128).optional().describe('Name for people, at most 128 characters.');

export const SystemDisk = z.strictObject({
  DiskType: z
    .string()
    .optional()
    .describe(
      'LOCAL_BASIC, LOCAL_SSD, CLOUD_BASIC, CLOUD_PREMIUM, CLOUD_SSD, CLOUD_BSSD, CLOUD_HSSD or CLOUD_TSSD; default: one in stock.',
    ),
  DiskId: z.string().optional().describe('The disk; only in answers.'),
  DiskSize: natural().optional().describe('Size in GiB; default 50.'),
  CdcId: z.string().nullable().optional().describe('Dedicated cluster to take it from.'),
  DiskName,
  Encrypt,
  KmsKeyId: z.string().optional().describe('Your key for it: a UUID, or as in kms-abcd1234.'),
});

export const DataDisk = z.strictObject({
  DiskSize: natural().describe('Size in GiB, in steps of 10; 0: no disk. The range depends on DiskType.'),
  DiskType: z
    .string()
    .optional()
    .describe(
      'LOCAL_BASIC (default), LOCAL_SSD, CLOUD_BASIC, CLOUD_PREMIUM, CLOUD_SSD, CLOUD_BSSD, CLOUD_HSSD or CLOUD_TSSD.',
    ),
  DiskId: z.string().optional().describe('The disk; only in answers.'),
  DeleteWithInstance: z.boolean().optional().describe('Delete the disk with its machine; default true.'),
  SnapshotId: z.string().optional().describe('Snapshot to fill it from; smaller than the disk.'),
  Encrypt,
  KmsKeyId: z.string().nullable().optional().describe('Your key for it: a UUID, or as in kms-abcd1234.'),
  ThroughputPerformance: natural()
    .nullable()
    .optional()
    .describe('Extra throughput in MiB/s; for CLOUD_TSSD and CLOUD_HSSD.'),
  CdcId: z.string().nullable().optional().describe('Dedicated cluster to take it from.'),
  BurstPerformance: z.boolean().optional().describe('Let it run faster for short times; in closed beta.'),
  DiskName,
});

export const VirtualPrivateCloud = z.strictObject({
  VpcId: z.string().describe('Network, as in vpc-xxxxxxxx; DEFAULT for both ids takes the default network.'),
  SubnetId: z.string().describe('Subnet in it, as in subnet-xxxxxxxx, or DEFAULT.'),
  AsVpcGateway: z
    .boolean()
    .optional()
    .describe('Make it the public gateway of the network; needs a public address; default false.'),
  PrivateIpAddresses: z.array(z.string()).optional().describe('Addresses to take in the subnet.'),
  Ipv6AddressCount: natural().optional().describe('How many IPv6 addresses to assign.'),
});

export const InternetAccessible = z.strictObject({
  InternetChargeType: z
    .string()
    .optional()
    .describe(
      'Payment: TRAFFIC_POSTPAID_BY_HOUR, BANDWIDTH_POSTPAID_BY_HOUR, BANDWIDTH_PREPAID or BANDWIDTH_PACKAGE.',
    ),
  InternetMaxBandwidthOut: natural()
    .optional()
    .describe('Outgoing bandwidth in Mbps; default 0; the most depends on the machine.'),
  PublicIpAssigned: z
    .boolean()
    .optional()
    .describe('Give a public address; default true when the bandwidth is above 0, else impossible.'),
  BandwidthPackageId: z.string().optional().describe('Bandwidth package to use.'),
  InternetServiceProvider: z
    .string()
    .optional()
    .describe('Line: BGP (default); CMCC, CTCC or CUCC for accounts that may.'),
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
      'Password: 8 to 16 characters on Linux, 12 to 16 on Windows, of several kinds; made up when absent.',
    ).optional(),
    KeyIds: z
      .array(z.string())
      .optional()
      .describe('Id of the one key pair to log in with instead; not on Windows.'),
    KeepImageLogin: z
      .enum(['TRUE', 'FALSE'])
      .optional()
      .describe('TRUE: keep the login of the image, which must be your own; default FALSE.'),
  }),
  {
    code: 'InvalidParameter.CvmParameters',
    text: 'Password and KeyIds exclude each other.',
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
  SecurityService: RunSecurityServiceEnabled.optional().describe('Security agent; on when absent.'),
  MonitorService: RunMonitorServiceEnabled.optional().describe('Monitoring agent; on when absent.'),
  AutomationService: RunAutomationServiceEnabled.optional().describe(
    'Remote command agent (TAT); when absent, on for public images only.',
  ),
});

export const SpotMarketOptions = z.strictObject({
  MaxPrice: z
    .string()
    .regex(
      /^\d+(\.\d+)?$/,
      coded('InvalidParameterValue.NotFloat', 'It must be a number written as text, as in "1.5".'),
    )
    .describe('Highest price per hour you pay, a number as text: "1.5".'),
  SpotInstanceType: z.string().optional().describe('Kind of request: one-time.'),
});

export const InstanceMarketOptionsRequest = z.strictObject({
  SpotOptions: SpotMarketOptions.describe('The bid.'),
  MarketType: z.string().optional().describe('Kind of market: spot.'),
});

export const InstanceTypeOptions = z.strictObject({
  CPU: natural().describe('CPU cores.'),
  Memory: natural().describe('Memory in GB.'),
  InstanceCategories: z
    .array(z.string())
    .optional()
    .describe('Out of ALL (default), GENERAL, GENERAL_2, GENERAL_3, COMPUTE, COMPUTE_2 and COMPUTE_3.'),
});

/** Family and size with a dot between: the one thing that all of the vendor's types share. */
const InstanceType = z
  .string()
  .regex(
    /^\w+(\.[\w-]+)+$/,
    coded('InvalidParameterValue.InstanceType', 'An instance type looks like S5.SMALL2.'),
  );

/** Types in the order in which they are tried. */
export const InstanceTypes = z
  .array(InstanceType)
  .min(1, coded('InvalidParameterValue.InstanceTypesEmpty', 'Name at least one instance type.'))
  .max(10, coded('InvalidParameterValue.LimitExceeded', 'There are at most 10 instance types.'))
  .refine((types) => new Set(types).size === types.length, {
    error: coded('InvalidParameterValue.InstanceTypeDuplicate', 'Each instance type stands once.'),
  })
  .describe('Instance types, tried in this order until one can be made; at most 10.');

/** How many of several alternatives are given; an empty list is what some clients send for none. */
const given = (...alternatives: readonly unknown[]) =>
  alternatives.filter((value) => value !== undefined && !(Array.isArray(value) && value.length === 0)).length;

export const EnvData = rule(
  z.strictObject({
    InstanceType: InstanceType.optional().describe(
      'Instance type, as in S5.SMALL2; or else InstanceTypes or InstanceTypeOptions.',
    ),
    ImageId: ImageId.optional(),
    SystemDisk: SystemDisk.optional().describe('Disk of the operating system.'),
    DataDisks: z.array(DataDisk).optional().describe('More disks.'),
    VirtualPrivateCloud: VirtualPrivateCloud.optional().describe(
      'Network; or else Zones or VirtualPrivateClouds.',
    ),
    InternetAccessible: InternetAccessible.optional().describe('Public address and bandwidth.'),
    InstanceName: bytes(60, 'An InstanceName has at most 60 bytes.')
      .optional()
      .describe('Name of the machines for people, at most 60 bytes.'),
    LoginSettings: LoginSettings.optional().describe('How to log in to the machines.'),
    SecurityGroupIds: z
      .array(z.string())
      .optional()
      .describe('Security groups (firewall rules) of the machines, as in sg-1a2b3c4d.'),
    EnhancedService: EnhancedService.optional().describe('Agents of the cloud on the machines.'),
    InstanceChargeType: z
      .enum(['POSTPAID_BY_HOUR', 'SPOTPAID'])
      .optional()
      .describe('Pay by the hour (default), or bid for spare machines, which can be taken away.'),
    InstanceMarketOptions: InstanceMarketOptionsRequest.optional().describe('The bid, for SPOTPAID.'),
    InstanceTypes: InstanceTypes.optional(),
    InstanceTypeOptions: InstanceTypeOptions.optional().describe(
      'Any type with this many cores and this much memory.',
    ),
    Zones: z.array(z.string()).optional().describe('Zones of the region to make machines in.'),
    VirtualPrivateClouds: z.array(VirtualPrivateCloud).optional().describe('Networks to make machines in.'),
  }),
  {
    code: 'InvalidParameterValue.ComputeEnv',
    text: 'Give at most one of InstanceType, InstanceTypes and InstanceTypeOptions.',
    path: 'InstanceType',
    holds: (data) => given(data.InstanceType, data.InstanceTypes, data.InstanceTypeOptions) <= 1,
  },
  {
    code: 'InvalidParameterValue.ComputeEnv',
    text: 'Give at most one of VirtualPrivateCloud, VirtualPrivateClouds and Zones.',
    path: 'VirtualPrivateCloud',
    holds: (data) => given(data.VirtualPrivateCloud, data.VirtualPrivateClouds, data.Zones) <= 1,
  },
);

export const Instance = z.strictObject({
  InstanceId,
  ImageId: ImageId.optional().describe('Image the machine is installed with again.'),
  LoginSettings: LoginSettings.optional().describe('How to log in to it afterwards.'),
});
