/** An engine in a separate process, from the built program, that a test can kill at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { program } from '../paths.ts';

export interface KillableEngine {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly process: ChildProcess;
  /** SIGKILL, and the end of the process awaited. */
  kill(): Promise<void>;
}

/** Starts it and waits for its start line. */
export const startKillableEngine = async (
  dataDir: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<KillableEngine> => {
  const child = spawn(
    process.execPath,
    [program, 'engine', `--data-dir=${dataDir}`, '--sandbox=none', ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The engine ended before it was ready: ${said}`);
  });
  const line = once(createInterface({ input: child.stdout }), 'line');
  const [text] = await Promise.race([line, ended]);
  ended.catch(() => undefined);
  return {
    ...JSON.parse(String(text)),
    process: child,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      child.kill('SIGKILL');
      await end;
    },
  };
};
