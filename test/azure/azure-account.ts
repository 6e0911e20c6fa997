/** State of the test service: jobs with their ETags and states, tasks, and task files. */

export type JobState =
  | 'active'
  | 'disabling'
  | 'disabled'
  | 'enabling'
  | 'terminating'
  | 'completed'
  | 'deleting';

export interface StoredTask {
  id: string;
  state: 'active' | 'preparing' | 'running' | 'completed';
  exitCode?: number;
  result?: 'success' | 'failure';
  failure?: { category: string; code: string; message: string };
  /** Path → bytes; `null` is a directory. */
  files: Map<string, Buffer | null>;
  /** Whether the files were deleted with the node. */
  isCleaned?: boolean;
}

export interface StoredJob {
  id: string;
  state: JobState;
  previousState?: JobState;
  eTag: string;
  lastModified: number;
  createdAt: number;
  tasks: Map<string, StoredTask>;
  hasReleaseTask: boolean;
  autoPool: 'job' | 'jobSchedule' | undefined;
  terminateReason?: string;
  endTime?: number;
  /** Number of reads that return `terminating` before the job is `completed`. */
  readsLeft: number;
  extra: Record<string, unknown>;
}

export interface NewTask {
  id: string;
  state?: StoredTask['state'];
  result?: 'success' | 'failure';
  exitCode?: number;
  files?: Record<string, string | Buffer | null>;
  isCleaned?: boolean;
}

export interface NewJob {
  id: string;
  state?: JobState;
  tasks?: readonly NewTask[];
  hasReleaseTask?: boolean;
  autoPool?: 'job' | 'jobSchedule';
  terminateReason?: string;
  readsUntilCompleted?: number;
  extra?: Record<string, unknown>;
}

export interface Account {
  readonly jobs: Map<string, StoredJob>;
  addJob(job: NewJob): StoredJob;
  /** Changes a job from outside: it gets a new ETag. */
  touch(id: string): void;
  terminate(job: StoredJob, reason: string, force: boolean): void;
  /** Counts one read of a job; a terminating job completes after some reads. */
  noteRead(job: StoredJob): void;
}

export const createAccount = (now: () => number): Account => {
  const jobs = new Map<string, StoredJob>();
  let version = 0x49b95;
  const newETag = () => `0x8DC0DBD62C${(version++).toString(16).toUpperCase()}`;
  const change = (job: StoredJob, state: JobState): void => {
    job.previousState = job.state;
    job.state = state;
    job.eTag = newETag();
    job.lastModified = now();
  };
  const complete = (job: StoredJob): void => {
    for (const task of job.tasks.values()) {
      if (task.state !== 'running' && task.state !== 'preparing') continue;
      task.state = 'completed';
      task.result = 'failure';
      task.failure = { category: 'usererror', code: 'TaskEnded', message: 'Task was ended by user request' };
    }
    change(job, 'completed');
    job.endTime = now();
  };
  return {
    jobs,
    addJob: (job) => {
      const stored: StoredJob = {
        id: job.id,
        state: job.state ?? 'active',
        eTag: newETag(),
        lastModified: now(),
        createdAt: now(),
        tasks: new Map(
          (job.tasks ?? []).map((task) => [
            task.id,
            {
              id: task.id,
              state: task.state ?? 'active',
              ...(task.result && { result: task.result }),
              ...(task.exitCode !== undefined && { exitCode: task.exitCode }),
              ...(task.isCleaned && { isCleaned: true }),
              files: new Map(
                Object.entries(task.files ?? {}).map(([path, bytes]) => [
                  path,
                  bytes === null ? null : Buffer.from(bytes),
                ]),
              ),
            },
          ]),
        ),
        hasReleaseTask: job.hasReleaseTask ?? false,
        autoPool: job.autoPool,
        ...(job.terminateReason !== undefined && { terminateReason: job.terminateReason }),
        readsLeft: job.readsUntilCompleted ?? 1,
        extra: job.extra ?? {},
      };
      jobs.set(job.id.toLowerCase(), stored);
      return stored;
    },
    touch: (id) => {
      const job = jobs.get(id.toLowerCase());
      if (job) change(job, job.state);
    },
    terminate: (job, reason, force) => {
      change(job, 'terminating');
      job.terminateReason = reason;
      if (force) complete(job);
    },
    noteRead: (job) => {
      if (job.state === 'disabling') change(job, 'disabled');
      if (job.state === 'enabling') change(job, 'active');
      if (job.state !== 'terminating') return;
      if (job.readsLeft <= 0) complete(job);
      job.readsLeft -= 1;
    },
  };
};
