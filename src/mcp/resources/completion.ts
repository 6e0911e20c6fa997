/** Completes ids and names from live data: newest first, limited, and within a deadline. */
import { LRUCache } from 'lru-cache';
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { regionNames, regions } from '../../catalogue/regions.ts';
import type { AllowedPrefix } from '../../client/cos/allowed-buckets.ts';
import type { Storage } from '../../client/cos/storage.ts';
import type { Wait } from '../contract/wait.ts';
import { cleanText } from '../render/untrusted.ts';
import { bucketsOf, keysOf } from './stored-files.ts';

export interface CompletionOptions {
  /** Calls the API. */
  readonly call: <A extends ActionName>(
    action: A,
    input: InputOf<A>,
    region: string | undefined,
    signal: AbortSignal,
  ) => Promise<OutputOf<A>>;
  /** The region of calls that name none. */
  readonly region: string | undefined;
  /** Names of the listed tools: data of an action that is not listed is not completed. */
  readonly tools: readonly string[];
  /** The buckets that may be used, where the file tools are enabled. */
  readonly files?: { readonly allowed: readonly AllowedPrefix[]; readonly storage: () => Promise<Storage> };
  readonly wait: Wait;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** The result, as the protocol defines it. */
export interface CompletionResult {
  readonly values: string[];
  readonly total: number;
  readonly hasMore: boolean;
}

export interface CompletionRequest {
  /** A variable of a resource template, or an argument of a prompt: both have the same names. */
  readonly name: string;
  /** What the user has typed so far. */
  readonly value: string;
  /** Other variables that are already known. */
  readonly context: Readonly<Record<string, string>>;
}

export type Complete = (request: CompletionRequest) => Promise<CompletionResult>;

// The protocol allows a hundred values in a result; a page of every list is a hundred, too.
const maxValues = 100;
// Users who type do not wait longer; what is not available by then is left out.
const maxMs = 1_500;
// Clients ask at every key stroke: the list is read once while a word is typed.
const ttlMs = 5_000;
// One user types in one field at a time.
const maxCached = 100;

/** @returns a function that returns what is available in time, and an empty result otherwise: a completion reports no errors */
export const createCompletion = (options: CompletionOptions): Complete => {
  const cache = new LRUCache<string, Promise<readonly string[]>>({
    max: maxCached,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now: options.now },
  });
  const valuesOf = (request: CompletionRequest): Promise<readonly string[]> => {
    const source = sourceOf(request, options);
    if (source === undefined) return Promise.resolve([]);
    const { key, read } = source;
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const values = inTime(read, options).catch(() => {
      // A failed read is repeated at the next key stroke.
      cache.delete(key);
      return [];
    });
    cache.set(key, values);
    return values;
  };
  return async (request) => {
    const typed = request.value.toLowerCase();
    const values = (await valuesOf(request))
      // A value with hidden characters would be completed to something other than what the user sees.
      .filter((value) => value === cleanText(value) && !value.includes('\n'))
      .filter((value) => value.toLowerCase().startsWith(typed));
    return {
      values: values.slice(0, maxValues),
      total: values.length,
      hasMore: values.length > maxValues,
    };
  };
};

type Read = (call: CompletionOptions['call'], signal: AbortSignal) => Promise<readonly string[]>;

/** Reads within the deadline; after it the request is cancelled. */
const inTime = async (read: Read, { call, wait }: CompletionOptions): Promise<readonly string[]> => {
  const reading = new AbortController();
  const waiting = new AbortController();
  const late = wait(maxMs, waiting.signal).then(() => {
    throw new Error('The deadline of a completion has passed.');
  });
  try {
    return await Promise.race([read(call, reading.signal), late]);
  } finally {
    reading.abort();
    waiting.abort();
    // Rejected by the line before, when the list came first.
    late.catch(() => undefined);
  }
};

interface Source {
  readonly key: string;
  readonly read: Read;
}

/** Where the values of a variable come from, and their key in the cache. */
const sourceOf = (
  { name, value, context }: CompletionRequest,
  { region: defaultRegion, tools, files }: CompletionOptions,
): Source | undefined => {
  const region = context.Region || defaultRegion;
  const { JobId, TaskName } = context;
  const source = (read: Read, ...rest: readonly string[]): Source => ({
    key: [name, region, ...rest].join(' '),
    read,
  });
  const from = (action: ActionName, read: Read, ...rest: readonly string[]): Source | undefined =>
    tools.includes(action) ? source(read, ...rest) : undefined;
  switch (name) {
    case 'Region':
      return source(async () => ownFirst(regionNames, defaultRegion));
    case 'Zone':
      return source(async () =>
        ownFirst(regionNames, region).flatMap((one) => regions[one as keyof typeof regions].zones),
      );
    case 'older-than':
      return source(async () => ['1 day', '7 days', '30 days', '90 days']);
    case 'Action':
      return source(async () => tools);
    case 'Bucket':
      return files && source(async () => bucketsOf(files.allowed));
    case 'Key': {
      const { Bucket } = context;
      if (!Bucket || files === undefined) return undefined;
      // One directory is listed at a time, so the list depends on what was typed up to its last slash.
      const directory = value.slice(0, value.lastIndexOf('/') + 1);
      return source(
        async (_, signal) => keysOf(await files.storage(), Bucket, region, directory, signal),
        ...[Bucket, directory],
      );
    }
    case 'JobId':
      return from('DescribeJobs', async (call, signal) => {
        const { JobSet } = await call('DescribeJobs', { Limit: maxValues }, region, signal);
        return newestFirst(JobSet ?? []).flatMap((job) => job.JobId ?? []);
      });
    case 'EnvId':
      return from('DescribeComputeEnvs', async (call, signal) => {
        const { ComputeEnvSet } = await call('DescribeComputeEnvs', { Limit: maxValues }, region, signal);
        return newestFirst(ComputeEnvSet ?? []).flatMap((env) => env.EnvId ?? []);
      });
    case 'TaskTemplateId':
      return from('DescribeTaskTemplates', async (call, signal) => {
        const { TaskTemplateSet } = await call('DescribeTaskTemplates', { Limit: maxValues }, region, signal);
        return newestFirst(TaskTemplateSet ?? []).flatMap((template) => template.TaskTemplateId ?? []);
      });
    case 'TaskName':
      return JobId ? from('DescribeJob', taskNamesOf(JobId, region), JobId) : undefined;
    case 'Index':
      return JobId && TaskName
        ? from('DescribeTask', indexesOf(JobId, TaskName, region), JobId, TaskName)
        : undefined;
    default:
      return undefined;
  }
};

const taskNamesOf =
  (JobId: string, region: string | undefined): Read =>
  async (call, signal) => {
    const { TaskSet } = await call('DescribeJob', { JobId }, region, signal);
    return (TaskSet ?? []).flatMap((task) => task.TaskName ?? []);
  };

/** Failed instances first, because their logs are what users need; then all others by index. */
const indexesOf =
  (JobId: string, TaskName: string, region: string | undefined): Read =>
  async (call, signal) => {
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
