/** Runs one script in a separate thread, and ends the thread whatever came of it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ScriptLimits } from './script-limits.ts';

/** How `all` reads the list of an action. `limit` 0: the action returns its whole list at once. */
export interface PagedList {
  readonly list: string;
  readonly total: string;
  readonly limit: number;
}

export interface IsolateOptions {
  readonly script: string;
  /** Names of the functions that exist in the script. */
  readonly functions: readonly string[];
  readonly pages: Readonly<Record<string, PagedList>>;
  /** The clock of the script, in milliseconds since 1970. */
  readonly now: number;
  readonly limits: ScriptLimits;
  /** Ends the script. */
  readonly signal: AbortSignal;
  /** Aborted when the session ends: the script ends, too, and its answer says so. */
  readonly closing?: AbortSignal | undefined;
  /**
   * Makes a call. Both sides are JSON.
   * @returns `{ value }` or `{ error }`; must not reject
   */
  call(name: string, args: string): Promise<string>;
}

/** What a script threw, as it described it itself: nothing of it can be relied on. */
export interface ThrownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: unknown;
  readonly RequestId?: unknown;
  readonly issues?: unknown;
}

/** Why a script did not return. */
export type ScriptFailure =
  | { readonly reason: 'thrown'; readonly error: ThrownError | undefined }
  | { readonly reason: 'result'; readonly length: number }
  | { readonly reason: 'cpu' | 'wall' | 'closing' | 'stuck' | 'broken' };

export interface IsolateResult {
  /** JSON; absent where the script failed. */
  readonly value?: string;
  readonly failure?: ScriptFailure;
  /** What it printed. */
  readonly log: string;
  readonly isLogCut: boolean;
}

/** What the thread reports; it runs our code, and the script has no access to its port. */
type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: string }
  | { readonly kind: 'log'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'done'; readonly value: string }
  | { readonly kind: 'failed'; readonly reason: 'thrown'; readonly error: string | undefined }
  | { readonly kind: 'failed'; readonly reason: 'result'; readonly length: number }
  | { readonly kind: 'failed'; readonly reason: 'cpu' | 'stuck' | 'broken' };

const workerFile = new URL('./script-worker.js', import.meta.url);

/** QuickJS: the file beside the bundle, or that of the package. */
const wasmFileOf = (): string => {
  const beside = fileURLToPath(new URL('./quickjs.wasm.br', import.meta.url));
  return existsSync(beside)
    ? beside
    : createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
};

/**
 * Runs a script to its end, or to one of its limits.
 * @throws the reason of `signal` when it is aborted; the thread has ended then as well
 */
export const runIsolated = async (options: IsolateOptions): Promise<IsolateResult> => {
  const { signal, limits } = options;
  signal.throwIfAborted();
  const worker = new Worker(workerFile, {
    workerData: {
      wasmFile: wasmFileOf(),
      script: options.script,
      config: JSON.stringify({ functions: options.functions, pages: options.pages }),
      now: options.now,
      limits,
    },
    // No variable, no argument and no flag of this process, and no way to its streams.
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: limits.threadStackMb },
  });
  try {
    return await converse(worker, options);
  } finally {
    await worker.terminate();
  }
};

/** Limits the time between what the thread receives and its report. */
const createWatch = ({ cpuMs, cpuGraceMs }: ScriptLimits, onOverrun: () => void) => {
  let timer: NodeJS.Timeout | undefined;
  let expected = 0;
  const set = (change: number): void => {
    clearTimeout(timer);
    expected += change;
    if (expected > 0) timer = setTimeout(onOverrun, cpuMs + cpuGraceMs);
  };
  return { expect: () => set(1), reported: () => set(-1), stop: () => clearTimeout(timer) };
};

const converse = (
  worker: Worker,
  { limits, signal, closing, call }: IsolateOptions,
): Promise<IsolateResult> =>
  new Promise((resolve, reject) => {
    let log = '';
    let isLogCut = false;
    const stop = (): void => {
      clearTimeout(wall);
      watch.stop();
      signal.removeEventListener('abort', abort);
      closing?.removeEventListener('abort', close);
      worker.removeAllListeners('message');
    };
    const end = (outcome: Pick<IsolateResult, 'value' | 'failure'>): void => {
      stop();
      resolve({ ...outcome, log, isLogCut });
    };
    const fail = (failure: ScriptFailure): void => end({ failure });
    const abort = (): void => {
      stop();
      reject(signal.reason);
    };
    const close = (): void => fail({ reason: 'closing' });
    const wall = setTimeout(() => fail({ reason: 'wall' }), limits.wallMs);
    const watch = createWatch(limits, () => fail({ reason: 'cpu' }));
    const answer = async (id: number, name: string, args: string): Promise<void> => {
      const text = await call(name, args);
      watch.expect();
      worker.postMessage({ id, text });
    };
    const onReport = (report: Report): void => {
      if (report.kind === 'ready') watch.expect();
      else if (report.kind === 'idle') watch.reported();
      else if (report.kind === 'call') void answer(report.id, report.name, report.args);
      else if (report.kind === 'done') end({ value: report.value });
      else if (report.kind === 'failed') fail(failureOf(report));
      else {
        log += report.text;
        isLogCut ||= report.isCut;
      }
    };
    signal.addEventListener('abort', abort, { once: true });
    closing?.addEventListener('abort', close, { once: true });
    if (closing?.aborted) close();
    worker.on('message', onReport);
    worker.on('error', () => fail({ reason: 'broken' }));
    worker.on('exit', () => fail({ reason: 'broken' }));
  });

const failureOf = (report: Extract<Report, { kind: 'failed' }>): ScriptFailure => {
  if (report.reason === 'thrown') return { reason: 'thrown', error: thrownOf(report.error) };
  return report.reason === 'result' ? { reason: 'result', length: report.length } : { reason: report.reason };
};

const maxErrorLength = 2_000;

/** A script can replace what describes its errors, so the shape is checked. */
const thrownOf = (text: string | undefined): ThrownError | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    if (typeof value !== 'object' || value === null) return undefined;
    const textOf = (key: string): string => String(Reflect.get(value, key) ?? '').slice(0, maxErrorLength);
    return {
      name: textOf('name'),
      message: textOf('message'),
      stack: textOf('stack'),
      code: Reflect.get(value, 'code'),
      RequestId: Reflect.get(value, 'RequestId'),
      issues: Reflect.get(value, 'issues'),
    };
  } catch {
    return undefined;
  }
};
