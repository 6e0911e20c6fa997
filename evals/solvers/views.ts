/** The parts of structured answers that solvers read. */
import type { Fields, Tools } from './tools.ts';

export interface JobView {
  readonly JobId: string;
  readonly JobName: string;
  readonly JobState: string;
  readonly Placement: Fields;
}

export interface TaskView extends Fields {
  readonly TaskName: string;
  readonly EnvId?: string;
  readonly Application: { readonly Command: string };
}

export interface Submission extends Fields {
  readonly Tasks: readonly TaskView[];
  readonly Dependences?: readonly { readonly StartTask: string; readonly EndTask: string }[];
}

export const jobsOf = async (tools: Tools, Filters: readonly object[] = []): Promise<readonly JobView[]> =>
  (await tools.call<{ JobSet: JobView[] }>('DescribeJobs', { Limit: 100, Filters })).JobSet;

export const taggedWith = (key: string, value: string) => ({ Name: `tag:${key}`, Values: [value] });
export const named = (...Values: string[]) => ({ Name: 'job-name', Values });
export const inState = (...Values: string[]) => ({ Name: 'job-state', Values });

export const submissionOf = (tools: Tools, JobId: string): Promise<Submission> =>
  tools.call<Submission>('DescribeJobSubmitInfo', { JobId });

export interface Match {
  readonly instance: number;
  /** The line, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** All lines of the logs of the task `main` that match. */
export const matchesIn = async (tools: Tools, JobId: string, pattern: string): Promise<readonly Match[]> => {
  const found: Match[] = [];
  let cursor: string | undefined;
  do {
    const page = await tools.call<{ matches?: string; cursor?: string }>('SearchTaskLogs', {
      ...{ JobId, TaskName: 'main', pattern },
      ...(cursor !== undefined && { cursor }),
    });
    for (const [, instance, line, text = ''] of (page.matches ?? '').matchAll(/^(\d+) \w+:(\d+): (.*)$/gm))
      found.push({ instance: Number(instance), line: Number(line), text });
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
};
