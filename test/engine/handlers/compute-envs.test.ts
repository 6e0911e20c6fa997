/** Compute environments and their nodes, over the wire, one turn of the loop at a time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeEvents } from '../../../src/engine/runner/events.ts';
import {
  freeNodesOf,
  occupyNode,
  releaseNode,
  vacatingNodesOf,
} from '../../../src/engine/store/compute-envs.ts';
import { startWireEngine, type WireEngine } from '../wire-engine.ts';

let engine: WireEngine;
beforeEach(async () => {
  engine = await startWireEngine({
    zoneConditions: {
      'ap-guangzhou-4': 'silent',
      'ap-guangzhou-5': 'unavailable',
      'ap-guangzhou-6': 'stuck',
      'ap-guangzhou-7': 'sold-out',
    },
  });
});
afterEach(async () => {
  expect(engine.defects).toEqual([]);
  await engine.stop();
});

const events = (...names: string[]) => [
  {
    TopicName: 'topic',
    EventConfigs: names.map((EventName) => ({ EventName, EventVars: [{ Name: 'a', Value: 'b' }] })),
  },
];
const create = async (DesiredComputeNodeCount: number, more: object = {}, Zone = 'ap-guangzhou-2') =>
  String(
    (
      await engine.call('CreateComputeEnv', {
        Placement: { Zone },
        ComputeEnv: { EnvName: 'env', DesiredComputeNodeCount, ...more },
      })
    ).response.EnvId,
  );
const describeEnv = async (EnvId: string) => (await engine.call('DescribeComputeEnv', { EnvId })).response;
interface NodeView {
  ComputeNodeId: string;
  ComputeNodeInstanceId: string;
  ComputeNodeState: string;
  ResourceOrigin: string;
}
const nodesOf = async (EnvId: string) => (await describeEnv(EnvId)).ComputeNodeSet as NodeView[];
const statesOf = async (EnvId: string) => (await nodesOf(EnvId)).map((node) => node.ComputeNodeState);
const activitiesOf = async (EnvId: string, more: object = {}) =>
  (await engine.call('DescribeComputeEnvActivities', { EnvId, ...more })).response.ActivitySet as Record<
    string,
    unknown
  >[];
const modify = async (EnvId: string, DesiredComputeNodeCount: number) =>
  (await engine.call('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount })).code;

describe('a compute environment', () => {
  test('creates nodes that go through the documented states, one per turn', async () => {
    const id = await create(2);
    const seen = [await statesOf(id)];
    while (engine.turn()) seen.push(await statesOf(id));
    expect(seen).toEqual([
      ['SUBMITTED', 'SUBMITTED'],
      ['CREATING', 'CREATING'],
      ['CREATED', 'CREATED'],
      ['RUNNING', 'RUNNING'],
    ]);
  });

  test('is described in the documented form', async () => {
    const id = await create(1, {
      EnvData: { InstanceType: 'S2.MEDIUM4', ImageId: 'img-bd78fy2t' },
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    engine.settle();
    expect(await describeEnv(id)).toEqual({
      EnvId: id,
      EnvName: 'env',
      Placement: { Zone: 'ap-guangzhou-2' },
      CreateTime: '2026-01-02T03:04:05Z',
      ComputeNodeSet: [
        {
          ComputeNodeId: expect.stringMatching(/^node-[0-9a-z]{8}$/),
          ComputeNodeInstanceId: expect.stringMatching(/^ins-[0-9a-z]{8}$/),
          ComputeNodeState: 'RUNNING',
          Cpu: 2,
          Mem: 4,
          ResourceCreatedTime: '2026-01-02T03:04:05Z',
          ResourceType: 'CVM',
          TaskInstanceNumAvailable: 1,
          AgentVersion: 'local',
          PrivateIpAddresses: ['127.0.0.1'],
          PublicIpAddresses: [],
          ResourceOrigin: 'BATCH_CREATED',
        },
      ],
      ComputeNodeMetrics: {
        SubmittedCount: 0,
        CreatingCount: 0,
        CreationFailedCount: 0,
        CreatedCount: 0,
        RunningCount: 1,
        DeletingCount: 0,
        AbnormalCount: 0,
      },
      DesiredComputeNodeCount: 1,
      EnvType: 'MANAGED',
      ResourceType: 'CVM',
      NextAction: '',
      AttachedComputeNodeCount: 0,
      Tags: [{ Key: 'k', Value: 'v' }],
    });
  });

  test('creates and terminates nodes when it is resized, under activities with the cause', async () => {
    const id = await create(1);
    engine.settle();
    await modify(id, 3);
    engine.settle();
    expect(await statesOf(id)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    const [oldest] = await nodesOf(id);
    await modify(id, 1);
    expect(await statesOf(id)).toEqual(['RUNNING', 'DELETING', 'DELETING']);
    engine.settle();
    expect(await nodesOf(id)).toEqual([oldest]);
    const reported = (await activitiesOf(id)).map((activity) => [
      activity.ComputeNodeActivityType,
      activity.ActivityState,
      activity.Cause,
      activity.EndTime,
    ]);
    const at = '2026-01-02T03:04:05Z';
    expect(reported).toEqual([
      ['TERMINATE_COMPUTE_NODE', 'SUCCEED', 'ModifyComputeEnv: decrease the capacity from 3 to 1', at],
      ['TERMINATE_COMPUTE_NODE', 'SUCCEED', 'ModifyComputeEnv: decrease the capacity from 3 to 1', at],
      ['CREATE_COMPUTE_NODE', 'SUCCEED', 'ModifyComputeEnv: increase the capacity from 1 to 3', at],
      ['CREATE_COMPUTE_NODE', 'SUCCEED', 'ModifyComputeEnv: increase the capacity from 1 to 3', at],
      ['CREATE_COMPUTE_NODE', 'SUCCEED', 'CreateComputeEnv: the capacity is 1', at],
    ]);
  });

  test('is not changed by the same desired count', async () => {
    const id = await create(1);
    expect(await modify(id, 1)).toBeUndefined();
    expect((await activitiesOf(id)).length).toBe(1);
  });

  test('removes idle nodes before busy ones, and a busy one when its instance has ended', async () => {
    const id = await create(2);
    engine.settle();
    const [, newest] = await nodesOf(id);
    expect(occupyNode(engine.db, String(newest?.ComputeNodeId), 'job-1/a/0')).toBe(true);
    expect(occupyNode(engine.db, String(newest?.ComputeNodeId), 'job-1/a/1')).toBe(false);
    expect(freeNodesOf(engine.db, 'ap-guangzhou', id).length).toBe(1);
    await modify(id, 1);
    engine.settle();
    expect(await nodesOf(id)).toMatchObject([
      { ComputeNodeId: newest?.ComputeNodeId, ComputeNodeState: 'RUNNING' },
    ]);
    await modify(id, 0);
    engine.settle();
    expect(await statesOf(id)).toEqual(['DELETING']);
    expect(vacatingNodesOf(engine.db).map((node) => node.busyWith)).toEqual(['job-1/a/0']);
    releaseNode(engine.db, String(newest?.ComputeNodeId));
    engine.settle();
    expect(await statesOf(id)).toEqual([]);
  });

  test('does not remove nodes that are being created', async () => {
    const id = await create(2);
    expect(await modify(id, 1)).toBe('UnsupportedOperation.NotEnoughComputeNodesToTerminate');
    expect((await describeEnv(id)).DesiredComputeNodeCount).toBe(2);
  });

  test('is not found after its deletion has terminated all nodes', async () => {
    const id = await create(2);
    engine.settle();
    expect((await engine.call('DeleteComputeEnv', { EnvId: id })).response).toEqual({});
    expect(await describeEnv(id)).toMatchObject({
      NextAction: 'DELETING',
      ComputeNodeMetrics: { DeletingCount: 2 },
    });
    expect((await engine.call('DeleteComputeEnv', { EnvId: id })).code).toBe(
      'UnsupportedOperation.AcceptOtherRequest',
    );
    expect(await modify(id, 5)).toBe('UnsupportedOperation.ComputeEnvAcceptOtherRequest');
    engine.settle();
    expect((await engine.call('DescribeComputeEnv', { EnvId: id })).code).toBe('ResourceNotFound.ComputeEnv');
  });

  test('retries the creation of a node in a sold-out zone as often as allowed, then reports the reason', async () => {
    const id = await create(1, { ResourceMaxRetryCount: 2 }, 'ap-guangzhou-7');
    engine.settle();
    expect(await statesOf(id)).toEqual(['CREATION_FAILED']);
    const [node] = await nodesOf(id);
    const reported = (await activitiesOf(id)).map((activity) => [
      activity.ActivityState,
      activity.StateReason,
      activity.Cause,
    ]);
    const reason = 'InternalError.CallCvm:ResourceInsufficient.SpecifiedInstanceType';
    expect(reported).toEqual([
      ['FAILED', reason, `CreateComputeNode ${node?.ComputeNodeId}`],
      ['FAILED', reason, `CreateComputeNode ${node?.ComputeNodeId}`],
      ['FAILED', reason, 'CreateComputeEnv: the capacity is 1'],
    ]);
    await engine.call('TerminateComputeNode', { EnvId: id, ComputeNodeId: node?.ComputeNodeId });
    engine.settle();
    expect(await describeEnv(id)).toMatchObject({ ComputeNodeSet: [], DesiredComputeNodeCount: 0 });
  });

  test('recreates a node that does not report, unless ActionIfComputeNodeInactive says otherwise', async () => {
    const again = await create(1, { ResourceMaxRetryCount: 1 }, 'ap-guangzhou-4');
    const left = await create(1, { ActionIfComputeNodeInactive: 'RETAIN' }, 'ap-guangzhou-4');
    const first = (await nodesOf(again))[0];
    engine.settle();
    expect(await nodesOf(again)).toMatchObject([
      { ComputeNodeId: first?.ComputeNodeId, ComputeNodeState: 'ABNORMAL', TaskInstanceNumAvailable: 0 },
    ]);
    expect((await nodesOf(again))[0]?.ComputeNodeInstanceId).not.toBe(first?.ComputeNodeInstanceId);
    expect([(await activitiesOf(again)).length, (await activitiesOf(left)).length]).toEqual([2, 1]);
    expect(await modify(again, 0)).toBeUndefined();
    engine.settle();
    expect(await statesOf(again)).toEqual([]);
  });

  test('cannot be deleted while nodes are being created or are busy', async () => {
    const stuck = await create(1, {}, 'ap-guangzhou-6');
    engine.settle();
    expect((await engine.call('DeleteComputeEnv', { EnvId: stuck })).code).toBe(
      'UnsupportedOperation.ComputeNodeForbidTerminate',
    );
    const busy = await create(1);
    engine.settle();
    occupyNode(engine.db, String((await nodesOf(busy))[0]?.ComputeNodeId), 'job-1/a/0');
    expect((await engine.call('DeleteComputeEnv', { EnvId: busy })).code).toBe(
      'UnsupportedOperation.ComputeEnvOperation',
    );
  });
});

describe('a compute node', () => {
  test('that is terminated lowers the desired count of its environment', async () => {
    const id = await create(2);
    engine.settle();
    const [first, second] = await nodesOf(id);
    const end = (ComputeNodeId: unknown) => engine.call('TerminateComputeNode', { EnvId: id, ComputeNodeId });
    expect((await end(first?.ComputeNodeId)).response).toEqual({});
    expect((await end(first?.ComputeNodeId)).code).toBe('UnsupportedOperation.ComputeNodeIsTerminating');
    engine.settle();
    expect((await end(first?.ComputeNodeId)).code).toBe('ResourceNotFound.ComputeNode');
    expect(await describeEnv(id)).toMatchObject({
      DesiredComputeNodeCount: 1,
      ComputeNodeSet: [{ ComputeNodeId: second?.ComputeNodeId }],
    });
    const [activity] = await activitiesOf(id, {
      Filters: { Name: 'compute-node-id', Values: [first?.ComputeNodeId] },
      Limit: 1,
    });
    expect(activity).toMatchObject({
      Cause: `TerminateComputeNode: ${first?.ComputeNodeId}`,
      ActivityState: 'SUCCEED',
    });
  });

  test('is terminated only if all nodes of the request can be', async () => {
    const id = await create(2);
    engine.settle();
    const ids = (await nodesOf(id)).map((node) => node.ComputeNodeId);
    const end = async (...ComputeNodeIds: string[]) =>
      (await engine.call('TerminateComputeNodes', { EnvId: id, ComputeNodeIds })).code;
    expect(await end(String(ids[0]), 'node-zzzzzzzz')).toBe('ResourceNotFound.ComputeNode');
    expect(await end(String(ids[0]), String(ids[0]))).toBe('UnsupportedOperation.ComputeNodeIsTerminating');
    expect(await statesOf(id)).toEqual(['RUNNING', 'RUNNING']);
    expect(await end(...ids)).toBeUndefined();
    engine.settle();
    expect(await describeEnv(id)).toMatchObject({ ComputeNodeSet: [], DesiredComputeNodeCount: 0 });
  });

  test('cannot be terminated while it is being created', async () => {
    const id = await create(1, {}, 'ap-guangzhou-6');
    engine.settle();
    const ComputeNodeId = (await nodesOf(id))[0]?.ComputeNodeId;
    expect((await engine.call('TerminateComputeNode', { EnvId: id, ComputeNodeId })).code).toBe(
      'UnsupportedOperation.ComputeNodeForbidTerminate',
    );
  });

  test('of an attached instance belongs to its owner and can be detached', async () => {
    const id = await create(0);
    const other = await create(0);
    const attach = async (EnvId: string, ...ids: string[]) =>
      (await engine.call('AttachInstances', { EnvId, Instances: ids.map((InstanceId) => ({ InstanceId })) }))
        .code;
    const detach = async (EnvId: string, ...InstanceIds: string[]) =>
      (await engine.call('DetachInstances', { EnvId, InstanceIds })).code;
    expect(await attach(id, 'ins-aaaaaaaa', 'ins-aaaaaaaa')).toBe(
      'InvalidParameterValue.InstanceIdDuplicated',
    );
    expect(await attach(id, 'i-1')).toBe('InternalError.CallCvm');
    expect(await attach(id, 'ins-aaaaaaaa')).toBeUndefined();
    expect(await detach(id, 'ins-aaaaaaaa')).toBe('UnsupportedOperation');
    engine.settle();
    const [node] = await nodesOf(id);
    expect(node).toMatchObject({
      ComputeNodeState: 'RUNNING',
      ResourceOrigin: 'USER_ATTACHED',
      Cpu: 4,
      Mem: 8,
    });
    expect(await describeEnv(id)).toMatchObject({ AttachedComputeNodeCount: 1, DesiredComputeNodeCount: 0 });
    expect(await attach(other, 'ins-aaaaaaaa')).toBe('UnsupportedOperation.InstancesNotAllowToAttach');
    expect(await detach(other, 'ins-aaaaaaaa')).toBe('UnsupportedOperation');
    const end = { EnvId: id, ComputeNodeId: node?.ComputeNodeId };
    expect((await engine.call('TerminateComputeNode', end)).code).toBe(
      'UnsupportedOperation.ComputeEnvOperation',
    );
    expect((await engine.call('DeleteComputeEnv', { EnvId: id })).code).toBe(
      'UnsupportedOperation.ComputeEnvOperation',
    );
    expect(await detach(id, 'ins-aaaaaaaa')).toBeUndefined();
    engine.settle();
    expect(await nodesOf(id)).toEqual([]);
    expect(await attach(other, 'ins-aaaaaaaa')).toBeUndefined();
  });

  test('that Batch created cannot be detached', async () => {
    const id = await create(1);
    engine.settle();
    const InstanceIds = (await nodesOf(id)).map((node) => node.ComputeNodeInstanceId);
    expect((await engine.call('DetachInstances', { EnvId: id, InstanceIds })).code).toBe(
      'UnsupportedOperation',
    );
  });
});

describe('the lists of environments', () => {
  test('are sorted newest first and select by ids, filters and pages', async () => {
    const a = await create(0, { EnvName: 'a', Tags: [{ Key: 'team', Value: 'film' }] });
    const b = await create(0, { EnvName: 'b' }, 'ap-guangzhou-3');
    const list = async (input: object) => {
      const { response } = await engine.call('DescribeComputeEnvs', input);
      return [
        response.TotalCount,
        ...(response.ComputeEnvSet as { EnvId: string }[]).map((env) => env.EnvId),
      ];
    };
    const by = (Name: string, ...Values: string[]) => list({ Filters: [{ Name, Values }] });
    expect(await list({})).toEqual([2, b, a]);
    expect(await list({ Limit: 1, Offset: 1 })).toEqual([2, a]);
    expect(await list({ EnvIds: [a] })).toEqual([1, a]);
    expect(await by('zone', 'ap-guangzhou-3')).toEqual([1, b]);
    expect(await by('env-id', a, b)).toEqual([2, b, a]);
    expect(await by('env-name', 'a')).toEqual([1, a]);
    expect(await by('resource-type', 'CVM')).toEqual([2, b, a]);
    expect(await by('resource-type', 'CPM')).toEqual([0]);
    expect(await by('tag:team', 'film')).toEqual([1, a]);
  });

  test('of create infos contain the settings with all later changes', async () => {
    const id = await create(0, {
      EnvName: 'a',
      EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-bd78fy2t' },
    });
    await engine.call('ModifyComputeEnv', {
      EnvId: id,
      EnvName: 'renamed',
      EnvDescription: 'why',
      EnvData: { InstanceTypes: ['C5.LARGE8', 'S5.LARGE8'] },
    });
    const info = {
      EnvId: id,
      EnvName: 'renamed',
      EnvDescription: 'why',
      EnvType: 'MANAGED',
      EnvData: { InstanceTypes: ['C5.LARGE8', 'S5.LARGE8'], ImageId: 'img-bd78fy2t' },
      MountDataDisks: [],
      InputMappings: [],
      Authentications: [],
      Notifications: [],
      DesiredComputeNodeCount: 0,
      Tags: [],
    };
    expect((await engine.call('DescribeComputeEnvCreateInfo', { EnvId: id })).response).toEqual(info);
    expect((await engine.call('DescribeComputeEnvCreateInfos', { EnvIds: [id] })).response).toEqual({
      TotalCount: 1,
      ComputeEnvCreateInfoSet: [info],
    });
    await modify(id, 1);
    engine.settle();
    expect(await nodesOf(id)).toMatchObject([{ Cpu: 4, Mem: 8 }]);
  });
});

test('a password in LoginSettings is not stored', async () => {
  const id = await create(0, { EnvData: { LoginSettings: { Password: 'canary-of-the-test' } } });
  const { response } = await engine.call('DescribeComputeEnvCreateInfo', { EnvId: id });
  expect(response.EnvData).toEqual({ LoginSettings: { Password: '******' } });
  engine.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(readFileSync(engine.db.file).includes('canary-of-the-test')).toBe(false);
});

describe('a quota', () => {
  test('allows ten environments in a region', async () => {
    for (let n = 0; n < 10; n += 1) await create(0);
    const reply = await engine.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-2' },
      ComputeEnv: { EnvName: 'e', DesiredComputeNodeCount: 0 },
    });
    expect(reply.code).toBe('LimitExceeded.ComputeEnvQuota');
  });

  test('of cores counts all environments of the region', async () => {
    const data = { EnvData: { InstanceType: 'S5.8XLARGE64' } };
    const id = await create(31, data);
    expect(await modify(id, 32)).toBe('LimitExceeded.CpuQuota');
    expect(await create(1, { EnvData: { InstanceType: 'S5.2XLARGE16' } })).toMatch(/^env-/);
    expect(await modify(id, 31)).toBeUndefined();
  });

  test('is not used up by a repeated ClientToken, which returns the same environment', async () => {
    const input = {
      Placement: { Zone: 'ap-guangzhou-2' },
      ComputeEnv: { EnvName: 'e', DesiredComputeNodeCount: 1 },
      ClientToken: 'once',
    };
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await engine.call('CreateComputeEnv', input)).response.EnvId);
    expect(new Set(ids).size).toBe(1);
    expect((await engine.call('DescribeComputeEnvs')).response.TotalCount).toBe(1);
  });

  test.each([
    [{ Placement: { Zone: 'ap-guangzhou-9' } }, 'InvalidZone.MismatchRegion'],
    [{ Placement: { Zone: 'ap-shanghai-1' } }, 'InvalidZone.MismatchRegion'],
    [{ Placement: { Zone: 'ap-guangzhou-5' } }, 'InvalidParameterValue.UnavailableZone'],
  ])('creating in %j is refused with %s', async (target, code) => {
    const ComputeEnv = { EnvName: 'e', DesiredComputeNodeCount: 0 };
    expect((await engine.call('CreateComputeEnv', { ComputeEnv, ...target })).code).toBe(code);
  });
});

test('events of an environment are written once each, in the published format', async () => {
  const id = await create(1, {
    Notifications: events(
      'COMPUTE_ENV_CREATED',
      'COMPUTE_NODE_CREATED',
      'COMPUTE_NODE_DELETING',
      'COMPUTE_ENV_DELETED',
    ),
  });
  engine.settle();
  const [node] = await nodesOf(id);
  await engine.call('DeleteComputeEnv', { EnvId: id });
  engine.settle();
  expect(writeEvents(engine.db, engine.dataDir)).toBe(false);
  expect(writeEvents(engine.db, engine.dataDir)).toBe(false);
  const lines = readFileSync(join(engine.dataDir, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  const reported = lines.map((line) => JSON.parse(line));
  expect(reported.map(({ Events }) => Events[0].EventName)).toEqual([
    'COMPUTE_ENV_CREATED',
    'COMPUTE_NODE_CREATED',
    'COMPUTE_NODE_DELETING',
    'COMPUTE_ENV_DELETED',
  ]);
  expect(reported[1]).toEqual({
    TopicName: 'topic',
    Events: [
      {
        EventVersion: '1.0',
        EventTime: '2026-01-02T03:04:05Z',
        Region: 'ap-guangzhou',
        Batch: {
          ComputeNodeId: node?.ComputeNodeId,
          EnvId: id,
          ComputeNodeState: 'CREATED',
          Mem: 2,
          ResourceCreatedTime: '2026-01-02T03:04:05Z',
          EnvName: 'env',
          ComputeNodeInstanceId: node?.ComputeNodeInstanceId,
          Cpu: 1,
        },
        EventName: 'COMPUTE_NODE_CREATED',
        EventVars: [{ Name: 'a', Value: 'b' }],
      },
    ],
  });
});
