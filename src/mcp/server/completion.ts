/** Completes ids and names from live data: newest first, bounded, and never late. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { actionNames } from '../../catalogue/index.ts';
import { regionNames, regions } from '../../catalogue/regions.ts';
import type { Wait } from '../contract/wait.ts';

export interface CompletionOptions {
  /** One call of the API. */
  readonly call: <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    region: string | undefined,
    signal: AbortSignal,
  ) => Promise<OutputOf<A>>;
  /** The region of calls that name none. */
  readonly region: string | undefined;
  readonly wait: Wait;
  /** Milliseconds, for durations: a clock that nobody sets back. */
  readonly now: () => number;
}

/** Completions as the protocol has them. */
export interface CompletionResult {
  readonly values: string[];
  readonly total: number;
  readonly hasMore: boolean;
}

export interface CompletionRequest {
  /** A variable of a resource template, or an argument of a prompt: both go by the same names. */
  readonly name: string;
  /** What has been typed. */
  readonly value: string;
  /** Other variables that are already known. */
  readonly context: Readonly<Record<string, string>>;
}

export type Complete = (request: CompletionRequest) => Promise<CompletionResult>;

// The protocol allows a hundred values in an answer; one page of every list is a hundred, too.
const maxValues = 100;
// A person who types waits no longer; what is not there by then is left out.
const maxMs = 1_500;
// Clients ask at every key. For as long as somebody types one word the list is read once.
const ttlMs = 5_000;

/** @returns a function that answers with what is known in time, and with nothing otherwise: a completion is no place for errors */
export const createCompletion = (options: CompletionOptions): Complete => {
  const kept = new Map<string, { readonly until: number; readonly values: Promise<readonly string[]> }>();
  const valuesOf = (request: CompletionRequest): Promise<readonly string[]> => {
    const source = sourceOf(request, options.region);
    if (source === undefined) return Promise.resolve([]);
    const { key, read } = source;
    const now = options.now();
    for (const [old, { until }] of kept) if (until <= now) kept.delete(old);
    const known = kept.get(key);
    if (known !== undefined) return known.values;
    const values = inTime(read, options).catch(() => {
      // What failed is tried again at the next key.
      kept.delete(key);
      return [];
    });
    kept.set(key, { until: now + ttlMs, values });
    return values;
  };
  return async (request) => {
    const typed = request.value.toLowerCase();
    const values = (await valuesOf(request)).filter((value) => value.toLowerCase().startsWith(typed));
    return {
      values: values.slice(0, maxValues),
      total: values.length,
      hasMore: values.length > maxValues,
    };
  };
};

type Read = (call: CompletionOptions['call'], signal: AbortSignal) => Promise<readonly string[]>;

/** Reads, and gives up when the time is over; the request is then cancelled. */
const inTime = async (read: Read, { call, wait }: CompletionOptions): Promise<readonly string[]> => {
  const reading = new AbortController();
  const waiting = new AbortController();
  const late = wait(maxMs, waiting.signal).then(() => {
    throw new Error('The time for a completion is over.');
  });
  try {
    return await Promise.race([read(call, reading.signal), late]);
  } finally {
    reading.abort();
    waiting.abort();
    // Ended by the line before, when the list came first.
    late.catch(() => undefined);
  }
};

/** Where the values of a variable come from, and under which key they may be kept. */
const sourceOf = (
  { name, context: known }: CompletionRequest,
  ownRegion: string | undefined,
): { readonly key: string; readonly read: Read } | undefined => {
  const region = known.Region || ownRegion;
  const { JobId, TaskName } = known;
  const at = (read: Read, ...rest: readonly string[]) => ({ key: [name, region, ...rest].join(' '), read });
  switch (name) {
    case 'Region':
      return at(async () => ownFirst(regionNames, ownRegion));
    case 'Zone':
      return at(async () =>
        ownFirst(regionNames, region).flatMap((one) => regions[one as keyof typeof regions].zones),
      );
    case 'older-than':
      return at(async () => ['1 day', '7 days', '30 days', '90 days']);
    case 'Action':
      return at(async () => actionNames);
    case 'JobId':
      return at(async (call, signal) => {
        const { JobSet } = await call('DescribeJobs', { Limit: maxValues }, region, signal);
        return newestFirst(JobSet ?? []).flatMap((job) => job.JobId ?? []);
      });
    case 'EnvId':
      return at(async (call, signal) => {
        const { ComputeEnvSet } = await call('DescribeComputeEnvs', { Limit: maxValues }, region, signal);
        return newestFirst(ComputeEnvSet ?? []).flatMap((env) => env.EnvId ?? []);
      });
    case 'TaskTemplateId':
      return at(async (call, signal) => {
        const { TaskTemplateSet } = await call('DescribeTaskTemplates', { Limit: maxValues }, region, signal);
        return newestFirst(TaskTemplateSet ?? []).flatMap((template) => template.TaskTemplateId ?? []);
      });
    case 'TaskName':
      return JobId === undefined
        ? undefined
        : at(async (call, signal) => {
            const { TaskSet } = await call('DescribeJob', { JobId }, region, signal);
            return (TaskSet ?? []).flatMap((task) => task.TaskName ?? []);
          }, JobId);
    case 'Index':
      return JobId === undefined || TaskName === undefined
        ? undefined
        : at((call, signal) => indexesOf(JobId, TaskName, region, call, signal), JobId, TaskName);
    default:
      return undefined;
  }
};

/** Failed instances first, since their logs are what people look for; then all of them by number. */
const indexesOf = async (
  JobId: string,
  TaskName: string,
  region: string | undefined,
  call: CompletionOptions['call'],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const task = await call('DescribeTask', { JobId, TaskName, Limit: 1000 }, region, signal);
  const instances = (task.TaskInstanceSet ?? []).map(({ TaskInstanceIndex, TaskInstanceState }) => ({
    index: TaskInstanceIndex ?? 0,
    isFailed: TaskInstanceState === 'FAILED' || TaskInstanceState === 'FAILED_INTERRUPTED',
  }));
  return instances
    .sort((a, b) => Number(b.isFailed) - Number(a.isFailed) || a.index - b.index)
    .map(({ index }) => String(index));
};

/** All documented examples are newest first already, but no page promises it. */
const newestFirst = <T extends { readonly CreateTime?: string | null | undefined }>(
  items: readonly T[],
): readonly T[] =>
  [...items].sort((a, b) => (Date.parse(b.CreateTime ?? '') || 0) - (Date.parse(a.CreateTime ?? '') || 0));

const ownFirst = (names: readonly string[], own: string | undefined): readonly string[] =>
  own === undefined || !names.includes(own) ? names : [own, ...names.filter((name) => name !== own)];
