/** Where a log is read from: the part that the API returns, or the whole log in object storage. */
import type { OutputOf } from '../../catalogue/index.ts';
import type { EngineLog, EngineLogSize } from '../../client/engine-requests.ts';
import { ApiError, InputError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { isPart, logBytes, rawBytesOfLog } from './api-log.ts';
import { bytesInMemory, type LogBytes } from './log-bytes.ts';
import { hidePrivateKeys } from './private-keys.ts';
import { openStoredLog, type ReadRange, type StoredLog } from './stored-log.ts';

export type Stream = 'stdout' | 'stderr';

/** One entry of the answer of DescribeTaskLogs. */
export type ApiLog = NonNullable<OutputOf<'DescribeTaskLogs'>['TaskInstanceLogSet']>[number];

/** Why only a part of a log can be read. */
export type Limitation =
  | { readonly kind: 'no redirect' | 'running' | 'no storage' | 'shared name' | 'another log' }
  | { readonly kind: 'not readable'; readonly reason: string };

export interface LogSource {
  /** `api`: what the API returned; `stored`: the object that RedirectInfo names. */
  readonly from: 'api' | 'stored';
  readonly bytes: LogBytes;
  /** Set where the log may be longer than `bytes`. */
  readonly limitation?: Limitation;
  /** Bytes of the whole log, where they are known beside `bytes`. */
  readonly size?: number;
  /** Bytes that the engine cut out of the log to keep it below its limit, and where. */
  readonly cut?: { readonly missing: number; readonly offset: number };
}

export interface LogsTarget {
  readonly JobId: string;
  readonly TaskName: string;
  /** How many instances the task has. */
  readonly total: number;
}

type LogContext = Pick<ToolContext, 'engine' | 'storage' | 'signal' | 'region' | 'attempt'>;

/** Opens a stream of one instance. @throws what the engine answers beyond the API */
export type OpenLog = (log: ApiLog, stream: Stream) => Promise<LogSource>;

/**
 * Prepares to open the logs of one answer of DescribeTaskLogs. Nothing is requested for a stream that the API returned
 * completely.
 * @param logs of this answer
 */
export const logsOf = (logs: readonly ApiLog[], target: LogsTarget, context: LogContext): OpenLog => {
  let facts: Promise<readonly EngineLog[]> | undefined;
  const factsOf = (log: ApiLog): Promise<EngineLog | undefined> => {
    facts ??= engineFactsOf(logs, target, context);
    return facts.then((all) => all.find((one) => one.TaskInstanceIndex === log.TaskInstanceIndex));
  };
  return async (log, stream) => {
    // Not masked: they are compared with the bytes of the stored log.
    const api = rawBytesOfLog(stream === 'stdout' ? log.StdoutLog : log.StderrLog);
    if (!isPart(api.length)) return { from: 'api', bytes: bytesInMemory(hidePrivateKeys(api).bytes) };
    const fact = await factsOf(log);
    const engine = stream === 'stdout' ? fact?.Stdout : fact?.Stderr;
    if (engine !== undefined && engine.Size === api.length)
      return { from: 'api', bytes: bytesInMemory(hidePrivateKeys(api).bytes) };
    const stored =
      fact?.IsRunning === true
        ? ({ kind: 'running' } as const)
        : await openStored({ log, stream, api, engine }, target, context);
    const cut = cutOf(engine);
    if (!('kind' in stored)) return { from: 'stored', bytes: stored, ...(cut && { cut }) };
    const size = engine?.Size;
    return {
      from: 'api',
      bytes: bytesInMemory(hidePrivateKeys(api).bytes),
      limitation: stored,
      ...(size !== undefined && { size }),
    };
  };
};

const cutOf = ({ MissingBytes, MissingOffset }: Partial<EngineLogSize> = {}): LogSource['cut'] =>
  MissingBytes === undefined ? undefined : { missing: MissingBytes, offset: MissingOffset ?? 0 };

const engineFactsOf = async (
  logs: readonly ApiLog[],
  { JobId, TaskName }: LogsTarget,
  { engine, region, attempt }: LogContext,
): Promise<readonly EngineLog[]> => {
  const requests = await engine?.();
  const TaskInstanceIndexes = logs.map((log) => log.TaskInstanceIndex ?? 0);
  const target = { Region: region, JobId, TaskName, TaskInstanceIndexes };
  return (await requests?.logs({ ...target, Attempt: attempt })) ?? [];
};

interface Wanted {
  readonly log: ApiLog;
  readonly stream: Stream;
  /** What the API returned of it. */
  readonly api: Buffer;
  /** What the local engine knows about it. */
  readonly engine: EngineLogSize | undefined;
}

const openStored = async (
  wanted: Wanted,
  target: LogsTarget,
  context: LogContext,
): Promise<StoredLog | Limitation> => {
  const { log, stream, api, engine } = wanted;
  const path = (stream === 'stdout' ? log.StdoutRedirectPath : log.StderrRedirectPath) ?? '';
  const name = (stream === 'stdout' ? log.StdoutRedirectFileName : log.StderrRedirectFileName) ?? '';
  if (path === '' || name === '') return { kind: 'no redirect' };
  if (target.total > 1 && !name.includes(String(log.TaskInstanceIndex))) return { kind: 'shared name' };
  try {
    const readRange = await readRangeOf(path, name, context);
    if (readRange === undefined) return { kind: 'no storage' };
    const stored = await openStoredLog(readRange);
    const isSame =
      engine === undefined ? hasEnd(stored, api) : stored.size === engine.Size && hasEnd(stored, api);
    return isSame ? stored : { kind: 'another log' };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ApiError) return { kind: 'not readable', reason: error.code };
    if (error instanceof TransportError) return { kind: 'not readable', reason: 'no response' };
    if (error instanceof InputError) return { kind: 'not readable', reason: error.issues[0]?.message ?? '' };
    throw error;
  }
};

/** Whether an object is the log of which the API returned a part: its end or, which is not documented, its beginning. */
const hasEnd = ({ head, tail }: StoredLog, api: Buffer): boolean =>
  tail.subarray(-api.length).equals(api) || head.subarray(0, api.length).equals(api);

/** @returns undefined where the path is in no object storage that this program can read */
const readRangeOf = async (
  path: string,
  name: string,
  { storage, signal }: LogContext,
): Promise<ReadRange | undefined> => {
  const reader = (await storage?.())?.redirected(path);
  if (reader === undefined) return undefined;
  const object = reader.objectOf(name);
  return (first, last, ifMatch) =>
    reader.get(object, {
      first,
      ...(last !== undefined && { last }),
      ...(ifMatch !== undefined && { ifMatch }),
      signal,
    });
};

/** Why a log could not be read completely, as a phrase that follows a colon. */
export const limitationTextOf = (limitation: Limitation): string => {
  switch (limitation.kind) {
    case 'no redirect':
      return `the task has no RedirectInfo, so ${logBytes} bytes are all there is`;
    case 'running':
      return 'the instance still runs; its log is stored when it has ended';
    case 'no storage':
      return 'its redirect path is in no object storage that can be read from here';
    case 'shared name':
      return 'all instances have the same file name in RedirectInfo, so the stored log is that of the last one';
    case 'another log':
      return 'the stored object is not the log of this attempt';
    case 'not readable':
      return `the stored log could not be read: ${limitation.reason}`;
    default:
      return limitation satisfies never;
  }
};
