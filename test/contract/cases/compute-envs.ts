/** Every code of the actions on compute environments, their nodes and machine types that can be had. */
import type { World } from '../fixtures.ts';
import { byState, byText, type Case, filter, nobody, tooManyValues } from './case.ts';

const { EnvId, ComputeNodeId } = nobody;
const env = (world: World, more: object, Zone: string | undefined = world.target.zone) => ({
  Placement: { Zone },
  ComputeEnv: { EnvName: 'contract', DesiredComputeNodeCount: 0, EnvData: world.envData, ...more },
});
const data = (world: World, more: object) =>
  env(world, { EnvData: { ImageId: world.target.imageId, ...more } });
const topic = (world: World, TopicName: string, times = 1) =>
  env(world, {
    Notifications: [
      {
        TopicName,
        EventConfigs: Array.from({ length: times }, () => ({
          EventName: 'COMPUTE_ENV_CREATED',
          EventVars: [],
        })),
      },
    ],
  });
const mapping = (SourcePath: string, DestinationPath: string) => ({
  InputMappings: [{ SourcePath, DestinationPath }],
});
const twice = [{ InstanceId: 'ins-zzzzzzzz' }, { InstanceId: 'ins-zzzzzzzz' }];
const bucket = 'cos://bucket-1250000000.cos.ap-guangzhou.myqcloud.com';

const creation: Case[] = [
  ...byText('CreateComputeEnv', {
    'InvalidParameter.CvmParameters': (world) =>
      data(world, { LoginSettings: { Password: 'Aa1!aaaa', KeepImageLogin: 'TRUE' } }),
    'InvalidParameter.EnvDescriptionTooLong': (world) => env(world, { EnvDescription: 'x'.repeat(201) }),
    'InvalidParameter.EnvNameTooLong': (world) => env(world, { EnvName: 'x'.repeat(61) }),
    'InvalidParameter.ImageIdMalformed': (world) => env(world, { EnvData: { ImageId: 'image' } }),
    'InvalidParameter.NotificationEventNameDuplicate': (world) => topic(world, 'topic', 2),
    'InvalidParameter.NotificationTopicName': (world) => topic(world, '1topic'),
    'InvalidParameter.NotificationTopicNameTooLong': (world) => topic(world, 't'.repeat(65)),
    'InvalidParameterValue.ComputeEnv': (world) =>
      data(world, { InstanceType: 'S5.SMALL2', InstanceTypes: ['S5.SMALL2'] }),
    'InvalidParameterValue.InstanceType': (world) => data(world, { InstanceType: 'large' }),
    'InvalidParameterValue.LocalPath': (world) => env(world, mapping(`${bucket}/in/`, 'relative/')),
    'InvalidParameterValue.Negative': (world) => env(world, { DesiredComputeNodeCount: -1 }),
    'InvalidParameterValue.RemoteStoragePath': (world) => env(world, mapping(`${bucket}/in`, '/in/')),
    'InvalidParameterValue.RemoteStorageSchemeType': (world) => env(world, mapping('ftp://host/in/', '/in/')),
    'InvalidZone.MismatchRegion': (world) => env(world, {}, 'ap-shanghai-2'),
    'LimitExceeded.CpuQuota': (world) =>
      env(world, {
        DesiredComputeNodeCount: 2000,
        EnvData: { ...world.envData, InstanceType: 'S5.8XLARGE64' },
      }),
  }),
  ...byState('CreateComputeEnv', 'engine', {
    'InvalidParameterValue.UnavailableZone': async (world) =>
      env(world, {}, world.target.faultyZones?.unavailable),
  }),
  {
    action: 'CreateComputeEnv',
    code: 'LimitExceeded.ComputeEnvQuota',
    needs: 'engine',
    region: 'ap-seoul',
    input: async (world) => {
      for (let n = 0; n < 12; n += 1) await world.createEnv(0, 'ap-seoul-2', 'ap-seoul');
      return env(world, {}, 'ap-seoul-2');
    },
  },
];

const looks: Case[] = [
  ...byText('DescribeComputeEnvs', {
    InvalidFilter: () => filter('color', 'red'),
    'InvalidParameter.EnvIdMalformed': () => ({ EnvIds: ['env_1'] }),
    'InvalidParameter.InvalidParameterCombination': () => ({ EnvIds: [EnvId], ...filter('env-name', 'a') }),
    InvalidParameterValue: () => ({ Limit: 101 }),
    'InvalidParameterValue.InvalidFilter': () => filter('env-name'),
    'InvalidParameterValue.ResourceType': () => filter('resource-type', 'GPU'),
    'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byText('DescribeComputeEnvCreateInfos', {
    'InvalidParameter.EnvIdMalformed': () => ({ EnvIds: ['env_1'] }),
    'InvalidParameter.InvalidParameterCombination': () => ({ EnvIds: [EnvId], ...filter('env-name', 'a') }),
    InvalidParameterValue: () => filter('color', 'red'),
    'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byText('DescribeComputeEnvActivities', {
    'InvalidParameter.ComputeNodeIdMalformed': () => ({
      EnvId,
      Filters: { Name: 'compute-node-id', Values: ['ins-zzzzzzzz'] },
    }),
    UnknownParameter: () => ({ EnvId, Nonsense: 1 }),
  }),
  ...(
    [
      'DescribeComputeEnv',
      'DescribeComputeEnvCreateInfo',
      'DescribeComputeEnvActivities',
      'ModifyComputeEnv',
      'DeleteComputeEnv',
      'AttachInstances',
      'DetachInstances',
      'TerminateComputeNode',
      'TerminateComputeNodes',
    ] as const
  ).flatMap((action) => {
    const rest = {
      AttachInstances: { Instances: [{ InstanceId: 'ins-zzzzzzzz' }] },
      DetachInstances: { InstanceIds: ['ins-zzzzzzzz'] },
      TerminateComputeNode: { ComputeNodeId },
      TerminateComputeNodes: { ComputeNodeIds: [ComputeNodeId] },
    }[action as 'AttachInstances'];
    return byText(action, {
      'InvalidParameter.EnvIdMalformed': () => ({ ...rest, EnvId: 'env_1' }),
      'ResourceNotFound.ComputeEnv': () => ({ ...rest, EnvId }),
    });
  }),
];

const changes: Case[] = [
  ...byText('ModifyComputeEnv', {
    'InvalidParameter.EnvDescriptionTooLong': () => ({ EnvId, EnvDescription: 'x'.repeat(201) }),
    'InvalidParameter.EnvNameTooLong': () => ({ EnvId, EnvName: 'x'.repeat(61) }),
    'InvalidParameterValue.InstanceType': () => ({ EnvId, EnvData: { InstanceTypes: ['large'] } }),
    'InvalidParameterValue.InstanceTypeDuplicate': () => ({
      EnvId,
      EnvData: { InstanceTypes: ['S5.SMALL2', 'S5.SMALL2'] },
    }),
    'InvalidParameterValue.InstanceTypesEmpty': () => ({ EnvId, EnvData: { InstanceTypes: [] } }),
    'InvalidParameterValue.LimitExceeded': () => ({
      EnvId,
      EnvData: { InstanceTypes: Array.from({ length: 11 }, (_, index) => `S5.SMALL${index}`) },
    }),
    'InvalidParameterValue.Negative': () => ({ EnvId, DesiredComputeNodeCount: -1 }),
  }),
  ...byState('ModifyComputeEnv', 'resources', {
    'LimitExceeded.CpuQuota': async (world) => ({ EnvId: await world.env(), DesiredComputeNodeCount: 2000 }),
  }),
  ...byState('ModifyComputeEnv', 'engine', {
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest': async (world) => ({
      EnvId: await world.deletingEnv(),
      EnvName: 'a',
    }),
    'UnsupportedOperation.NotEnoughComputeNodesToTerminate': async (world) => ({
      EnvId: (await world.stuckEnv()).EnvId,
      DesiredComputeNodeCount: 0,
    }),
  }),
  ...byState('DeleteComputeEnv', 'engine', {
    'UnsupportedOperation.AcceptOtherRequest': async (world) => ({ EnvId: await world.deletingEnv() }),
    'UnsupportedOperation.ComputeNodeForbidTerminate': async (world) => ({
      EnvId: (await world.stuckEnv()).EnvId,
    }),
  }),
  ...byState('DeleteComputeEnv', 'resources', {
    'UnsupportedOperation.ComputeEnvOperation': async (world) => ({ EnvId: (await world.busyEnv()).EnvId }),
  }),
  ...byText('AttachInstances', {
    'InvalidParameterValue.InstanceIdDuplicated': () => ({ EnvId, Instances: twice }),
  }),
  ...byState('AttachInstances', 'engine', {
    'InternalError.CallCvm': async (world) => ({
      EnvId: await world.emptyEnv(),
      Instances: [{ InstanceId: 'i-1' }],
    }),
    UnsupportedOperation: async (world) => ({
      EnvId: await world.deletingEnv(),
      Instances: [{ InstanceId: 'ins-zzzzzzzz' }],
    }),
    'UnsupportedOperation.InstancesNotAllowToAttach': async (world) => ({
      EnvId: await world.emptyEnv(),
      Instances: [{ InstanceId: (await world.attachedEnv()).InstanceId }],
    }),
  }),
  ...byText('DetachInstances', {
    'InvalidParameterValue.InstanceIdDuplicated': () => ({
      EnvId,
      InstanceIds: ['ins-zzzzzzzz', 'ins-zzzzzzzz'],
    }),
    UnknownParameter: () => ({ EnvId, InstanceIds: ['ins-zzzzzzzz'], Nonsense: 1 }),
  }),
  ...byState('DetachInstances', 'engine', {
    'InternalError.CallCvm': async (world) => ({ EnvId: await world.emptyEnv(), InstanceIds: ['i-1'] }),
    UnsupportedOperation: async (world) => ({ EnvId: await world.emptyEnv(), InstanceIds: ['ins-zzzzzzzz'] }),
  }),
];

/** The two actions that end nodes differ in how they name them. */
const endings = (['TerminateComputeNode', 'TerminateComputeNodes'] as const).flatMap((action): Case[] => {
  const name = (id: string) =>
    action === 'TerminateComputeNode' ? { ComputeNodeId: id } : { ComputeNodeIds: [id] };
  return [
    ...byText(action, {
      'InvalidParameter.ComputeNodeIdMalformed': () => ({ EnvId, ...name('ins-zzzzzzzz') }),
    }),
    ...byState(action, 'resources', {
      'ResourceNotFound.ComputeNode': async (world) => ({
        EnvId: await world.emptyEnv(),
        ...name(ComputeNodeId),
      }),
    }),
    ...byState(action, 'engine', {
      'UnsupportedOperation.ComputeEnvAcceptOtherRequest': async (world) => ({
        EnvId: await world.deletingEnv(),
        ...name(ComputeNodeId),
      }),
      'UnsupportedOperation.ComputeNodeForbidTerminate': async (world) => {
        const stuck = await world.stuckEnv();
        return { EnvId: stuck.EnvId, ...name(stuck.ComputeNodeId) };
      },
      [action === 'TerminateComputeNode'
        ? 'UnsupportedOperation.ComputeEnvOperation'
        : 'UnsupportedOperation']: async (world) => {
        const attached = await world.attachedEnv();
        return { EnvId: attached.EnvId, ...name(attached.ComputeNodeId) };
      },
    }),
    ...byState(action, 'resources', {
      'UnsupportedOperation.ComputeNodeIsTerminating': async (world) => {
        const ending = await world.endingNode();
        return { EnvId: ending.EnvId, ...name(ending.ComputeNodeId) };
      },
    }),
  ];
});

const machineTypes: Case[] = (
  ['DescribeAvailableCvmInstanceTypes', 'DescribeCvmZoneInstanceConfigInfos'] as const
).flatMap((action) =>
  byText(action, {
    InvalidFilter: () => filter('color', 'red'),
    'InvalidParameterValue.InvalidFilter': () => filter('instance-family'),
    'InvalidParameterValue.LimitExceeded': () => filter('instance-family', ...tooManyValues),
    'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
  }),
);

export const computeEnvCases: readonly Case[] = [
  ...creation,
  ...looks,
  ...changes,
  ...endings,
  ...machineTypes,
  ...byText('DescribeCvmZoneInstanceConfigInfos', {
    'InvalidParameterValue.UnsupportedBatchInstanceChargeType': () =>
      filter('instance-charge-type', 'PREPAID'),
  }),
];
