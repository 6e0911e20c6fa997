/** A small process beside the engine that makes the processes of attempts, so that the engine never waits for one. */
import { type ChildProcess, spawn } from 'node:child_process';

/** What is to be run. */
export interface SpawnRequest {
  /** Names the attempt in what comes back. */
  readonly key: string;
  /** Behind the words that are the same for all. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What comes back, in this order: begun or refused, then ended. */
export interface SpawnerEvents {
  readonly onBegun: (key: string, pid: number) => void;
  /** It could not be made; `code` is the system's. */
  readonly onRefused: (key: string, code: string, message: string) => void;
  /** @param code its exit code; 128 + n where signal n killed it */
  readonly onEnded: (key: string, code: number) => void;
  /** The small process itself has gone; what it had made goes on, and nobody tells of it any more. */
  readonly onGone: () => void;
}

export interface Spawner {
  /** There will be something to run: the small process is started, if it is not there. */
  warm(): void;
  request(request: SpawnRequest): void;
  /** Lets it go; what it made goes on. */
  stop(): void;
}

/**
 * The whole program of the small process. It is text because it must be small to be quick: a process is made by
 * copying the one that makes it, and whoever makes it waits until the new one has begun. The engine is large and has
 * callers to answer; this has neither. It ends with its channel, so it cannot outlive the engine.
 * A new process gets a session of its own: the signals of a terminal do not reach it, and its tree can be ended as one.
 * What is left in that group when its leader has ended has lost its machine.
 */
const program = `
const { spawn } = require('node:child_process');
const { constants, devNull } = require('node:os');
const nothing = require('node:fs').openSync(devNull, 'r+');
const [file, ...words] = process.argv.slice(1);
const tell = (...message) => process.connected && process.send(message, () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', ({ key, args, cwd, env }) => {
  const refuse = (error) => tell('refused', key, error.code ?? '', error.message);
  try {
    const child = spawn(file, [...words, ...args], { cwd, env, detached: true, stdio: [nothing, nothing, nothing], windowsHide: true });
    child.once('error', refuse);
    if (child.pid === undefined) return;
    tell('begun', key, child.pid);
    child.once('exit', (code, signal) => {
      try { process.kill(-child.pid, 'SIGKILL'); } catch {}
      tell('ended', key, code ?? 128 + constants.signals[signal]);
    });
  } catch (error) {
    refuse(error);
  }
});`;

type Message =
  | readonly ['begun', string, number]
  | readonly ['refused', string, string, string]
  | readonly ['ended', string, number];

/**
 * Starts the small process with the first request, and again with the next one when it has gone.
 * @param words what begins every command: the program, and the arguments that are always the same
 * @param env its own variables; they hold nothing secret, since a command can read them
 */
export const createSpawner = (
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  events: SpawnerEvents,
): Spawner => {
  let helper: ChildProcess | undefined;
  const start = (): ChildProcess => {
    // A heap that stays small keeps the copying short.
    const child = spawn(process.execPath, ['--max-semi-space-size=1', '-e', program, '--', ...words], {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
      windowsHide: true,
    });
    const isGone = (): void => {
      if (helper !== child) return;
      helper = undefined;
      events.onGone();
    };
    child.once('exit', isGone);
    child.once('error', isGone);
    // The program above is the only one that writes there.
    child.on('message', (message) => tell(message as unknown as Message));
    return child;
  };
  const tell = (message: Message): void => {
    if (message[0] === 'begun') events.onBegun(message[1], message[2]);
    else if (message[0] === 'refused') events.onRefused(message[1], message[2], message[3]);
    else events.onEnded(message[1], message[2]);
  };
  const warm = (): ChildProcess => {
    helper ??= start();
    return helper;
  };
  return {
    warm,
    request: (request) => {
      // Where the channel is closed already, `exit` follows, and the attempt is found not to have begun.
      warm().send(request, () => undefined);
    },
    stop: () => {
      const child = helper;
      helper = undefined;
      if (child?.connected) child.disconnect();
      child?.unref();
    },
  };
};
