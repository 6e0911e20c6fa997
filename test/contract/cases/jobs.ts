/** The error codes that can be provoked for actions on jobs and tasks. */
import type { Fixtures } from '../fixtures.ts';
import { stubborn } from '../fixtures.ts';
import { byInput, byState, type Case, filter, tooManyValues, unknown } from './case.ts';
import { invalidTasks, moreInvalidTasks } from './invalid-tasks.ts';

const job = (fixtures: Fixtures, Job: object, Zone = fixtures.target.zone) => ({ Placement: { Zone }, Job });
const withTask = (fixtures: Fixtures, task: object) => job(fixtures, { Tasks: [task] });
const withMachine = (fixtures: Fixtures, more: object) =>
  withTask(
    fixtures,
    fixtures.task('true', { ComputeEnv: { EnvData: { ImageId: fixtures.target.imageId, ...more } } }),
  );
const withTopic = (fixtures: Fixtures, TopicName: string, EventName = 'JOB_FAILED', times = 1) =>
  job(fixtures, {
    Tasks: [fixtures.task('true')],
    Notifications: [
      { TopicName, EventConfigs: Array.from({ length: times }, () => ({ EventName, EventVars: [] })) },
    ],
  });
const twoTasks = (fixtures: Fixtures) => [fixtures.task('true'), fixtures.task('true', { TaskName: 'b' })];
const edge = (StartTask: string, EndTask: string) => ({ StartTask, EndTask });
const market = (MaxPrice: string) => ({
  InstanceChargeType: 'SPOTPAID',
  InstanceMarketOptions: { SpotOptions: { MaxPrice } },
});

const submitJob: Case[] = [
  ...byInput('SubmitJob', {
    ...Object.fromEntries(
      Object.entries({ ...invalidTasks, ...moreInvalidTasks }).map(([code, taskOf]) => [
        code,
        (fixtures: Fixtures) => withTask(fixtures, taskOf(fixtures)),
      ]),
    ),
    'InvalidParameter.InvalidParameterCombination': (fixtures) =>
      withTask(fixtures, {
        ...fixtures.task('true'),
        Application: { DeliveryForm: 'LOCAL', Command: 'true', Commands: [{ Command: 'true' }] },
      }),
    'InvalidParameter.JobDescriptionTooLong': (fixtures) =>
      job(fixtures, { Tasks: [fixtures.task('true')], JobDescription: 'x'.repeat(201) }),
    'InvalidParameter.JobNameTooLong': (fixtures) =>
      job(fixtures, { Tasks: [fixtures.task('true')], JobName: 'x'.repeat(61) }),
    'InvalidParameter.NotificationEventNameDuplicate': (fixtures) =>
      withTopic(fixtures, 'topic', 'JOB_FAILED', 2),
    'InvalidParameter.NotificationTopicName': (fixtures) => withTopic(fixtures, '1topic'),
    'InvalidParameter.NotificationTopicNameTooLong': (fixtures) => withTopic(fixtures, 't'.repeat(65)),
    'InvalidParameterValue.DependenceNotFoundTaskName': (fixtures) =>
      job(fixtures, { Tasks: twoTasks(fixtures), Dependences: [edge('a', 'c')] }),
    'InvalidParameterValue.DependenceUnfeasible': (fixtures) =>
      job(fixtures, { Tasks: twoTasks(fixtures), Dependences: [edge('a', 'b'), edge('b', 'a')] }),
    'InvalidParameterValue.InstanceTypeDuplicate': (fixtures) =>
      withMachine(fixtures, { InstanceTypes: ['S5.SMALL2', 'S5.SMALL2'] }),
    'InvalidParameterValue.LimitExceeded': (fixtures) =>
      withMachine(fixtures, { InstanceTypes: Array.from({ length: 11 }, (_, index) => `S5.SMALL${index}`) }),
    'InvalidParameterValue.NotFloat': (fixtures) => withMachine(fixtures, market('cheap')),
    'InvalidParameterValue.TaskInstanceNum': (fixtures) =>
      withTask(fixtures, fixtures.task('true', { TaskInstanceNum: 0 })),
    'InvalidZone.MismatchRegion': (fixtures) =>
      job(fixtures, { Tasks: [fixtures.task('true')] }, 'ap-shanghai-2'),
    'ResourceNotFound.ComputeEnv': (fixtures) =>
      withTask(fixtures, fixtures.task('true', { EnvId: unknown.EnvId })),
  }),
  ...byState('SubmitJob', 'engine', {
    'InvalidParameterValue.UnavailableZone': async (fixtures) =>
      job(fixtures, { Tasks: [fixtures.task('true')] }, fixtures.target.faultyZones?.unavailable),
  }),
  {
    action: 'SubmitJob',
    code: 'LimitExceeded.JobQuota',
    needs: 'engine',
    // Quotas are per region, so another region keeps this case from affecting the others.
    region: 'ap-tokyo',
    input: async (fixtures) => {
      const EnvId = await fixtures.createEnv(0, 'ap-tokyo-2', 'ap-tokyo');
      const waiting = {
        Placement: { Zone: 'ap-tokyo-2' },
        Job: { Tasks: [fixtures.task('true', { EnvId })] },
      };
      for (let n = 0; n < 25; n += 1) await fixtures.submit(waiting.Job.Tasks, {}, 'ap-tokyo');
      return waiting;
    },
  },
];

const task = { ...unknown, TaskName: 'a' };
const lists: Case[] = byInput('DescribeJobs', {
  InvalidFilter: () => filter('color', 'red'),
  'InvalidParameter.InvalidParameterCombination': () => ({
    JobIds: [unknown.JobId],
    ...filter('job-name', 'a'),
  }),
  'InvalidParameter.JobIdMalformed': () => ({ JobIds: ['job_1'] }),
  InvalidParameterValue: () => ({ Limit: 101 }),
  'InvalidParameterValue.InvalidFilter': () => filter('job-name'),
  'InvalidParameterValue.LimitExceeded': () => filter('job-name', ...tooManyValues),
  'InvalidZone.MismatchRegion': () => filter('zone', 'ap-nowhere-1'),
  UnknownParameter: () => ({ Nonsense: 1 }),
});

const reads: Case[] = [
  ...(['DescribeJob', 'DescribeJobSubmitInfo', 'TerminateJob', 'DeleteJob'] as const).flatMap((action) =>
    byInput(action, {
      'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1' }),
      'ResourceNotFound.Job': () => ({ JobId: unknown.JobId }),
    }),
  ),
  ...byInput('DescribeTask', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a' }),
    'ResourceNotFound.Task': () => ({ JobId: unknown.JobId, TaskName: 'a' }),
  }),
  ...byInput('DescribeTaskLogs', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a' }),
    'InvalidParameter.TaskName': () => ({ JobId: task.JobId, TaskName: '' }),
    'InvalidParameter.TaskNameTooLong': () => ({ JobId: task.JobId, TaskName: 'a'.repeat(201) }),
    InvalidParameterValue: () => ({ JobId: task.JobId, TaskName: 'a', Limit: 11 }),
    'InvalidParameterValue.Negative': () => ({ JobId: task.JobId, TaskName: 'a', TaskInstanceIndexes: [-1] }),
    'ResourceNotFound.Job': () => ({ JobId: task.JobId, TaskName: 'a' }),
    UnknownParameter: () => ({ JobId: task.JobId, TaskName: 'a', Nonsense: 1 }),
  }),
  ...byState('DescribeTaskLogs', 'resources', {
    'ResourceNotFound.Task': async (fixtures) => ({ JobId: await fixtures.succeededJob(), TaskName: 'b' }),
    'ResourceNotFound.TaskInstance': async (fixtures) => ({
      JobId: await fixtures.succeededJob(),
      TaskName: 'a',
      TaskInstanceIndexes: [2],
    }),
  }),
  ...byInput('DescribeJobMonitorData', {
    'InvalidParameter.JobIdMalformed': () => ({
      JobId: 'job_1',
      TaskName: 'a',
      TaskInstanceIndex: 0,
      MetricName: 'CpuUsage',
    }),
    'ResourceNotFound.Job': () => ({
      JobId: unknown.JobId,
      TaskName: 'a',
      TaskInstanceIndex: 0,
      MetricName: 'CpuUsage',
    }),
  }),
];

const changes: Case[] = [
  ...byInput('RetryJobs', {
    'InvalidParameter.JobIdMalformed': () => ({ JobIds: ['job_1'] }),
    'ResourceNotFound.Job': () => ({ JobIds: [unknown.JobId] }),
  }),
  ...byState('RetryJobs', 'resources', {
    UnsupportedOperation: async (fixtures) => ({ JobIds: [await fixtures.runningJob()] }),
  }),
  ...byInput('TerminateTaskInstance', {
    'InvalidParameter.JobIdMalformed': () => ({ JobId: 'job_1', TaskName: 'a', TaskInstanceIndex: 0 }),
    'ResourceNotFound.TaskInstance': () => ({ JobId: unknown.JobId, TaskName: 'a', TaskInstanceIndex: 0 }),
  }),
  ...byState('TerminateJob', 'engine', {
    // So many instances are expanded over many scheduling passes; until then the job is SUBMITTED.
    UnsupportedOperation: async (fixtures) => ({
      JobId: await fixtures.submit([
        fixtures.task('true', { EnvId: await fixtures.emptyEnv(), TaskInstanceNum: 200_000 }),
      ]),
    }),
  }),
  ...byState('TerminateJob', 'resources', {
    'ResourceInUse.Job': async (fixtures) => {
      const JobId = await fixtures.submit([fixtures.task(stubborn)]);
      await fixtures.jobState(JobId, 'RUNNING');
      await fixtures.terminate(JobId);
      return { JobId };
    },
  }),
  ...byState('DeleteJob', 'resources', {
    'ResourceInUse.Job': async (fixtures) => ({ JobId: await fixtures.runningJob() }),
    UnsupportedOperation: async (fixtures) => ({ JobId: await fixtures.interruptedJob() }),
  }),
];

export const jobCases: readonly Case[] = [...submitJob, ...lists, ...reads, ...changes];
