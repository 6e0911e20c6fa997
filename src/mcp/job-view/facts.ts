/** What was read of a job, before anything is derived from it. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { InstanceOffering } from '../jobs/instance-offerings.ts';
import type { StateCounts, StateLetter } from './states.ts';

/** One attempt. Times are seconds after the job's CreateTime. */
export interface AttemptFacts {
  readonly index: number;
  /** 1 for the first; absent where only the last attempt is known, without its number. */
  readonly attempt?: number;
  readonly state: StateLetter;
  readonly launched?: number;
  readonly began?: number;
  readonly ended?: number;
  readonly ExitCode?: number;
  readonly reason: string;
}

/** What was measured of the attempts of one task. */
export interface UsageFacts {
  readonly measured: number;
  readonly peakMemoryBytes?: number;
  /** Seconds of CPU, and the seconds over which they were measured. */
  readonly cpuSeconds?: number;
  readonly measuredSeconds?: number;
  /** Mean share of the machine's processors, 0 to 100, where the API measures only that; with `memoryPercent`. */
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
  /** Why the other attempts, or all, were not measured. */
  readonly why?: string;
}

export interface TaskFacts {
  /** Absent until the task was read. */
  readonly counts?: StateCounts;
  /** The last attempt of each instance by its index; holes are instances that were not read. */
  readonly instances: readonly (AttemptFacts | undefined)[];
  /** Attempts that were repeated, in the order of instances and attempts. */
  readonly earlier: readonly AttemptFacts[];
  readonly usage?: UsageFacts;
}

export interface CourseFacts {
  readonly job: OutputOf<'DescribeJob'>;
  /** The region that the caller named. */
  readonly region?: string | undefined;
  /** Absent where it could not be read. */
  readonly submission?: OutputOf<'DescribeJobSubmitInfo'> | undefined;
  /** By name; tasks of which nothing was read are missing. */
  readonly tasks: ReadonlyMap<string, TaskFacts>;
  /** Prices of today; undefined where they could not be read. */
  readonly offerings?: readonly InstanceOffering[] | undefined;
  /** Whether the job runs on the local engine, which knows all attempts and has invented prices. */
  readonly isLocal: boolean;
  /** Earlier attempts that the engine has and that were not read. */
  readonly otherAttempts: number;
  readonly holds: readonly string[];
  /** What could not be read, and why. */
  readonly skipped: readonly string[];
  readonly calls: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}
