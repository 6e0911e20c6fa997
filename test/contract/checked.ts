/** Calls whose answers are validated against the catalogue, and helpers that read such answers. */
import { expect } from 'vitest';
import { call, type Target, until } from './target.ts';
import { type ActionName, actions, type OutputOf } from './vocabulary.ts';

/** Calls an action and validates its answer. Values that are not known yet are null; the schema treats them as absent. */
export const checked = async <A extends ActionName>(
  target: Target,
  action: A,
  input: object,
  region?: string,
): Promise<OutputOf<A>> => {
  const answer = await call(target, action, input, region);
  const { error } = actions[action].output.safeParse(withoutNulls(answer));
  expect(error?.issues ?? []).toEqual([]);
  return answer;
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
};

const decode = (log: string | null | undefined): string =>
  Buffer.from(String(log).replace('data:text/plain;charset=utf-8;base64,', ''), 'base64').toString('utf8');

/** Standard output of the instances of a task, by index. */
export const logsOf = async (target: Target, JobId: string, TaskName: string, region?: string) => {
  const { TaskInstanceLogSet } = await checked(
    target,
    'DescribeTaskLogs',
    { JobId, TaskName, Limit: 10 },
    region,
  );
  return (TaskInstanceLogSet ?? []).map((log) => decode(log?.StdoutLog));
};

/** Waits until a job has ended. */
export const ended = (target: Target, JobId: string, region?: string) =>
  until(`${JobId} has ended`, async () => {
    const job = await call(target, 'DescribeJob', { JobId }, region);
    return ['SUCCEED', 'FAILED'].includes(String(job.JobState)) && job;
  });
