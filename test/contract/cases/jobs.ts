/** Every code of the actions on jobs and tasks that can be had. */
import type { World } from '../fixtures.ts';
import { stubborn } from '../fixtures.ts';
import { byState, byText, type Case, filter, nobody, tooManyValues } from './case.ts';
import { faultyTasks, furtherFaultyTasks } from './tasks-in-text.ts';

const job = (world: World, Job: object, Zone = world.target.zone) => ({ Placement: { Zone }, Job });
const withTask = (world: World, task: object) => job(world, { Tasks: [task] });
const withMachine = (world: World, more: object) =>
  withTask(
    world,
    world.task('true', { ComputeEnv: { EnvData: { ImageId: world.target.imageId, ...more } } }),
  );
const withTopic = (world: World, TopicName: string, EventName = 'JOB_FAILED', times = 1) =>
  job(world, {
    Tasks: [world.task('true')],
    Notifications: [
      { TopicName, EventConfigs: Array.from({ length: times }, () => ({ EventName, EventVars: [] })) },
    ],
  });
const twoTasks = (world: World) => [world.task('true'), world.task('true', { TaskName: 'b' })];
const edge = (StartTask: string, EndTask: string) => ({ StartTask, EndTask });
const market = (MaxPrice: string) => ({
  InstanceChargeType: 'SPOTPAID',
  InstanceMarketOptions: { SpotOptions: { MaxPrice } },
});

const submitJob: Case[] = [
  ...byText('SubmitJob', {
    ...Object.fromEntries(
      Object.entries({ ...faultyTasks, ...furtherFaultyTasks }).map(([code, taskOf]) => [
        code,
        (world: World) => withTask(world, taskOf(world)),
      ]),
    ),
    'InvalidParameter.InvalidParameterCombination': (world) =>
      withTask(world, {
        ...world.task('true'),
        Application: { DeliveryForm: 'LOCAL', Command: 'true', Commands: [{ Command: 'true' }] },
      }),
    'InvalidParameter.JobDescriptionTooLong': (world) =>
      job(world, { Tasks: [world.task('true')], JobDescription: 'x'.repeat(201) }),
    'InvalidParameter.JobNameTooLong': (world) =>
      job(world, { Tasks: [world.task('true')], JobName: 'x'.repeat(61) }),
    'InvalidParameter.NotificationEventNameDuplicate': (world) => withTopic(world, 'topic', 'JOB_FAILED', 2),
    'InvalidParameter.NotificationTopicName': (world) => withTopic(world, '1topic'),
    'InvalidParameter.NotificationTopicNameTooLong': (world) => withTopic(world, 't'.repeat(65)),
    'InvalidParameterValue.DependenceNotFoundTaskName': (world) =>
      job(world, { Tasks: twoTasks(world), Dependences: [edge('a', 'c')] }),
    'InvalidParameterValue.DependenceUnfeasible': (world) =>
      job(world, { Tasks: twoTasks(world), Dependences: [edge('a', 'b'), edge('b', 'a')] }),
    'InvalidParameterValue.InstanceTypeDuplicate': (world) =>
      withMachine(world, { InstanceTypes: ['S5.SMALL2', 'S5.SMALL2'] }),
    'InvalidParameterValue.LimitExceeded': (world) =>
      withMachine(world, { InstanceTypes: Array.from({ length: 11 }, (_, index) => `S5.SMALL${index}`) }),
    'InvalidParameterValue.NotFloat': (world) => withMachine(world, market('cheap')),
    'InvalidParameterValue.TaskInstanceNum': (world) =>
      withTask(world, world.task('true', { TaskInstanceNum: 0 })),
    'InvalidZone.MismatchRegion': (world) => job(world, { Tasks: [world.task('true')] }, 'ap-shanghai-2'),
    'ResourceNotFound.ComputeEnv': (world) => withTask(world, world.task('true', { EnvId: nobody.EnvId })),
  }),
  ...byState('SubmitJob', 'engine', {
    'InvalidParameterValue.UnavailableZone': async (world) =>
      job(world, { Tasks: [world.task('true')] }, world.target.faultyZones?.unavailable),
  }),
  {
    action: 'SubmitJob',
    code: 'LimitExceeded.JobQuota',
    needs: 'engine',
    // Quotas count within a region, so that this one does not get into the way of the others.
    region: 'ap-tokyo',
    input: async (world) => {
      const EnvId = await world.createEnv(0, 'ap-tokyo-2', 'ap-tokyo');
      const waiting = { Placement: { Zone: 'ap-tokyo-2' }, Job: { Tasks: [world.task('true', { EnvId })] } };
      for (let n = 0; n < 25; n += 1) await world.submit(waiting.Job.Tasks, {}, 'ap-tokyo');
      return waiting;
    },
  },
];

const task = { ...nobody, TaskName: 'a' };
const lists: Case[] = byText('DescribeJobs', {
  InvalidFilter: () => filter('color', 'red'),
  'InvalidParameter.InvalidParameterCombination': () => ({
    JobIds: [nobody.JobId],
    ...filter('job-name', 'a'),
  }),
  'InvalidParameter.JobIdMalformed': () => ({ JobIds: ['job_1'] }),
  InvalidParameterValue: () => ({ Limit: 101 }),
  'InvalidParameterValue.InvalidFilter': () => filter('job-name'),
  'InvalidParameterValue.LimitExceeded': () => filter('job-name', ...tooManyValues),
  'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
  UnknownParameter: () => ({ Nonsense: 1 }),
});

const looks: Case[] = [
  ...(['DescribeJob', 'DescribeJobSubmitInfo', 'TerminateJob', 'DeleteJob'] as const).flatMap((action) =>
    byText(action, {
      'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1' }),
      'ResourceNotFound.Job': () => ({ JobId: nobody.JobId }),
    }),
  ),
  ...byText('DescribeTask', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a' }),
    'ResourceNotFound.Task': () => ({ JobId: nobody.JobId, TaskName: 'a' }),
  }),
  ...byText('DescribeTaskLogs', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a' }),
    'InvalidParameter.TaskName': () => ({ JobId: task.JobId, TaskName: '' }),
    'InvalidParameter.TaskNameTooLong': () => ({ JobId: task.JobId, TaskName: 'a'.repeat(201) }),
    InvalidParameterValue: () => ({ JobId: task.JobId, TaskName: 'a', Limit: 11 }),
    'InvalidParameterValue.Negative': () => ({ JobId: task.JobId, TaskName: 'a', TaskInstanceIndexes: [-1] }),
    'ResourceNotFound.Job': () => ({ JobId: task.JobId, TaskName: 'a' }),
    UnknownParameter: () => ({ JobId: task.JobId, TaskName: 'a', Nonsense: 1 }),
  }),
  ...byState('DescribeTaskLogs', 'resources', {
    'ResourceNotFound.Task': async (world) => ({ JobId: await world.succeededJob(), TaskName: 'b' }),
    'ResourceNotFound.TaskInstance': async (world) => ({
      JobId: await world.succeededJob(),
      TaskName: 'a',
      TaskInstanceIndexes: [2],
    }),
  }),
  ...byText('DescribeJobMonitorData', {
    'InvalidParameter.JobIdMalformed': () => ({
      JobId: 'job_1',
      TaskName: 'a',
      TaskInstanceIndex: 0,
      MetricName: 'CpuUsage',
    }),
    'ResourceNotFound.Job': () => ({
      JobId: nobody.JobId,
      TaskName: 'a',
      TaskInstanceIndex: 0,
      MetricName: 'CpuUsage',
    }),
  }),
];

const changes: Case[] = [
  ...byText('RetryJobs', {
    'InvalidParameter.JobIdMalformed': () => ({ JobIds: ['job_1'] }),
    'ResourceNotFound.Job': () => ({ JobIds: [nobody.JobId] }),
  }),
  ...byState('RetryJobs', 'resources', {
    UnsupportedOperation: async (world) => ({ JobIds: [await world.runningJob()] }),
  }),
  ...byText('TerminateTaskInstance', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a', TaskInstanceIndex: 0 }),
    'ResourceNotFound.TaskInstance': () => ({ JobId: nobody.JobId, TaskName: 'a', TaskInstanceIndex: 0 }),
  }),
  ...byState('TerminateJob', 'engine', {
    // So many instances are laid out over many turns; until then the job is SUBMITTED.
    UnsupportedOperation: async (world) => ({
      JobId: await world.submit([
        world.task('true', { EnvId: await world.emptyEnv(), TaskInstanceNum: 200_000 }),
      ]),
    }),
  }),
  ...byState('TerminateJob', 'resources', {
    'ResourceInUse.Job': async (world) => {
      const JobId = await world.submit([world.task(stubborn)]);
      await world.jobState(JobId, 'RUNNING');
      await world.terminate(JobId);
      return { JobId };
    },
  }),
  ...byState('DeleteJob', 'resources', {
    'ResourceInUse.Job': async (world) => ({ JobId: await world.runningJob() }),
    UnsupportedOperation: async (world) => ({ JobId: await world.interruptedJob() }),
  }),
];

export const jobCases: readonly Case[] = [...submitJob, ...lists, ...looks, ...changes];
