/** Tasks with an EnvId: placed on the nodes of an environment, one instance a node, through the node's own life. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  Placement,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from './running-engine.ts';

let engine: RunningEngine;
beforeEach(async () => {
  engine = await startRunningEngine();
});
afterEach(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const createEnv = async (DesiredComputeNodeCount: number, more: object = {}) => {
  const { EnvId } = await engine.call('CreateComputeEnv', {
    Placement,
    ComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount, ...more },
  });
  await runningNodes(String(EnvId), DesiredComputeNodeCount);
  return String(EnvId);
};
const nodesOf = async (EnvId: string) =>
  (await engine.call('DescribeComputeEnv', { EnvId })).ComputeNodeSet?.flatMap((node) => node ?? []) ?? [];
const runningNodes = (EnvId: string, count: number) =>
  until(`${count} nodes run`, async () => {
    const nodes = (await nodesOf(EnvId)).filter((node) => node.ComputeNodeState === 'RUNNING');
    return nodes.length === count ? nodes : undefined;
  });

test('an environment of one node runs one instance at a time and is idle afterwards', async () => {
  const EnvId = await createEnv(1);
  const lock = join(engine.dataDir, 'lock');
  const command = `mkdir '${lock}' && rmdir '${lock}'`;
  const JobId = await engine.submit({ Tasks: [shellTask('a', command, { EnvId, TaskInstanceNum: 6 })] });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  await until('the node is idle', async () => (await nodesOf(EnvId))[0]?.TaskInstanceNumAvailable === 1);
});

test('an instance whose node is terminated is retried on another node', async () => {
  const EnvId = await createEnv(1);
  const [node] = await runningNodes(EnvId, 1);
  const began = join(engine.dataDir, 'began');
  const command = `if [ -e '${began}' ]; then exit 0; fi; touch '${began}'; sleep 60`;
  const JobId = await engine.submit({ Tasks: [shellTask('a', command, { EnvId, MaxRetryCount: 1 })] });
  await until('the first attempt runs', () => existsSync(began));
  await engine.call('TerminateComputeNode', { EnvId, ComputeNodeId: String(node?.ComputeNodeId) });
  await until('the node is gone', async () => (await nodesOf(EnvId)).length === 0);
  const [waiting] = await engine.instances(JobId, 'a');
  expect(waiting).toMatchObject({ TaskInstanceState: 'RUNNABLE' });
  await engine.call('ModifyComputeEnv', { EnvId, DesiredComputeNodeCount: 1 });
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
});

test('without retries left, the instance of a terminated node is FAILED with the reason', async () => {
  const EnvId = await createEnv(1);
  const [node] = await runningNodes(EnvId, 1);
  const began = join(engine.dataDir, 'began');
  const JobId = await engine.submit({ Tasks: [shellTask('a', `touch '${began}'; sleep 60`, { EnvId })] });
  await until('it runs', () => existsSync(began));
  expect(await engine.codeOf('DeleteComputeEnv', { EnvId })).toBe('UnsupportedOperation.ComputeEnvOperation');
  await engine.call('TerminateComputeNodes', { EnvId, ComputeNodeIds: [String(node?.ComputeNodeId)] });
  expect((await engine.settled(JobId)).JobState).toBe('FAILED');
  expect(await engine.instances(JobId, 'a')).toMatchObject([
    { TaskInstanceState: 'FAILED', StateDetailedReason: 'its compute node was terminated' },
  ]);
});

test('after a restart of the engine a busy node still runs the same instance and is idle when that ends', async () => {
  const EnvId = await createEnv(1);
  const gate = join(engine.dataDir, 'gate');
  const command = `while [ ! -e '${gate}' ]; do sleep 0.05; done; echo through`;
  const JobId = await engine.submit({ Tasks: [shellTask('a', command, { EnvId })] });
  await until('it runs', async () => (await engine.call('DescribeJob', { JobId })).JobState === 'RUNNING');
  const [before] = await nodesOf(EnvId);
  await engine.stop();
  engine = await startRunningEngine({ dataDir: engine.dataDir });
  expect(before?.TaskInstanceNumAvailable).toBe(0);
  expect(await nodesOf(EnvId)).toEqual([before]);
  writeFileSync(gate, '');
  expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
  expect((await engine.logs(JobId, 'a')).stdout).toBe('through\n');
  await until('the node is idle', async () => (await nodesOf(EnvId))[0]?.TaskInstanceNumAvailable === 1);
});

test('an environment that a task waits for cannot be deleted', async () => {
  const EnvId = await createEnv(0);
  const JobId = await engine.submit({ Tasks: [shellTask('a', 'true', { EnvId })] });
  await until('it waits', async () => (await engine.call('DescribeJob', { JobId })).JobState === 'RUNNABLE');
  expect(await engine.codeOf('DeleteComputeEnv', { EnvId })).toBe('UnsupportedOperation.ComputeEnvOperation');
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  expect(await engine.codeOf('DeleteComputeEnv', { EnvId })).toBeUndefined();
});

test('all instances of a task that is expanded in several turns are created while it waits for nodes', async () => {
  const EnvId = await createEnv(0);
  const JobId = await engine.submit({ Tasks: [shellTask('a', 'true', { EnvId, TaskInstanceNum: 12_000 })] });
  const job = await until('its instances are created', async () => {
    const seen = await engine.call('DescribeJob', { JobId });
    return seen.JobState === 'RUNNABLE' ? seen : undefined;
  });
  expect(job.TaskInstanceMetrics).toMatchObject({ RunnableCount: 12_000, SubmittedCount: 0 });
  const { TaskInstanceSet } = await engine.call('DescribeTask', { JobId, TaskName: 'a', Offset: 11_999 });
  expect(TaskInstanceSet).toMatchObject([{ TaskInstanceIndex: 11_999, TaskInstanceState: 'RUNNABLE' }]);
});

test('a node restarts after each instance of a task with RestartComputeNode and reports again', async () => {
  const running = {
    TopicName: 'nodes',
    EventConfigs: [{ EventName: 'COMPUTE_NODE_RUNNING' as const, EventVars: [] }],
  };
  const EnvId = await createEnv(1, { Notifications: [running] });
  const recorded = () =>
    readFileSync(join(engine.dataDir, 'events.jsonl'), 'utf8').trimEnd().split('\n').length;
  const run = async (more: object) => {
    const JobId = await engine.submit({
      Tasks: [shellTask('a', 'true', { EnvId, TaskInstanceNum: 2, ...more })],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    await runningNodes(EnvId, 1);
  };
  await run({});
  expect(recorded()).toBe(1);
  await run({ RestartComputeNode: true });
  await until('the second restart is recorded', () => recorded() === 3);
});

test('notifications of an environment are written to the events file', async () => {
  const EnvId = await createEnv(1, {
    Notifications: [
      { TopicName: 'nodes', EventConfigs: [{ EventName: 'COMPUTE_NODE_RUNNING', EventVars: [] }] },
    ],
  });
  const file = join(engine.dataDir, 'events.jsonl');
  await until('the file is there', () => existsSync(file));
  const [line, ...others] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(others).toEqual([]);
  expect(JSON.parse(String(line))).toMatchObject({
    TopicName: 'nodes',
    Events: [{ EventName: 'COMPUTE_NODE_RUNNING', Batch: { EnvId, ComputeNodeState: 'RUNNING' } }],
  });
});
