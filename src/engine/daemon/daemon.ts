/** Finds the engine that serves a data directory, or starts one that outlives whoever started it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { readTail } from '../store/instance-files.ts';
import { type ControlVerb, controlPath, type EngineStatus, proofOf } from './control.ts';
import { type EngineAddress, makeDataDir, readAddress } from './data-directory.ts';

/** An engine that answers, and what it told. */
export interface FoundEngine extends EngineAddress {
  readonly status: EngineStatus;
}

/** A local engine answers in a millisecond; one that is just laying out a large job, in a tenth of a second. */
const answerMs = 5000;
/** The answer is a few hundred bytes. Another program that has got the port may say anything, for as long as it likes. */
const maxAnswerBytes = 16 * 1024;

/**
 * Asks the engine of a directory whether it is there. Both sides prove that they know the directory's key, so another
 * program that has got the port in the meantime is neither believed nor told anything.
 * @returns undefined when none answers
 */
export const findEngine = async (dataDir: string): Promise<FoundEngine | undefined> => {
  const address = readAddress(dataDir);
  const status = address && (await ask(address, 'status'));
  return address && status && { ...address, status };
};

/** Asks the engine of a directory to stop. What runs goes on. @returns false when there is none */
export const stopEngine = async (dataDir: string): Promise<boolean> => {
  const address = readAddress(dataDir);
  return address !== undefined && (await ask(address, 'stop')) !== undefined;
};

const ask = (address: EngineAddress, verb: ControlVerb): Promise<EngineStatus | undefined> =>
  new Promise((resolve) => {
    const time = Date.now();
    const headers = {
      'x-batch-mcp-time': String(time),
      'x-batch-mcp-proof': proofOf(address.secretKey, 'ask', verb, time),
    };
    const url = new URL(controlPath + verb, address.endpoint);
    const signal = AbortSignal.timeout(answerMs);
    const call = request(url, { method: 'POST', headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxAnswerBytes) response.destroy();
      });
      response.on('close', () => resolve(undefined));
      response.on('error', () => resolve(undefined));
      response.on('end', () => {
        const answer = parse(Buffer.concat(chunks).toString('utf8'));
        if (answer === undefined) return resolve(undefined);
        const { proof, ...status } = answer;
        resolve(proof === proofOf(address.secretKey, 'answer', verb, time) ? status : undefined);
      });
    });
    call.on('error', () => resolve(undefined));
    call.end();
  });

const parse = (text: string): (EngineStatus & { readonly proof: string }) | undefined => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export interface StartOptions {
  readonly dataDir: string;
  /** The program and its arguments that run an engine for this directory in the foreground. */
  readonly program: string;
  readonly args: readonly string[];
  /** What the caller wants; a running engine that is less careful is not used. */
  readonly sandbox: 'auto' | 'bwrap' | 'none';
  /** The caller's variables; the engine gets the harmless ones. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a start may take. */
  readonly waitMs?: number;
}

/** A cold Node on a slow disk takes a second or two. */
const startMs = 20_000;
/** Often enough that nobody notices the wait. */
const lookMs = 25;

/** Where programs are, how text and time are written, where the user's own files are: no key of any cloud. */
const passedOn = [
  'PATH',
  'HOME',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'SystemRoot',
];

/**
 * Finds the engine of the directory, or starts it. Two callers at once end with the same engine: the second start
 * finds the directory locked and goes.
 * @throws ConfigError when it does not come up, or runs jobs less carefully than asked for
 */
export const findOrStartEngine = async (options: StartOptions): Promise<FoundEngine> => {
  const found = (await findEngine(options.dataDir)) ?? (await start(options));
  const mode = found.status.sandbox;
  if (mode === 'none' && options.sandbox !== 'none') {
    throw new ConfigError(
      `The engine that serves ${options.dataDir} runs commands without a sandbox, and this server was told to use one. ` +
        `Stop it with \`${stopCommandOf(options.dataDir)}\`, say \`--sandbox none\` here too, or use another --data-dir.`,
    );
  }
  if (mode === 'refuse' && options.sandbox === 'none') {
    throw new ConfigError(
      `The engine that serves ${options.dataDir} was started without \`--sandbox none\` and runs no commands. ` +
        `Stop it with \`${stopCommandOf(options.dataDir)}\`; the next call starts it anew.`,
    );
  }
  return found;
};

/** With the directory, since without it the command looks for the engine of the usual one. */
const stopCommandOf = (dataDir: string): string => `batch-mcp engine stop --data-dir "${dataDir}"`;

const start = async (options: StartOptions): Promise<FoundEngine> => {
  const { dataDir, environment } = options;
  makeDataDir(dataDir);
  const logFile = join(dataDir, 'engine.log');
  const log = openSync(logFile, 'a', 0o600);
  const env = Object.fromEntries(
    passedOn.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
  // Its own session, and nothing open but its log: it must outlive the terminal, the chat and their pipes.
  const child = spawn(options.program, options.args, {
    detached: true,
    stdio: ['ignore', 'ignore', log],
    cwd: dataDir,
    env,
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
  const end = Date.now() + (options.waitMs ?? startMs);
  while (Date.now() < end) {
    // Looked for before the failure is: a start that lost a race leaves the winner to be found.
    const found = await findEngine(dataDir);
    if (found !== undefined) {
      child.removeAllListeners();
      // Another start has won. Ours may still be on its way, and would take the directory over if that one stopped soon.
      if (found.status.pid !== child.pid) child.kill();
      return found;
    }
    if (failure !== undefined && (await findSoon(dataDir)) === undefined) break;
    await sleep(lookMs);
  }
  const said = readTail(logFile).toString('utf8').trim();
  throw new ConfigError(
    `The local engine did not start: ${failure ?? 'it did not answer in time'}.${said ? ` It said: ${said}` : ''} ` +
      `Its log is ${logFile}.`,
  );
};

/** The winner of a race may still be starting when the loser has gone. */
const findSoon = async (dataDir: string): Promise<FoundEngine | undefined> => {
  for (let tries = 0; tries < 40; tries += 1) {
    const found = await findEngine(dataDir);
    if (found !== undefined) return found;
    await sleep(lookMs);
  }
  return undefined;
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
