/** When Slurm would start a job: the command line of `sbatch --test-only`, and what it answers. */
import type { SlurmResources } from '../../settings.ts';
import { resourceArgsOf } from './commands.ts';

/** @param minutes the time limit of the job; undefined: the default of the partition */
export const testOnlyArgsOf = (resources: SlurmResources, minutes: number | undefined): readonly string[] => [
  '--test-only',
  '--job-name=batch-mcp-test-only',
  '--chdir=/',
  '--output=/dev/null',
  ...(minutes === undefined ? [] : [`--time=${minutes}`]),
  ...resourceArgsOf(resources),
  '--wrap=true',
];

export type StartEstimate =
  | { readonly kind: 'start'; readonly time: number; readonly partition: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A plan that begins later than this is a way of Slurm to say that it has none. */
const maxAheadMs = 366 * 86_400_000;

/**
 * Reads the answer, which is on stderr: `sbatch: Job 7 to start at 2026-11-26T15:39:07 using 1 processors on nodes n1 in
 * partition main`, in the time zone of this process.
 * @param now milliseconds since 1970
 */
export const startEstimateOf = (stderr: string, now: number): StartEstimate => {
  const [, date = '', partition = ''] =
    /to start at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\b[^\n]*? in partition (\S+)/.exec(stderr) ?? [];
  const time = new Date(date).getTime();
  if (Number.isNaN(time)) return { kind: 'unknown', reason: refusalOf(stderr) };
  if (time - now > maxAheadMs)
    return {
      kind: 'unknown',
      reason: `Slurm gives no realistic time (${date.slice(0, 10)}): all suitable nodes are in use, and a job on them has no time limit`,
    };
  return { kind: 'start', time, partition };
};

const refusalOf = (stderr: string): string => {
  const text = stderr
    .split('\n')
    .map((line) => line.replace(/^(?:sbatch: )?(?:error: )?(?:allocation failure: )?/, '').trim())
    .findLast((line) => line !== '');
  if (text === undefined) return 'Slurm did not answer in time';
  return text.startsWith('Requested node configuration is not available')
    ? 'no node that is up at present has what the job needs (Requested node configuration is not available)'
    : `Slurm says: ${text.slice(0, 200)}`;
};
