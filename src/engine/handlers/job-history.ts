/** What the engine knows of a job beyond the API: repeated attempts of its instances, and what its tasks have used. */
import type { InputOf } from '../../catalogue/index.ts';
import type { EngineSettings } from '../settings.ts';
import { countEarlierAttempts, type EarlierAttempt, earlierAttemptsOf } from '../store/attempt-history.ts';
import type { Database } from '../store/database.ts';
import type { JobRow } from '../store/jobs.ts';
import { type TaskRow, tasksOfJob } from '../store/tasks.ts';
import { usageOfTask } from '../store/usage.ts';

/** Of one job: some 100 bytes each, and an answer has at most a megabyte. */
const maxAttempts = 3000;

/** Why attempts cannot be measured. */
const inContainer = 'it ran in a container, whose processes the engine does not see';
const noProc = 'this system has no /proc';
const onCluster = 'it ran on a node of the cluster, whose processes the engine does not see';

/** Why no attempt of a task can be measured here; undefined where they are measured. */
export const notMeasurable = (spec: string, backend: EngineSettings['backend']): string | undefined => {
  if (isContainer(spec)) return inContainer;
  if (backend === 'slurm') return onCluster;
  return process.platform === 'linux' ? undefined : noProc;
};

// It was checked against the type when it was submitted.
const isContainer = (spec: string): boolean =>
  (JSON.parse(spec) as InputOf<'SubmitJob'>['Job']['Tasks'][number]).Application.Docker !== undefined;

/** The history of all tasks with repeated attempts or measurements; a reason that occurs often is sent once. */
export const jobHistoryOf = (db: Database, job: JobRow, backend: EngineSettings['backend']): object => {
  const reasons = new Map<string, number>();
  const numberOf = ({ detail, reason }: EarlierAttempt): number => {
    const text = detail || reason || '';
    const known = reasons.get(text);
    if (known !== undefined) return known;
    reasons.set(text, reasons.size);
    return reasons.size - 1;
  };
  let room = maxAttempts;
  let all = 0;
  const tasks = tasksOfJob(db, job.seq).map((task) => {
    all += countEarlierAttempts(db, task.id);
    const attempts = room > 0 ? earlierAttemptsOf(db, task.id, room) : [];
    room -= attempts.length;
    return {
      TaskName: task.name,
      Attempts: attempts.map((attempt) => [
        ...[attempt.index, attempt.attempt, attempt.launchTime, attempt.runningTime, attempt.endTime],
        ...[attempt.exitCode, numberOf(attempt)],
      ]),
      Usage: usageOf(db, task, backend),
    };
  });
  return { tasks, Reasons: [...reasons.keys()], OtherAttempts: all - (maxAttempts - room) };
};

const usageOf = (db: Database, task: TaskRow, backend: EngineSettings['backend']): object => {
  const why = notMeasurable(task.spec, backend);
  if (why !== undefined) return { NotMeasured: why };
  const { measured, peakMemory, cpuSeconds, measuredMs } = usageOfTask(db, task.id);
  if (measured > 0)
    return {
      Measured: measured,
      PeakMemoryBytes: peakMemory,
      CpuSeconds: cpuSeconds,
      MeasuredSeconds: (measuredMs ?? 0) / 1000,
    };
  const { SUBMITTED, PENDING, RUNNABLE } = task.counts;
  return {
    NotMeasured:
      SUBMITTED + PENDING + RUNNABLE === task.instances
        ? 'no command has started'
        : 'what has ended ran for less than 0.2 seconds, or never ran',
  };
};
