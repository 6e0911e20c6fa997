/** Finds the engine that serves a data directory, or starts one that outlives its caller. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { version } from '../../shared/version.ts';
import { readTail } from '../store/instance-files.ts';
import { askEngine } from './ask-engine.ts';
import type { EngineStatus } from './control.ts';
import { assertPlatform, createDataDir, type EngineAddress, readAddress } from './data-directory.ts';
import { differencesOf, type WantedSettings } from './wanted-settings.ts';

/** An engine that answers, with its address and status. */
export interface FoundEngine extends EngineAddress {
  readonly status: EngineStatus;
}

/** An engine that fits the caller's settings. */
export interface UsableEngine extends FoundEngine {
  /** Where it is stricter than the caller asked for, as sentences. */
  readonly notices: readonly string[];
}

/**
 * Asks the engine of a directory for its status.
 * @returns undefined when none answers
 */
export const findEngine = async (dataDir: string): Promise<FoundEngine | undefined> => {
  const address = readAddress(dataDir);
  // The engine wrote this answer itself, as its proof shows.
  const status = address && ((await askEngine(address, 'status')) as EngineStatus | undefined);
  return address && status && { ...address, status };
};

/** Asks the engine of a directory to stop; running jobs go on. @returns false when there is none */
export const stopEngine = async (dataDir: string): Promise<boolean> => {
  const address = readAddress(dataDir);
  return address !== undefined && (await askEngine(address, 'stop')) !== undefined;
};

export interface StartOptions {
  readonly dataDir: string;
  /** The program and its arguments that run an engine for this directory in the foreground. */
  readonly program: string;
  readonly args: readonly string[];
  /** What the caller asks for; a running engine that is less strict is not used. */
  readonly wanted: WantedSettings;
  /** The caller's variables; the engine gets the harmless ones. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Further variables that it gets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Of this program. A running engine of another version is replaced when it is idle. */
  readonly version?: string;
  /** The operating system; default that of this process. */
  readonly platform?: NodeJS.Platform;
  /** How long a start may take. */
  readonly startTimeoutMs?: number;
}

/** A cold Node on a slow disk takes a second or two. */
const defaultStartTimeoutMs = 20_000;
/** Often enough to add no noticeable delay. */
const pollMs = 25;
/** An engine closes its connections within a second and then its database. */
const maxStopMs = 10_000;

/** Where programs and the user's own files are, how text and time are written: no key of any cloud. */
const inheritedVariables = [
  'PATH',
  'HOME',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'XDG_RUNTIME_DIR',
  'USER',
  'LOGNAME',
  // Which cluster it is.
  'SLURM_CONF',
  'SystemRoot',
];

/**
 * Finds the engine of the directory, or starts it. Two simultaneous callers get the same engine: the second one to start
 * finds the directory locked and exits.
 * @throws ConfigError when it does not start, is busy and of another version, or is less strict than asked for
 */
export const findOrStartEngine = async (options: StartOptions): Promise<UsableEngine> => {
  const { dataDir, wanted } = options;
  assertPlatform(options.platform ?? process.platform);
  const running = await findEngine(dataDir);
  const engine =
    running !== undefined && !(await replaceOtherVersion(running, options)) ? running : await start(options);
  if (engine.status.sandbox === 'refuse' && wanted.sandbox === 'none') {
    throw new ConfigError(
      `The engine that serves ${dataDir} was started without \`--sandbox none\` and runs no commands. ` +
        `Stop it with \`${stopCommandOf(dataDir)}\`; the next call starts it again.`,
    );
  }
  const { lessStrict, stricter } = differencesOf(engine.status, wanted);
  if (lessStrict.length > 0) {
    throw new ConfigError(
      `The engine that serves ${dataDir} is less strict than this server was configured to be: ${lessStrict.join('; ')}. ` +
        `Stop it with \`${stopCommandOf(dataDir)}\` (running jobs go on, and the next call starts an engine with the settings of this server), ` +
        'start this server with the same options, or use another --data-dir.',
    );
  }
  return { ...engine, notices: stricter };
};

/** With the directory, since without it the command would stop the engine of the default one. */
const stopCommandOf = (dataDir: string): string => `batch-mcp engine stop --data-dir "${dataDir}"`;

/**
 * Stops an idle engine of another version.
 * @returns whether it was stopped
 * @throws ConfigError when it is busy, or does not stop
 */
const replaceOtherVersion = async (engine: FoundEngine, options: StartOptions): Promise<boolean> => {
  const ours = options.version ?? version;
  const { status, dataDir } = engine;
  if (status.version === ours) return false;
  const command = stopCommandOf(dataDir);
  if (status.busy) {
    throw new ConfigError(
      `The engine that serves ${dataDir} is version ${status.version}, this server is version ${ours}, and jobs are running. ` +
        `Wait until they have ended, or stop it with \`${command}\`: running jobs go on, and the engine of this version takes them over.`,
    );
  }
  await askEngine(engine, 'stop');
  const end = Date.now() + maxStopMs;
  while (isRunning(status.pid)) {
    if (Date.now() > end) {
      throw new ConfigError(
        `The engine that serves ${dataDir} is version ${status.version}, this server is version ${ours}, and it does not stop. ` +
          `Stop it with \`${command}\`, or end process ${status.pid}.`,
      );
    }
    await sleep(pollMs);
  }
  return true;
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const start = async (options: StartOptions): Promise<FoundEngine> => {
  const { dataDir } = options;
  createDataDir(dataDir);
  const logFile = join(dataDir, 'engine.log');
  const child = spawnDetached(options, logFile);
  const end = Date.now() + (options.startTimeoutMs ?? defaultStartTimeoutMs);
  while (Date.now() < end) {
    // Before the failure is checked: when another start was faster, its engine is the result.
    const found = await findEngine(dataDir);
    if (found !== undefined) {
      child.process.removeAllListeners();
      // Ours may still be starting, and would take the directory over if the other one stopped soon.
      if (found.status.pid !== child.process.pid) child.process.kill();
      return found;
    }
    if (child.failure() !== undefined && (await findSoon(dataDir)) === undefined) break;
    await sleep(pollMs);
  }
  const output = readTail(logFile).toString('utf8').trim();
  throw new ConfigError(
    `The local engine did not start: ${child.failure() ?? 'it did not answer in time'}.${output ? ` Its output: ${output}` : ''} ` +
      `Its log is ${logFile}.`,
  );
};

const spawnDetached = ({ program, args, dataDir, environment, variables }: StartOptions, logFile: string) => {
  const log = openSync(logFile, 'a', 0o600);
  const env = Object.fromEntries(
    inheritedVariables.flatMap((name) =>
      environment[name] === undefined ? [] : [[name, environment[name]]],
    ),
  );
  // In its own session, with no descriptor but its log: it must outlive the terminal, the chat and their pipes.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'ignore', log],
    cwd: dataDir,
    env: { ...env, ...variables },
    windowsHide: true,
  });
  closeSync(log);
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code) => {
    failure = `it ended with exit code ${code}`;
  });
  child.unref();
  return { process: child, failure: () => failure };
};

/** Where two starts compete, the winner may still be starting when the loser has exited. */
const findSoon = async (dataDir: string): Promise<FoundEngine | undefined> => {
  for (let tries = 0; tries < 40; tries += 1) {
    const found = await findEngine(dataDir);
    if (found !== undefined) return found;
    await sleep(pollMs);
  }
  return undefined;
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
