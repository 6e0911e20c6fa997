/** Reads what Slurm's programs print. Tested with Slurm 22.05. */
import { numbersOf } from './array-text.ts';

/** What Slurm knows of an element. */
export interface ListedElement {
  readonly job: number;
  /** Such as PENDING, RUNNING or NODE_FAIL. */
  readonly state: string;
  /** Why it waits, or how it ended; `None` if there is nothing to say. */
  readonly reason: string;
  readonly node: string;
}

/** The elements of a listing, by the token of their submission and by number. */
export interface Listing {
  readonly elements: ReadonlyMap<string, ReadonlyMap<number, ListedElement>>;
  /** The jobs of each token: two, if it was submitted again. */
  readonly jobs: ReadonlyMap<string, ReadonlySet<number>>;
}

/** States in which an element waits, runs, or is about to end. An element in any other state has ended. */
const activeStates = new Set([
  ...['PENDING', 'CONFIGURING', 'RUNNING', 'SUSPENDED', 'STOPPED', 'COMPLETING', 'SIGNALING'],
  ...['STAGE_OUT', 'RESIZING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'],
]);

export const isActive = ({ state }: Pick<ListedElement, 'state'>): boolean => activeStates.has(state);

const tokenPattern = /^[0-9a-z]{4,64}$/;

/**
 * Reads lines of `squeue`. An element that was submitted twice has two; the active one counts, then the later one.
 * Lines of another form are ignored.
 */
export const parseListing = (text: string): Listing => {
  const elements = new Map<string, Map<number, ListedElement>>();
  const jobs = new Map<string, Set<number>>();
  for (const line of text.split('\n')) {
    const [jobText = '', array = '', state = '', reason = '', node = '', token = ''] = line.trim().split('|');
    const job = Number(jobText);
    if (!Number.isSafeInteger(job) || job <= 0 || !tokenPattern.test(token)) continue;
    const ofToken = elements.get(token) ?? new Map<number, ListedElement>();
    elements.set(token, ofToken);
    jobs.set(token, (jobs.get(token) ?? new Set()).add(job));
    const listed = { job, state, reason, node };
    for (const number of numbersOf(array)) {
      const other = ofToken.get(number);
      if (other === undefined || precedes(listed, other)) ofToken.set(number, listed);
    }
  }
  return { elements, jobs };
};

const precedes = (one: ListedElement, other: ListedElement): boolean =>
  isActive(one) === isActive(other) ? one.job > other.job : isActive(one);

/** The job that `sbatch --parsable` has submitted, `ID` or `ID;CLUSTER`; undefined if it says something else. */
export const parseJobId = (text: string): number | undefined => {
  const [, id] = /^(\d+)(?:;[^\n]*)?\s*$/.exec(text) ?? [];
  const job = Number(id);
  return Number.isSafeInteger(job) && job > 0 ? job : undefined;
};

/** What the engine has to know of a cluster. */
export interface ClusterConfig {
  readonly version: string;
  readonly maxArraySize: number;
  /** Whether `sacct` has anything to report. */
  readonly hasAccounting: boolean;
}

/** Slurm's default. */
const defaultMaxArraySize = 1001;

/** Reads `scontrol show config`. */
export const parseConfig = (text: string): ClusterConfig => {
  const settingOf = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1];
  const maxArraySize = Number(settingOf('MaxArraySize'));
  return {
    version: settingOf('SLURM_VERSION') ?? '',
    maxArraySize: Number.isSafeInteger(maxArraySize) && maxArraySize > 1 ? maxArraySize : defaultMaxArraySize,
    hasAccounting: !/none$/.test(settingOf('AccountingStorageType') ?? 'none'),
  };
};

/**
 * What a failed `sbatch` means.
 * - `refused`: the job is not submitted, and would not be the next time either.
 * - `later`: it is not submitted, because of a limit that others share.
 * - `unknown`: it may have been submitted; the answer is lost.
 */
export type SubmitFailure =
  | { readonly kind: 'refused' | 'later'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const lostAnswers =
  /unable to contact|socket timed out|communication|connection|zero bytes|transport endpoint|unexpected message|slurm backup controller|timed out/i;
const limits =
  /temporarily|EAGAIN|ENOMEM|EMFILE|ENFILE|limit|try again|policy|QOSMax|AssocMax|exceed|maintenance|not accepting|disabled/i;

/** Reads the error of `sbatch`. @param stderr empty if it was ended before it answered */
export const submitFailureOf = (stderr: string): SubmitFailure => {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^sbatch: (?:error: )?/, '').trim())
    .filter((line) => line !== '');
  const last =
    lines.findLast((line) => line.startsWith('Batch job submission failed: ')) ?? lines.at(-1) ?? '';
  const reason = last.replace('Batch job submission failed: ', '').slice(0, 300);
  if (reason === '' || lostAnswers.test(reason)) return { kind: 'unknown', reason };
  return { kind: limits.test(reason) ? 'later' : 'refused', reason };
};
