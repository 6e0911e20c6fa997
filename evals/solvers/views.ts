/** The parts of structured answers that solvers read. */
import type { Fields, Tools } from './tools.ts';

interface Table {
  /** What is the same in every row. */
  readonly inEach?: Fields;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** In the result of a script, a list of one element is no table. */
type Rows = Table | readonly Fields[];

const recordsOf = (list: Rows): readonly Fields[] =>
  'columns' in list
    ? list.rows.map((cells) => ({
        ...list.inEach,
        ...Object.fromEntries(list.columns.map((name, column) => [name, cells[column]])),
      }))
    : list;

interface JobView {
  readonly JobId: string;
  readonly JobName: string;
  readonly JobState: string;
}

/** The jobs that FindJobs finds. */
export const findJobs = async (tools: Tools, args: Fields): Promise<readonly JobView[]> => {
  const { jobs } = await tools.call<{ jobs: Rows }>('FindJobs', args);
  return recordsOf(jobs).map(({ JobId, JobName, JobState }) => ({
    JobId: String(JobId),
    JobName: String(JobName),
    JobState: String(JobState),
  }));
};

/** The id of the job of this name. */
export const jobNamed = async (tools: Tools, name: string): Promise<string> => {
  const job = (await findJobs(tools, { name })).find(({ JobName }) => JobName === name);
  if (job === undefined) throw new Error(`No job has the name ${name}.`);
  return job.JobId;
};

/** The rows that FindComputeEnvs finds. */
export const findComputeEnvs = async (tools: Tools, args: Fields): Promise<readonly Fields[]> =>
  recordsOf((await tools.call<{ environments: Rows }>('FindComputeEnvs', args)).environments);

interface LogLine {
  readonly instance: number;
  readonly text: string;
}

/** The last lines of the output of every instance of the task `main`. */
export const lastLines = async (tools: Tools, JobId: string, count: number): Promise<readonly LogLine[]> => {
  const { lines } = await tools.call<{ lines: string }>('ReadTaskLogs', {
    ...{ JobId, part: `tail ${count}` },
  });
  return [...lines.matchAll(/^(\d+)\| (.*)$/gm)].map(([, instance, text = '']) => ({
    instance: Number(instance),
    text,
  }));
};

export interface FailureKind {
  readonly count: number;
  /** Instances and task. */
  readonly where: string;
  /** Lines of the log. */
  readonly proof: string;
}
