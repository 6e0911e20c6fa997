/** The command lines of Slurm's programs. Every argument is the engine's or the operator's; nothing of a job is in one. */
import type { SlurmResources } from '../../settings.ts';
import { arrayTextOf } from './array-text.ts';

/** What one `sbatch` submits. */
export interface SubmissionPlan {
  readonly engineId: string;
  /** Identifies the submission; it is its comment in Slurm. */
  readonly token: string;
  /** The numbers of the elements to run. */
  readonly elements: readonly number[];
  readonly resources: SlurmResources;
  /** The time limit in Slurm, in minutes; undefined: the default of the partition. */
  readonly minutes: number | undefined;
  /** The program of an element, and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
}

/** The name of all jobs of an engine in Slurm. */
const slurmJobNameOf = (engineId: string): string => `batch-mcp-${engineId}`;

/**
 * Arguments of `sbatch`. The operator's come last, so that they override the others. A job is never requeued by Slurm:
 * the engine repeats attempts itself, in new workspaces.
 */
export const sbatchArgsOf = (plan: SubmissionPlan): readonly string[] => [
  '--parsable',
  `--array=${arrayTextOf(plan.elements)}`,
  `--job-name=${slurmJobNameOf(plan.engineId)}`,
  `--comment=${plan.token}`,
  '--no-requeue',
  '--chdir=/',
  '--input=/dev/null',
  '--output=/dev/null',
  '--error=/dev/null',
  // `sbatch` gets a clean environment; NONE and NIL would start a login shell on the node for every element.
  '--export=ALL',
  ...(plan.minutes === undefined ? [] : [`--time=${plan.minutes}`]),
  ...resourceArgsOf(plan.resources),
  plan.script,
  ...plan.args,
];

/** The operator's options, as arguments of `sbatch`. */
export const resourceArgsOf = ({ options = [], ...named }: SlurmResources): readonly string[] => [
  ...Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
  ...options,
];

/** The fields that `parseListing` reads. */
const format = '--format=%F|%K|%T|%r|%N|%k';

/** Lists what waits or runs. @param uid the numeric user of the jobs */
export const listingArgsOf = (engineId: string, uid: number): readonly string[] => [
  '--noheader',
  `--user=${uid}`,
  `--name=${slurmJobNameOf(engineId)}`,
  format,
];

/** Lists all elements of these jobs that Slurm still remembers, ended ones included. */
export const detailArgsOf = (jobs: readonly number[]): readonly string[] => [
  '--noheader',
  '--states=all',
  `--jobs=${jobs.join(',')}`,
  format,
];

/** Ids in one `scancel`; far below the system's limit for arguments. */
const maxCancelled = 1000;

/** Arguments of the `scancel` commands that cancel jobs, or elements such as `12_3`. */
export const cancelArgsOf = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / maxCancelled) }, (_, at) =>
    ids.slice(at * maxCancelled, (at + 1) * maxCancelled),
  );

/** Divides a batch into arrays that Slurm accepts. @param maxArraySize MaxArraySize, one more than the highest number */
export const chunksOf = <T>(batch: readonly T[], maxArraySize: number): readonly (readonly T[])[] => {
  const size = Math.max(1, Math.min(maxElements, maxArraySize - 1));
  return Array.from({ length: Math.ceil(batch.length / size) }, (_, at) =>
    batch.slice(at * size, (at + 1) * size),
  );
};

/** A directory of an array with more elements would be slow to read on a network file system. */
const maxElements = 2000;
