/** A small process beside the engine that makes the processes of attempts, so that the engine never waits for one. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { getSystemErrorName } from 'node:util';
import { nodeProgram, perlProgram } from './spawner-programs.ts';

/** What is to be run. */
export interface SpawnRequest {
  /** Names the attempt in what comes back; one word. */
  readonly key: string;
  /** Behind the words that are the same for all. The first is the place: with `.out` and `.err` its streams. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What comes back, in this order: begun, then refused or ended; or refused alone. */
export interface SpawnerEvents {
  readonly onBegun: (key: string, pid: number) => void;
  /** It could not be made, or could not become the program; `code` is the system's. */
  readonly onRefused: (key: string, code: string, message: string) => void;
  /**
   * @param code its exit code; 128 + n where signal n killed it
   * @param isLeft whether it is certain that nobody has the streams of its place open any more
   */
  readonly onEnded: (key: string, code: number, isLeft: boolean) => void;
  /**
   * The small process itself has gone; what it had made goes on, and nobody tells of it any more.
   * @param mayCome whether another can be expected to come up now
   */
  readonly onGone: (mayCome: boolean) => void;
}

export interface Spawner {
  /** There will be something to run: the small process is started, if it is not there. */
  warm(): void;
  request(request: SpawnRequest): void;
  /** Lets it go; what it made goes on. */
  stop(): void;
}

/** A command that is such a small process; the words of every request are put behind it. */
export type SpawnerCommand = readonly string[];

/** The quickest first. A heap that stays small keeps the copying of Node short. */
export const spawnerCommands: readonly SpawnerCommand[] = [
  ['/usr/bin/perl', '-e', perlProgram, '--'],
  [process.execPath, '--max-semi-space-size=1', '-e', nodeProgram, '--'],
];

/**
 * Starts the small process with the first request, and again with the next one when it has gone.
 * @param commands one of them is used: the first that comes up on this machine
 * @param words what begins every command: the program, and the arguments that are always the same
 * @param env its own variables; they hold nothing secret, since a command can read them
 */
export const createSpawner = (
  commands: readonly SpawnerCommand[],
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  events: SpawnerEvents,
): Spawner => {
  let helper: ChildProcessByStdio<Writable, Readable, null> | undefined;
  let chosen = 0;
  const start = (): NonNullable<typeof helper> => {
    const [file = '', ...args] = commands[chosen] ?? [];
    const child = spawn(file, [...args, ...words], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      windowsHide: true,
    });
    let isReady = false;
    const isGone = (code: string): void => {
      if (helper !== child) return;
      helper = undefined;
      // What the machine runs out of comes back, and the last one has no other behind it.
      const hasOther = !isReady && !isPassing(code) && chosen < commands.length - 1;
      if (hasOther) chosen += 1;
      events.onGone(isReady || hasOther);
    };
    child.once('close', () => isGone(''));
    child.once('error', (error: NodeJS.ErrnoException) => isGone(error.code ?? ''));
    // Where the process has no file left for them, Node makes none; the event follows.
    if (!child.stdin || !child.stdout) throw Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' });
    // Where it does not read any more it has gone, which is told above.
    child.stdin.on('error', () => undefined);
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      isReady = true;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tell(line);
    });
    return child;
  };
  const tell = (line: string): void => {
    const [what, key = '', code, ...message] = line.split(' ');
    if (what === 'begun') events.onBegun(key, Number(code));
    else if (what === 'refused') events.onRefused(key, nameOfError(Number(code)), message.join(' '));
    else if (what === 'ended') events.onEnded(key, Number(code), message[0] === 'left');
  };
  return {
    warm: () => {
      try {
        helper ??= start();
      } catch {
        // Whoever asks for a process is told.
      }
    },
    request: ({ key, args, cwd, env: own }) => {
      const variables = Object.entries(own).map(([name, value]) => `${name}=${value}`);
      const fields = [key, cwd, String(args.length), ...args, ...variables];
      if (fields.some((field) => field.includes('\0'))) {
        events.onRefused(key, '', 'a variable or a path holds a NUL byte, which the system does not take');
        return;
      }
      const body = fields.join('\0');
      try {
        helper ??= start();
        helper.stdin.write(`${Buffer.byteLength(body)}\n${body}`);
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException;
        events.onRefused(key, code, message);
      }
    },
    stop: () => {
      const child = helper;
      helper = undefined;
      child?.stdin.destroy();
      child?.stdout.destroy();
      child?.unref();
    },
  };
};

const isPassing = (code: string): boolean => ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(code);

/** Such as ENOMEM; empty for a number the system does not know. */
const nameOfError = (code: number): string => {
  try {
    return getSystemErrorName(-code);
  } catch {
    return '';
  }
};
