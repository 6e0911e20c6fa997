/** Resources in given states, created on first use and shared by read-only cases. */
import { call, type Target, until } from './target.ts';
import type { OutputOf } from './vocabulary.ts';

export interface Fixtures {
  readonly target: Target;
  /** Settings of one machine. */
  readonly envData: object;
  /** A task that runs one shell command on a machine created for it. */
  task(command: string, more?: object): object;
  submit(tasks: object[], more?: object, region?: string): Promise<string>;
  createEnv(count: number, zone?: string, region?: string): Promise<string>;
  nodesOf(EnvId: string): Promise<readonly Node[]>;
  /** An environment with one idle node. */
  env(): Promise<string>;
  /** An environment without nodes. */
  emptyEnv(): Promise<string>;
  /** An environment whose only node runs a command that ignores SIGTERM. */
  busyEnv(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** A busy node that is being terminated. */
  endingNode(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** An environment whose only node is never created. */
  stuckEnv(): Promise<{ readonly EnvId: string; readonly ComputeNodeId: string }>;
  /** An environment whose deletion never completes. */
  deletingEnv(): Promise<string>;
  /** An environment with one attached machine. */
  attachedEnv(): Promise<{
    readonly EnvId: string;
    readonly ComputeNodeId: string;
    readonly InstanceId: string;
  }>;
  runningJob(): Promise<string>;
  succeededJob(): Promise<string>;
  failedJob(): Promise<string>;
  /** A job in FAILED_INTERRUPTED, whose failed instance retains its machine. */
  interruptedJob(): Promise<string>;
  createTemplate(input: object, region?: string): Promise<string>;
  terminate(JobId: string): Promise<unknown>;
  jobState(JobId: string, ...states: string[]): Promise<OutputOf<'DescribeJob'>>;
}

type Node = NonNullable<NonNullable<OutputOf<'DescribeComputeEnv'>['ComputeNodeSet']>[number]>;

/** Ignores SIGTERM, so a termination lasts until SIGKILL and can be observed. */
export const stubborn = "trap '' TERM; while :; do sleep 0.1; done";

export const createFixtures = (target: Target): Fixtures => {
  const created = new Map<string, Promise<unknown>>();
  /** Creates a resource on first use. */
  const lazily =
    <T>(name: string, make: () => Promise<T>) =>
    (): Promise<T> => {
      const known = created.get(name) ?? make();
      created.set(name, known);
      // Each name is used with one type only, in the list below.
      return known as Promise<T>;
    };

  const envData = { InstanceType: target.instanceType, ImageId: target.imageId };
  const task: Fixtures['task'] = (Command, more = {}) => ({
    TaskName: 'a',
    Application: { DeliveryForm: 'LOCAL', Command },
    ...('EnvId' in more ? {} : { ComputeEnv: { EnvType: 'MANAGED', EnvData: envData } }),
    ...more,
  });
  const submit: Fixtures['submit'] = async (Tasks, more = {}, region = target.region) => {
    const Zone = region === target.region ? target.zone : `${region}-2`;
    const { JobId } = await call(
      target,
      'SubmitJob',
      { Placement: { Zone }, Job: { Tasks, ...more } },
      region,
    );
    return String(JobId);
  };
  const jobState: Fixtures['jobState'] = (JobId, ...states) =>
    until(`job ${JobId} is ${states.join(' or ')}`, async () => {
      const job = await call(target, 'DescribeJob', { JobId });
      return states.includes(String(job.JobState)) && job;
    });
  const createEnv: Fixtures['createEnv'] = async (
    DesiredComputeNodeCount,
    Zone = target.zone,
    region = target.region,
  ) => {
    const ComputeEnv = { EnvName: 'contract', DesiredComputeNodeCount, EnvData: envData };
    const { EnvId } = await call(target, 'CreateComputeEnv', { Placement: { Zone }, ComputeEnv }, region);
    return String(EnvId);
  };
  const nodesOf: Fixtures['nodesOf'] = async (EnvId) =>
    ((await call(target, 'DescribeComputeEnv', { EnvId })).ComputeNodeSet ?? []).flatMap(
      (node) => node ?? [],
    );
  const nodeIn = (EnvId: string, state: string) =>
    until(`a node of ${EnvId} is ${state}`, async () => {
      const node = (await nodesOf(EnvId)).find(({ ComputeNodeState }) => ComputeNodeState === state);
      return node?.ComputeNodeId ?? undefined;
    });
  const jobIn = (name: string, command: string, state: string, more: object = {}) =>
    lazily(name, async () => {
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
    env: lazily('env', async () => {
      const EnvId = await createEnv(1);
      await nodeIn(EnvId, 'RUNNING');
      return EnvId;
    }),
    emptyEnv: lazily('emptyEnv', () => createEnv(0)),
    busyEnv: lazily('busyEnv', createBusyEnv),
    // Not shared: it disappears as soon as its command has been killed.
    endingNode: async () => {
      const busy = await createBusyEnv();
      await call(target, 'TerminateComputeNode', busy);
      return busy;
    },
    stuckEnv: lazily('stuckEnv', async () => {
      const EnvId = await createEnv(1, target.faultyZones?.stuck);
      return { EnvId, ComputeNodeId: await nodeIn(EnvId, 'CREATING') };
    }),
    deletingEnv: lazily('deletingEnv', async () => {
      const EnvId = await createEnv(0, target.faultyZones?.stuck);
      await call(target, 'DeleteComputeEnv', { EnvId });
      return EnvId;
    }),
    attachedEnv: lazily('attachedEnv', async () => {
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
