/** Options of the local engine and its jobs. */
import type { Option } from '../option.ts';

const day = 86_400;
// 1 to 65535
const portPattern = /^(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;
const limitNames = 'one of cpu=SECONDS, memory=MIB, file=MIB, files=N, processes=N, disk=MIB';

export const engineOptions = {
  sandbox: {
    kind: 'choice',
    isSafety: true,
    choices: ['auto', 'bwrap', 'none'],
    default: 'auto',
    group: 'engine',
    help: 'How the local engine isolates jobs; `none` runs them as ordinary processes of the user.',
  },
  sandboxNet: {
    kind: 'boolean',
    isSafety: true,
    group: 'engine',
    help: 'Allow sandboxed jobs to use the network.',
  },
  backend: {
    kind: 'choice',
    isSafety: true,
    choices: ['local', 'slurm'],
    default: 'local',
    group: 'engine',
    help: 'What runs the jobs of the local engine: this machine, or a Slurm cluster. See docs/slurm.md.',
  },
  workDir: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'DIR',
    group: 'engine',
    help: 'Directory that this machine and all nodes of the Slurm cluster share; files of jobs are in it.',
  },
  slurmOptions: {
    kind: 'string',
    isSafety: true,
    format: 'path',
    value: 'FILE',
    group: 'engine',
    help: 'JSON file with partition, account, QOS, constraint and other options of `sbatch`, for all jobs or some.',
  },
  port: {
    kind: 'number',
    isCount: true,
    value: 'PORT',
    min: 0,
    max: 65_535,
    default: 0,
    group: 'engine',
    help: 'Port of the local engine; 0 selects a free one.',
  },
  slots: {
    kind: 'number',
    isCount: true,
    value: 'N',
    min: 1,
    // On this machine, 256; a cluster has more.
    max: 20_000,
    group: 'engine',
    help: 'Task instances the local engine runs at the same time. Default: the number of cores, or 1,000 in the queue of a cluster.',
  },
  limits: {
    kind: 'list',
    item: { pattern: /^(?:cpu|memory|file|files|processes|disk)=[1-9]\d{0,11}$/, example: limitNames },
    isSafety: true,
    value: 'NAME=N,…',
    group: 'engine',
    help: 'Limits of each task instance: cpu (seconds), memory and file (MiB), files, processes; disk (MiB) of all together. See docs/engine.md.',
  },
  packagePorts: {
    kind: 'list',
    isSafety: true,
    item: { pattern: portPattern, example: 'a port' },
    value: 'PORT,…',
    group: 'engine',
    help: 'Ports of this machine that packages (PackagePath http://) may be downloaded from. Default: none.',
  },
  maxLogBytes: {
    kind: 'number',
    isCount: true,
    value: 'BYTES',
    min: 4096,
    max: 1_073_741_824,
    default: 67_108_864,
    group: 'engine',
    help: 'Maximum size of one log; its beginning and end are retained.',
  },
  idleExit: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 7 * day,
    default: 1800,
    group: 'engine',
    help: 'A local engine started on demand exits after this time without a job or a call.',
  },
  docker: {
    kind: 'boolean',
    isSafety: true,
    group: 'engine',
    help: 'Allow jobs with Docker options to use the container runtime of this machine.',
  },
  faults: {
    kind: 'string',
    format: 'path',
    value: 'FILE',
    group: 'engine',
    help: 'JSON file of faults for the local engine to inject, to test a client.',
  },
} as const satisfies Readonly<Record<string, Option>>;
