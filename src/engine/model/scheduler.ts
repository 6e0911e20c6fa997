/** What should happen next, as a pure function of a snapshot: settle, start, stop, and how an attempt ends. */
import { effectOfEnd, type TaskExecutionDependOn } from './dependences.ts';
import type { Counts, State } from './lifecycle.ts';

/** A task that has ended and whose successors have not been updated yet. */
export interface EndedTask {
  readonly task: number;
  readonly dependOn: TaskExecutionDependOn;
  readonly counts: Counts;
}

/** A task with instances that could be started, in the order in which tasks are served. */
export interface ReadyTask {
  readonly task: number;
  readonly runnable: number;
  /** Instances of it that occupy a slot now. */
  readonly active: number;
  /** `MaxConcurrentNum`. */
  readonly maxConcurrent: number;
  /** Free nodes of its environment; undefined for an elastic task, whose node is created for it. */
  readonly freeNodes: readonly string[] | undefined;
}

/** How an attempt ended, as far as it is known. */
export type Ending =
  /** The command ended; `unstored` says why its results could not be stored, `skipped` which files were left out. */
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly unstored?: string | undefined;
      readonly skipped?: string | undefined;
    }
  /** The machine failed, not the command: no resources for the attempt, or its processes were lost. */
  | { readonly kind: 'machine-failure'; readonly detail: string }
  /** It failed without an exit code; it is repeated as often as `MaxRetryCount` allows. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** It could not be started, and could not be the next time either. */
  | { readonly kind: 'unstartable'; readonly detail: string }
  /** It was cancelled before it began. */
  | { readonly kind: 'not-begun' };

/** An instance that is STARTING or RUNNING. */
export interface ActiveInstance {
  readonly task: number;
  readonly index: number;
  readonly state: 'STARTING' | 'RUNNING';
  readonly timeoutMs: number;
  readonly killReason: string | undefined;
  readonly failures: number;
  readonly machineFailures: number;
  readonly maxRetry: number;
  readonly failedAction: string;
  readonly hasEnv: boolean;
  /** Whether its environment has another node; known when its own was terminated. */
  readonly hasOtherNode: boolean;
  /** When its Timeout expires, on the clock of the snapshot; undefined until it runs. */
  readonly deadline: number | undefined;
  /** undefined until its processes have ended and its results are stored. */
  readonly ending: Ending | undefined;
}

export interface Snapshot<Instance extends ActiveInstance = ActiveInstance> {
  /** Milliseconds of a monotonic clock: no change of the system's time moves a deadline. */
  readonly clock: number;
  /** Attempts that this machine runs at a time, and how many slots retained workspaces occupy. */
  readonly slots: number;
  readonly retained: number;
  /** Whether attempts may be started: not while the machine lacks resources. */
  readonly mayStart: boolean;
  readonly ended: readonly EndedTask[];
  readonly ready: readonly ReadyTask[];
  readonly active: readonly Instance[];
}

export type Decision<Instance extends ActiveInstance = ActiveInstance> =
  | {
      readonly do: 'settle';
      readonly task: number;
      readonly effect: 'satisfied' | 'violated';
      readonly reason: string;
    }
  | { readonly do: 'end'; readonly instance: Instance; readonly outcome: Outcome }
  | { readonly do: 'stop'; readonly instance: Instance; readonly reason: string }
  | {
      readonly do: 'start';
      readonly task: number;
      readonly count: number;
      readonly nodes: readonly string[];
    };

/** The state that an ended attempt gives its instance. */
export interface Outcome {
  readonly to: Extract<State, 'SUCCEED' | 'RUNNABLE' | 'FAILED' | 'FAILED_INTERRUPTED'>;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly detail: string;
  readonly failures: number;
  /** Failures of the machine in a row. */
  readonly machineFailures: number;
  /** Delay before the task starts an attempt again, in milliseconds. */
  readonly backoffMs: number;
}

/**
 * Values of `kill_reason`. Only these two allow a retry; any other reason is final: a user's request, or the disk limit,
 * where the command used too much and would do so again.
 */
export const timedOut = 'timed out';
/** The user terminated the node, not the task: the attempt is repeated on another node. */
export const nodeTerminated = 'its compute node was terminated';

/** `StateReason` of an attempt that failed because of the machine; one of the command has `failed`. */
export const machineFailure = 'machine failure';

/**
 * Delays after the first and the second failure of the machine in a row, in milliseconds: a shortage is often over after
 * a second. After the third, an instance fails: the machine would fail again.
 */
const backoffDelays: readonly number[] = [1000, 5000];

/**
 * Decides everything that can be decided now. When the decisions have been carried out, a new snapshot may lead to
 * more; when it leads to none, nothing is left to do until something changes.
 */
export const decide = <Instance extends ActiveInstance>(
  snapshot: Snapshot<Instance>,
): readonly Decision<Instance>[] => [
  ...snapshot.ended.map(settle),
  ...snapshot.active.flatMap((instance) => endOrStop(instance, snapshot.clock)),
  ...(snapshot.mayStart ? startsOf(snapshot) : []),
];

const settle = ({ task, dependOn, counts }: EndedTask) =>
  ({
    do: 'settle',
    task,
    effect: effectOfEnd(dependOn, counts),
    reason: `not run: a task it depends on did not end as ${dependOn} demands`,
  }) as const;

const endOrStop = <Instance extends ActiveInstance>(
  instance: Instance,
  clock: number,
): readonly Decision<Instance>[] => {
  const { ending, killReason, deadline } = instance;
  if (ending !== undefined) return [{ do: 'end', instance, outcome: outcomeOf(instance, ending) }];
  if (killReason !== undefined) return [{ do: 'stop', instance, reason: killReason }];
  return deadline !== undefined && deadline <= clock ? [{ do: 'stop', instance, reason: timedOut }] : [];
};

/**
 * What an ended attempt means for its instance.
 * FAST_INTERRUPT retains the workspace at the first failure, INTERRUPT at the last one allowed; neither has an effect
 * for a task with an EnvId (https://cloud.tencent.com/document/product/599/15886).
 */
export const outcomeOf = (instance: ActiveInstance, ending: Ending): Outcome => {
  const { killReason, failures, machineFailures } = instance;
  const exitCode = ending.kind === 'exited' ? ending.code : null;
  const outcome = { exitCode, reason: '', detail: '', failures, machineFailures, backoffMs: 0 };
  if (killReason !== undefined && killReason !== timedOut && killReason !== nodeTerminated) {
    return { ...outcome, to: 'FAILED', reason: killReason, detail: killReason };
  }
  if (ending.kind === 'not-begun') return { ...outcome, to: 'RUNNABLE' };
  if (
    killReason === undefined &&
    exitCode === 0 &&
    ending.kind === 'exited' &&
    ending.unstored === undefined
  ) {
    const detail = ending.skipped === undefined ? 'successful' : `successful; not stored: ${ending.skipped}`;
    return { ...outcome, to: 'SUCCEED', detail, machineFailures: 0 };
  }
  if (killReason === nodeTerminated && instance.hasOtherNode)
    return machineOutcomeOf(outcome, nodeTerminated);
  if (killReason === undefined && ending.kind === 'machine-failure') {
    return machineOutcomeOf(outcome, ending.detail);
  }
  return commandOutcomeOf(instance, ending, { ...outcome, failures: failures + 1, machineFailures: 0 });
};

/** A failure of the machine: repeated with back-off, without using up `MaxRetryCount`. */
const machineOutcomeOf = (outcome: Omit<Outcome, 'to'>, detail: string): Outcome => {
  const machineFailures = outcome.machineFailures + 1;
  const backoffMs = backoffDelays[machineFailures - 1];
  const facts = { ...outcome, reason: machineFailure, machineFailures };
  if (backoffMs !== undefined) return { ...facts, to: 'RUNNABLE', detail, backoffMs };
  return {
    ...facts,
    to: 'FAILED',
    detail: `${detail}; the machine failed ${machineFailures} times in a row`,
  };
};

/** A failure of the command: repeated as often as `MaxRetryCount` allows, then treated as `FailedAction` says. */
const commandOutcomeOf = (
  instance: ActiveInstance,
  ending: Exclude<Ending, { kind: 'not-begun' }>,
  outcome: Omit<Outcome, 'to'>,
): Outcome => {
  const mayRetry = outcome.failures <= instance.maxRetry && ending.kind !== 'unstartable';
  const action = instance.hasEnv ? 'TERMINATE' : instance.failedAction;
  const last = action === 'INTERRUPT' ? 'FAILED_INTERRUPTED' : 'FAILED';
  const to = action === 'FAST_INTERRUPT' ? 'FAILED_INTERRUPTED' : mayRetry ? 'RUNNABLE' : last;
  return { ...outcome, to, reason: 'failed', detail: detailOf(instance, ending) };
};

const detailOf = (instance: ActiveInstance, ending: Exclude<Ending, { kind: 'not-begun' }>): string => {
  if (instance.killReason === timedOut) {
    return `timed out: it ran longer than its Timeout of ${instance.timeoutMs / 1000} s and was killed`;
  }
  // Without another node it waits for one that the user may add, as often as MaxRetryCount allows.
  if (instance.killReason === nodeTerminated) return nodeTerminated;
  if (ending.kind !== 'exited') return ending.detail;
  if (ending.code === 0) return `its results could not be stored: ${ending.unstored}`;
  // A shell reports death by signal n as 128 + n.
  return ending.code > 128 && ending.code < 193
    ? `the command ended with exit code ${ending.code} (killed by signal ${ending.code - 128})`
    : `the command ended with exit code ${ending.code}`;
};

const startsOf = (snapshot: Snapshot) => {
  const running = snapshot.active.filter((instance) => instance.ending === undefined).length;
  let free = snapshot.slots - snapshot.retained - running;
  const taken = new Set<string>();
  const decisions: Extract<Decision, { do: 'start' }>[] = [];
  for (const ready of snapshot.ready) {
    if (free <= 0) break;
    // Two tasks may wait for the same environment; a node is given once.
    const freeNodes = ready.freeNodes?.filter((node) => !taken.has(node));
    const room = Math.min(free, ready.maxConcurrent - ready.active, freeNodes?.length ?? Infinity);
    const count = Math.max(0, Math.min(ready.runnable, room));
    if (count === 0) continue;
    const nodes = freeNodes?.slice(0, count) ?? [];
    for (const node of nodes) taken.add(node);
    decisions.push({ do: 'start', task: ready.task, count, nodes });
    free -= count;
  }
  return decisions;
};
