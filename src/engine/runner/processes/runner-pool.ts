/** The runners: one shell for each attempt that runs at a time, used for one attempt after another. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { EngineSettings, ProcessLimits } from '../../settings.ts';
import { shellProgram } from './launch-file.ts';

/** What a runner is to run; `runner.sh` says what the words mean. */
export interface RunnerJob {
  readonly key: string;
  readonly kind: 'script' | 'sandbox';
  /** The directory of the task, below the data directory. */
  readonly directory: string;
  readonly name: string;
}

export interface RunnerEvents {
  onStarted(key: string, pid: number): void;
  /** @param code the exit code of the command, 128 + n for signal n */
  onEnded(key: string, code: number): void;
  /** The status file of the attempt could not be created, or exists. */
  onRefused(key: string): void;
  /** The runner is gone, or could not be started. @param reason the system's code, or empty */
  onLost(key: string, reason: string): void;
}

export interface RunnerPool {
  run(job: RunnerJob): void;
  /** Closes the stdin of the runners: each ends after its attempt. */
  close(): void;
}

interface Runner {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  key: string | undefined;
  /** An incomplete line of its output. */
  rest: string;
}

// The build copies the program beside the bundle.
const runnerFile = fileURLToPath(new URL('./runner.sh', import.meta.url));

/**
 * @param setsid the path of the program; undefined where there is none
 * @param sandbox the program that sandboxes a command, with its fixed arguments
 */
export const createRunnerPool = (
  settings: Pick<EngineSettings, 'dataDir' | 'limits'>,
  setsid: string | undefined,
  sandbox: readonly string[],
  events: RunnerEvents,
): RunnerPool => {
  const args = [runnerFile, limitsOf(settings.limits).join(' '), setsid ?? '', ...sandbox];
  const runners = new Set<Runner>();
  let isClosed = false;

  const startRunner = (): Runner => {
    // A separate session: no signal to the engine's terminal or group reaches an attempt.
    const child = spawn(shellProgram, args, {
      cwd: settings.dataDir,
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const runner: Runner = { child, key: undefined, rest: '' };
    runners.add(runner);
    const lose = (reason: string): void => {
      if (!runners.delete(runner)) return;
      const { key } = runner;
      if (key !== undefined && !isClosed) events.onLost(key, reason);
    };
    child.once('error', (error: NodeJS.ErrnoException) => lose(error.code ?? error.message));
    child.once('close', () => lose(''));
    // Without a free file descriptor Node creates no pipes; the `error` event follows.
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => readLines(runner, text, events));
    return runner;
  };

  return {
    run: (job) => {
      try {
        const runner = [...runners].find(({ key }) => key === undefined) ?? startRunner();
        runner.key = job.key;
        runner.child.stdin?.write(`${job.kind} ${job.directory} ${job.name}\n`);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        setImmediate(() => events.onLost(job.key, code));
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

const readLines = (runner: Runner, text: string, events: RunnerEvents): void => {
  const lines = (runner.rest + text).split('\n');
  runner.rest = lines.pop() ?? '';
  for (const line of lines) {
    const [word, number] = line.split(' ');
    const { key } = runner;
    if (key === undefined) continue;
    if (word === 'started') events.onStarted(key, Number(number));
    else if (word === 'ended') {
      runner.key = undefined;
      events.onEnded(key, Number(number));
    } else if (word === 'refused') {
      runner.key = undefined;
      events.onRefused(key);
    }
  }
};

/** Limits as options of `ulimit` and their values. POSIX counts file sizes in blocks of 512 bytes, memory in KiB. */
const limitsOf = (limits: ProcessLimits): readonly string[] => {
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
