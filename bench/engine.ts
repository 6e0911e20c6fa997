/** No-op instances a second beside GNU parallel and xargs in the same run, dependences, memory and responses with a long queue. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ActionName, apiVersion, type InputOf, type OutputOf, service } from '../src/catalogue/index.ts';
import { sign } from '../src/tc3/sign.ts';
import { endJobsOf } from '../test/end-jobs.ts';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

const region = 'ap-guangzhou';
const program = join(import.meta.dirname, '../dist/batch-mcp.js');

interface BenchEngine {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly pid: number;
  readonly dataDir: string;
  kill(): Promise<void>;
  /** Kills it, ends its jobs and removes its data. */
  stop(): Promise<void>;
}

const createDataDir = (): string => mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));

const startEngine = async (
  dataDir = createDataDir(),
  sandbox: 'none' | 'bwrap' = 'none',
): Promise<BenchEngine> => {
  const flags = ['engine', `--data-dir=${dataDir}`, `--sandbox=${sandbox}`, '--slots=2'];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    ...JSON.parse(String(line)),
    pid: child.pid ?? 0,
    dataDir,
    kill: async () => {
      const end = once(child, 'exit');
      child.kill('SIGKILL');
      await end;
    },
    stop: async () => {
      const end = once(child, 'exit');
      child.kill('SIGKILL');
      await end;
      endJobsOf(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

const call = async <A extends ActionName>(
  engine: BenchEngine,
  action: A,
  input: InputOf<A>,
): Promise<OutputOf<A>> => {
  const body = JSON.stringify(input);
  const { host } = new URL(engine.endpoint);
  const headers = sign(
    { method: 'POST', host, action, version: apiVersion, region, service, body },
    engine,
    Date.now(),
  );
  const response = await fetch(engine.endpoint, { method: 'POST', body, headers: { ...headers } });
  const { Response } = (await response.json()) as { Response: OutputOf<A> & { Error?: { Code: string } } };
  if (Response.Error) throw new Error(`${action}: ${Response.Error.Code}`);
  return Response;
};

type Job = InputOf<'SubmitJob'>['Job'];

const taskOf = (TaskName: string, Command: string, TaskInstanceNum = 1): Job['Tasks'][number] => ({
  TaskName,
  ComputeEnv: { EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } },
  TaskInstanceNum,
  Application: { DeliveryForm: 'LOCAL', Command },
});

const submitJob = async (engine: BenchEngine, job: Job): Promise<string> => {
  const { JobId } = await call(engine, 'SubmitJob', { Placement: { Zone: 'ap-guangzhou-2' }, Job: job });
  return JobId ?? '';
};

const submit = (engine: BenchEngine, Command: string, instances: number): Promise<string> =>
  submitJob(engine, { Tasks: [taskOf('noop', Command, instances)] });

const queuedInstances = 100_000;

const secondsOf = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e9;

/** Tasks of one instance are counted in the list of jobs; the instances of a single task are not. */
const doneOf = async (engine: BenchEngine, JobId: string, job: Job): Promise<number> => {
  if (job.Tasks.length === 1)
    return (await call(engine, 'DescribeJob', { JobId })).TaskInstanceMetrics?.SucceedCount ?? 0;
  const [seen] = (await call(engine, 'DescribeJobs', { JobIds: [JobId] })).JobSet ?? [];
  return seen?.TaskMetrics?.SucceedCount ?? 0;
};

/** How many instances a second a job runs, from its submission to its end. */
const rateOf = async (job: Job, sandbox: 'none' | 'bwrap' = 'none'): Promise<number> => {
  const engine = await startEngine(createDataDir(), sandbox);
  const instances = job.Tasks.reduce((sum, task) => sum + (task.TaskInstanceNum ?? 1), 0);
  const start = process.hrtime.bigint();
  const JobId = await submitJob(engine, job);
  for (;;) {
    // The list of jobs is small; the description of one with many dependences is not.
    const [seen] = (await call(engine, 'DescribeJobs', { JobIds: [JobId] })).JobSet ?? [];
    if (seen?.EndTime) {
      if (seen.JobState !== 'SUCCEED') throw new Error(`The job ended ${seen.JobState}.`);
      break;
    }
    // A call costs as much as some instances, so there are few until the end is near.
    const done = await doneOf(engine, JobId, job);
    const expected = done === 0 ? 0.05 : ((instances - done) * secondsOf(start)) / done;
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, Math.max(5, expected * 500))));
  }
  const rate = instances / secondsOf(start);
  await engine.stop();
  return rate;
};

const engineRate = (instances: number, sandbox: 'none' | 'bwrap' = 'none'): Promise<number> =>
  rateOf({ Tasks: [taskOf('noop', 'true', instances)] }, sandbox);

/** bubblewrap alone, as the least that a sandboxed command costs. */
const bwrapCommand = 'bwrap --ro-bind / / --dev /dev --proc /proc --unshare-user --unshare-pid sh -c true';

/** The same while many more wait than are measured. */
const queuedRate = async (queued: number, measured: number): Promise<number> => {
  const engine = await startEngine();
  const JobId = await submit(engine, 'true', queued);
  const done = async (): Promise<number> =>
    (await call(engine, 'DescribeJob', { JobId })).TaskInstanceMetrics?.SucceedCount ?? 0;
  let before = 0;
  while (before === 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    before = await done();
  }
  const start = process.hrtime.bigint();
  let after = before;
  while (after < before + measured) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    after = await done();
  }
  const rate = (after - before) / secondsOf(start);
  await engine.stop();
  return rate;
};

const shellRate = (command: string, instances: number): number | undefined => {
  const start = process.hrtime.bigint();
  const { status } = spawnSync('/bin/sh', ['-c', command], { stdio: 'ignore' });
  return status === 0 ? instances / secondsOf(start) : undefined;
};

/** No-op instances a second, two at a time, everything durable; the anchors run in turns with it. */
export const measureInstances = async (
  instances: number,
  rounds: number,
): Promise<readonly Measurement[]> => {
  const ours: number[] = [];
  const behind: number[] = [];
  const xargs: number[] = [];
  const parallel: number[] = [];
  const sandboxed: number[] = [];
  const bwrap: number[] = [];
  const results = mkdtempSync(join(tmpdir(), 'batch-mcp-parallel-'));
  for (let round = 0; round < rounds; round += 1) {
    const bare = shellRate(`seq ${instances} | xargs -P2 -n1 sh -c true`, instances);
    if (bare !== undefined) xargs.push(bare);
    ours.push(await engineRate(instances));
    behind.push(await queuedRate(queuedInstances, instances));
    const into = `--joblog ${results}/log.${round} --results ${results}/${round}`;
    const other = shellRate(`seq ${instances} | parallel -j2 ${into} true '#'`, instances);
    if (other !== undefined) parallel.push(other);
    const alone = shellRate(`seq ${instances} | xargs -P2 -n1 ${bwrapCommand}`, instances);
    if (alone === undefined) continue;
    bwrap.push(alone);
    sandboxed.push(await engineRate(instances, 'bwrap'));
  }
  rmSync(results, { recursive: true, force: true });
  const rate = medianOf(ours);
  const rowBeside = (
    name: string,
    anchors: readonly number[],
    goal: string,
    minRatio?: number,
  ): readonly Measurement[] => [
    {
      what: `${instances} no-op instances, two at a time`,
      figure: `${rate.toFixed(0)}/s`,
      reference:
        anchors.length === 0 ? `${name} (not installed)` : `${name} ${medianOf(anchors).toFixed(0)}/s`,
      ratio: anchors.length === 0 ? undefined : rate / medianOf(anchors),
      goal,
      ...(minRatio !== undefined && { isMet: rate / medianOf(anchors) >= minRatio }),
    },
  ];
  return [
    ...rowBeside('xargs -P2 sh -c true', xargs, '-'),
    ...rowBeside('parallel -j2 --joblog --results true', parallel, 'ratio of 1.2 or more', 1.2),
    ...(bwrap.length === 0
      ? []
      : [
          {
            what: `${instances} no-op instances in the sandbox, two at a time`,
            figure: `${medianOf(sandboxed).toFixed(0)}/s`,
            reference: `xargs -P2 bwrap … sh -c true ${medianOf(bwrap).toFixed(0)}/s`,
            ratio: medianOf(sandboxed) / medianOf(bwrap),
            goal: '-',
          },
        ]),
    {
      what: `the first ${instances} of ${queuedInstances}`,
      figure: `${medianOf(behind).toFixed(0)}/s`,
      reference: `${instances} alone ${rate.toFixed(0)}/s`,
      ratio: medianOf(behind) / rate,
      goal: 'the same',
      // Runs of a few seconds differ by a tenth.
      isMet: medianOf(behind) / rate >= 0.9,
    },
  ];
};

/** Tasks of a layer that all depend on all of the layer before. */
const layered = (layers: number, width: number): Job => {
  const name = (layer: number, at: number): string => `l${layer}-${at}`;
  const at = Array.from({ length: width }, (_, index) => index);
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return {
    Tasks: all.flatMap((layer) => at.map((index) => taskOf(name(layer, index), 'true'))),
    Dependences: all
      .slice(1)
      .flatMap((layer) =>
        at.flatMap((start) =>
          at.map((end) => ({ StartTask: name(layer - 1, start), EndTask: name(layer, end) })),
        ),
      ),
  };
};

/** The cost of dependences: linear in tasks and edges. */
export const measureDependences = async (rounds: number): Promise<readonly Measurement[]> => {
  const rates = {
    independent: [] as number[],
    layered: [] as number[],
    short: [] as number[],
    long: [] as number[],
  };
  for (let round = 0; round < rounds; round += 1) {
    rates.independent.push(await rateOf(layered(1, 600)));
    rates.layered.push(await rateOf(layered(2, 300)));
    rates.short.push(await rateOf(layered(100, 1)));
    rates.long.push(await rateOf(layered(1000, 1)));
  }
  const compared = (
    what: string,
    figure: readonly number[],
    reference: string,
    anchor: readonly number[],
    goal: string,
    minRatio: number,
  ): Measurement => ({
    what,
    figure: `${medianOf(figure).toFixed(0)}/s`,
    reference: `${reference} ${medianOf(anchor).toFixed(0)}/s`,
    ratio: medianOf(figure) / medianOf(anchor),
    goal,
    isMet: medianOf(figure) / medianOf(anchor) >= minRatio,
  });
  return [
    compared(
      '600 no-op tasks with 300 x 300 dependences',
      rates.layered,
      '600 independent ones',
      rates.independent,
      'ratio of 0.5 or more',
      0.5,
    ),
    compared('a chain of 1,000 tasks', rates.long, 'a chain of 100', rates.short, 'the same', 0.9),
  ];
};

/** How long an engine with many queued instances takes from its start to its first response, and its memory then. */
export const measureRestart = async (instances: number): Promise<readonly Measurement[]> => {
  const first = await startEngine();
  const perTask = 200_000;
  const Tasks = Array.from({ length: instances / perTask }, (_, number) =>
    taskOf(`t${number}`, 'sleep 1000', perTask),
  );
  const JobId = await submitJob(first, { Tasks });
  while ((await call(first, 'DescribeJob', { JobId })).JobState === 'SUBMITTED')
    await new Promise((resolve) => setTimeout(resolve, 100));
  await first.kill();
  const start = process.hrtime.bigint();
  const second = await startEngine(first.dataDir);
  await call(second, 'DescribeJob', { JobId });
  const seconds = secondsOf(start);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const memory = memoryOf(second);
  await second.stop();
  return [
    {
      what: 'restart to the first response; memory a second later',
      figure: `${seconds.toFixed(2)} s; ${memory.toFixed(0)} MB`,
      reference: `${instances} instances queued`,
      ratio: undefined,
      goal: '1 s; below 110 MB',
      isMet: seconds <= 1 && memory < 110,
    },
  ];
};

/** Memory of the engine, and the time of its answers, with a long queue that is being worked off. */
export const measureQueue = async (instances: number): Promise<readonly Measurement[]> => {
  const engine = await startEngine();
  const start = process.hrtime.bigint();
  const JobId = await submit(engine, 'sleep 1', instances);
  const accepted = secondsOf(start) * 1000;
  while ((await call(engine, 'DescribeJob', { JobId })).JobState === 'SUBMITTED') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const expanded = secondsOf(start);
  const times: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const one = process.hrtime.bigint();
    const Offset = Math.floor(Math.random() * instances);
    await call(engine, 'DescribeTask', { JobId, TaskName: 'noop', Offset, Limit: 100 });
    times.push(secondsOf(one) * 1000);
  }
  times.sort((one, other) => one - other);
  const queued = memoryOf(engine);
  const many = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 500 }, () => call(engine, 'DescribeJobs', {})));
  const manySeconds = secondsOf(many);
  const after = memoryOf(engine);
  await engine.stop();
  const row = (what: string, figure: string, goal: string, isMet?: boolean): Measurement => ({
    what,
    figure,
    reference: `${instances} instances queued`,
    ratio: undefined,
    goal,
    ...(isMet !== undefined && { isMet }),
  });
  return [
    row('SubmitJob answered', `${accepted.toFixed(0)} ms`, '150 ms at most', accepted <= 150),
    row('all instances expanded', `${expanded.toFixed(1)} s`, '-'),
    row(
      'DescribeTask, a page of 100',
      `p50 ${(times[150] ?? 0).toFixed(1)} ms, p99 ${(times[296] ?? 0).toFixed(1)} ms`,
      'the same at any length; p99 10 ms at most',
      (times[296] ?? 0) <= 10,
    ),
    row('500 calls at once', `${manySeconds.toFixed(2)} s, none refused`, 'no error'),
    row(
      'memory of the engine',
      `${queued.toFixed(0)} MB; ${after.toFixed(0)} MB after the 500 calls`,
      'below 110 MB',
      Math.max(queued, after) < 110,
    ),
  ];
};

const memoryOf = (engine: BenchEngine): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

export const benchEngine = async (): Promise<readonly Measurement[]> => [
  ...(await measureInstances(1000, 5)),
  ...(await measureQueue(1000)),
  ...(await measureQueue(queuedInstances)),
  ...(await measureDependences(3)),
  ...(await measureRestart(1_000_000)),
];

if (isMain(import.meta.url)) printMeasurements('The local engine', await benchEngine());
