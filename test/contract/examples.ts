/** The example requests of the vendor's documentation, sent unchanged. */
import { beforeAll, describe, expect, test } from 'vitest';
import { checked, ended, logsOf } from './checked.ts';
import type { Fixtures } from './fixtures.ts';
import type { Target } from './target.ts';
import type { ActionName } from './vocabulary.ts';

export const examples = (name: string, ready: () => Promise<Fixtures>): void => {
  let target: Target;
  beforeAll(async () => {
    ({ target } = await ready());
  });
  const go = <A extends ActionName>(action: A, input: object, region?: string) =>
    checked(target, action, input, region);

  describe(`${name}: the vendor's examples`, () => {
    test('SubmitJob example 1 runs one task with a command', async ({ skip }) => {
      if (!target.maySpend) skip('it creates a machine');
      if (!target.hasPython) skip('there is no python3');
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
      expect(await ended(target, String(JobId), 'ap-guangzhou')).toMatchObject({
        JobName: 'test',
        JobState: 'SUCCEED',
      });
      expect(await logsOf(target, String(JobId), 'hello2', 'ap-guangzhou')).toEqual(['6765\n']);
      const { TaskInstanceSet } = await go('DescribeTask', { JobId, TaskName: 'hello2' }, 'ap-guangzhou');
      expect(TaskInstanceSet).toMatchObject([
        {
          TaskInstanceState: 'SUCCEED',
          ExitCode: 0,
          RedirectInfo: { StdoutRedirectFileName: `stdout.${JobId}.hello2.0.log` },
        },
      ]);
    });

    test('SubmitJob example 2 runs two tasks in sequence', async ({ skip }) => {
      if (!target.maySpend) skip('it creates machines');
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
      const job = await ended(target, String(JobId), 'ap-beijing');
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
        ...(await logsOf(target, String(JobId), 'pre_task', 'ap-beijing')),
        ...(await logsOf(target, String(JobId), 'post_task', 'ap-beijing')),
      ]).toEqual(['pre_task\n', 'post_task\n']);
    });

    test('the task template examples create, list, modify and delete a template', async () => {
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
};
