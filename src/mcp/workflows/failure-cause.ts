/** What a kind of failure is due to, and whether the same instances can succeed when they run again unchanged. Pure. */
import type { Cluster } from './failure-clusters.ts';

export type CauseKind =
  /** A user terminated it. */
  | 'on purpose'
  /** It did not run because another one failed. */
  | 'blocked'
  /** No machine, or the machine failed. */
  | 'machine'
  | 'time'
  | 'memory'
  /** The program is not on the machine, or cannot be executed. */
  | 'program'
  /** The network, or a service that was not available. */
  | 'transient'
  /** The command, its arguments or its input are wrong. */
  | 'definite'
  | 'unknown';

export interface Cause {
  readonly kind: CauseKind;
  /** Whether running it again without a change can help; undefined where that is not known. */
  readonly canSucceed: boolean | undefined;
}

const canSucceed: Readonly<Record<CauseKind, boolean | undefined>> = {
  'on purpose': true,
  blocked: true,
  machine: true,
  transient: true,
  time: false,
  memory: false,
  program: false,
  definite: false,
  unknown: undefined,
};

/** Killed by SIGKILL: mostly by the kernel, for lack of memory. */
const killed: readonly number[] = [137, -9];
/** The shell's codes for a program that is missing or cannot be executed. */
const noProgram: readonly number[] = [126, 127];

/** Codes of sysexits.h, which many programs use. */
const sysexits: Readonly<Record<number, CauseKind>> = {
  64: 'definite',
  65: 'definite',
  66: 'definite',
  69: 'transient',
  75: 'transient',
  77: 'definite',
  78: 'definite',
};

const onPurpose =
  /\bterminated by (?:TerminateJob|TerminateTaskInstance|a user|the user)\b|\bcancelled outside this engine\b/i;
const notRun = /^not run\b|\bdepend/i;
const machine =
  /machine failure|\bits node failed\b|\bpreempted by\b|InternalError\.CallCvm|ResourceInsufficient|compute node was terminated|sold ?out/i;
const outOfTime = /time[d ]*out|\btime limit\b/i;

/** A cluster says so; a machine that lacks memory says it in other words. */
const overMemoryLimit = /^out of memory:/i;

// What programs write, in many languages alike. A log can contain anything, so it only selects between fixed sentences.
const outOfMemory = /out of memory|cannot allocate memory|memoryerror|bad_alloc|outofmemory|\boom\b/i;
const transient =
  /connection ?(?:error|refused|reset|aborted|closed|timed out)|\brefused\b|timed? ?out|temporar(?:y|ily)|unavailable|try again|too many requests|no route to host|network is unreachable|name resolution|could not resolve|ECONN|ETIMEDOUT|EAI_AGAIN|broken pipe|rate limit|licen[cs]e (?:checkout|server|unavailable|not available)|\b50[234]\b|\b429\b/i;
const definite =
  /no such file|not ?found|does not exist|syntax ?error|nameerror|typeerror|keyerror|valueerror|indexerror|attributeerror|import ?error|permission denied|invalid|unrecognized|unknown (?:option|argument)|usage:|missing|required|not a directory|is a directory|assert|checksum|corrupt|parse error|unexpected|undefined|undeclared|not (?:declared|defined|valid|supported|recognized)/i;

/** Whether an instance was killed, most often for lack of memory. */
export const wasKilled = ({ ExitCode }: Pick<Cluster, 'ExitCode'>): boolean =>
  ExitCode !== undefined && killed.includes(ExitCode);

/** @param cluster failures of one kind */
export const causeOf = (cluster: Cluster): Cause => {
  const kind = kindOf(cluster);
  return { kind, canSucceed: canSucceed[kind] };
};

const kindOf = ({ ExitCode, reason, signature, failures }: Cluster): CauseKind => {
  const text = signature.join('\n');
  if (onPurpose.test(reason)) return 'on purpose';
  if (outOfTime.test(reason)) return 'time';
  if (overMemoryLimit.test(reason)) return 'memory';
  if (machine.test(reason)) return 'machine';
  if (failures.every(({ hasRun }) => !hasRun)) return notRun.test(reason) ? 'blocked' : 'machine';
  if (ExitCode !== undefined && noProgram.includes(ExitCode)) return 'program';
  if (outOfMemory.test(text)) return 'memory';
  if (wasKilled({ ExitCode })) return 'memory';
  if (transient.test(text)) return 'transient';
  if (definite.test(text)) return 'definite';
  return (ExitCode === undefined ? undefined : sysexits[ExitCode]) ?? 'unknown';
};

/** Whether a kind counts as a failure: what a user terminated, or what waited for a failed task, did not fail itself. */
export const isFailure = ({ kind }: Cause): boolean => kind !== 'on purpose' && kind !== 'blocked';
