/** The error codes that can be provoked for actions on compute environments, nodes and machine types. */
import type { Fixtures } from '../fixtures.ts';
import { byInput, byState, type Case, filter, tooManyValues, unknown } from './case.ts';

const { EnvId, ComputeNodeId } = unknown;
const env = (fixtures: Fixtures, more: object, Zone: string | undefined = fixtures.target.zone) => ({
  Placement: { Zone },
  ComputeEnv: { EnvName: 'contract', DesiredComputeNodeCount: 0, EnvData: fixtures.envData, ...more },
});
const data = (fixtures: Fixtures, more: object) =>
  env(fixtures, { EnvData: { ImageId: fixtures.target.imageId, ...more } });
const topic = (fixtures: Fixtures, TopicName: string, times = 1) =>
  env(fixtures, {
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
  ...byInput('CreateComputeEnv', {
    'InvalidParameter.CvmParameters': (fixtures) =>
      data(fixtures, { LoginSettings: { Password: 'Aa1!aaaa', KeepImageLogin: 'TRUE' } }),
    'InvalidParameter.EnvDescriptionTooLong': (fixtures) =>
      env(fixtures, { EnvDescription: 'x'.repeat(201) }),
    'InvalidParameter.EnvNameTooLong': (fixtures) => env(fixtures, { EnvName: 'x'.repeat(61) }),
    'InvalidParameter.ImageIdMalformed': (fixtures) => env(fixtures, { EnvData: { ImageId: 'image' } }),
    'InvalidParameter.NotificationEventNameDuplicate': (fixtures) => topic(fixtures, 'topic', 2),
    'InvalidParameter.NotificationTopicName': (fixtures) => topic(fixtures, '1topic'),
    'InvalidParameter.NotificationTopicNameTooLong': (fixtures) => topic(fixtures, 't'.repeat(65)),
    'InvalidParameterValue.ComputeEnv': (fixtures) =>
      data(fixtures, { InstanceType: 'S5.SMALL2', InstanceTypes: ['S5.SMALL2'] }),
    'InvalidParameterValue.InstanceType': (fixtures) => data(fixtures, { InstanceType: 'large' }),
    'InvalidParameterValue.LocalPath': (fixtures) => env(fixtures, mapping(`${bucket}/in/`, 'relative/')),
    'InvalidParameterValue.Negative': (fixtures) => env(fixtures, { DesiredComputeNodeCount: -1 }),
    'InvalidParameterValue.RemoteStoragePath': (fixtures) => env(fixtures, mapping(`${bucket}/in`, '/in/')),
    'InvalidParameterValue.RemoteStorageSchemeType': (fixtures) =>
      env(fixtures, mapping('ftp://host/in/', '/in/')),
    'InvalidZone.MismatchRegion': (fixtures) => env(fixtures, {}, 'ap-shanghai-2'),
    'LimitExceeded.CpuQuota': (fixtures) =>
      env(fixtures, {
        DesiredComputeNodeCount: 2000,
        EnvData: { ...fixtures.envData, InstanceType: 'S5.8XLARGE64' },
      }),
  }),
  ...byState('CreateComputeEnv', 'engine', {
    'InvalidParameterValue.UnavailableZone': async (fixtures) =>
      env(fixtures, {}, fixtures.target.faultyZones?.unavailable),
  }),
  {
    action: 'CreateComputeEnv',
    code: 'LimitExceeded.ComputeEnvQuota',
    needs: 'engine',
    region: 'ap-seoul',
    input: async (fixtures) => {
      for (let n = 0; n < 12; n += 1) await fixtures.createEnv(0, 'ap-seoul-2', 'ap-seoul');
      return env(fixtures, {}, 'ap-seoul-2');
    },
  },
];

const looks: Case[] = [
  ...byInput('DescribeComputeEnvs', {
    InvalidFilter: () => filter('color', 'red'),
    'InvalidParameter.EnvIdMalformed': () => ({ EnvIds: ['env_1'] }),
    'InvalidParameter.InvalidParameterCombination': () => ({ EnvIds: [EnvId], ...filter('env-name', 'a') }),
    InvalidParameterValue: () => ({ Limit: 101 }),
    'InvalidParameterValue.InvalidFilter': () => filter('env-name'),
    'InvalidParameterValue.ResourceType': () => filter('resource-type', 'GPU'),
    'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byInput('DescribeComputeEnvCreateInfos', {
    'InvalidParameter.EnvIdMalformed': () => ({ EnvIds: ['env_1'] }),
    'InvalidParameter.InvalidParameterCombination': () => ({ EnvIds: [EnvId], ...filter('env-name', 'a') }),
    InvalidParameterValue: () => filter('color', 'red'),
    'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byInput('DescribeComputeEnvActivities', {
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
    return byInput(action, {
      'InvalidParameter.EnvIdMalformed': () => ({ ...rest, EnvId: 'env_1' }),
      'ResourceNotFound.ComputeEnv': () => ({ ...rest, EnvId }),
    });
  }),
];

const changes: Case[] = [
  ...byInput('ModifyComputeEnv', {
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
    'LimitExceeded.CpuQuota': async (fixtures) => ({
      EnvId: await fixtures.env(),
      DesiredComputeNodeCount: 2000,
    }),
  }),
  ...byState('ModifyComputeEnv', 'engine', {
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest': async (fixtures) => ({
      EnvId: await fixtures.deletingEnv(),
      EnvName: 'a',
    }),
    'UnsupportedOperation.NotEnoughComputeNodesToTerminate': async (fixtures) => ({
      EnvId: (await fixtures.stuckEnv()).EnvId,
      DesiredComputeNodeCount: 0,
    }),
  }),
  ...byState('DeleteComputeEnv', 'engine', {
    'UnsupportedOperation.AcceptOtherRequest': async (fixtures) => ({ EnvId: await fixtures.deletingEnv() }),
    'UnsupportedOperation.ComputeNodeForbidTerminate': async (fixtures) => ({
      EnvId: (await fixtures.stuckEnv()).EnvId,
    }),
  }),
  ...byState('DeleteComputeEnv', 'resources', {
    'UnsupportedOperation.ComputeEnvOperation': async (fixtures) => ({
      EnvId: (await fixtures.busyEnv()).EnvId,
    }),
  }),
  ...byInput('AttachInstances', {
    'InvalidParameterValue.InstanceIdDuplicated': () => ({ EnvId, Instances: twice }),
  }),
  ...byState('AttachInstances', 'engine', {
    'InternalError.CallCvm': async (fixtures) => ({
      EnvId: await fixtures.emptyEnv(),
      Instances: [{ InstanceId: 'i-1' }],
    }),
    UnsupportedOperation: async (fixtures) => ({
      EnvId: await fixtures.deletingEnv(),
      Instances: [{ InstanceId: 'ins-zzzzzzzz' }],
    }),
    'UnsupportedOperation.InstancesNotAllowToAttach': async (fixtures) => ({
      EnvId: await fixtures.emptyEnv(),
      Instances: [{ InstanceId: (await fixtures.attachedEnv()).InstanceId }],
    }),
  }),
  ...byInput('DetachInstances', {
    'InvalidParameterValue.InstanceIdDuplicated': () => ({
      EnvId,
      InstanceIds: ['ins-zzzzzzzz', 'ins-zzzzzzzz'],
    }),
    UnknownParameter: () => ({ EnvId, InstanceIds: ['ins-zzzzzzzz'], Nonsense: 1 }),
  }),
  ...byState('DetachInstances', 'engine', {
    'InternalError.CallCvm': async (fixtures) => ({ EnvId: await fixtures.emptyEnv(), InstanceIds: ['i-1'] }),
    UnsupportedOperation: async (fixtures) => ({
      EnvId: await fixtures.emptyEnv(),
      InstanceIds: ['ins-zzzzzzzz'],
    }),
  }),
];

/** The two actions that terminate nodes differ in the argument that names them. */
const endings = (['TerminateComputeNode', 'TerminateComputeNodes'] as const).flatMap((action): Case[] => {
  const name = (id: string) =>
    action === 'TerminateComputeNode' ? { ComputeNodeId: id } : { ComputeNodeIds: [id] };
  return [
    ...byInput(action, {
      'InvalidParameter.ComputeNodeIdMalformed': () => ({ EnvId, ...name('ins-zzzzzzzz') }),
    }),
    ...byState(action, 'resources', {
      'ResourceNotFound.ComputeNode': async (fixtures) => ({
        EnvId: await fixtures.emptyEnv(),
        ...name(ComputeNodeId),
      }),
    }),
    ...byState(action, 'engine', {
      'UnsupportedOperation.ComputeEnvAcceptOtherRequest': async (fixtures) => ({
        EnvId: await fixtures.deletingEnv(),
        ...name(ComputeNodeId),
      }),
      'UnsupportedOperation.ComputeNodeForbidTerminate': async (fixtures) => {
        const stuck = await fixtures.stuckEnv();
        return { EnvId: stuck.EnvId, ...name(stuck.ComputeNodeId) };
      },
      [action === 'TerminateComputeNode'
        ? 'UnsupportedOperation.ComputeEnvOperation'
        : 'UnsupportedOperation']: async (fixtures) => {
        const attached = await fixtures.attachedEnv();
        return { EnvId: attached.EnvId, ...name(attached.ComputeNodeId) };
      },
    }),
    ...byState(action, 'resources', {
      'UnsupportedOperation.ComputeNodeIsTerminating': async (fixtures) => {
        const ending = await fixtures.endingNode();
        return { EnvId: ending.EnvId, ...name(ending.ComputeNodeId) };
      },
    }),
  ];
});

const machineTypes: Case[] = (
  ['DescribeAvailableCvmInstanceTypes', 'DescribeCvmZoneInstanceConfigInfos'] as const
).flatMap((action) =>
  byInput(action, {
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
  ...byInput('DescribeCvmZoneInstanceConfigInfos', {
    'InvalidParameterValue.UnsupportedBatchInstanceChargeType': () =>
      filter('instance-charge-type', 'PREPAID'),
  }),
];
