/** A complete engine for a test: real server, real processes, in a temporary data directory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ActionName,
  apiVersion,
  type InputOf,
  type OutputOf,
  service,
} from '../../src/catalogue/index.ts';
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/index.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { sign } from '../../src/tc3/sign.ts';
import { endEngineOf, endJobsOf } from '../end-jobs.ts';

export interface RunningEngine extends Engine {
  /** Signs and sends one call. @throws ApiError */
  call<A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>>;
  /** The code an action is refused with; undefined when it is not. */
  codeOf<A extends ActionName>(action: A, input: InputOf<A>): Promise<string | undefined>;
  /** Submits a job of the zone all tests use. */
  submit(job: InputOf<'SubmitJob'>['Job'], ClientToken?: string): Promise<string>;
  /** Waits until the job has ended, FAILED_INTERRUPTED included, for at most `seconds` (default 120). */
  settled(JobId: string, seconds?: number): Promise<OutputOf<'DescribeJob'>>;
  /** The decoded output of an instance. */
  logs(JobId: string, TaskName: string, index?: number): Promise<{ stdout: string; stderr: string }>;
  instances(JobId: string, TaskName: string): Promise<readonly Instance[]>;
}

export type Instance = NonNullable<NonNullable<OutputOf<'DescribeTask'>['TaskInstanceSet']>[number]>;

export const region = 'ap-guangzhou';
export const Placement = { Zone: 'ap-guangzhou-2' };

/** A machine made for the task; what it is does not matter here. */
export const ComputeEnv = { EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } } as const;

/** A task that runs one shell command. */
export const shellTask = (
  TaskName: string,
  Command: string,
  more: Partial<InputOf<'SubmitJob'>['Job']['Tasks'][number]> = {},
): InputOf<'SubmitJob'>['Job']['Tasks'][number] => ({
  TaskName,
  Application: { DeliveryForm: 'LOCAL', Command },
  ...(more.EnvId === undefined ? { ComputeEnv } : {}),
  ...more,
});

/** What the tests of this file have not stopped and removed: a test that fails half-way does not reach its end. */
const left = { engines: new Set<Engine>(), dirs: new Set<string>() };
// The evaluations start engines too, without a test runner; they stop them by themselves.
if (process.env.VITEST !== undefined) {
  const { afterAll } = await import('vitest');
  afterAll(async () => {
    for (const engine of left.engines) await engine.stop();
    for (const dir of left.dirs) removeDir(dir);
  });
}

/** A directory that `removeDir` removes. */
export const makeDataDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'batch-mcp-engine-'));
  left.dirs.add(dir);
  return dir;
};
/** Removes it, after ending its engine and its jobs. */
export const removeDir = (dir: string): void => {
  endEngineOf(dir);
  endJobsOf(dir);
  rmSync(dir, { recursive: true, force: true });
  left.dirs.delete(dir);
};

/** Calls `find` until it returns something other than false or an empty string, for at most `seconds`; the default allows for a loaded machine. */
export const until = async <T>(
  what: string,
  find: () => T | Promise<T>,
  seconds = 120,
): Promise<NonNullable<T>> => {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== null && found !== false && found !== '') return found;
    if (Date.now() > end) throw new Error(`After ${seconds} s still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/** Sends one signed request. */
export const callEngine = async <A extends ActionName>(
  engine: { readonly endpoint: string; readonly secretId: string; readonly secretKey: string },
  action: A,
  input: InputOf<A>,
): Promise<OutputOf<A>> => {
  const body = JSON.stringify(input);
  const host = new URL(engine.endpoint).host;
  const headers = sign(
    { method: 'POST', host, action, version: apiVersion, region, service, body },
    engine,
    Date.now(),
  );
  const response = await fetch(engine.endpoint, { method: 'POST', body, headers: { ...headers } });
  const { Response } = (await response.json()) as {
    Response: { RequestId: string; Error?: { Code: string; Message: string } };
  };
  if (Response.Error)
    throw new ApiError(action, Response.Error.Code, Response.Error.Message, Response.RequestId);
  return Response as OutputOf<A>;
};

const ended = ['SUCCEED', 'FAILED', 'FAILED_INTERRUPTED'];

const decode = (log: string | null | undefined): string =>
  Buffer.from((log ?? '').slice('data:text/plain;charset=utf-8;base64,'.length), 'base64').toString('utf8');

/** Starts an engine that runs plain processes, two at a time, and kills after a tenth of a second. */
export const startRunningEngine = async (options: Partial<EngineOptions> = {}): Promise<RunningEngine> => {
  const dataDir = options.dataDir ?? makeDataDir();
  const engine = await startEngine({
    sandbox: 'none',
    slots: 2,
    killGraceMs: 100,
    environment: process.env,
    ...options,
    dataDir,
  });
  left.engines.add(engine);
  const call: RunningEngine['call'] = (action, input) => callEngine(engine, action, input);
  const settled: RunningEngine['settled'] = (JobId, seconds) =>
    until(
      `job ${JobId} has ended`,
      async () => {
        const job = await call('DescribeJob', { JobId });
        return ended.includes(job.JobState ?? '') ? job : undefined;
      },
      seconds,
    );
  return {
    ...engine,
    stop: async () => {
      await engine.stop();
      left.engines.delete(engine);
    },
    call,
    codeOf: async (action, input) => {
      try {
        await call(action, input);
        return undefined;
      } catch (error) {
        if (error instanceof ApiError) return error.code;
        throw error;
      }
    },
    submit: async (Job, ClientToken) =>
      (await call('SubmitJob', { Placement, Job, ...(ClientToken === undefined ? {} : { ClientToken }) }))
        .JobId ?? '',
    settled,
    logs: async (JobId, TaskName, index = 0) => {
      const { TaskInstanceLogSet } = await call('DescribeTaskLogs', {
        JobId,
        TaskName,
        TaskInstanceIndexes: [index],
      });
      const [log] = TaskInstanceLogSet ?? [];
      return { stdout: decode(log?.StdoutLog), stderr: decode(log?.StderrLog) };
    },
    instances: async (JobId, TaskName) => {
      const { TaskInstanceSet } = await call('DescribeTask', { JobId, TaskName, Limit: 1000 });
      return (TaskInstanceSet ?? []).flatMap((instance) => instance ?? []);
    },
  };
};
