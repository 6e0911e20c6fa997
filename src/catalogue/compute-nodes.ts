/** The actions on the nodes of a compute environment: activities, termination, attaching and detaching. */
import * as z from 'zod';
import { defineAction } from './action.ts';
import { ComputeNodeId, EnvId, filter, InstanceId, idsOf, limit, natural, Offset } from './shapes/common.ts';
import { Activity } from './shapes/compute-env.ts';
import { Instance } from './shapes/machine.ts';

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const DescribeComputeEnvActivities = defineAction({
  title: 'List activities of an environment',
  summary:
    'Lists creations and terminations of nodes of an environment, newest first, with causes and results.',
  group: 'compute-env',
  effect: 'read',
  idempotent: true,
  targetArgument: 'EnvId',
  list: 'ActivitySet',
  rate: { documented: 2 },
  input: z.strictObject({
    EnvId,
    Offset: Offset.optional(),
    Limit: limit(20, 100).optional(),
    // One filter, not a list: the only such action, in every SDK of the vendor too.
    Filters: filter(['compute-node-id'], 'InvalidParameterValue')
      .optional()
      .describe('{Name: compute-node-id, Values}: one object, not a list.'),
  }),
  output: z.looseObject({
    ActivitySet: z.array(Activity).describe('The activities, newest first.'),
    TotalCount: natural().describe('Number of matches.'),
  }),
  errors: [
    'InternalError',
    'InvalidParameter.ComputeNodeIdMalformed',
    'InvalidParameter.EnvIdMalformed',
    'ResourceNotFound.ComputeEnv',
    'UnknownParameter',
  ],
  docs,
  examples: [
    {
      title: 'Activities of one node',
      input: { EnvId: 'env-2m8fjq4x', Filters: { Name: 'compute-node-id', Values: ['node-k5x09wbe'] } },
      output: {
        ActivitySet: [
          {
            ActivityId: 'act-83xvnt5p',
            ComputeNodeId: 'node-k5x09wbe',
            ComputeNodeActivityType: 'CREATE_COMPUTE_NODE',
            EnvId: 'env-2m8fjq4x',
            Cause: 'CreateComputeEnv: the capacity is 2',
            ActivityState: 'SUCCEED',
            StateReason: '',
            StartTime: '2024-03-11T07:01:43Z',
            EndTime: '2024-03-11T07:02:17Z',
            InstanceId: 'ins-h2v7d4sy',
          },
        ],
        TotalCount: 1,
        RequestId: '4dc97e15-62b0-48fa-9e3c-a17f5b80d2c4',
      },
    },
  ],
});

export const AttachInstances = defineAction({
  title: 'Attach machines to an environment',
  summary:
    'Adds running virtual machines of the user, not spot machines, to an environment. Reinstalls their operating system.',
  warning:
    'The operating system of these machines is reinstalled and their UserData reset: all data on them is lost.',
  group: 'compute-env',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'EnvId',
  rate: { documented: 20 },
  input: z.strictObject({
    EnvId,
    Instances: z
      .array(Instance)
      .min(1)
      .max(100)
      .describe('{InstanceId, ImageId, LoginSettings}; at most 100.'),
  }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InternalError.CallCvm',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameterValue.InstanceIdDuplicated',
    'ResourceNotFound.ComputeEnv',
    'UnsupportedOperation',
    'UnsupportedOperation.InstancesNotAllowToAttach',
  ],
  docs,
  examples: [
    {
      title: 'One machine, with the image to install on it',
      input: { EnvId: 'env-2m8fjq4x', Instances: [{ InstanceId: 'ins-dz3t81pw', ImageId: 'img-eb30mz89' }] },
      output: { RequestId: 'a0f5d3c7-9b2e-4186-b4c8-7e61d90f35ab' },
    },
  ],
});

export const DetachInstances = defineAction({
  title: 'Detach machines from an environment',
  summary:
    'Removes attached machines from an environment; they keep running. Not for nodes the service created: use TerminateComputeNodes.',
  warning:
    'Task instances on these machines are terminated, and reattaching the machines reinstalls their operating system.',
  group: 'compute-env',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'EnvId',
  alreadyDone: ['ResourceNotFound.ComputeEnv'],
  rate: { documented: 20 },
  input: z.strictObject({ EnvId, InstanceIds: idsOf(InstanceId, 'machines', 100) }),
  output: z.looseObject({}),
  errors: [
    'InternalError',
    'InternalError.CallCvm',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameterValue.InstanceIdDuplicated',
    'ResourceNotFound.ComputeEnv',
    'UnknownParameter',
    'UnsupportedOperation',
  ],
  docs,
  examples: [
    {
      title: 'One machine',
      input: { EnvId: 'env-2m8fjq4x', InstanceIds: ['ins-dz3t81pw'] },
      output: { RequestId: '3e7c06b9-f84d-4a51-8d92-c5b0e17fa248' },
    },
  ],
});

export const TerminateComputeNode = defineAction({
  title: 'Terminate a compute node',
  summary: 'Destroys one node of an environment.',
  warning:
    'The machine is destroyed, with the data on its disks; task instances running on it are terminated.',
  group: 'compute-env',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'EnvId',
  alreadyDone: [
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeNode',
    'UnsupportedOperation.ComputeNodeIsTerminating',
  ],
  rate: { documented: 20 },
  input: z.strictObject({ EnvId, ComputeNodeId }),
  output: z.looseObject({}),
  errors: [
    'InvalidParameter.ComputeNodeIdMalformed',
    'InvalidParameter.EnvIdMalformed',
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeNode',
    'UnsupportedOperation.AcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvOperation',
    'UnsupportedOperation.ComputeNodeForbidTerminate',
    'UnsupportedOperation.ComputeNodeIsTerminating',
  ],
  docs,
  examples: [
    {
      title: 'One node',
      input: { EnvId: 'env-2m8fjq4x', ComputeNodeId: 'node-k5x09wbe' },
      output: { RequestId: '81b4f2da-0c67-4e39-a5f8-d9e37c061b52' },
    },
  ],
});

export const TerminateComputeNodes = defineAction({
  title: 'Terminate several compute nodes',
  summary: 'Destroys several nodes of an environment.',
  warning:
    'The machines are destroyed, with the data on their disks; task instances running on them are terminated.',
  group: 'compute-env',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'EnvId',
  alreadyDone: [
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeNode',
    'UnsupportedOperation.ComputeNodeIsTerminating',
  ],
  rate: { documented: 20 },
  input: z.strictObject({ EnvId, ComputeNodeIds: idsOf(ComputeNodeId, 'nodes', 100) }),
  output: z.looseObject({}),
  errors: [
    'InvalidParameter.ComputeNodeIdMalformed',
    'InvalidParameter.EnvIdMalformed',
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeNode',
    'UnsupportedOperation',
    'UnsupportedOperation.AcceptOtherRequest',
    'UnsupportedOperation.ComputeEnvAcceptOtherRequest',
    'UnsupportedOperation.ComputeNodeForbidTerminate',
    'UnsupportedOperation.ComputeNodeIsTerminating',
  ],
  docs,
  examples: [
    {
      title: 'Two nodes in one call',
      input: { EnvId: 'env-2m8fjq4x', ComputeNodeIds: ['node-k5x09wbe', 'node-t1c6zr3g'] },
      output: { RequestId: 'f6207ad9-5e4c-4b13-90af-28d7c1b3e0f5' },
    },
  ],
});
