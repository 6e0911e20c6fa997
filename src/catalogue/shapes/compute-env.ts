/** Compute environments: what one asks for, and what one is told about them, their nodes and activities. */
import * as z from 'zod';
import { count, EnvDescription, EnvName, natural, Placement, Tag, Tags, text, time } from './common.ts';
import { EnvData, InstanceTypes } from './machine.ts';
import { Notification, NotificationTarget } from './notifications.ts';
import { Authentication, InputMapping, MountDataDisk } from './storage.ts';

/** Most machines an environment can have. */
const maxNodes = 2000;

export const AgentRunningMode = z.strictObject({
  Scene: z.string().describe('Operating system: WINDOWS.'),
  User: z.string().describe('User who runs the agent.'),
  Session: z.string().describe('Session the agent runs in.'),
});

export const AnonymousComputeEnv = z.strictObject({
  EnvType: z.enum(['MANAGED']).optional().describe('MANAGED: the service makes and removes the machines.'),
  EnvData: EnvData.optional().describe('Machines: {InstanceType: S5.SMALL2, ImageId: img-…} and more.'),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Where data disks are mounted: {LocalPath, FileSystemType}.'),
  AgentRunningMode: AgentRunningMode.optional().describe(
    'Windows only: {Scene, User, Session} of the agent.',
  ),
});

export const DesiredComputeNodeCount = natural(maxNodes).describe(
  `How many nodes to keep, 0 to ${maxNodes}.`,
);

export const NamedComputeEnv = z.strictObject({
  EnvName,
  DesiredComputeNodeCount,
  EnvDescription: EnvDescription.optional(),
  EnvType: z
    .enum(['MANAGED', 'THPC_QUEUE'])
    .optional()
    .describe('MANAGED: an environment of your own. THPC_QUEUE: made by the THPC platform.'),
  EnvData: EnvData.optional().describe('Machines: {InstanceType: S5.SMALL2, ImageId: img-…} and more.'),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Where data disks are mounted: {LocalPath, FileSystemType}.'),
  Authentications: z
    .array(Authentication)
    .optional()
    .describe("Keys for other people's buckets: {Scene: COS, SecretId, SecretKey}."),
  InputMappings: z
    .array(InputMapping)
    .optional()
    .describe('Mounted on every node: {SourcePath: cos://…/, DestinationPath: /in/}.'),
  AgentRunningMode: AgentRunningMode.optional().describe(
    'Windows only: {Scene, User, Session} of the agent.',
  ),
  Notifications: z
    .array(Notification)
    .optional()
    .describe('Topics to tell of events: {TopicName, EventConfigs}.'),
  ActionIfComputeNodeInactive: z
    .string()
    .optional()
    .describe('What to do about nodes that could not be made or were lost: RECREATE (default).'),
  ResourceMaxRetryCount: natural(100)
    .optional()
    .describe('How often making such a node is tried again, 0 to 100; default 7.'),
  Tags: Tags.optional(),
  NotificationTarget: NotificationTarget.optional(),
});

export const ComputeEnvData = z.strictObject({ InstanceTypes });

export const ComputeNodeMetrics = z.strictObject({
  SubmittedCount: count('Nodes asked for.'),
  CreatingCount: count('Nodes being made.'),
  CreationFailedCount: count('Nodes that could not be made.'),
  CreatedCount: count('Nodes made that have not reported yet.'),
  RunningCount: count('Nodes that are up.'),
  DeletingCount: count('Nodes being deleted.'),
  AbnormalCount: count('Nodes that have stopped reporting.'),
});

export const ComputeEnvView = z.strictObject({
  EnvId: text('Id, as in env-1a2b3c4d.'),
  EnvName: text('Name for people.'),
  Placement: Placement.optional().describe('Where it is.'),
  CreateTime: time('When it was created'),
  ComputeNodeMetrics: ComputeNodeMetrics.optional().describe('Nodes by state.'),
  EnvType: text('MANAGED or THPC_QUEUE.'),
  DesiredComputeNodeCount: count('How many nodes it is to have.'),
  ResourceType: text('CVM: virtual machines. CPM: bare metal.'),
  NextAction: text('DELETING while it is being deleted, else empty.'),
  AttachedComputeNodeCount: count('How many of the nodes are machines that a user attached.'),
  Tags: z.array(Tag).nullable().optional().describe('Its tags.'),
});

export const ComputeEnvCreateInfo = z.strictObject({
  EnvId: text('Id, as in env-1a2b3c4d.'),
  EnvName: text('Name for people.'),
  EnvDescription: text('What it is for.'),
  EnvType: text('MANAGED or THPC_QUEUE.'),
  EnvData: EnvData.optional().describe('The machines as they were asked for.'),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Where data disks are mounted: {LocalPath, FileSystemType}.'),
  InputMappings: z
    .array(InputMapping)
    .optional()
    .describe('Mounted on every node: {SourcePath: cos://…/, DestinationPath: /in/}.'),
  Authentications: z
    .array(Authentication)
    .optional()
    .describe('Keys for buckets; the service tells them in clear text.'),
  Notifications: z.array(Notification).optional().describe('Topics told of events.'),
  DesiredComputeNodeCount: count('How many nodes it is to have.'),
  Tags: z.array(Tag).optional().describe('Its tags.'),
});

export const ComputeNode = z.strictObject({
  ComputeNodeId: text('Id, as in node-1a2b3c4d.'),
  ComputeNodeInstanceId: text('Virtual machine it is, as in ins-1a2b3c4d.'),
  ComputeNodeState: text(
    'PENDING, SUBMITTED, CREATING, CREATED (not yet reporting), CREATION_FAILED, RUNNING, ABNORMAL or DELETING.',
  ),
  Cpu: count('CPU cores.'),
  Mem: count('Memory in GiB.'),
  ResourceCreatedTime: time('When the machine was ready'),
  TaskInstanceNumAvailable: count('How many more task instances it can take; 0: busy.'),
  AgentVersion: text("Version of the service's agent on it."),
  PrivateIpAddresses: z.array(z.string()).optional().describe('Its addresses in the private network.'),
  PublicIpAddresses: z.array(z.string()).optional().describe('Its public addresses.'),
  ResourceType: text('CVM: virtual machine. CPM: bare metal.'),
  ResourceOrigin: text('BATCH_CREATED: made by the service. USER_ATTACHED: attached by a user.'),
});

export const Activity = z.strictObject({
  ActivityId: text('Id, as in act-1a2b3c4d.'),
  ComputeNodeId: text('Node it is about.'),
  ComputeNodeActivityType: text('CREATE_COMPUTE_NODE or TERMINATE_COMPUTE_NODE.'),
  EnvId: text('Environment of the node.'),
  Cause: text('What set it off.'),
  ActivityState: text('SUBMITTED, PROCESSING, SUCCEED or FAILED.'),
  StateReason: text('Why it is in this state; where it failed, the error.'),
  StartTime: time('When it began'),
  EndTime: time('When it ended, null before'),
  InstanceId: text('Virtual machine of the node, null before there is one.'),
});
