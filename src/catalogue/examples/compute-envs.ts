/** Example calls of the actions on compute environments, with realistic answers. */
import type { Example } from '../action.ts';

const machines = {
  InstanceTypes: ['S5.MEDIUM4', 'S5.LARGE8'],
  ImageId: 'img-eb30mz89',
  SystemDisk: { DiskType: 'CLOUD_PREMIUM', DiskSize: 50 },
};
const mounts = [
  { SourcePath: 'cos://input-1250000000.cos.ap-guangzhou.myqcloud.com/', DestinationPath: '/mnt/input/' },
];
const counts = {
  SubmittedCount: 0,
  CreatingCount: 0,
  CreationFailedCount: 0,
  CreatedCount: 0,
  RunningCount: 2,
  DeletingCount: 0,
  AbnormalCount: 0,
};
const nodeOf = (id: string, instance: string, address: string, free: number) => ({
  ComputeNodeId: id,
  ComputeNodeInstanceId: instance,
  ComputeNodeState: 'RUNNING',
  Cpu: 2,
  Mem: 4,
  ResourceCreatedTime: '2024-03-11T07:02:17Z',
  TaskInstanceNumAvailable: free,
  AgentVersion: '1.1.9',
  PrivateIpAddresses: [address],
  PublicIpAddresses: [],
  ResourceType: 'CVM',
  ResourceOrigin: 'BATCH_CREATED',
});
const settings = {
  EnvId: 'env-2m8fjq4x',
  EnvName: 'render-farm',
  EnvDescription: 'Machines for the render team',
  EnvType: 'MANAGED',
  EnvData: machines,
  MountDataDisks: [],
  InputMappings: mounts,
  Authentications: [],
  Notifications: [],
  DesiredComputeNodeCount: 2,
  Tags: [{ Key: 'team', Value: 'film' }],
};

export const createComputeEnv: readonly Example[] = [
  {
    title: 'Two machines that mount a bucket',
    input: {
      ComputeEnv: {
        EnvName: 'render-farm',
        EnvDescription: 'Machines for the render team',
        EnvType: 'MANAGED',
        EnvData: machines,
        InputMappings: mounts,
        DesiredComputeNodeCount: 2,
        Tags: [{ Key: 'team', Value: 'film' }],
      },
      Placement: { Zone: 'ap-guangzhou-3' },
      ClientToken: 'render-farm-2024-03-11',
    },
    output: { EnvId: 'env-2m8fjq4x', RequestId: '1f8b5d02-a9c6-4e73-b0d4-c72e6f913a85' },
  },
];

export const describeComputeEnvs: readonly Example[] = [
  {
    title: 'Environments in a zone',
    input: { Filters: [{ Name: 'zone', Values: ['ap-guangzhou-3'] }] },
    output: {
      ComputeEnvSet: [
        {
          EnvId: 'env-2m8fjq4x',
          EnvName: 'render-farm',
          Placement: { Zone: 'ap-guangzhou-3' },
          CreateTime: '2024-03-11T07:01:43Z',
          ComputeNodeMetrics: counts,
          EnvType: 'MANAGED',
          DesiredComputeNodeCount: 2,
          ResourceType: 'CVM',
          NextAction: '',
          AttachedComputeNodeCount: 0,
          Tags: [{ Key: 'team', Value: 'film' }],
        },
      ],
      TotalCount: 1,
      RequestId: '93d0e7b6-5c1a-4f82-a6e9-0b4d8c25f71e',
    },
  },
];

export const describeComputeEnv: readonly Example[] = [
  {
    title: 'One environment with a busy and a free node',
    input: { EnvId: 'env-2m8fjq4x' },
    output: {
      EnvId: 'env-2m8fjq4x',
      EnvName: 'render-farm',
      Placement: { Zone: 'ap-guangzhou-3' },
      CreateTime: '2024-03-11T07:01:43Z',
      ComputeNodeSet: [
        nodeOf('node-k5x09wbe', 'ins-h2v7d4sy', '10.0.3.8', 0),
        nodeOf('node-t1c6zr3g', 'ins-90ybmq5k', '10.0.3.9', 1),
      ],
      ComputeNodeMetrics: counts,
      DesiredComputeNodeCount: 2,
      EnvType: 'MANAGED',
      ResourceType: 'CVM',
      NextAction: '',
      AttachedComputeNodeCount: 0,
      Tags: [{ Key: 'team', Value: 'film' }],
      RequestId: 'e5a27c98-d31f-4b60-8f7d-96c0b1e4d253',
    },
  },
];

export const describeComputeEnvCreateInfos: readonly Example[] = [
  {
    title: 'By name',
    input: { Filters: [{ Name: 'env-name', Values: ['render-farm'] }] },
    output: {
      TotalCount: 1,
      ComputeEnvCreateInfoSet: [settings],
      RequestId: '706c1fd4-8e2b-4935-a5d7-f4b9038c6e1a',
    },
  },
];

export const describeComputeEnvCreateInfo: readonly Example[] = [
  {
    title: 'One environment',
    input: { EnvId: 'env-2m8fjq4x' },
    output: { ...settings, RequestId: 'b8f460e3-179a-4cd5-92be-d06a3f7c581b' },
  },
];
