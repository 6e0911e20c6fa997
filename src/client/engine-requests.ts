/** What the local engine answers beyond the API. The cloud has none of it. Without a region, that of the API client applies. */
import type { InputOf } from '../catalogue/index.ts';
import type { EventPage, EventRequest } from '../shared/job-event.ts';

/** What an attempt used, measured at the ages of 0.1, 0.3 and 1 second and then every 2 seconds; or why it is unknown. */
export type AttemptUsage =
  | {
      /** The sum of the most memory that each of its processes had. */
      readonly PeakMemoryBytes: number;
      readonly CpuSeconds: number;
      /** The age of the attempt when it was last measured; null if its start is unknown. */
      readonly MeasuredSeconds: number | null;
    }
  | { readonly NotMeasured: string };

/** One attempt of a task instance. */
export interface EngineAttempt {
  /** 1 for the first; continues over RetryJobs. */
  readonly Attempt: number;
  readonly State: string;
  /** Of the command; null when it did not run to its end. */
  readonly ExitCode: number | null;
  readonly StateReason: string;
  readonly StateDetailedReason: string;
  /** The machine, as `ComputeNodeInstanceId`, and the node of its environment; null for an elastic task. */
  readonly ComputeNodeInstanceId: string | null;
  readonly ComputeNodeId: string | null;
  /** UTC, as in the API. */
  readonly LaunchTime: string | null;
  readonly RunningTime: string | null;
  readonly EndTime: string | null;
  /** Whether its logs can be read with `attempt` of a call. */
  readonly HasLogs: boolean;
  readonly Usage: AttemptUsage;
}

/** A repeated attempt. Times are milliseconds since 1970; the reason is a position in `Reasons`. */
export type EarlierAttempt = readonly [
  TaskInstanceIndex: number,
  Attempt: number,
  LaunchTime: number | null,
  RunningTime: number | null,
  EndTime: number | null,
  ExitCode: number | null,
  Reason: number,
];

/** What the measured attempts of a task used together, or why none was measured. */
export type TaskUsage =
  | {
      /** Number of attempts. */
      readonly Measured: number;
      /** Of the attempt with the most. */
      readonly PeakMemoryBytes: number;
      readonly CpuSeconds: number;
      readonly MeasuredSeconds: number;
    }
  | { readonly NotMeasured: string };

/** What an engine knows of a job beyond the API. */
export interface EngineJobHistory {
  readonly tasks: readonly {
    readonly TaskName: string;
    /** By instance, first to last, without the current one. */
    readonly Attempts: readonly EarlierAttempt[];
    readonly Usage: TaskUsage;
  }[];
  readonly Reasons: readonly string[];
  /** Repeated attempts that are not in `tasks`. */
  readonly OtherAttempts: number;
}

/** The length of the streams of one attempt. */
export interface EngineLog {
  readonly TaskInstanceIndex: number;
  readonly Attempt: number;
  /** Its logs are stored when it has ended. */
  readonly IsRunning: boolean;
  readonly Stdout: EngineLogSize;
  readonly Stderr: EngineLogSize;
}

export interface EngineLogSize {
  /** Bytes of the file. */
  readonly Size: number;
  /** Bytes that the engine cut out of it, to keep it below its limit, and where; absent where it is complete. */
  readonly MissingBytes?: number;
  readonly MissingOffset?: number;
}

/** Instances of one task that occupy slots. */
export interface SlotHolder {
  readonly JobId: string;
  readonly JobName: string;
  readonly Priority: number;
  readonly Region: string;
  readonly TaskName: string;
  /** STARTING, RUNNING, or FAILED_INTERRUPTED, which occupies its slot until it is terminated. */
  readonly TaskInstanceState: string;
  readonly Count: number;
}

/** Instances that wait in the queue of a cluster for the same reason. */
export interface QueuedInstances {
  readonly TaskName: string;
  readonly Count: number;
  /** The code of Slurm, such as Priority. */
  readonly Reason: string;
  /** In plain words. */
  readonly Meaning: string;
  readonly SlurmJobs: readonly number[];
}

/** When the first task of a submission would start on a cluster. */
export interface ExpectedStart {
  /** Of the task, in the submission. */
  readonly Position: number;
  /** Milliseconds since 1970. */
  readonly Start?: number;
  readonly Partition?: string;
  /** Why it is unknown. */
  readonly Unknown?: string;
}

export interface EngineRequests {
  /** The attempts of one instance, first to last. @throws ApiError when it does not exist */
  attempts(target: {
    readonly Region?: string | undefined;
    readonly JobId: string;
    readonly TaskName: string;
    readonly TaskInstanceIndex: number;
  }): Promise<readonly EngineAttempt[]>;
  /** Repeated attempts and use of all tasks of a job. @throws ApiError when it does not exist */
  history(target: {
    readonly Region?: string | undefined;
    readonly JobId: string;
  }): Promise<EngineJobHistory>;
  /** The length of the streams of at most ten instances. @throws ApiError when one does not exist */
  logs(target: {
    readonly Region?: string | undefined;
    readonly JobId: string;
    readonly TaskName: string;
    readonly TaskInstanceIndexes: readonly number[];
    /** By default the last one. */
    readonly Attempt?: number | undefined;
  }): Promise<readonly EngineLog[]>;
  /**
   * The error that SubmitJob would respond with; without a `Code` why the job would fail although it is accepted;
   * undefined when it can run.
   */
  checkSubmission(
    region: string | undefined,
    input: InputOf<'SubmitJob'>,
  ): Promise<{ readonly Code?: string; readonly Message: string } | undefined>;
  /** A part of its log of events, of all regions. */
  events(request: EventRequest): Promise<EventPage>;
  /** The instances of a job that wait in the queue of a cluster; none if the engine runs jobs on its machine. */
  queue(target: {
    readonly Region?: string | undefined;
    readonly JobId: string;
  }): Promise<{ readonly Queued: readonly QueuedInstances[]; readonly Note?: string }>;
  /** undefined if the engine runs jobs on its machine. */
  expectedStart(region: string | undefined, input: InputOf<'SubmitJob'>): Promise<ExpectedStart | undefined>;
  /** How many instances the engine runs at a time, and what occupies the slots, oldest job first. */
  slots(): Promise<{ readonly Total: number; readonly Holders: readonly SlotHolder[] }>;
}
