/** Things in certain states, made when a case first needs one, and shared by the cases that only look. */
import { call, type Target, until } from './target.ts';
import type { OutputOf } from './vocabulary.ts';

export interface World {
  readonly target: Target;
  /** One machine's worth of settings. */
  readonly envData: object;
  /** A task that runs one shell command on a machine made for it. */
  task(command: string, more?: object): object;
  submit(tasks: object[], more?: object, region?: string): Promise<string>;
  createEnv(count: number, zone?: string, region?: string): Promise<string>;
  nodesOf(EnvId: string): Promise<readonly Node[]>;
  /** An environment with one node that runs and is idle. */
  env(): Promise<string>;
  /** An environment that keeps no node. */
  emptyEnv(): Promise<string>;
  /** An environment whose one node is busy with a command that takes its time to end. */
  busyEnv(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** A node that has been told to end, and is busy so that it takes its time. */
  endingNode(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** An environment whose one node will never be made. */
  stuckEnv(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** An environment that is being deleted and stays so. */
  deletingEnv(): Promise<string>;
  /** An environment with one machine that was attached. */
  attachedEnv(): Promise<{
    readonly EnvId: string;
    readonly ComputeNodeId: string;
    readonly InstanceId: string;
  }>;
  runningJob(): Promise<string>;
  succeededJob(): Promise<string>;
  failedJob(): Promise<string>;
  /** A failed job that keeps its scene. */
  interruptedJob(): Promise<string>;
  createTemplate(input: object, region?: string): Promise<string>;
  terminate(JobId: string): Promise<unknown>;
  jobState(JobId: string, ...states: string[]): Promise<OutputOf<'DescribeJob'>>;
}

type Node = NonNullable<NonNullable<OutputOf<'DescribeComputeEnv'>['ComputeNodeSet']>[number]>;

/** Ignores the polite signal, so that what is being ended can be looked at. */
export const stubborn = "trap '' TERM; while :; do sleep 0.1; done";

export const createWorld = (target: Target): World => {
  const made = new Map<string, Promise<unknown>>();
  /** Makes a thing once. */
  const once =
    <T>(name: string, make: () => Promise<T>) =>
    (): Promise<T> => {
      const known = made.get(name) ?? make();
      made.set(name, known);
      // Each name is used with one type, in the one line below that gives it.
      return known as Promise<T>;
    };

  const envData = { InstanceType: target.instanceType, ImageId: target.imageId };
  const task: World['task'] = (Command, more = {}) => ({
    TaskName: 'a',
    Application: { DeliveryForm: 'LOCAL', Command },
    ...('EnvId' in more ? {} : { ComputeEnv: { EnvType: 'MANAGED', EnvData: envData } }),
    ...more,
  });
  const submit: World['submit'] = async (Tasks, more = {}, region = target.region) => {
    const Zone = region === target.region ? target.zone : `${region}-2`;
    const { JobId } = await call(
      target,
      'SubmitJob',
      { Placement: { Zone }, Job: { Tasks, ...more } },
      region,
    );
    return String(JobId);
  };
  const jobState: World['jobState'] = (JobId, ...states) =>
    until(`job ${JobId} is ${states.join(' or ')}`, async () => {
      const job = await call(target, 'DescribeJob', { JobId });
      return states.includes(String(job.JobState)) && job;
    });
  const createEnv: World['createEnv'] = async (
    DesiredComputeNodeCount,
    Zone = target.zone,
    region = target.region,
  ) => {
    const ComputeEnv = { EnvName: 'contract', DesiredComputeNodeCount, EnvData: envData };
    const { EnvId } = await call(target, 'CreateComputeEnv', { Placement: { Zone }, ComputeEnv }, region);
    return String(EnvId);
  };
  const nodesOf: World['nodesOf'] = async (EnvId) =>
    ((await call(target, 'DescribeComputeEnv', { EnvId })).ComputeNodeSet ?? []).flatMap(
      (node) => node ?? [],
    );
  const nodeIn = (EnvId: string, state: string) =>
    until(`a node of ${EnvId} is ${state}`, async () => {
      const node = (await nodesOf(EnvId)).find(({ ComputeNodeState }) => ComputeNodeState === state);
      return node?.ComputeNodeId ?? undefined;
    });
  const jobIn = (name: string, command: string, state: string, more: object = {}) =>
    once(name, async () => {
      const JobId = await submit([task(command, more)]);
      await jobState(JobId, state);
      return JobId;
    });

  const createBusyEnv = async () => {
    const EnvId = await createEnv(1);
    const ComputeNodeId = await nodeIn(EnvId, 'RUNNING');
    await jobState(await submit([task(stubborn, { EnvId })]), 'RUNNING');
    return { EnvId, ComputeNodeId };
  };

  return {
    target,
    envData,
    task,
    submit,
    createEnv,
    nodesOf,
    jobState,
    env: once('env', async () => {
      const EnvId = await createEnv(1);
      await nodeIn(EnvId, 'RUNNING');
      return EnvId;
    }),
    emptyEnv: once('emptyEnv', () => createEnv(0)),
    busyEnv: once('busyEnv', createBusyEnv),
    // Made anew each time: it is gone as soon as its command has been killed.
    endingNode: async () => {
      const busy = await createBusyEnv();
      await call(target, 'TerminateComputeNode', busy);
      return busy;
    },
    stuckEnv: once('stuckEnv', async () => {
      const EnvId = await createEnv(1, target.faultyZones?.stuck);
      return { EnvId, ComputeNodeId: await nodeIn(EnvId, 'CREATING') };
    }),
    deletingEnv: once('deletingEnv', async () => {
      const EnvId = await createEnv(0, target.faultyZones?.stuck);
      await call(target, 'DeleteComputeEnv', { EnvId });
      return EnvId;
    }),
    attachedEnv: once('attachedEnv', async () => {
      const EnvId = await createEnv(0);
      const InstanceId = 'ins-contract';
      await call(target, 'AttachInstances', { EnvId, Instances: [{ InstanceId }] });
      return { EnvId, InstanceId, ComputeNodeId: await nodeIn(EnvId, 'RUNNING') };
    }),
    runningJob: jobIn('runningJob', 'sleep 300', 'RUNNING'),
    succeededJob: jobIn('succeededJob', 'echo done', 'SUCCEED', { TaskInstanceNum: 2 }),
    failedJob: jobIn('failedJob', 'echo oh >&2; exit 3', 'FAILED'),
    interruptedJob: jobIn('interruptedJob', 'exit 3', 'FAILED_INTERRUPTED', { FailedAction: 'INTERRUPT' }),
    terminate: (JobId) => call(target, 'TerminateJob', { JobId }),
    createTemplate: async (input, region = target.region) =>
      String((await call(target, 'CreateTaskTemplate', input, region)).TaskTemplateId),
  };
};
