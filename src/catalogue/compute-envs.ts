/** The actions on compute environments: pools of machines that persist between jobs. */
import * as z from 'zod';
import { defineAction, type Rule, rule } from './action.ts';
import * as examples from './examples/compute-envs.ts';
import {
  ClientToken,
  EnvDescription,
  EnvId,
  EnvName,
  filters,
  idsOf,
  limit,
  natural,
  Offset,
  Placement,
  Tag,
} from './shapes/common.ts';
import {
  ComputeEnvCreateInfo,
  ComputeEnvData,
  ComputeEnvView,
  ComputeNode,
  ComputeNodeMetrics,
  DesiredComputeNodeCount,
  NamedComputeEnv,
} from './shapes/compute-env.ts';
import { EnvData } from './shapes/machine.ts';
import { Notification } from './shapes/notifications.ts';
import { Authentication, InputMapping, MountDataDisk } from './shapes/storage.ts';

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

const idsOrFilters: Rule<{ readonly EnvIds?: unknown; readonly Filters?: unknown }> = {
  code: 'InvalidParameter.InvalidParameterCombination',
  text: 'EnvIds and Filters are mutually exclusive; the filter env-id can be combined with others.',
  holds: ({ EnvIds, Filters }) => EnvIds === undefined || Filters === undefined,
};

export const CreateComputeEnv = defineAction({
  title: 'Create a compute environment',
  summary: 'Creates a pool of machines that run, and cost money, until deleted; tasks use it by EnvId.',
  group: 'compute-env',
  effect: 'create',
  idempotent: false,
  creates: 'EnvId',
  unlistedArguments: ['ClientToken'],
  rate: { documented: 2 },
  input: z.strictObject({
    ComputeEnv: NamedComputeEnv.describe('The environment.'),
    Placement: Placement.describe('{Zone: ap-guangzhou-3}.'),
    ClientToken: ClientToken.optional(),
  }),
  output: z.looseObject({ EnvId: z.string().describe('Id of the new environment.') }),
  errors: [
    'InternalError',
    'InternalError.CallCam',
    'InternalError.CallCvm',
    'InternalError.CallTagAPI',
    'InvalidParameter.CvmParameters',
    'InvalidParameter.EnvDescriptionTooLong',
    'InvalidParameter.EnvNameTooLong',
    'InvalidParameter.ImageIdMalformed',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameter.NotificationEventNameDuplicate',
    'InvalidParameter.NotificationTopicName',
    'InvalidParameter.NotificationTopicNameTooLong',
    'InvalidParameterValue.ComputeEnv',
    'InvalidParameterValue.InstanceType',
    'InvalidParameterValue.InvalidDataTypeAny',
    'InvalidParameterValue.InvalidZoneMismatchRegion',
    'InvalidParameterValue.LocalPath',
    'InvalidParameterValue.Negative',
    'InvalidParameterValue.RemoteStoragePath',
    'InvalidParameterValue.RemoteStorageSchemeType',
    'InvalidParameterValue.UnavailableZone',
    'InvalidZone.MismatchRegion',
    'LimitExceeded.ComputeEnvQuota',
    'LimitExceeded.CpuQuota',
    'UnauthorizedOperation.UserNotAllowedToUseBatch',
  ],
  docs,
  examples: examples.createComputeEnv,
});

export const DescribeComputeEnvs = defineAction({
  title: 'List compute environments',
  summary: 'Lists compute environments, newest first, with node counts; FindComputeEnvs says more of each.',
  group: 'compute-env',
  effect: 'read',
  idempotent: true,
  list: 'ComputeEnvSet',
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      EnvIds: idsOf(EnvId, 'environments', 100, '; not with Filters').optional(),
      Filters: filters([
        'zone',
        'env-id',
        'env-name',
        'resource-type',
        'tag-key',
        'tag-value',
        'tag:KEY',
      ]).optional(),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    idsOrFilters,
  ),
  output: z.looseObject({
    ComputeEnvSet: z.array(ComputeEnvView).describe('The environments, newest first.'),
    TotalCount: natural().describe('Number of matches.'),
  }),
  errors: [
    'InternalError',
    'InvalidFilter',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidFilter',
    'InvalidParameterValue.ResourceType',
    'InvalidZone.MismatchRegion',
    'UnknownParameter',
  ],
  docs,
  examples: examples.describeComputeEnvs,
});

export const DescribeComputeEnv = defineAction({
  title: 'Describe a compute environment',
  summary: 'Returns one environment and its nodes: state, size, addresses, free capacity.',
  group: 'compute-env',
  effect: 'read',
  idempotent: true,
  targetArgument: 'EnvId',
  rate: { documented: 2 },
  input: z.strictObject({ EnvId }),
  output: z.looseObject({
    EnvId: z.string().describe('The environment.'),
    EnvName: z.string().describe('Its name.'),
    Placement: Placement.describe('Where it is.'),
    CreateTime: z.string().describe('When it was created, UTC.'),
    ComputeNodeSet: z.array(ComputeNode).describe('Its nodes.'),
    ComputeNodeMetrics: ComputeNodeMetrics.describe('Number of nodes in each state.'),
    DesiredComputeNodeCount: natural().describe('Desired number of nodes.'),
    EnvType: z.string().describe('MANAGED or THPC_QUEUE.'),
    ResourceType: z.string().describe('CVM: virtual machines. CPM: bare metal.'),
    NextAction: z.string().describe('DELETING during deletion; otherwise empty.'),
    AttachedComputeNodeCount: natural().describe('Number of nodes that are attached machines.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
  }),
  errors: ['InternalError', 'InvalidParameter.EnvIdMalformed', 'ResourceNotFound.ComputeEnv'],
  docs,
  examples: examples.describeComputeEnv,
});

export const DescribeComputeEnvCreateInfos = defineAction({
  title: 'List creation settings of environments',
  summary: 'Lists the settings that environments were created with.',
  group: 'compute-env',
  effect: 'read',
  idempotent: true,
  list: 'ComputeEnvCreateInfoSet',
  rate: { documented: 20 },
  input: rule(
    z.strictObject({
      EnvIds: idsOf(EnvId, 'environments', 100, '; not with Filters').optional(),
      Filters: filters(['zone', 'env-id', 'env-name'], 'InvalidParameterValue').optional(),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    idsOrFilters,
  ),
  output: z.looseObject({
    TotalCount: natural().describe('Number of matches.'),
    ComputeEnvCreateInfoSet: z.array(ComputeEnvCreateInfo).describe('The settings, newest first.'),
  }),
  errors: [
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameterValue',
    'InvalidZone.MismatchRegion',
    'UnknownParameter',
  ],
  docs,
  examples: examples.describeComputeEnvCreateInfos,
});

export const DescribeComputeEnvCreateInfo = defineAction({
  title: 'Describe creation settings of an environment',
  summary:
    'Returns the settings that one environment was created with: machines, disks, mounts, notifications.',
  group: 'compute-env',
  effect: 'read',
  idempotent: true,
  targetArgument: 'EnvId',
  rate: { documented: 2 },
  input: z.strictObject({ EnvId }),
  output: z.looseObject({
    EnvId: z.string().describe('The environment.'),
    EnvName: z.string().describe('Its name.'),
    EnvDescription: z.string().describe('Its description.'),
    EnvType: z.string().describe('MANAGED or THPC_QUEUE.'),
    EnvData: EnvData.describe('The machine settings.'),
    MountDataDisks: z.array(MountDataDisk).describe('Where data disks are mounted.'),
    InputMappings: z.array(InputMapping).describe('Remote directories mounted on every node.'),
    Authentications: z
      .array(Authentication)
      .describe('Keys for buckets; the service returns them in plain text.'),
    Notifications: z.array(Notification).describe('Topics that receive events.'),
    DesiredComputeNodeCount: natural().describe('Desired number of nodes.'),
    Tags: z.array(Tag).nullable().describe('Its tags.'),
  }),
  errors: ['InvalidParameter.EnvIdMalformed', 'ResourceNotFound.ComputeEnv'],
  docs,
  examples: examples.describeComputeEnvCreateInfo,
});

export const ModifyComputeEnv = defineAction({
  title: 'Modify a compute environment',
  summary:
    'Changes an environment. A smaller DesiredComputeNodeCount destroys nodes that the service chooses.',
  warning:
    'A smaller node count destroys nodes, with their disks and running task instances; the service chooses which.',
  group: 'compute-env',
  effect: 'change',
  idempotent: true,
  targetArgument: 'EnvId',
  destroysWith: 'DesiredComputeNodeCount',
  rate: { documented: 2 },
  input: z.strictObject({
    EnvId,
    DesiredComputeNodeCount: DesiredComputeNodeCount.optional(),
    EnvName: EnvName.optional(),
    EnvDescription: EnvDescription.optional(),
    EnvData: ComputeEnvData.optional().describe('Only {InstanceTypes}; applies to new nodes.'),
  }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InternalError.CallCpmAPI',
    'InvalidParameter.EnvDescriptionTooLong',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameter.EnvNameTooLong',
    'InvalidParameterValue.InstanceType',
    'InvalidParameterValue.InstanceTypeDuplicate',
    'InvalidParameterValue.InstanceTypesEmpty',
    'InvalidParameterValue.LimitExceeded',
    'InvalidParameterValue.Negative',
    'LimitExceeded.CpuQuota',
    'ResourceNotFound.ComputeEnv',
    'UnsupportedOperation.AcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest',
    'UnsupportedOperation.ComputeNodeForbidTerminate',
    'UnsupportedOperation.NotEnoughComputeNodesToTerminate',
  ],
  docs,
  examples: [
    {
      title: 'Grow to four nodes',
      input: { EnvId: 'env-2m8fjq4x', DesiredComputeNodeCount: 4 },
      output: { RequestId: '58e3b71c-0f9d-4a24-86c7-1d0b5e92fa63' },
    },
  ],
});

export const DeleteComputeEnv = defineAction({
  title: 'Delete a compute environment',
  summary:
    'Deletes an environment and the machines the service created for it. Wait for its jobs to end and detach attached machines first.',
  warning:
    'All machines the service created for this environment are destroyed, with the data on their disks.',
  group: 'compute-env',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'EnvId',
  alreadyDone: ['ResourceNotFound.ComputeEnv'],
  rate: { documented: 2 },
  input: z.strictObject({ EnvId }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InvalidParameter.EnvIdMalformed',
    'ResourceNotFound.ComputeEnv',
    'UnsupportedOperation',
    'UnsupportedOperation.AcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvOperation',
    'UnsupportedOperation.ComputeNodeForbidTerminate',
  ],
  docs,
  examples: [
    {
      title: 'One environment',
      input: { EnvId: 'env-2m8fjq4x' },
      output: { RequestId: 'c61f9a20-e78b-4d53-9b14-a3f07d8e25c6' },
    },
  ],
});
