/** Courses of jobs, read within a budget and continued at every call: what was read is stored for a few jobs. */
import { createExpiringMap, type ExpiringMap } from '../../shared/expiring-map.ts';
import type { ToolContext } from '../contract/tool.ts';
import { courseOf } from './build-course.ts';
import type { JobCourse } from './course.ts';
import { factsOf, type ReadHolds, type Reading, readJob } from './read-course.ts';
import { countIn, countsOf } from './states.ts';

/** Calls of a first reading, and of every later one by a view: at two seconds, within the rates of the API. */
export const maxCalls = { first: 60, again: 6 } as const;

export interface CourseReader {
  /**
   * Reads a job, or more of it.
   * @param isRefresh a reading after the first one makes few calls, and none if the last one has just been made
   * @throws the error of DescribeJob
   */
  read(JobId: string, isRefresh: boolean, context: ToolContext): Promise<JobCourse>;
}

/** Views of more jobs at a time are rare; what is dropped is read again. */
const maxJobs = 8;
/** Instances of larger jobs are stored as well, but of no other job beside them. */
const maxInstances = 200_000;
/** A view that is open asks every few seconds, at most every minute. */
const ttlMs = 600_000;
/** A view asks for data right after the tool that opened it. */
const minAgeMs = 1500;

export const createCourseReader = (readHolds: ReadHolds): CourseReader => {
  let map: ExpiringMap<Reading> | undefined;
  const running = new Map<string, Promise<Reading>>();
  const readOne = async (
    key: string,
    JobId: string,
    isRefresh: boolean,
    context: ToolContext,
  ): Promise<Reading> => {
    map ??= createExpiringMap<Reading>({ ttlMs, max: maxJobs, now: context.now });
    const stored = map;
    const before = stored.get(key);
    if (isRefresh && before !== undefined && context.now() - before.time < minAgeMs) return before;
    const limit = isRefresh && before !== undefined ? maxCalls.again : maxCalls.first;
    const reading = await readJob(JobId, before, { maxCalls: limit, readHolds }, context);
    if (countIn(countsOf(reading.job.TaskInstanceMetrics)) > maxInstances / 2) stored.clear();
    stored.set(key, reading);
    return reading;
  };
  const share = async (key: string, reading: Promise<Reading>): Promise<Reading> => {
    running.set(key, reading);
    try {
      return await reading;
    } finally {
      if (running.get(key) === reading) running.delete(key);
    }
  };
  return {
    read: async (JobId, isRefresh, context) => {
      const key = `${context.region ?? ''} ${JobId}`;
      // Two readings at the same time would read the same pages. One that fails, or is cancelled, fails only for its caller.
      const other = running.get(key);
      const own = () => share(key, readOne(key, JobId, isRefresh, context));
      const reading = other === undefined ? await own() : await other.catch(own);
      const isLocal = (await context.engine?.()) !== undefined;
      return courseOf(factsOf(reading, context.region, isLocal));
    },
  };
};
