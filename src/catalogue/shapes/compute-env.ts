/** Compute environments: their settings, and views of environments, nodes and activities. */
import * as z from 'zod';
import { count, EnvDescription, EnvName, natural, Placement, Tag, Tags, text, time } from './common.ts';
import { EnvData, InstanceTypes } from './machine.ts';
import { Notification, NotificationTarget } from './notifications.ts';
import { Authentication, InputMapping, MountDataDisk } from './storage.ts';

/** The documented maximum of machines in an environment. */
const maxNodes = 2000;

export const AgentRunningMode = z.strictObject({
  Scene: z.string().describe('Operating system: WINDOWS.'),
  User: z.string().describe('User who runs the agent.'),
  Session: z.string().describe('Session the agent runs in.'),
});

export const AnonymousComputeEnv = z.strictObject({
  EnvType: z.enum(['MANAGED']).optional().describe('MANAGED: the service creates and removes the machines.'),
  EnvData: EnvData.optional().describe(
    'Machine settings, such as {InstanceType: S5.SMALL2, ImageId: img-…}.',
  ),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Mount points of data disks: {LocalPath, FileSystemType}.'),
  AgentRunningMode: AgentRunningMode.optional().describe(
    'Windows only: {Scene, User, Session} of the agent.',
  ),
});

export const DesiredComputeNodeCount = natural(maxNodes).describe(`Number of nodes, 0 to ${maxNodes}.`);

export const NamedComputeEnv = z.strictObject({
  EnvName,
  DesiredComputeNodeCount,
  EnvDescription: EnvDescription.optional(),
  EnvType: z
    .enum(['MANAGED', 'THPC_QUEUE'])
    .optional()
    .describe('MANAGED: a regular environment. THPC_QUEUE: created by the THPC platform.'),
  EnvData: EnvData.optional().describe(
    'Machine settings, such as {InstanceType: S5.SMALL2, ImageId: img-…}.',
  ),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Mount points of data disks: {LocalPath, FileSystemType}.'),
  Authentications: z
    .array(Authentication)
    .optional()
    .describe('Keys for buckets of other accounts: {Scene: COS, SecretId, SecretKey}.'),
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
    .describe('Topics that receive events: {TopicName, EventConfigs}.'),
  ActionIfComputeNodeInactive: z
    .string()
    .optional()
    .describe('Action for nodes that failed to be created or were lost: RECREATE (default).'),
  ResourceMaxRetryCount: natural(100)
    .optional()
    .describe('Retries of creating such a node, 0 to 100; default 7.'),
  Tags: Tags.optional(),
  NotificationTarget: NotificationTarget.optional(),
});

export const ComputeEnvData = z.strictObject({ InstanceTypes });

export const ComputeNodeMetrics = z.strictObject({
  SubmittedCount: count('Nodes requested.'),
  CreatingCount: count('Nodes being created.'),
  CreationFailedCount: count('Nodes that failed to be created.'),
  CreatedCount: count('Nodes created whose agent has not reported yet.'),
  RunningCount: count('Nodes running.'),
  DeletingCount: count('Nodes being deleted.'),
  AbnormalCount: count('Nodes whose agent has stopped reporting.'),
});

export const ComputeEnvView = z.strictObject({
  EnvId: text('Id, such as env-1a2b3c4d.'),
  EnvName: text('Display name.'),
  Placement: Placement.optional().describe('Where it is.'),
  CreateTime: time('When it was created'),
  ComputeNodeMetrics: ComputeNodeMetrics.optional().describe('Nodes by state.'),
  EnvType: text('MANAGED or THPC_QUEUE.'),
  DesiredComputeNodeCount: count('Desired number of nodes.'),
  ResourceType: text('CVM: virtual machines. CPM: bare metal.'),
  NextAction: text('DELETING during deletion; otherwise empty.'),
  AttachedComputeNodeCount: count('Number of nodes that are attached machines.'),
  Tags: z.array(Tag).nullable().optional().describe('Its tags.'),
});

export const ComputeEnvCreateInfo = z.strictObject({
  EnvId: text('Id, such as env-1a2b3c4d.'),
  EnvName: text('Display name.'),
  EnvDescription: text('Its description.'),
  EnvType: text('MANAGED or THPC_QUEUE.'),
  EnvData: EnvData.optional().describe('The machine settings.'),
  MountDataDisks: z
    .array(MountDataDisk)
    .optional()
    .describe('Mount points of data disks: {LocalPath, FileSystemType}.'),
  InputMappings: z
    .array(InputMapping)
    .optional()
    .describe('Mounted on every node: {SourcePath: cos://…/, DestinationPath: /in/}.'),
  Authentications: z
    .array(Authentication)
    .optional()
    .describe('Keys for buckets; the service returns them in plain text.'),
  Notifications: z.array(Notification).optional().describe('Topics that receive events.'),
  DesiredComputeNodeCount: count('Desired number of nodes.'),
  Tags: z.array(Tag).optional().describe('Its tags.'),
});

export const ComputeNode = z.strictObject({
  ComputeNodeId: text('Id, such as node-1a2b3c4d.'),
  ComputeNodeInstanceId: text('Its virtual machine, such as ins-1a2b3c4d.'),
  ComputeNodeState: text(
    'PENDING, SUBMITTED, CREATING, CREATED (agent not yet reporting), CREATION_FAILED, RUNNING, ABNORMAL or DELETING.',
  ),
  Cpu: count('CPU cores.'),
  Mem: count('Memory in GiB.'),
  ResourceCreatedTime: time('When the machine was ready'),
  TaskInstanceNumAvailable: count('Free slots for task instances; 0: busy.'),
  AgentVersion: text("Version of the service's agent."),
  PrivateIpAddresses: z.array(z.string()).optional().describe('Its private addresses.'),
  PublicIpAddresses: z.array(z.string()).optional().describe('Its public addresses.'),
  ResourceType: text('CVM: virtual machine. CPM: bare metal.'),
  ResourceOrigin: text('BATCH_CREATED: created by the service. USER_ATTACHED: attached by a user.'),
});

export const Activity = z.strictObject({
  ActivityId: text('Id, such as act-1a2b3c4d.'),
  ComputeNodeId: text('Node concerned.'),
  ComputeNodeActivityType: text('CREATE_COMPUTE_NODE or TERMINATE_COMPUTE_NODE.'),
  EnvId: text('Environment of the node.'),
  Cause: text('What caused it.'),
  ActivityState: text('SUBMITTED, PROCESSING, SUCCEED or FAILED.'),
  StateReason: text('Reason for the state; if it failed, the error.'),
  StartTime: time('When it started'),
  EndTime: time('When it ended, null until then'),
  InstanceId: text('Virtual machine of the node, null until there is one.'),
});
