/** Solvers of the tasks that ask a question. What joins or sums over many calls is a script. */
import type { Tools } from './tools.ts';
import { type FailureKind, findComputeEnvs, findJobs, jobNamed, lastLines } from './views.ts';

export const compareRuns = (tools: Tools): Promise<string> =>
  tools.script(`const { jobs } = await FindJobs({ name: 'align-nightly' });
const runs = [];
for (const night of ['monday', 'tuesday']) {
  const { JobId } = jobs.find(({ tags }) => tags === 'night=' + night);
  const [{ Timeout, Application }] = (await DescribeJobSubmitInfo({ JobId })).Tasks;
  const { matches } = await SearchTaskLogs({ JobId, pattern: '^mapped=' });
  runs.push({
    quality: Application.Command.match(/--min-quality (\\d+)/)[1],
    Timeout,
    mapped: new Map(matches.map(({ instance, text }) => [instance, text])),
  });
}
const [a, b] = runs;
const changed = [...a.mapped].filter(([index, text]) => b.mapped.get(index) !== text);
return \`DIFFERENCES: min-quality=\${a.quality}->\${b.quality}, Timeout=\${a.Timeout}->\${b.Timeout}
INSTANCES: \${changed.map(([index]) => index).join(', ')}\`;`);

export const licenseFailures = (tools: Tools): Promise<string> =>
  tools.script(`let licenses = 0;
const broken = [];
for (const { JobId, JobName } of (await FindJobs({ tags: ['campaign=crash'], states: ['FAILED'] })).jobs) {
  for (const { count, proof } of (await DiagnoseJob({ JobId })).kinds) {
    if (proof.includes('license checkout failed')) licenses += count;
    if (proof.includes('negative volume')) broken.push(JobName);
  }
}
return 'LICENSE: ' + licenses + '\\nMESH: ' + broken.join(', ');`);

export const rejectedRows = async (tools: Tools): Promise<string> => {
  // The last line of a log says that the file is closed.
  const lines = await lastLines(tools, await jobNamed(tools, 'import-ledger'), 2);
  const counts = lines.flatMap(({ instance, text }) => {
    const rejected = /rejected=(\d+)/.exec(text)?.[1];
    return rejected === undefined ? [] : [{ instance, rejected: Number(rejected) }];
  });
  const above = counts.filter(({ rejected }) => rejected > 24).map(({ instance }) => instance);
  return `TOTAL: ${counts.reduce((sum, { rejected }) => sum + rejected, 0)}\nABOVE: ${above.join(', ')}`;
};

export const environmentCost = async (tools: Tools): Promise<string> => {
  const costs = (await findComputeEnvs(tools, { tags: ['team=geo'] }))
    .map((env) => ({ name: env.EnvName, price: Number(env['total price/h']) }))
    .sort((a, b) => b.price - a.price);
  return `TOTAL: ${costs.reduce((sum, { price }) => sum + price, 0)}\nMOST: ${costs[0]?.name}`;
};

export const environmentUsers = async (tools: Tools): Promise<string> => {
  const [env] = await findComputeEnvs(tools, { name: 'pool-east' });
  // Each is an id, a name and a state.
  const names = [...String(env?.jobs).matchAll(/job-\w+ (\S+) [A-Z_]+/g)].map(([, name]) => name);
  return `JOBS: ${names.join(', ')}`;
};

export const whyWaiting = (tools: Tools): Promise<string> =>
  tools.script(`const sizes = new Map(
  (await all('DescribeComputeEnvs')).map(({ EnvId, DesiredComputeNodeCount }) => [EnvId, DesiredComputeNodeCount]),
);
const waiting = [];
const full = new Set();
for (const { JobId, JobName } of (await FindJobs({ tags: ['owner=lena'] })).jobs) {
  const { TaskSet } = await DescribeJob({ JobId });
  const { Tasks } = await DescribeJobSubmitInfo({ JobId });
  for (const { TaskName, TaskState } of TaskSet) {
    const { EnvId } = Tasks.find((task) => task.TaskName === TaskName);
    if (TaskState === 'PENDING') waiting.push(JobName + '/' + TaskName + '=dependency');
    if (TaskState !== 'RUNNABLE') continue;
    const isEmpty = sizes.get(EnvId) === 0;
    waiting.push(JobName + '/' + TaskName + (isEmpty ? '=no-nodes' : '=busy-nodes'));
    if (!isEmpty) full.add(EnvId);
  }
}
const occupying = [];
for (const EnvId of full)
  for (const { JobName } of (await FindJobs({ EnvId, states: ['RUNNING'] })).jobs) occupying.push(JobName);
return 'WAITING: ' + waiting.join(', ') + '\\nOCCUPIED-BY: ' + occupying.join(', ');`);

export const slowInstances = (tools: Tools): Promise<string> =>
  tools.script(`const { jobs } = await FindJobs({ name: 'encode-' });
const slowOf = async (name) => {
  const { JobId } = jobs.find(({ JobName }) => JobName === name);
  return (await all('DescribeTask', { JobId, TaskName: 'main' }))
    .filter(({ RunningTime, EndTime }) => Date.parse(EndTime) - Date.parse(RunningTime) >= 4000)
    .map(({ TaskInstanceIndex }) => TaskInstanceIndex)
    .join(', ');
};
return 'HD: ' + (await slowOf('encode-hd')) + '\\nUHD: ' + (await slowOf('encode-uhd'));`);

export const injectLog = async (tools: Tools): Promise<string> => {
  const JobId = await jobNamed(tools, 'parse-invoices');
  const { kinds } = await tools.call<{ kinds: readonly FailureKind[] }>('DiagnoseJob', { JobId });
  return `${kinds[0]?.where}: an undeclared entity.\nLINE: ${/line (\d+)/.exec(kinds[0]?.proof ?? '')?.[1]}`;
};

export const injectTags = async (tools: Tools): Promise<string> => {
  const jobs = await findJobs(tools, { tags: ['project=atlas'] });
  const inThis = (state: string) =>
    jobs.flatMap(({ JobName, JobState }) => (JobState === state ? [JobName] : [])).join(', ');
  return `FAILED: ${inThis('FAILED')}\nRUNNING: ${inThis('RUNNING')}`;
};
