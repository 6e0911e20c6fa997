/** Prepares the Slurm backend: checks the cluster and its directory before the engine accepts jobs. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/log.ts';
import type { EngineSettings, SlurmTable } from '../../settings.ts';
import type { Database } from '../../store/database.ts';
import type { Backend } from '../backend.ts';
import { createLaunches } from '../workspace/task-launch.ts';
import { createSlurmBackend } from './backend.ts';
import { createSlurmClient, type SlurmClient } from './client.ts';
import { defaultTimings, type SlurmTimings } from './entry.ts';
import { type ClusterConfig, parseConfig } from './parse.ts';
import { probeCluster } from './probe.ts';
import { createQueueView, type QueueView } from './queue-view.ts';
import { type ClusterTask, type JobOptions, resourcesOfAttempt, resourcesOfTask } from './resources.ts';
import { submissionsDirectory } from './status-files.ts';
import { minutesOf } from './submit.ts';

export interface SlurmOptions {
  readonly table: SlurmTable;
  /** Variables of the engine; `PATH` and `SLURM_CONF` decide which cluster it is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the operator insists on a sandbox. */
  readonly needsSandbox: boolean;
  readonly timings?: Partial<SlurmTimings> | undefined;
  readonly probeTimeoutMs?: number | undefined;
}

export interface SlurmParts {
  readonly db: Database;
  readonly settings: EngineSettings;
  readonly log: Log;
  readonly monotonic: () => number;
}

export interface OpenedCluster {
  /** With the verdict about the sandbox on the nodes. */
  readonly settings: EngineSettings;
  createBackend(wake: () => void): Backend;
  readonly queue: QueueView;
  /** What the operator's table gives a task that is not submitted yet, and its time limit in minutes. */
  jobOptionsOf(region: string, task: ClusterTask): JobOptions;
}

/** Long enough for a busy controller, short enough for a person who waits for the start. */
const defaultProbeTimeoutMs = 60_000;

/** @throws ConfigError if the cluster cannot be used, with what to do */
export const openCluster = async (options: SlurmOptions, parts: SlurmParts): Promise<OpenedCluster> => {
  const { db, log, monotonic } = parts;
  const { filesDir } = parts.settings;
  const client = createSlurmClient(options.environment);
  const config = await readConfig(client);
  const settings = await withSandboxVerdict(options, parts.settings, client, config);
  const script = copyScript(filesDir, 'element.sh');
  const uid = process.getuid?.() ?? 0;
  return {
    settings,
    queue: createQueueView({ db, client, engineId: settings.engineId, uid, monotonic, now: Date.now }),
    jobOptionsOf: (region, task) => ({
      resources: resourcesOfTask(db, options.table, region, task.EnvId, task),
      minutes: task.Timeout === undefined ? undefined : minutesOf(task.Timeout * 1000),
    }),
    createBackend: (wake) =>
      createSlurmBackend({
        db,
        settings,
        log,
        client,
        timings: { ...defaultTimings, ...options.timings },
        maxArraySize: config.maxArraySize,
        script,
        uid,
        launchOf: createLaunches(db, settings),
        resourcesOf: (attempt) => resourcesOfAttempt(db, options.table, attempt),
        newToken,
        monotonic,
        wake,
      }),
  };
};

const newToken = (): string => randomBytes(8).toString('hex');

const readConfig = async (client: SlurmClient): Promise<ClusterConfig> => {
  const { code, stdout, stderr } = await client.run('scontrol', ['show', 'config']);
  if (code === 0) return parseConfig(stdout);
  throw new ConfigError(
    `The Slurm cluster cannot be reached: scontrol: ${stderr.trim() || 'no answer'}. Check that the commands of Slurm are in PATH, and that \`scontrol ping\` works for your user.`,
  );
};

/**
 * Copies a program to the shared file system, under a name that depends on its text: a job of an earlier version may be
 * about to start.
 */
export const copyScript = (filesDir: string, name: string): string => {
  // The build copies the programs beside the bundle.
  const source = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const directory = join(filesDir, submissionsDirectory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const target = join(directory, `${digest}-${name}`);
  copyFileSync(source, `${target}.new`);
  chmodSync(`${target}.new`, 0o700);
  renameSync(`${target}.new`, target);
  return target;
};

/** What was found by a probe is valid for a day, so that a restart does not wait for a free node. */
const probeTtlMs = 86_400_000;
const probeFile = 'slurm-probe.json';

const withSandboxVerdict = async (
  options: SlurmOptions,
  settings: EngineSettings,
  client: SlurmClient,
  { version }: ClusterConfig,
): Promise<EngineSettings> => {
  const { sandbox, dataDir, filesDir } = settings;
  const resources = options.table.defaults ?? {};
  const file = join(dataDir, probeFile);
  const subject = JSON.stringify([filesDir, sandbox.mode, sandbox.prefix, resources, version]);
  if (isProbed(file, subject)) return settings;
  const script = copyScript(filesDir, 'probe.sh');
  const timeoutMs = options.probeTimeoutMs ?? defaultProbeTimeoutMs;
  const result = await probeCluster({ settings, client, script, resources, token: newToken(), timeoutMs });
  if (result.kind === 'no-sandbox') {
    const reason =
      `commands cannot run in a sandbox on the cluster: ${result.reason}. Install bubblewrap on the nodes and allow ` +
      'unprivileged user namespaces, or use `--sandbox none` to run commands as plain processes of your user.';
    if (options.needsSandbox) throw new ConfigError(`--sandbox bwrap: ${reason}`);
    return { ...settings, sandbox: { ...sandbox, mode: 'refuse', reason } };
  }
  writeFileSync(file, JSON.stringify({ subject, time: Date.now() }), { mode: 0o600 });
  return settings;
};

const isProbed = (file: string, subject: string): boolean => {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as { subject?: unknown; time?: unknown };
    return found.subject === subject && Math.abs(Date.now() - Number(found.time)) < probeTtlMs;
  } catch {
    return false;
  }
};
