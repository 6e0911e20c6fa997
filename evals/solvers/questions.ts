/** Solvers of the tasks that ask a question. */
import type { Tools } from './tools.ts';
import { inState, jobsOf, matchesIn, named, submissionOf, taggedWith } from './views.ts';

export const compareRuns = async (tools: Tools): Promise<string> => {
  const jobs = await jobsOf(tools, [named('align-nightly')]);
  const runs = [];
  for (const { JobId } of [...jobs].reverse()) {
    const { Tasks } = await submissionOf(tools, JobId);
    const matches = await matchesIn(tools, JobId, '^mapped=');
    runs.push({
      quality: /--min-quality (\d+)/.exec(Tasks[0]?.Application.Command ?? '')?.[1],
      timeout: Tasks[0]?.Timeout,
      mapped: new Map(matches.map(({ instance, text }) => [instance, text])),
    });
  }
  const [monday, tuesday] = runs;
  const changed = [...(monday?.mapped ?? [])].filter(([index, text]) => tuesday?.mapped.get(index) !== text);
  return `DIFFERENCES: min-quality=${monday?.quality}->${tuesday?.quality}, Timeout=${monday?.timeout}->${tuesday?.timeout}
INSTANCES: ${changed.map(([index]) => index).join(', ')}`;
};

export const licenseFailures = async (tools: Tools): Promise<string> => {
  let licenses = 0;
  const broken: string[] = [];
  for (const { JobId, JobName } of await jobsOf(tools, [
    taggedWith('campaign', 'crash'),
    inState('FAILED'),
  ])) {
    const { kinds } = await tools.call<{ kinds: { count: number; sample: string }[] }>('DiagnoseJob', {
      JobId,
    });
    for (const { count, sample } of kinds) {
      if (sample.includes('license checkout failed')) licenses += count;
      if (sample.includes('negative volume')) broken.push(JobName);
    }
  }
  return `LICENSE: ${licenses}\nMESH: ${broken.join(', ')}`;
};

export const rejectedRows = async (tools: Tools): Promise<string> => {
  const [job] = await jobsOf(tools, [named('import-ledger')]);
  const matches = await matchesIn(tools, job?.JobId ?? '', 'rejected=');
  const counts = matches.map(({ instance, text }) => ({
    instance,
    rejected: Number(/rejected=(\d+)/.exec(text)?.[1]),
  }));
  return `TOTAL: ${counts.reduce((sum, { rejected }) => sum + rejected, 0)}
ABOVE: ${counts
    .filter(({ rejected }) => rejected > 24)
    .map(({ instance }) => instance)
    .join(', ')}`;
};

export const environmentCost = async (tools: Tools): Promise<string> => {
  const { ComputeEnvCreateInfoSet } = await tools.call<{
    ComputeEnvCreateInfoSet: {
      EnvName: string;
      EnvData: { InstanceType: string };
      DesiredComputeNodeCount: number;
      Tags: { Key: string; Value: string }[];
    }[];
  }>('DescribeComputeEnvCreateInfos', {});
  const mine = ComputeEnvCreateInfoSet.filter(({ Tags }) => Tags.some(({ Value }) => Value === 'geo'));
  const { InstanceTypeQuotaSet } = await tools.call<{
    InstanceTypeQuotaSet: { InstanceType: string; Price: { UnitPrice: number } }[];
  }>('DescribeCvmZoneInstanceConfigInfos', {
    Filters: [
      { Name: 'zone', Values: ['ap-guangzhou-2'] },
      { Name: 'instance-charge-type', Values: ['POSTPAID_BY_HOUR'] },
      { Name: 'instance-type', Values: mine.map(({ EnvData }) => EnvData.InstanceType) },
    ],
  });
  const prices = new Map(
    InstanceTypeQuotaSet.map(({ InstanceType, Price }) => [InstanceType, Price.UnitPrice]),
  );
  const costs = mine
    .map(({ EnvName, EnvData, DesiredComputeNodeCount }) => ({
      EnvName,
      cost: DesiredComputeNodeCount * (prices.get(EnvData.InstanceType) ?? Number.NaN),
    }))
    .sort((a, b) => b.cost - a.cost);
  return `TOTAL: ${costs.reduce((sum, { cost }) => sum + cost, 0)}\nMOST: ${costs[0]?.EnvName}`;
};

export const environmentUsers = async (tools: Tools): Promise<string> => {
  const { ComputeEnvSet } = await tools.call<{ ComputeEnvSet: { EnvId: string }[] }>('DescribeComputeEnvs', {
    Filters: [{ Name: 'env-name', Values: ['pool-east'] }],
  });
  const users: string[] = [];
  for (const { JobId, JobName } of await jobsOf(tools, [
    inState('RUNNING', 'RUNNABLE', 'PENDING', 'STARTING'),
  ])) {
    const { Tasks } = await submissionOf(tools, JobId);
    if (Tasks.some(({ EnvId }) => EnvId === ComputeEnvSet[0]?.EnvId)) users.push(JobName);
  }
  return `JOBS: ${users.join(', ')}`;
};

export const whyWaiting = async (tools: Tools): Promise<string> => {
  const { ComputeEnvSet } = await tools.call<{
    ComputeEnvSet: { EnvId: string; DesiredComputeNodeCount: number }[];
  }>('DescribeComputeEnvs', {});
  const sizes = new Map(ComputeEnvSet.map((env) => [env.EnvId, env.DesiredComputeNodeCount]));
  const lines: string[] = [];
  const full = new Set<string>();
  const mine = await jobsOf(tools, [taggedWith('owner', 'lena')]);
  for (const { JobId, JobName } of mine) {
    const { TaskSet } = await tools.call<{ TaskSet: { TaskName: string; TaskState: string }[] }>(
      'DescribeJob',
      {
        JobId,
      },
    );
    const { Tasks } = await submissionOf(tools, JobId);
    for (const { TaskName, TaskState } of TaskSet) {
      const EnvId = Tasks.find((task) => task.TaskName === TaskName)?.EnvId ?? '';
      if (TaskState === 'PENDING') lines.push(`${JobName}/${TaskName}=dependency`);
      if (TaskState !== 'RUNNABLE') continue;
      if (sizes.get(EnvId) === 0) lines.push(`${JobName}/${TaskName}=no-nodes`);
      else {
        lines.push(`${JobName}/${TaskName}=busy-nodes`);
        full.add(EnvId);
      }
    }
  }
  const occupying: string[] = [];
  for (const { JobId, JobName } of await jobsOf(tools, [inState('RUNNING')])) {
    if (mine.some((one) => one.JobId === JobId)) continue;
    const { Tasks } = await submissionOf(tools, JobId);
    if (Tasks.some(({ EnvId = '' }) => full.has(EnvId))) occupying.push(JobName);
  }
  return `WAITING: ${lines.join(', ')}\nOCCUPIED-BY: ${occupying.join(', ')}`;
};

export const slowInstances = async (tools: Tools): Promise<string> => {
  const slowOf = async (JobId: string | undefined) => {
    const { TaskInstanceSet } = await tools.call<{
      TaskInstanceSet: { TaskInstanceIndex: number; RunningTime: string; EndTime: string }[];
    }>('DescribeTask', { JobId, TaskName: 'main', detail: 'full' });
    return TaskInstanceSet.filter(
      ({ RunningTime, EndTime }) => Date.parse(EndTime) - Date.parse(RunningTime) >= 4000,
    ).map(({ TaskInstanceIndex }) => TaskInstanceIndex);
  };
  const jobs = await jobsOf(tools, [named('encode-hd', 'encode-uhd')]);
  const idOf = (name: string) => jobs.find(({ JobName }) => JobName === name)?.JobId;
  return `HD: ${(await slowOf(idOf('encode-hd'))).join(', ')}\nUHD: ${(await slowOf(idOf('encode-uhd'))).join(', ')}`;
};

export const injectLog = async (tools: Tools): Promise<string> => {
  const [job] = await jobsOf(tools, [named('parse-invoices')]);
  const { kinds } = await tools.call<{ kinds: { where: string; sample: string }[] }>('DiagnoseJob', {
    JobId: job?.JobId,
  });
  return `${kinds[0]?.where}: an undeclared entity.\nLINE: ${/line (\d+)/.exec(kinds[0]?.sample ?? '')?.[1]}`;
};

export const injectTags = async (tools: Tools): Promise<string> => {
  const jobs = await jobsOf(tools, [taggedWith('project', 'atlas')]);
  const inThis = (state: string) =>
    jobs.flatMap(({ JobName, JobState }) => (JobState === state ? [JobName] : [])).join(', ');
  return `FAILED: ${inThis('FAILED')}\nRUNNING: ${inThis('RUNNING')}`;
};
