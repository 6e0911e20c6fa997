/** Runs the operator's command with a notice on its stdin. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cleanText } from '../mcp/render/untrusted.ts';
import type { Log } from '../shared/log.ts';
import { noticeOf } from './notice.ts';
import type { Deliver } from './sender.ts';

/** Longer work belongs into a process of the command that it leaves running outside its group. */
const maxRunMs = 10_000;
/** The first lines of an error message are enough. */
const maxOutputBytes = 4096;

/** What programs and desktop notices need: no key of any account. */
const inheritedVariables = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'DBUS_SESSION_BUS_ADDRESS',
  'SystemRoot',
  'PATHEXT',
];

interface CommandOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Milliseconds; tests have less time. */
  readonly timeoutMs?: number;
}

/** The command succeeds with exit status 0. Its output goes to the log. */
export const createRunCommand =
  ({ argv: [program, ...args], cwd, environment, log, timeoutMs = maxRunMs }: CommandOptions): Deliver =>
  (event, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      // In a process group that can be killed as a whole. Nothing of a job is in its arguments or its variables.
      const child = spawn(program, args, {
        shell: false,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd,
        env: Object.fromEntries(inheritedVariables.map((name) => [name, environment[name]])),
        windowsHide: true,
      });
      const output = readOutput(child);
      const end = (problem: string | undefined): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        // Its own children may hold the pipes open.
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
        const said = output();
        if (said !== '') log.info(`the notify command wrote: ${said}`);
        if (problem === undefined) resolve();
        else reject(new Error(`the notify command ${problem}${said === '' ? '' : `: ${said}`}`));
      };
      const stop = (problem: string): void => {
        killGroup(child);
        child.removeAllListeners('exit');
        end(problem);
      };
      const abort = (): void => stop('was interrupted');
      const timer = setTimeout(
        () => stop(`was still running after ${timeoutMs / 1000} s, and was killed`),
        timeoutMs,
      );
      signal.addEventListener('abort', abort, { once: true });
      child.once('error', (error) => end(`could not be started: ${error.message}`));
      // What it wrote just before its end is read by then.
      child.once('exit', (code, killedBy) =>
        setImmediate(() =>
          end(
            code === 0 ? undefined : `ended with ${code === null ? `signal ${killedBy}` : `status ${code}`}`,
          ),
        ),
      );
      // A command that does not read its input is not an error.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(`${noticeOf(event)}\n`);
    });

const readOutput = (child: ChildProcess): (() => string) => {
  const chunks: Buffer[] = [];
  let size = 0;
  const add = (chunk: Buffer): void => {
    if (size < maxOutputBytes) chunks.push(chunk.subarray(0, maxOutputBytes - size));
    size += chunk.length;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', add);
    stream?.on('error', () => undefined);
  }
  return () => {
    const text = cleanText(Buffer.concat(chunks).toString('utf8')).trim();
    return size > maxOutputBytes ? `${text}… (${size} bytes)` : text;
  };
};

const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Windows has no process groups, and a group may have just ended.
    child.kill('SIGKILL');
  }
};
