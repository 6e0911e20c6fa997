/** Runs Slurm's programs: with a limit of time, without a shell, and with no variable that changes what they do. */
import { execFile } from 'node:child_process';

export interface CommandResult {
  /** undefined if it could not be started, or did not end in time. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export type SlurmProgram = 'sbatch' | 'squeue' | 'scancel' | 'scontrol' | 'sinfo';

export interface SlurmClient {
  /** @param timeoutMs default: long enough for a busy controller */
  run(program: SlurmProgram, args: readonly string[], timeoutMs?: number): Promise<CommandResult>;
}

/** Slurm's own programs wait 10 s for an answer of the controller, and `sbatch` longer for one that is busy. */
const defaultTimeoutMs = 60_000;
/** A line of 100 bytes for each of 600,000 elements. */
const maxOutputBytes = 64 * 1024 ** 2;

/** Where programs, the configuration of the cluster and the user are found. */
const passedVariables = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SLURM_CONF', 'TZ'];

/** @param environment of the engine */
export const createSlurmClient = (environment: Readonly<Record<string, string | undefined>>): SlurmClient => {
  const env = {
    ...Object.fromEntries(
      passedVariables.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
    ),
    LC_ALL: 'C',
    // squeue would cut long lists of array elements.
    SLURM_BITSTR_LEN: '0',
  };
  return {
    run: (program, args, timeoutMs = defaultTimeoutMs) =>
      new Promise((resolve) => {
        const options = {
          env,
          timeout: timeoutMs,
          killSignal: 'SIGKILL',
          maxBuffer: maxOutputBytes,
        } as const;
        const child = execFile(program, [...args], options, (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
          const text = code === undefined && error !== null && stderr === '' ? startFailureOf(error) : stderr;
          resolve({ code, stdout, stderr: text });
        });
        child.stdin?.end();
      }),
  };
};

/** Nothing for one that was killed because it took too long: it may have done its work. */
const startFailureOf = (error: Error): string =>
  'syscall' in error ? `it could not be started: ${error.message}` : '';
