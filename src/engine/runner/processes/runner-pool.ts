/** The runners: one shell for each attempt that runs at a time, used for one attempt after another. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { EngineSettings, ProcessLimits } from '../../settings.ts';
import { shellProgram } from './launch-file.ts';
import type { RunnerRecords } from './runner-record.ts';

/** What a runner is to run; `runner.sh` says what the words mean. */
export interface RunnerJob {
  readonly key: string;
  readonly kind: 'script' | 'sandbox';
  /** The directory of the task, below the data directory. */
  readonly directory: string;
  readonly name: string;
  /** The launch file, in the same directory. */
  readonly launch: string;
}

export interface RunnerEvents {
  onStarted(key: string, pid: number): void;
  /** @param code the exit code of the command, 128 + n for signal n */
  onEnded(key: string, code: number, record: string): void;
  /** The runner is gone, or could not be started. @param reason the system's code, or empty */
  onLost(key: string, reason: string, record: string | undefined): void;
}

export interface RunnerPool {
  run(job: RunnerJob): void;
  /** Closes the stdin of the runners: each ends after its attempt. */
  close(): void;
}

interface Runner {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly record: string;
  /** How many attempts it has been given. */
  attempts: number;
  /** It gets no other attempt, and ends by itself. */
  isLast: boolean;
  key: string | undefined;
  /** An incomplete line of its output. */
  rest: string;
}

/** Then another runner replaces it, so that no record becomes larger than about 200 KB. */
const defaultMaxAttempts = 1000;

// The build copies the program beside the bundle.
const runnerFile = fileURLToPath(new URL('./runner.sh', import.meta.url));

/**
 * How each command gets a process group: by job control of bash, or else by setsid (util-linux, busybox), which is
 * another program to execute. The job control of other shells needs a terminal. macOS has bash and no setsid.
 */
const findShell = (): { readonly shell: readonly [string, ...string[]]; readonly setsid: string } => {
  const bash = ['/bin/bash', '/usr/bin/bash'].find(isProgram);
  // Otherwise it counts file sizes in KiB.
  if (bash !== undefined) return { shell: [bash, '--posix'], setsid: '' };
  return { shell: [shellProgram], setsid: ['/usr/bin/setsid', '/bin/setsid'].find(isProgram) ?? '' };
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * @param maxAttempts how many attempts a runner is given
 * @param sandbox the program that sandboxes a command, with its fixed arguments
 */
export const createRunnerPool = (
  settings: Pick<EngineSettings, 'filesDir' | 'limits' | 'environment'>,
  sandbox: readonly string[],
  records: RunnerRecords,
  events: RunnerEvents,
  maxAttempts = defaultMaxAttempts,
): RunnerPool => {
  const {
    shell: [program, ...options],
    setsid,
  } = findShell();
  const args = [limitsOf(settings.limits).join(' '), setsid, ...sandbox];
  const runners = new Set<Runner>();
  let isClosed = false;

  const startRunner = (): Runner => {
    // A separate session: no signal to the engine's terminal or group reaches an attempt.
    const record = records.create();
    const child = spawn(program, [...options, runnerFile, record, ...args], {
      cwd: settings.filesDir,
      env: { ...settings.environment },
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const runner: Runner = { child, record, attempts: 0, isLast: false, key: undefined, rest: '' };
    runners.add(runner);
    const lose = (reason: string): void => {
      if (isClosed) return;
      records.close(record);
      if (runners.delete(runner) && runner.key !== undefined) events.onLost(runner.key, reason, record);
    };
    child.once('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message));
    child.once('close', () => lose(''));
    // Without a free file descriptor Node creates no pipes; the `error` event follows.
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => readLines(runner, runners, text, events));
    return runner;
  };

  return {
    run: (job) => {
      try {
        const runner = [...runners].find(({ key }) => key === undefined) ?? startRunner();
        runner.key = job.key;
        runner.attempts += 1;
        records.need(runner.record, job.key);
        runner.child.stdin?.write(`${job.kind} ${job.directory} ${job.name} ${job.launch}\n`);
        runner.isLast = runner.attempts === maxAttempts;
        if (runner.isLast) runner.child.stdin?.end();
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        setImmediate(() => events.onLost(job.key, code, undefined));
      }
    },
    close: () => {
      isClosed = true;
      for (const { child } of runners) {
        child.stdin?.destroy();
        child.stdout?.destroy();
        child.unref();
      }
      runners.clear();
    },
  };
};

const readLines = (runner: Runner, runners: Set<Runner>, text: string, events: RunnerEvents): void => {
  const lines = (runner.rest + text).split('\n');
  runner.rest = lines.pop() ?? '';
  for (const line of lines) {
    const [word, number] = line.split(' ');
    const { key } = runner;
    if (key === undefined) continue;
    if (word === 'started') events.onStarted(key, Number(number));
    else if (word === 'ended') {
      runner.key = undefined;
      if (runner.isLast) runners.delete(runner);
      events.onEnded(key, Number(number), runner.record);
    }
  }
};

/** Limits as options of `ulimit` and their values. POSIX counts file sizes in blocks of 512 bytes, memory in KiB. */
export const limitsOf = (limits: ProcessLimits): readonly string[] => {
  const values = {
    t: limits.cpuSeconds,
    // The data segment: the address space (-v) of Node, Java or Go is far larger than the memory they use.
    d: limits.memoryBytes === undefined ? undefined : limits.memoryBytes / 1024,
    f: limits.fileBytes === undefined ? undefined : limits.fileBytes / 512,
    n: limits.openFiles,
    u: limits.processes,
  };
  return Object.entries(values).flatMap(([option, value]) =>
    value === undefined ? [] : [`${option}=${Math.floor(value)}`],
  );
};
