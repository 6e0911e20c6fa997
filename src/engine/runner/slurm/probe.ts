/** Runs one job on the cluster that shows whether the nodes see the shared directory and can run the sandbox. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../../shared/errors.ts';
import type { EngineSettings } from '../../settings.ts';
import { createOwnedDirectory, sandboxArgumentsOf, sharedMode } from '../processes/sandbox.ts';
import type { SlurmClient } from './client.ts';
import { resourceArgsOf } from './commands.ts';
import { parseJobId } from './parse.ts';

export interface ProbeOptions {
  readonly settings: EngineSettings;
  readonly client: SlurmClient;
  /** The copy of `probe.sh` on the shared file system. */
  readonly script: string;
  readonly resources: Parameters<typeof resourceArgsOf>[0];
  readonly token: string;
  /** How long the job may wait and run. */
  readonly timeoutMs: number;
}

/** The answer of a node. */
export type ProbeResult =
  | { readonly kind: 'ok'; readonly node: string }
  | { readonly kind: 'no-sandbox'; readonly node: string; readonly reason: string };

const pollMs = 200;

/**
 * Runs the probe.
 * @throws ConfigError if no node answers, or if one lacks a program; the message says what to do
 */
export const probeCluster = async (options: ProbeOptions): Promise<ProbeResult> => {
  const { settings, client, token } = options;
  // Below the directory that the sandbox of a root engine shows.
  const directory = join(settings.filesDir, 'jobs', `probe-${token}`);
  try {
    writeQuestion(settings, directory, token);
    const { code, stdout, stderr } = await client.run('sbatch', argsOf(options, directory));
    const job = code === 0 ? parseJobId(stdout) : undefined;
    if (job === undefined)
      throw new ConfigError(`Slurm did not accept the probe job: ${stderr.trim() || 'no answer'}.`);
    const answer = await awaitAnswer(join(directory, 'answer'), options.timeoutMs);
    if (answer === undefined) throw new ConfigError(await silenceOf(options, job));
    return resultOf(answer);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const writeQuestion = (settings: EngineSettings, directory: string, token: string): void => {
  mkdirSync(directory, { recursive: true, mode: sharedMode(settings.sandbox.user) });
  writeFileSync(join(directory, 'question'), token, { mode: 0o600 });
  if (settings.sandbox.mode !== 'bwrap') return;
  const work = join(directory, 'work');
  createOwnedDirectory(work, settings.sandbox.user);
  const own = [{ source: work, target: work, isWritable: true }];
  const args = sandboxArgumentsOf(settings, { workDir: work, own, mounts: [], links: [], variables: {} });
  writeFileSync(join(directory, 'args'), args, { mode: 0o600 });
};

const argsOf = (
  { settings, script, resources, token }: ProbeOptions,
  directory: string,
): readonly string[] => [
  '--parsable',
  `--job-name=batch-mcp-probe`,
  ...['--no-requeue', '--chdir=/', '--input=/dev/null', '--output=/dev/null', '--error=/dev/null'],
  '--export=ALL',
  ...resourceArgsOf(resources),
  script,
  directory,
  token,
  ...(settings.sandbox.mode === 'bwrap' ? settings.sandbox.prefix : []),
];

const awaitAnswer = async (file: string, timeoutMs: number): Promise<string | undefined> => {
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return undefined;
};

/** What Slurm says of a probe without an answer; it is cancelled. */
const silenceOf = async ({ client, settings, timeoutMs }: ProbeOptions, job: number): Promise<string> => {
  const { stdout } = await client.run('squeue', [
    '--noheader',
    '--states=all',
    `--jobs=${job}`,
    '--format=%T|%r|%N',
  ]);
  await client.run('scancel', [String(job)]);
  const [state = '', reason = '', node = ''] = stdout.trim().split('|');
  const seconds = timeoutMs / 1000;
  if (state === 'PENDING')
    return `the probe job has waited for ${seconds} s (${reason}). Start the engine again when the cluster has a free node, or name a partition that has one.`;
  return (
    `the probe job wrote no answer to ${settings.filesDir} within ${seconds} s (state ${state || 'unknown'}, node ${node || 'unknown'}). ` +
    '--work-dir has to be a directory that all nodes show under the same path, writable for your user.'
  );
};

const resultOf = (answer: string): ProbeResult => {
  const [word, node = '', ...rest] = answer.split(' ');
  const reason = rest.join(' ');
  switch (word) {
    case 'ok':
      return { kind: 'ok', node };
    case 'sandbox':
      return { kind: 'no-sandbox', node, reason: `bubblewrap does not work on node ${node} (${reason})` };
    case 'missing':
      throw new ConfigError(
        `node ${node} lacks the programs ${reason}; install util-linux, sed, grep and coreutils.`,
      );
    default:
      throw new ConfigError(
        `node ${node} sees other files in --work-dir than this machine; it has to be the same directory on all nodes.`,
      );
  }
};
