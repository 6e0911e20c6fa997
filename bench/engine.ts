/** No-op instances a second beside `xargs` and GNU parallel in the same run, memory with a long queue, and answers under load. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ActionName, apiVersion, type InputOf, type OutputOf, service } from '../src/catalogue/index.ts';
import { sign } from '../src/tc3/sign.ts';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

const region = 'ap-guangzhou';
const program = join(import.meta.dirname, '../dist/batch-mcp.js');

interface BenchEngine {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const startEngine = async (): Promise<BenchEngine> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  const flags = ['engine', `--data-dir=${dataDir}`, '--sandbox=none', '--slots=2'];
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    ...JSON.parse(String(line)),
    pid: child.pid ?? 0,
    stop: async () => {
      const end = once(child, 'exit');
      child.kill('SIGKILL');
      await end;
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

const submit = async (engine: BenchEngine, Command: string, TaskInstanceNum: number): Promise<string> => {
  const ComputeEnv = { EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } };
  const Tasks = [
    {
      TaskName: 'noop',
      ComputeEnv,
      TaskInstanceNum,
      Application: { DeliveryForm: 'LOCAL' as const, Command },
    },
  ];
  const { JobId } = await call(engine, 'SubmitJob', {
    Placement: { Zone: 'ap-guangzhou-2' },
    Job: { Tasks },
  });
  return JobId ?? '';
};

const queuedInstances = 100_000;

const secondsOf = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e9;

const engineRate = async (instances: number): Promise<number> => {
  const engine = await startEngine();
  const start = process.hrtime.bigint();
  const JobId = await submit(engine, 'true', instances);
  for (;;) {
    const job = await call(engine, 'DescribeJob', { JobId });
    if (job.EndTime) {
      if (job.JobState !== 'SUCCEED') throw new Error(`The job ended ${job.JobState}.`);
      break;
    }
    // A look costs as much as some instances, so there are few until the end is near.
    const done = job.TaskInstanceMetrics?.SucceedCount ?? 0;
    const foreseen = done === 0 ? 0.05 : ((instances - done) * secondsOf(start)) / done;
    await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(5, foreseen * 500))));
  }
  const rate = instances / secondsOf(start);
  await engine.stop();
  return rate;
};

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
  const results = mkdtempSync(join(tmpdir(), 'batch-mcp-parallel-'));
  for (let round = 0; round < rounds; round += 1) {
    const bare = shellRate(`seq ${instances} | xargs -P2 -n1 sh -c true`, instances);
    if (bare !== undefined) xargs.push(bare);
    ours.push(await engineRate(instances));
    behind.push(await queuedRate(queuedInstances, instances));
    const into = `--joblog ${results}/log.${round} --results ${results}/${round}`;
    const other = shellRate(`seq ${instances} | parallel -j2 ${into} true '#'`, instances);
    if (other !== undefined) parallel.push(other);
  }
  rmSync(results, { recursive: true, force: true });
  const rate = medianOf(ours);
  const rowBeside = (name: string, anchors: readonly number[], goal: string): readonly Measurement[] => [
    {
      what: `${instances} no-op instances, two at a time`,
      figure: `${rate.toFixed(0)}/s`,
      reference:
        anchors.length === 0 ? `${name} (not installed)` : `${name} ${medianOf(anchors).toFixed(0)}/s`,
      ratio: anchors.length === 0 ? undefined : rate / medianOf(anchors),
      goal,
    },
  ];
  return [
    ...rowBeside('xargs -P2 sh -c true', xargs, 'ratio of 0.2 or more, aiming at 0.35'),
    ...rowBeside('parallel -j2 --joblog --results true', parallel, 'ratio above 1'),
    {
      what: `the first ${instances} of ${queuedInstances}`,
      figure: `${medianOf(behind).toFixed(0)}/s`,
      reference: `${instances} alone ${rate.toFixed(0)}/s`,
      ratio: medianOf(behind) / rate,
      goal: 'the same',
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
  const laidOut = secondsOf(start);
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
  const row = (what: string, figure: string, goal: string): Measurement => ({
    what,
    figure,
    reference: `${instances} instances queued`,
    ratio: undefined,
    goal,
  });
  return [
    row('SubmitJob answered', `${accepted.toFixed(0)} ms`, '150 ms at most'),
    row('all instances laid out', `${laidOut.toFixed(1)} s`, '-'),
    row(
      'DescribeTask, a page of 100',
      `p50 ${(times[150] ?? 0).toFixed(1)} ms, p99 ${(times[296] ?? 0).toFixed(1)} ms`,
      'the same at any length; p99 10 ms at most',
    ),
    row('500 calls at once', `${manySeconds.toFixed(2)} s, none refused`, 'no error'),
    row(
      'memory of the engine',
      `${queued.toFixed(0)} MB; ${after.toFixed(0)} MB after the 500 calls`,
      'below 110 MB',
    ),
  ];
};

const memoryOf = (engine: BenchEngine): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

export const benchEngine = async (): Promise<readonly Measurement[]> => [
  ...(await measureInstances(1000, 5)),
  ...(await measureQueue(1000)),
  ...(await measureQueue(queuedInstances)),
];

if (isMain(import.meta.url)) printMeasurements('The local engine', await benchEngine());
