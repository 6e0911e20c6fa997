/** The ways through the API that the vendor's pages show, from making a thing to its end. */
import { beforeAll, describe, expect, test } from 'vitest';
import { call, outcomeOf, type Target, until } from './target.ts';
import { type ActionName, actions, type OutputOf } from './vocabulary.ts';
import type { World } from './world.ts';

/** Calls, and holds the answer to the schema of the catalogue. Not-yet-known values are null, which the schema calls absent. */
const checked = async <A extends ActionName>(
  target: Target,
  action: A,
  input: object,
  region?: string,
): Promise<OutputOf<A>> => {
  const answer = await call(target, action, input, region);
  const { error } = actions[action].output.safeParse(withoutNulls(answer));
  expect(error?.issues ?? []).toEqual([]);
  return answer;
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
};

const decode = (log: string | null | undefined): string =>
  Buffer.from(String(log).replace('data:text/plain;charset=utf-8;base64,', ''), 'base64').toString('utf8');

export const journeys = (name: string, ready: () => Promise<World>): void => {
  let world: World;
  let target: Target;
  const go = <A extends ActionName>(action: A, input: object, region?: string) =>
    checked(target, action, input, region);
  const logsOf = async (JobId: string, TaskName: string, region?: string) => {
    const { TaskInstanceLogSet } = await go('DescribeTaskLogs', { JobId, TaskName, Limit: 10 }, region);
    return (TaskInstanceLogSet ?? []).map((log) => decode(log?.StdoutLog));
  };
  const ended = (JobId: string, region?: string) =>
    until(`${JobId} has ended`, async () => {
      const job = await call(target, 'DescribeJob', { JobId }, region);
      return ['SUCCEED', 'FAILED'].includes(String(job.JobState)) && job;
    });

  describe(`${name}: the vendor's own examples`, () => {
    beforeAll(async () => {
      world = await ready();
      target = world.target;
    });

    test('SubmitJob, example 1: one task with a command', async ({ skip }) => {
      if (!target.maySpend) skip('it makes a machine');
      const Job = {
        JobName: 'test',
        JobDescription: 'test',
        Priority: '1',
        Tasks: [
          {
            TaskName: 'hello2',
            TaskInstanceNum: 1,
            Application: {
              DeliveryForm: 'LOCAL',
              Command: 'python3 -c "fib=lambda n:1 if n<=2 else fib(n-1)+fib(n-2); print(fib(20))"',
            },
            ComputeEnv: {
              EnvType: 'MANAGED',
              EnvData: { InstanceType: 'S1.SMALL1', ImageId: 'img-bd78fy2t' },
            },
            RedirectInfo: {
              StdoutRedirectPath: 'cos://dondonbatch-1251783334.cosgz.myqcloud.com/hello2/logs/',
              StderrRedirectPath: 'cos://dondonbatch-1251783334.cosgz.myqcloud.com/hello2/logs/',
            },
          },
        ],
      };
      const { JobId } = await go('SubmitJob', { Placement: { Zone: 'ap-guangzhou-2' }, Job }, 'ap-guangzhou');
      expect(JobId).toMatch(/^job-[0-9a-z]{8}$/);
      const info = await go('DescribeJobSubmitInfo', { JobId }, 'ap-guangzhou');
      expect(info).toMatchObject({ ...Job, Priority: 1, JobId, Dependences: [], Tags: [] });
      expect(await ended(String(JobId), 'ap-guangzhou')).toMatchObject({
        JobName: 'test',
        JobState: 'SUCCEED',
      });
      expect(await logsOf(String(JobId), 'hello2', 'ap-guangzhou')).toEqual(['6765\n']);
      const { TaskInstanceSet } = await go('DescribeTask', { JobId, TaskName: 'hello2' }, 'ap-guangzhou');
      expect(TaskInstanceSet).toMatchObject([
        {
          TaskInstanceState: 'SUCCEED',
          ExitCode: 0,
          RedirectInfo: { StdoutRedirectFileName: `stdout.${JobId}.hello2.0.log` },
        },
      ]);
    });

    test('SubmitJob, example 2: two tasks, one after the other', async ({ skip }) => {
      if (!target.maySpend) skip('it makes machines');
      const task = (TaskName: string) => ({
        TaskName,
        TaskInstanceNum: 1,
        Application: { DeliveryForm: 'LOCAL', Command: `echo ${TaskName}` },
        ComputeEnv: { EnvData: { InstanceType: 'S2.SMALL1' } },
        RedirectInfo: {
          StdoutRedirectPath: 'cos://batch-demo-1251783334.cosbj.myqcloud.com/logs/',
          StderrRedirectPath: 'cos://batch-demo-1251783334.cosbj.myqcloud.com/logs/',
        },
      });
      const Dependences = [{ StartTask: 'pre_task', EndTask: 'post_task' }];
      const Job = {
        JobName: 'dag',
        JobDescription: 'dag_demo',
        Tasks: [task('pre_task'), task('post_task')],
        Dependences,
      };
      const { JobId } = await go('SubmitJob', { Placement: { Zone: 'ap-beijing-2' }, Job }, 'ap-beijing');
      const job = await ended(String(JobId), 'ap-beijing');
      expect(job).toMatchObject({
        JobState: 'SUCCEED',
        Zone: 'ap-beijing-2',
        DependenceSet: Dependences,
        TaskMetrics: { SucceedCount: 2 },
        TaskInstanceMetrics: { SucceedCount: 2 },
      });
      const times = await Promise.all(
        ['pre_task', 'post_task'].map(async (TaskName) => {
          const { TaskInstanceSet } = await go('DescribeTask', { JobId, TaskName }, 'ap-beijing');
          return { began: TaskInstanceSet?.[0]?.RunningTime, ended: TaskInstanceSet?.[0]?.EndTime };
        }),
      );
      expect(String(times[1]?.began) >= String(times[0]?.ended)).toBe(true);
      expect([
        ...(await logsOf(String(JobId), 'pre_task', 'ap-beijing')),
        ...(await logsOf(String(JobId), 'post_task', 'ap-beijing')),
      ]).toEqual(['pre_task\n', 'post_task\n']);
    });

    test('CreateTaskTemplate, ModifyTaskTemplate and what lies between', async () => {
      const TaskTemplateInfo = {
        TaskName: 'A',
        TaskInstanceNum: 1,
        Application: { DeliveryForm: 'LOCAL', Command: 'python -c "print(1)"' },
        ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S1.SMALL1', ImageId: 'img-bd78fy2t' } },
        RedirectInfo: {
          StdoutRedirectPath: 'cos://bucket-appid.cosgz.myqcloud.com/hello2/logs/',
          StderrRedirectPath: 'cos://bucket-appid.cosgz.myqcloud.com/hello2/logs/',
        },
      };
      const template = { TaskTemplateName: 'A', TaskTemplateDescription: 'test', TaskTemplateInfo };
      const { TaskTemplateId } = await go('CreateTaskTemplate', template);
      expect(TaskTemplateId).toMatch(/^task-tmpl-[0-9a-z]{8}$/);
      const list = async () =>
        (await go('DescribeTaskTemplates', { TaskTemplateIds: [TaskTemplateId] })).TaskTemplateSet;
      expect(await list()).toMatchObject([template]);
      await go('ModifyTaskTemplate', { TaskTemplateId, TaskTemplateName: 'B' });
      expect(await list()).toMatchObject([{ ...template, TaskTemplateName: 'B' }]);
      await go('DeleteTaskTemplates', { TaskTemplateIds: [TaskTemplateId] });
      expect(await list()).toEqual([]);
    });
  });

  describe(`${name}: the life of things`, () => {
    test('an environment is made, grows, loses a node, shrinks and goes', async ({ skip }) => {
      if (!target.maySpend) skip('it makes machines');
      const { EnvId } = await go('CreateComputeEnv', {
        Placement: { Zone: target.zone },
        ComputeEnv: {
          EnvName: 'test compute env',
          EnvDescription: 'test compute env',
          EnvType: 'MANAGED',
          EnvData: world.envData,
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
      const made = ['CREATE_COMPUTE_NODE', 'SUCCEED'];
      const ended = ['TERMINATE_COMPUTE_NODE', 'SUCCEED'];
      expect(types).toEqual([ended, ended, ended, made, made, made]);
      expect(ActivitySet?.at(-1)?.Cause).toBe('CreateComputeEnv: the capacity is 1');
      expect(ActivitySet?.at(-2)?.Cause).toBe('ModifyComputeEnv: increase the capacity from 1 to 3');
      const info = {
        EnvName: 'test compute env',
        EnvDescription: 'test compute env',
        EnvData: world.envData,
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

    test('a machine is lent to an environment and taken back', async ({ skip }) => {
      if (!target.hasSpareInstances) skip('there is no machine to spare');
      const EnvId = await world.createEnv(0);
      await go('AttachInstances', {
        EnvId,
        Instances: [{ InstanceId: 'ins-spare001', ImageId: target.imageId }],
      });
      const node = await until('it is a node', async () => {
        const [only] = await world.nodesOf(EnvId);
        return only?.ComputeNodeState === 'RUNNING' && only;
      });
      expect(node).toMatchObject({ ComputeNodeInstanceId: 'ins-spare001', ResourceOrigin: 'USER_ATTACHED' });
      await go('DetachInstances', { EnvId, InstanceIds: ['ins-spare001'] });
      await until('it is gone', async () => (await world.nodesOf(EnvId)).length === 0);
      await go('DeleteComputeEnv', { EnvId });
    });

    test('a job fails, is retried, is ended, and deleted', async ({ skip }) => {
      if (!target.maySpend) skip('it makes machines');
      const JobId = await world.submit([
        world.task('echo oh >&2; exit 3', { TaskInstanceNum: 2, EnvVars: [{ Name: 'A', Value: 'b c' }] }),
      ]);
      const job = await world.jobState(JobId, 'FAILED');
      expect(job.TaskInstanceMetrics).toMatchObject({ FailedCount: 2, SucceedCount: 0 });
      const { TaskInstanceSet } = await go('DescribeTask', {
        JobId,
        TaskName: 'a',
        Filters: [{ Name: 'task-instance-state', Values: ['FAILED'] }],
      });
      expect(TaskInstanceSet).toMatchObject([{ ExitCode: 3 }, { ExitCode: 3 }]);
      await go('RetryJobs', { JobIds: [JobId] });
      await world.jobState(JobId, 'FAILED');
      await go('TerminateTaskInstance', { JobId, TaskName: 'a', TaskInstanceIndex: 0 });
      await go('TerminateJob', { JobId });
      const { JobSet } = await go('DescribeJobs', { Filters: [{ Name: 'job-id', Values: [JobId] }] });
      expect(JobSet).toMatchObject([{ JobId, JobState: 'FAILED' }]);
      await go('DeleteJob', { JobId });
      expect(await outcomeOf(call(target, 'DescribeJob', { JobId }))).toBe('ResourceNotFound.Job');
    });

    test('a ClientToken makes one job however often it is sent', async ({ skip }) => {
      if (!target.maySpend) skip('it makes a machine');
      const input = {
        Placement: { Zone: target.zone },
        Job: { JobName: 'once', Tasks: [world.task('true')] },
        ClientToken: `contract-${Date.now()}`,
      };
      const ids = [];
      for (let n = 0; n < 3; n += 1) ids.push((await go('SubmitJob', input)).JobId);
      expect(new Set(ids).size).toBe(1);
    });

    test('what a running instance uses is measured', async ({ skip }) => {
      if (!target.maySpend) skip('it makes a machine');
      const JobId = await world.runningJob();
      await go('DescribeJobMonitorData', {
        JobId,
        TaskName: 'a',
        TaskInstanceIndex: 0,
        MetricName: 'MemUsage',
      });
    });

    test('machines are told by category, by type and with their stock', async () => {
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
