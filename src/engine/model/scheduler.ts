/** What should happen next, as a pure function of what is stored: release, close, start, kill, and how an attempt ends. */
import { type Dependence, type TaskExecutionDependOn, verdictOf } from './dependences.ts';
import type { Counts, State } from './lifecycle.ts';

/** A job in which something happened that other tasks of it may wait for. */
export interface JobToReview {
  readonly job: number;
  readonly terminating: boolean;
  readonly dependOn: TaskExecutionDependOn;
  readonly dependences: readonly Dependence[];
  readonly tasks: readonly {
    readonly id: number;
    readonly name: string;
    readonly counts: Counts;
    /** Its instances may be started. */
    readonly open: boolean;
    /** Its waiting instances are being failed. */
    readonly closing: boolean;
  }[];
}

/** A task with instances that could be started, in the order in which tasks are served. */
export interface ReadyTask {
  readonly task: number;
  readonly runnable: number;
  /** Instances of it that hold a place now. */
  readonly active: number;
  /** `MaxConcurrentNum`. */
  readonly maxConcurrent: number;
  /** Whether its instances may stand ready for the next place. */
  readonly mayStandReady: boolean;
  /** Free nodes of its environment; undefined for an elastic task, which gets a node made for it. */
  readonly freeNodes: readonly string[] | undefined;
}

/** How a process ended, as far as it can be known. */
export type Ending =
  /** `unstored` says why its results could not be stored. */
  | { readonly kind: 'exited'; readonly code: number; readonly unstored?: string | undefined }
  /** It is gone and left no exit code: it was killed from outside, or the machine stopped. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** It could not be started, and would not be the next time either. */
  | { readonly kind: 'unstartable'; readonly detail: string }
  /** It was never begun, through no fault of its own. */
  | { readonly kind: 'not-begun' };

/** An instance that is STARTING or RUNNING. */
export interface ActiveInstance {
  readonly task: number;
  readonly idx: number;
  readonly state: 'STARTING' | 'RUNNING';
  readonly runningTime: number | undefined;
  readonly timeoutMs: number;
  readonly killReason: string | undefined;
  readonly failures: number;
  readonly maxRetry: number;
  readonly failedAction: string;
  readonly hasEnv: boolean;
  readonly ending: Ending | undefined;
}

export interface View {
  readonly now: number;
  /** Places of this machine, how many may stand ready beyond them, and how many of them kept scenes hold. */
  readonly slots: number;
  readonly ahead: number;
  readonly held: number;
  /** Whether new instances may be started: not while the engine stops or the disk is full. */
  readonly maySpawn: boolean;
  readonly jobs: readonly JobToReview[];
  readonly ready: readonly ReadyTask[];
  readonly active: readonly ActiveInstance[];
}

export type Decision =
  | { readonly do: 'release'; readonly task: number }
  | { readonly do: 'close'; readonly task: number; readonly reason: string }
  | { readonly do: 'reviewed'; readonly job: number }
  | { readonly do: 'end'; readonly instance: ActiveInstance; readonly outcome: Outcome }
  | { readonly do: 'kill'; readonly instance: ActiveInstance; readonly reason: string }
  | {
      readonly do: 'start';
      readonly task: number;
      readonly count: number;
      readonly nodes: readonly string[];
    };

/** Where an ended attempt takes its instance. */
export interface Outcome {
  readonly to: Extract<State, 'SUCCEED' | 'RUNNABLE' | 'FAILED' | 'FAILED_INTERRUPTED'>;
  readonly exitCode: number | null;
  readonly reason: string;
  readonly detail: string;
  readonly failures: number;
}

/** Reasons the engine itself writes into `kill_reason`; anything else is a person's wish, and is not tried again. */
export const timedOut = 'timed out';
/** Somebody ended the node, not the task: that is a failure like any other, and is tried again elsewhere. */
export const nodeEnded = 'its compute node was ended';

/**
 * Decides everything that can be decided now. Carried out and recorded, a new view may give new decisions; when it
 * gives none, there is nothing left to do until something happens.
 */
export const decide = (view: View): readonly Decision[] => [
  ...view.jobs.flatMap(reviewOf),
  ...view.active.flatMap((instance) => endOrKill(instance, view.now)),
  ...(view.maySpawn ? startsOf(view) : []),
];

const reviewOf = (job: JobToReview): readonly Decision[] => {
  const countsByName = new Map(job.tasks.map((task) => [task.name, task.counts]));
  const decisions: Decision[] = [];
  for (const task of job.tasks) {
    const waits = task.counts.PENDING + task.counts.RUNNABLE > 0;
    if (task.open || task.closing || !waits || job.terminating) continue;
    const names = job.dependences.filter((edge) => edge.EndTask === task.name).map((edge) => edge.StartTask);
    const counts = names.flatMap((name) => countsByName.get(name) ?? []);
    const verdict = verdictOf(job.dependOn, counts);
    if (verdict === 'run') decisions.push({ do: 'release', task: task.id });
    if (verdict === 'never') {
      const why = `not run: a task it depends on did not end as ${job.dependOn} demands`;
      decisions.push({ do: 'close', task: task.id, reason: why });
    }
  }
  return [...decisions, { do: 'reviewed', job: job.job }];
};

const endOrKill = (instance: ActiveInstance, now: number): readonly Decision[] => {
  if (instance.ending !== undefined) {
    return [{ do: 'end', instance, outcome: outcomeOf(instance, instance.ending) }];
  }
  if (instance.killReason !== undefined) return [];
  const due = deadlineOf(instance);
  return due !== undefined && due <= now ? [{ do: 'kill', instance, reason: timedOut }] : [];
};

/** When an instance has had its time, in milliseconds since 1970; undefined while it does not run. */
export const deadlineOf = (instance: ActiveInstance): number | undefined =>
  instance.runningTime === undefined ? undefined : instance.runningTime + instance.timeoutMs;

/**
 * What an ended attempt means for its instance.
 * FAST_INTERRUPT keeps the scene at the first failure, INTERRUPT at the last one allowed; neither has an effect for a
 * task with an EnvId (https://cloud.tencent.com/document/product/599/15886).
 */
export const outcomeOf = (instance: ActiveInstance, ending: Ending): Outcome => {
  const { killReason, failures: before } = instance;
  const exitCode = ending.kind === 'exited' ? ending.code : null;
  if (killReason !== undefined && killReason !== timedOut && killReason !== nodeEnded) {
    return { to: 'FAILED', exitCode, reason: killReason, detail: killReason, failures: before };
  }
  if (ending.kind === 'not-begun') {
    return { to: 'RUNNABLE', exitCode, reason: '', detail: '', failures: before };
  }
  const isStored = ending.kind !== 'exited' || ending.unstored === undefined;
  if (killReason === undefined && exitCode === 0 && isStored) {
    return { to: 'SUCCEED', exitCode, reason: '', detail: 'successful', failures: before };
  }
  const failures = before + 1;
  const detail = detailOf(instance, ending);
  const mayRetry = failures <= instance.maxRetry && ending.kind !== 'unstartable';
  const keeps = instance.hasEnv ? 'TERMINATE' : instance.failedAction;
  const to =
    keeps === 'FAST_INTERRUPT'
      ? 'FAILED_INTERRUPTED'
      : mayRetry
        ? 'RUNNABLE'
        : keeps === 'INTERRUPT'
          ? 'FAILED_INTERRUPTED'
          : 'FAILED';
  return { to, exitCode, reason: 'failed', detail, failures };
};

const detailOf = (instance: ActiveInstance, ending: Exclude<Ending, { kind: 'not-begun' }>): string => {
  if (instance.killReason === timedOut) {
    return `timed out: it ran longer than its Timeout of ${instance.timeoutMs / 1000} s and was killed`;
  }
  if (instance.killReason === nodeEnded) return nodeEnded;
  if (ending.kind !== 'exited') return ending.detail;
  if (ending.code === 0) return `its results could not be stored: ${ending.unstored}`;
  // A shell reports death by signal n as 128 + n.
  return ending.code > 128 && ending.code < 193
    ? `the command ended with exit code ${ending.code} (killed by signal ${ending.code - 128})`
    : `the command ended with exit code ${ending.code}`;
};

const startsOf = (view: View): readonly Decision[] => {
  const running = view.active.filter((instance) => instance.ending === undefined).length;
  let free = view.slots - view.held - running;
  let ahead = view.ahead;
  const taken = new Set<string>();
  const decisions: Decision[] = [];
  for (const ready of view.ready) {
    if (free + ahead <= 0) break;
    // Two tasks may wait for the same environment; a node is given once.
    const freeNodes = ready.freeNodes?.filter((node) => !taken.has(node));
    const most = Math.min(ready.runnable, ready.maxConcurrent - ready.active, freeNodes?.length ?? Infinity);
    // What has a node of its own begins there at once, so it does not stand ready for the place of another.
    const mayStandReady = ready.mayStandReady && freeNodes === undefined;
    const count = Math.max(0, Math.min(most, mayStandReady ? free + ahead : free));
    const nodes = freeNodes?.slice(0, count) ?? [];
    // It has to wait for a place, so nothing behind it may stand ready for that place.
    if (!mayStandReady && count < most) ahead = 0;
    if (count <= 0) continue;
    for (const node of nodes) taken.add(node);
    decisions.push({ do: 'start', task: ready.task, count, nodes });
    free -= count;
  }
  return decisions;
};
