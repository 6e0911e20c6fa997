/**
 * The path of one call through the code: `npx tsx bench/path.ts [--list]`.
 *
 * One process holds a tool service, as the server and the command line use it, and a real engine that it reaches over a
 * real socket; so both sides of the wire are counted. Each call is made once to load what is loaded lazily, then
 * several times; the lowest figure is reported, because a timer may fire during any other.
 *
 * - Files and functions of src/ that were called: V8 precise coverage with call counts (`node:inspector`). What the
 *   engine's loop does meanwhile (a turn that the call has woken) does not belong to the call and is left out.
 * - Wire requests: requests that the engine's HTTP server received (`http.server.request.start`).
 * - Climbs: pairs of functions of which one calls the other although its file does not import the other's file,
 *   directly or transitively, not even for a type: a callback into an upper file. A loader hook (path-hook.js) makes
 *   each function report its entry, and the stack trace at the entry names the caller. Frames of Node and of packages
 *   between the two are skipped. A function that the event loop calls has no caller, so it is no climb.
 */
import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

const src = new URL('../src/', import.meta.url).href;
const region = 'ap-guangzhou';
const rounds = 7;

export interface CallPath {
  readonly files: readonly string[];
  /** `file@offset` in the compiled source: most have no name there. */
  readonly functions: readonly string[];
  readonly wireRequests: number;
  /** `caller → callee`, for each side of the wire. */
  readonly climbs: { readonly client: readonly string[]; readonly engine: readonly string[] };
}

interface Recorder {
  enter(): void;
  imports(url: string, specifiers: readonly string[]): void;
}
declare global {
  /** Called by the code that path-hook.js inserts. */
  var callPath: Recorder;
}

const fileOf = (url: string): string => url.slice(src.length).replace(/\?.*$/, '');
const sideOf = (file: string): 'client' | 'engine' => (file.startsWith('engine/') ? 'engine' : 'client');

interface Recording {
  /** `caller → callee`. */
  readonly climbs: ReadonlySet<string>;
  /** File → positions of markers that were passed outside the engine's loop. */
  readonly entries: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Records entries while `record` runs. */
const createRecorder = () => {
  const importsOf = new Map<string, readonly string[]>();
  const reachable = new Map<string, ReadonlySet<string>>();
  let current: { readonly climbs: Set<string>; readonly entries: Map<string, Set<number>> } | undefined;

  const reachableFrom = (file: string): ReadonlySet<string> => {
    const known = reachable.get(file);
    if (known) return known;
    const found = new Set([file]);
    for (const one of found) for (const next of importsOf.get(one) ?? []) found.add(next);
    reachable.set(file, found);
    return found;
  };

  const recorder: Recorder = {
    imports: (url, specifiers) => {
      importsOf.set(
        fileOf(url),
        specifiers.map((specifier) => fileOf(new URL(specifier, url).href)),
      );
    },
    enter: () => {
      if (current === undefined) return;
      const [callee, ...callers] = framesOf(recorder.enter);
      if (!callee) return;
      const isLoop = (frame: Frame): boolean => frame.file.startsWith('engine/runner/');
      if (callers.some(isLoop) || (isLoop(callee) && callers.length === 0)) return;
      current.entries.set(callee.file, (current.entries.get(callee.file) ?? new Set()).add(callee.position));
      const [caller] = callers;
      if (!caller || reachableFrom(caller.file).has(callee.file)) return;
      current.climbs.add(`${caller.file} ${caller.name} → ${callee.file} ${callee.name}`);
    },
  };
  const record = async (act: () => Promise<unknown>): Promise<Recording> => {
    const recording = { climbs: new Set<string>(), entries: new Map<string, Set<number>>() };
    current = recording;
    await act();
    current = undefined;
    return recording;
  };
  return { recorder, record };
};

interface Frame {
  readonly file: string;
  readonly name: string;
  /** Offset in the script. */
  readonly position: number;
}

/** The frames of src/ that are on the stack, the innermost first; not those that only wait for the innermost. */
const framesOf = (below: () => void): readonly Frame[] => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  Error.prepareStackTrace = (_, sites) => sites;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  Error.captureStackTrace(holder, below);
  const sites = holder.stack ?? [];
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  const frames: Frame[] = [];
  for (const site of sites as Site[]) {
    // Frames behind the first asynchronous one wait; they called nothing now.
    if (site.isAsync()) break;
    const url = site.getFileName() ?? '';
    if (!url.startsWith(src)) continue;
    frames.push({
      file: fileOf(url),
      name: site.getFunctionName() ?? '(anonymous)',
      position: site.getPosition(),
    });
  }
  return frames;
};

/** Methods of V8's call sites that the types of Node leave out. */
type Site = NodeJS.CallSite & { isAsync(): boolean; getPosition(): number };

type Functions = readonly Profiler.FunctionCoverage[];

/** Of the functions that were called those whose marker is among `positions`. */
const enteredAt = (functions: Functions, positions: ReadonlySet<number>): Functions => {
  const smallestFirst = [...functions].sort((one, other) => lengthOf(one) - lengthOf(other));
  return functions.filter(
    (one) =>
      // A helper of the compiler, which is in every file.
      one.functionName !== '__name' &&
      [...positions].some((position) => smallestFirst.find((each) => isAround(each, position)) === one),
  );
};

const lengthOf = ({ ranges: [range] }: Profiler.FunctionCoverage): number =>
  range ? range.endOffset - range.startOffset : 0;

const isAround = ({ ranges: [range] }: Profiler.FunctionCoverage, position: number): boolean =>
  range !== undefined && range.startOffset <= position && position < range.endOffset;

const createMeter = async (record: ReturnType<typeof createRecorder>['record']) => {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const measure = async (act: () => Promise<unknown>): Promise<CallPath> => {
    let wireRequests = 0;
    const count = () => {
      wireRequests += 1;
    };
    subscribe('http.server.request.start', count);
    await session.post('Profiler.takePreciseCoverage');
    const { climbs, entries } = await record(act);
    const { result } = await session.post('Profiler.takePreciseCoverage');
    unsubscribe('http.server.request.start', count);
    const called = result
      .filter(({ url }) => url.startsWith(src))
      .map(({ url, functions }) => {
        const file = fileOf(url);
        return { file, functions: enteredAt(functions, entries.get(file) ?? new Set()) };
      })
      .filter(({ functions }) => functions.length > 0);
    const all = [...climbs].sort();
    return {
      files: called.map(({ file }) => file).sort(),
      functions: called.flatMap(({ file, functions }) =>
        functions.map(({ ranges: [range] }) => `${file}@${range?.startOffset}`),
      ),
      wireRequests,
      climbs: {
        client: all.filter((climb) => sideOf(climb) === 'client'),
        engine: all.filter((climb) => sideOf(climb) === 'engine'),
      },
    };
  };
  return { measure, close: () => session.disconnect() };
};

const lowest = (paths: readonly CallPath[]): CallPath =>
  [...paths].sort(
    (one, other) =>
      one.files.length - other.files.length ||
      one.functions.length - other.functions.length ||
      one.climbs.client.length - other.climbs.client.length,
  )[0] ?? { files: [], functions: [], wireRequests: 0, climbs: { client: [], engine: [] } };

// The code under measurement is loaded after the hook, so these imports are dynamic.
const openService = async (dataDir: string) => {
  const { startEngine } = await import('../src/engine/index.ts');
  const { openToolService } = await import('../src/cli/commands/open-tool-service.ts');
  const { loadConfig } = await import('../src/cli/config.ts');
  const { createLog } = await import('../src/shared/log.ts');
  const engine = await startEngine({ dataDir, sandbox: 'none', slots: 1, environment: process.env });
  const { endpoint, secretId, secretKey } = engine;
  const config = loadConfig(
    ['--endpoint', endpoint, '--region', region, '--data-dir', dataDir, '--confirm', 'flag'],
    { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey },
  );
  const { toolService: service } = await openToolService(config, createLog('error'), 'batch-mcp');
  const caller = { name: 'bench', signal: new AbortController().signal };
  /** @returns the whole answer, as JSON */
  const call = async (tool: string, args: Readonly<Record<string, unknown>>): Promise<string> =>
    JSON.stringify(await service.call(tool, args, caller));
  const close = async () => {
    await service.close();
    await engine.stop();
  };
  return { call, close };
};

type Service = Awaited<ReturnType<typeof openService>>;

const jobIdIn = (answer: string): string => {
  const id = /job-[a-z0-9]{8}/.exec(answer)?.[0];
  if (id === undefined) throw new Error(`No job was submitted: ${answer}`);
  return id;
};

const submit = async ({ call }: Service, Command: string): Promise<string> => {
  const ComputeEnv = {
    EnvType: 'MANAGED',
    EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' },
  };
  const Task = { TaskName: 'work', Application: { DeliveryForm: 'LOCAL', Command }, ComputeEnv };
  return jobIdIn(
    await call('SubmitJob', {
      Placement: { Zone: `${region}-1` },
      Job: { JobName: 'bench', Priority: 1, Tasks: [Task] },
    }),
  );
};

const previewCodeIn = (answer: string): string => {
  const code = /preview: \\*"([\w-]{10,})/.exec(answer)?.[1];
  if (code === undefined) throw new Error(`No preview was answered: ${answer}`);
  return code;
};

/** Measures the three calls. @returns by what was called */
const measureCalls = async (dataDir: string): Promise<Readonly<Record<string, CallPath>>> => {
  const { recorder, record } = createRecorder();
  globalThis.callPath = recorder;
  register('./path-hook.js', import.meta.url);
  const service = await openService(dataDir);
  const meter = await createMeter(record);
  const found = {
    DescribeJob: [] as CallPath[],
    'TerminateJob, preview': [] as CallPath[],
    'TerminateJob, confirmed': [] as CallPath[],
  };
  try {
    // The only slot is taken, so that a job to terminate stays queued and no process is started or killed meanwhile.
    const blocker = await submit(service, 'sleep 600');
    for (let round = 0; round <= rounds; round += 1) {
      const JobId = await submit(service, 'true');
      let preview = '';
      const describe = await meter.measure(() => service.call('DescribeJob', { JobId }));
      const first = await meter.measure(async () => {
        preview = await service.call('TerminateJob', { JobId });
      });
      const args = { JobId, confirm: true, preview: previewCodeIn(preview) };
      const second = await meter.measure(() => service.call('TerminateJob', args));
      if (round === 0) continue;
      found.DescribeJob.push(describe);
      found['TerminateJob, preview'].push(first);
      found['TerminateJob, confirmed'].push(second);
    }
    const last = await service.call('TerminateJob', { JobId: blocker });
    await service.call('TerminateJob', { JobId: blocker, confirm: true, preview: previewCodeIn(last) });
  } finally {
    meter.close();
    await service.close();
  }
  return Object.fromEntries(Object.entries(found).map(([what, paths]) => [what, lowest(paths)]));
};

/** Measures in this process, in which nothing of src/ may have been loaded. */
const measure = async (): Promise<Readonly<Record<string, CallPath>>> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-bench-'));
  try {
    return await measureCalls(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** @returns one measurement for each of the three calls */
export const benchPath = (isListed = false): readonly Measurement[] => {
  // In a separate process: modules that other benchmarks have loaded are not instrumented.
  const out = execFileSync(process.execPath, ['--import', 'tsx', import.meta.filename, 'measure'], {
    encoding: 'utf8',
  });
  if (isListed) console.log(out);
  const paths = JSON.parse(out) as Readonly<Record<string, CallPath>>;
  return Object.entries(paths).map(([what, { files, functions, wireRequests, climbs }]) => {
    const isConfirmed = what === 'TerminateJob, confirmed';
    const onEngine = files.filter((file) => sideOf(file) === 'engine').length;
    if (onEngine === 0) throw new Error('The engine was not instrumented.');
    return {
      what,
      figure: `${files.length} files, ${functions.length} functions, ${wireRequests} wire requests, ${climbs.client.length} climbs`,
      reference: `of these in the engine ${onEngine} files; its climbs ${climbs.engine.length}`,
      ratio: undefined,
      goal: isConfirmed ? 'at most 35 files, 4 climbs, 2 wire requests' : '-',
      ...(isConfirmed && {
        isMet: files.length <= 35 && climbs.client.length <= 4 && wireRequests <= 2,
      }),
    };
  });
};

if (process.argv[2] === 'measure') console.log(JSON.stringify(await measure(), undefined, 2));
else if (isMain(import.meta.url))
  printMeasurements('The path of one call', benchPath(process.argv.includes('--list')));
