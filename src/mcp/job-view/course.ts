/**
 * The course of a job: what ran when, how it ended, what it cost and used. Plain JSON, which is also the data of the view.
 * Every form of it (text, view, picture, report, terminal) shows the figures of this type.
 *
 * Times are whole seconds after `created`, unless stated otherwise. What is not known is absent. Texts are as the service
 * returned them: they are masked and cleaned where the answer is rendered.
 */
import type { StateCounts, StateLetter } from './states.ts';

export interface JobCourse {
  readonly format: 'batch-mcp/job-course';
  readonly version: 1;
  readonly JobId: string;
  readonly JobName: string;
  readonly JobState: string;
  /** `TERMINATING` or empty. */
  readonly NextAction: string;
  /** Why it failed, or empty. */
  readonly reason: string;
  /** The region that the caller named; absent where the configured one applies. */
  readonly Region?: string;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** CreateTime in milliseconds since 1970; all other times are seconds after it. */
  readonly created: number;
  /** When this was read. */
  readonly read: number;
  /** When its first command started, as far as the instances that were read tell. */
  readonly began?: number;
  readonly ended?: number;
  /** The job does not change any more unless a user acts on it. */
  readonly isFinal: boolean;
  /** Of all instances of the job, always complete. */
  readonly counts: StateCounts;
  readonly tasks: readonly TaskCourse[];
  /** Number of tasks that are not in `tasks`, because the job has too many. */
  readonly otherTasks: number;
  /** Positions in `tasks` of the chain of tasks that determines the end of the job, in their order. */
  readonly criticalPath: readonly number[];
  /** Present only where finished instances justify it. */
  readonly projectedEnd?: Projection;
  /** By frequency. */
  readonly failures: readonly FailureGroup[];
  /** Number of failed attempts that belong to groups that are not listed. */
  readonly otherFailures: number;
  /** What it waits for, one sentence each. */
  readonly holds: readonly string[];
  readonly cost: JobCost;
  readonly coverage: Coverage;
}

export interface TaskCourse {
  readonly name: string;
  readonly state: string;
  /** Positions in `tasks` of the tasks it waits for. */
  readonly after: readonly number[];
  /** Number of instances; 0 where it is not known. */
  readonly instances: number;
  /** By state; absent where it is not known yet. */
  readonly counts?: StateCounts;
  /** Number of instances whose state and times were read. */
  readonly readInstances: number;
  /** One letter for each instance, run-length encoded: see `expandStates`. */
  readonly states: string;
  /** When the tasks before it had ended. */
  readonly queued?: number;
  readonly began?: number;
  readonly ended?: number;
  readonly projectedEnd?: number;
  /** Of the first attempts that were read and have started. */
  readonly waitSeconds?: Statistic;
  /** Of the attempts that were read and succeeded. */
  readonly runSeconds?: Statistic;
  /** Attempts beyond the first one of each instance, as far as they are known. */
  readonly retries: number;
  /** Some attempts, failures and retries first; all of them where `bars.length === attempts`. */
  readonly bars: readonly Bar[];
  /** Number of attempts that were read. */
  readonly attempts: number;
  /** How many instances waited and ran over time; only where there are more attempts than bars. */
  readonly activity?: Activity;
  readonly cost: TaskCost;
  readonly use: Use;
}

/** One attempt of an instance. `failure` is a position in `failures` of the job. */
export type Bar = readonly [
  instance: number,
  /** 1 for the first. */
  attempt: number,
  queued: number,
  began: number | null,
  ended: number | null,
  state: StateLetter,
  failure: number | null,
];

/** Counts at the times `from`, `from + step`, … . */
export interface Activity {
  readonly from: number;
  readonly step: number;
  readonly waiting: readonly number[];
  readonly running: readonly number[];
}

export interface Statistic {
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface Projection {
  readonly time: number;
  /** What it is based on, as a sentence. */
  readonly basis: string;
}

/** Failed attempts with the same exit code and reason. */
export interface FailureGroup {
  readonly ExitCode?: number;
  readonly reason: string;
  /** What the exit code usually means. */
  readonly meaning?: string;
  /** Whether the machine failed, not the command. */
  readonly isMachine: boolean;
  /** Attempts. */
  readonly count: number;
  /** Instances whose last attempt failed in this way. */
  readonly instances: number;
  /** `[position in tasks, indexes of instances as ranges]`, with `and N more` where there are many. */
  readonly where: readonly (readonly [task: number, instances: string])[];
  /** An instance with this failure: its log explains it. */
  readonly sample: { readonly task: number; readonly instance: number; readonly attempt: number };
}

/** Why an amount has the precision it has. */
export type PriceKind =
  /** The listed price of the only instance type of the task. */
  | 'listed'
  /** The listed price of a spot instance; the market price may be lower. */
  | 'spot'
  /** The highest price of several instance types, one of which was used. */
  | 'highest'
  /** Nodes of an environment cost per environment, not per job. */
  | 'environment'
  /** No price is known. */
  | 'unknown';

export interface TaskCost {
  readonly price: PriceKind;
  /** Of an hour of one machine. */
  readonly hourly?: number;
  /** Seconds that the attempts that were read ran, up to now for those that still run. */
  readonly runSeconds: number;
  /** The part of `runSeconds` in attempts that were repeated. */
  readonly retrySeconds: number;
  /** `runSeconds * hourly / 3600`. */
  readonly amount?: number;
  /** The environment it runs in. */
  readonly EnvId?: string;
  /** The type, or `A or B`. */
  readonly machine?: string;
}

export interface JobCost {
  readonly runSeconds: number;
  readonly retrySeconds: number;
  /** Sum of the known amounts; absent where no task has one. */
  readonly amount?: number;
  /** What the figure is, in words that every form shows: `estimate, machines only, disks and traffic not included`. */
  readonly label: string;
  /** What is missing from the amount, one sentence each. */
  readonly notes: readonly string[];
}

/** Memory and CPU against what was requested. */
export type Use =
  | { readonly isMeasured: false; readonly why: string }
  | {
      readonly isMeasured: true;
      /** How many attempts of how many that started. */
      readonly measured: number;
      readonly started: number;
      /** The most of any attempt. */
      readonly peakMemoryBytes?: number;
      /** Mean over the measured time, in cores. */
      readonly meanCores?: number;
      /** What the machine has. */
      readonly memoryBytes?: number;
      readonly cores?: number;
      /** A smaller or larger instance type, where the difference is clear. */
      readonly advice?: string;
    };

export interface Coverage {
  /** Instances of the job, and those that were read. */
  readonly instances: number;
  readonly readInstances: number;
  /** `all`: earlier attempts are included; `last`: the API has only the last attempt of each instance. */
  readonly attempts: 'all' | 'last';
  /** Earlier attempts that are not included, because there are too many. */
  readonly otherAttempts: number;
  /** Calls for this reading. */
  readonly calls: number;
  /** Sentences on what was not read; empty where everything was. */
  readonly notes: readonly string[];
}
