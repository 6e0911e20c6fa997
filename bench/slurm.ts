/** Instances a second through the engine on a Slurm cluster, beside a bare job array of the same work, and the commands it takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { callEngine } from '../test/engine/running-engine.ts';
import { type Cluster, noClusterReason, startCluster } from '../test/slurm/cluster.ts';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

const program = join(import.meta.dirname, '../dist/batch-mcp.js');
const pollMs = 250;

const secondsOf = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e9;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pollMs));

/** Programs of Slurm that count themselves in a file. @returns the directory for PATH */
const createCountedPrograms = (directory: string, count: string): string => {
  const programs = join(directory, 'bin');
  mkdirSync(programs);
  for (const name of ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo']) {
    const file = join(programs, name);
    writeFileSync(file, `#!/bin/sh\necho ${name} >>${count}\nexec /usr/bin/${name} "$@"\n`);
    chmodSync(file, 0o755);
  }
  return programs;
};

const linesOf = (file: string): number =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;

/** One array of Slurm, from its submission until the controller lists none of its elements. */
const bareRate = async (cluster: Cluster, command: string, instances: number): Promise<number> => {
  const start = process.hrtime.bigint();
  const array = `--array=0-${instances - 1}`;
  const job = cluster.run('sbatch', '--parsable', array, '--output=/dev/null', `--wrap=${command}`).trim();
  while (cluster.run('squeue', '--noheader', `--jobs=${job}`) !== '') await pause();
  return instances / secondsOf(start);
};

interface EngineRun {
  readonly rate: number;
  /** Commands sent to Slurm, for 1,000 instances. */
  readonly commands: number;
}

/** The same through an engine, which has started before: from SubmitJob until the job has ended. */
const engineRun = async (cluster: Cluster, command: string, instances: number): Promise<EngineRun> => {
  const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-slurm-'));
  const count = join(directory, 'count');
  const programs = createCountedPrograms(directory, count);
  const args = [
    ...[program, 'engine', `--data-dir=${join(directory, 'data')}`, '--sandbox=none'],
    ...['--backend=slurm', `--work-dir=${cluster.shared}`, '--slots=2000'],
  ];
  const env = { ...cluster.environment, PATH: `${programs}:${cluster.environment.PATH}` };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const engine = JSON.parse(String(line)) as { endpoint: string; secretId: string; secretKey: string };
    // The probe at the start belongs to no job.
    const before = linesOf(count);
    const start = process.hrtime.bigint();
    const { JobId } = await callEngine(engine, 'SubmitJob', {
      Placement: { Zone: 'ap-guangzhou-2' },
      Job: {
        Tasks: [
          {
            TaskName: 'work',
            ComputeEnv: { EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } },
            TaskInstanceNum: instances,
            Application: { DeliveryForm: 'LOCAL', Command: command },
          },
        ],
      },
    });
    for (;;) {
      const { JobSet } = await callEngine(engine, 'DescribeJobs', { JobIds: [JobId ?? ''] });
      const [job] = JobSet ?? [];
      if (job?.EndTime) {
        if (job.JobState !== 'SUCCEED') throw new Error(`The job ended ${job.JobState}.`);
        break;
      }
      await pause();
    }
    const rate = instances / secondsOf(start);
    return { rate, commands: ((linesOf(count) - before) * 1000) / instances };
  } finally {
    const end = once(child, 'exit');
    child.kill('SIGTERM');
    await end;
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
};

const maxCommands = 20;
const minRatio = 0.9;

const measure = async (
  cluster: Cluster,
  name: string,
  command: string,
  instances: number,
  rounds: number,
): Promise<readonly Measurement[]> => {
  const bare: number[] = [];
  const runs: EngineRun[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await bareRate(cluster, command, instances));
    runs.push(await engineRun(cluster, command, instances));
  }
  const rate = medianOf(runs.map((run) => run.rate));
  const reference = medianOf(bare);
  const commands = medianOf(runs.map((run) => run.commands));
  return [
    {
      what: `${instances} instances of ${name}, 64 at a time`,
      figure: `${rate.toFixed(1)}/s`,
      reference: `sbatch --array ${reference.toFixed(1)}/s`,
      ratio: rate / reference,
      goal: `ratio of ${minRatio} or more`,
      isMet: rate / reference >= minRatio,
    },
    {
      what: `commands of Slurm for 1,000 instances of ${name}`,
      figure: commands.toFixed(1),
      reference: `${instances} instances`,
      ratio: undefined,
      goal: `${maxCommands} at most`,
      isMet: commands <= maxCommands,
    },
  ];
};

/** @param isShort measures the commands that end at once only @returns nothing where no cluster can be started */
export const benchSlurm = async (
  instances = 1000,
  rounds = 3,
  isShort = false,
): Promise<readonly Measurement[]> => {
  const reason = noClusterReason();
  if (reason !== undefined) {
    console.error(`Slurm: not measured, because ${reason}.`);
    return [];
  }
  const cluster = await startCluster();
  try {
    return [
      ...(isShort ? [] : await measure(cluster, '5 seconds', 'sleep 5', instances, rounds)),
      ...(await measure(cluster, '`true`', 'true', instances, rounds)),
    ];
  } finally {
    await cluster.stop();
  }
};

if (isMain(import.meta.url)) {
  // npx tsx bench/slurm.ts [--short] [INSTANCES [ROUNDS]]
  const { values, positionals } = parseArgs({
    options: { short: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [instances, rounds] = positionals.map(Number);
  printMeasurements('Slurm', await benchSlurm(instances, rounds, values.short));
}
