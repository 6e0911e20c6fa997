/** Lifecycles of resources from creation to deletion, as the vendor documents them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checked } from './checked.ts';
import type { Fixtures } from './fixtures.ts';
import { call, outcomeOf, type Target, until } from './target.ts';
import type { ActionName } from './vocabulary.ts';

export const lifecycles = (name: string, ready: () => Promise<Fixtures>): void => {
  let fixtures: Fixtures;
  let target: Target;
  beforeAll(async () => {
    fixtures = await ready();
    target = fixtures.target;
  });
  const go = <A extends ActionName>(action: A, input: object, region?: string) =>
    checked(target, action, input, region);

  describe(`${name}: lifecycles`, () => {
    test('a compute environment is created, grows, loses nodes, shrinks and is deleted', async ({ skip }) => {
      if (!target.maySpend) skip('it creates machines');
      const { EnvId } = await go('CreateComputeEnv', {
        Placement: { Zone: target.zone },
        ComputeEnv: {
          EnvName: 'test compute env',
          EnvDescription: 'test compute env',
          EnvType: 'MANAGED',
          EnvData: fixtures.envData,
          DesiredComputeNodeCount: 1,
        },
      });
      const id = String(EnvId);
      const running = (count: number) =>
        until(`${count} nodes of ${id} run`, async () => {
          const env = await go('DescribeComputeEnv', { EnvId: id });
          const { ComputeNodeMetrics: metrics } = env;
          const total = (env.ComputeNodeSet ?? []).length;
          return metrics?.RunningCount === count && total === count && env;
        });
      expect(await running(1)).toMatchObject({
        EnvName: 'test compute env',
        NextAction: '',
        ResourceType: 'CVM',
      });
      await go('ModifyComputeEnv', { EnvId: id, DesiredComputeNodeCount: 3 });
      const nodes = (await running(3)).ComputeNodeSet ?? [];
      await go('TerminateComputeNode', { EnvId: id, ComputeNodeId: nodes[0]?.ComputeNodeId });
      await running(2);
      await go('TerminateComputeNodes', { EnvId: id, ComputeNodeIds: [nodes[1]?.ComputeNodeId] });
      expect((await running(1)).DesiredComputeNodeCount).toBe(1);
      await go('ModifyComputeEnv', { EnvId: id, DesiredComputeNodeCount: 0 });
      await running(0);
      const { ActivitySet } = await go('DescribeComputeEnvActivities', { EnvId: id });
      const types = (ActivitySet ?? []).map((activity) => [
        activity?.ComputeNodeActivityType,
        activity?.ActivityState,
      ]);
      const created = ['CREATE_COMPUTE_NODE', 'SUCCEED'];
      const terminated = ['TERMINATE_COMPUTE_NODE', 'SUCCEED'];
      expect(types).toEqual([terminated, terminated, terminated, created, created, created]);
      expect(ActivitySet?.at(-1)?.Cause).toBe('CreateComputeEnv: the capacity is 1');
      expect(ActivitySet?.at(-2)?.Cause).toBe('ModifyComputeEnv: increase the capacity from 1 to 3');
      const info = {
        EnvName: 'test compute env',
        EnvDescription: 'test compute env',
        EnvData: fixtures.envData,
      };
      expect(await go('DescribeComputeEnvCreateInfo', { EnvId: id })).toMatchObject(info);
      const { ComputeEnvCreateInfoSet } = await go('DescribeComputeEnvCreateInfos', { EnvIds: [id] });
      expect(ComputeEnvCreateInfoSet).toMatchObject([info]);
      const { ComputeEnvSet } = await go('DescribeComputeEnvs', { EnvIds: [id] });
      expect(ComputeEnvSet).toMatchObject([{ EnvId: id, DesiredComputeNodeCount: 0 }]);
      await go('DeleteComputeEnv', { EnvId: id });
      await until(`${id} is gone`, async () => {
        return (
          (await outcomeOf(call(target, 'DescribeComputeEnv', { EnvId: id }))) ===
          'ResourceNotFound.ComputeEnv'
        );
      });
    });

    test('a machine is attached to a compute environment and detached', async ({ skip }) => {
      if (!target.hasSpareInstances) skip('there is no machine to attach');
      const EnvId = await fixtures.createEnv(0);
      await go('AttachInstances', {
        EnvId,
        Instances: [{ InstanceId: 'ins-spare001', ImageId: target.imageId }],
      });
      const node = await until('the machine is a node', async () => {
        const [only] = await fixtures.nodesOf(EnvId);
        return only?.ComputeNodeState === 'RUNNING' && only;
      });
      expect(node).toMatchObject({ ComputeNodeInstanceId: 'ins-spare001', ResourceOrigin: 'USER_ATTACHED' });
      await go('DetachInstances', { EnvId, InstanceIds: ['ins-spare001'] });
      await until('the node is gone', async () => (await fixtures.nodesOf(EnvId)).length === 0);
      await go('DeleteComputeEnv', { EnvId });
    });

    test('a job fails, is retried, terminated and deleted', async ({ skip }) => {
      if (!target.maySpend) skip('it creates machines');
      const JobId = await fixtures.submit([
        fixtures.task('echo oh >&2; exit 3', { TaskInstanceNum: 2, EnvVars: [{ Name: 'A', Value: 'b c' }] }),
      ]);
      const job = await fixtures.jobState(JobId, 'FAILED');
      expect(job.TaskInstanceMetrics).toMatchObject({ FailedCount: 2, SucceedCount: 0 });
      const { TaskInstanceSet } = await go('DescribeTask', {
        JobId,
        TaskName: 'a',
        Filters: [{ Name: 'task-instance-state', Values: ['FAILED'] }],
      });
      expect(TaskInstanceSet).toMatchObject([{ ExitCode: 3 }, { ExitCode: 3 }]);
      await go('RetryJobs', { JobIds: [JobId] });
      await fixtures.jobState(JobId, 'FAILED');
      await go('TerminateTaskInstance', { JobId, TaskName: 'a', TaskInstanceIndex: 0 });
      await go('TerminateJob', { JobId });
      const { JobSet } = await go('DescribeJobs', { Filters: [{ Name: 'job-id', Values: [JobId] }] });
      expect(JobSet).toMatchObject([{ JobId, JobState: 'FAILED' }]);
      await go('DeleteJob', { JobId });
      expect(await outcomeOf(call(target, 'DescribeJob', { JobId }))).toBe('ResourceNotFound.Job');
    });

    test('repeated submissions with one ClientToken create one job', async ({ skip }) => {
      if (!target.maySpend) skip('it creates a machine');
      const input = {
        Placement: { Zone: target.zone },
        Job: { JobName: 'token', Tasks: [fixtures.task('true')] },
        ClientToken: `contract-${Date.now()}`,
      };
      const ids = [];
      for (let n = 0; n < 3; n += 1) ids.push((await go('SubmitJob', input)).JobId);
      expect(new Set(ids).size).toBe(1);
    });

    test('DescribeJobMonitorData accepts a running instance', async ({ skip }) => {
      if (!target.maySpend) skip('it creates a machine');
      const JobId = await fixtures.runningJob();
      await go('DescribeJobMonitorData', {
        JobId,
        TaskName: 'a',
        TaskInstanceIndex: 0,
        MetricName: 'MemUsage',
      });
    });

    test('machine categories, types and stock are listed', async () => {
      const { InstanceCategorySet } = await go('DescribeInstanceCategories', {});
      expect((InstanceCategorySet ?? []).length).toBeGreaterThan(0);
      const Filters = [{ Name: 'zone', Values: [target.zone] }];
      const { InstanceTypeConfigSet } = await go('DescribeAvailableCvmInstanceTypes', { Filters });
      expect(new Set((InstanceTypeConfigSet ?? []).map((type) => type?.Zone))).toEqual(
        new Set([target.zone]),
      );
      const { InstanceTypeQuotaSet } = await go('DescribeCvmZoneInstanceConfigInfos', {
        Filters: [...Filters, { Name: 'instance-charge-type', Values: ['POSTPAID_BY_HOUR'] }],
      });
      expect(
        (InstanceTypeQuotaSet ?? []).every((item) => item?.InstanceChargeType === 'POSTPAID_BY_HOUR'),
      ).toBe(true);
    });
  });
};
