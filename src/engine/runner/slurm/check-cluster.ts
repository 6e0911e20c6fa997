/** Checks for `batch-mcp doctor` whether an engine can use a cluster. Runs programs of Slurm that read, and one probe job. */
import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { ConfigError } from '../../../shared/errors.ts';
import type { EngineSettings, SlurmTable } from '../../settings.ts';
import type { SlurmClient } from './client.ts';
import { networkFileSystemOf } from './directories.ts';
import {
  commandsFindingOf,
  configFindingsOf,
  controllerFindingOf,
  type Finding,
  partitionFormat,
  partitionsFindingOf,
  tableFindingOf,
} from './findings.ts';
import { copyScript } from './open.ts';
import { type ProbeResult, probeCluster } from './probe.ts';
import { testOnlyArgsOf } from './test-only.ts';

/** The user is waiting; a controller that works answers in less than a second. */
const commandTimeoutMs = 15_000;
/** A table may have an entry for each of many types; more of them would take minutes. */
const maxEntries = 20;

/** Checks commands, controller, partition and settings. @returns checks; without a failed one the cluster can be used */
export const checkScheduler = async (client: SlurmClient, table: SlurmTable): Promise<readonly Finding[]> => {
  const run = (program: Parameters<SlurmClient['run']>[0], ...args: readonly string[]) =>
    client.run(program, args, commandTimeoutMs);
  const [sbatch, squeue, scancel, scontrol] = await Promise.all([
    run('sbatch', '--version'),
    run('squeue', '--version'),
    run('scancel', '--version'),
    run('scontrol', '--version'),
  ]);
  const commands = commandsFindingOf({ sbatch, squeue, scancel, scontrol });
  if (commands.state === 'failed') return [commands];
  const controller = controllerFindingOf(await run('scontrol', 'ping'));
  if (controller.state === 'failed') return [commands, controller];
  const [config, partitions] = await Promise.all([
    run('scontrol', 'show', 'config'),
    run('sinfo', '--noheader', partitionFormat),
  ]);
  return [
    commands,
    controller,
    partitionsFindingOf(partitions.stdout, table.defaults?.partition),
    ...configFindingsOf(config.stdout),
    ...(await checkTable(run, table)),
  ];
};

const checkTable = async (
  run: (program: 'sbatch', ...args: readonly string[]) => ReturnType<SlurmClient['run']>,
  { defaults = {}, instanceTypes = {}, environments = {} }: SlurmTable,
): Promise<readonly Finding[]> => {
  const { options = [], ...named } = defaults;
  const special = [
    ...Object.entries(instanceTypes).map(([name, own]) => ({ name: `instanceTypes.${name}`, own })),
    ...Object.entries(environments).map(([name, own]) => ({ name: `environments.${name}`, own })),
  ];
  const entries = [{ name: 'defaults', own: {} }, ...special].slice(0, maxEntries);
  const answers: { name: string; code: number | undefined; stderr: string }[] = [];
  for (const { name, own } of entries) {
    const resources = { ...named, ...own, options: [...options, ...(own.options ?? [])] };
    const { code, stderr } = await run('sbatch', ...testOnlyArgsOf(resources, undefined));
    answers.push({ name, code, stderr });
  }
  return [tableFindingOf(answers)];
};

/** Checks the shared directory and the sandbox by a job on a node. */
export const checkNodes = async (
  client: SlurmClient,
  settings: EngineSettings,
  table: SlurmTable,
  timeoutMs: number,
): Promise<readonly Finding[]> => {
  const { filesDir, sandbox } = settings;
  const script = copyScript(filesDir, 'probe.sh');
  const resources = table.defaults ?? {};
  const token = randomBytes(8).toString('hex');
  try {
    const result = await probeCluster({ settings, client, script, resources, token, timeoutMs });
    return [directoryFindingOf(filesDir, result.node), sandboxFindingOf(sandbox, result)];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [
      { name: 'nodes', state: 'failed', found: error.message },
      { name: 'sandbox', state: 'skipped', found: 'no node has answered' },
    ];
  }
};

const directoryFindingOf = (filesDir: string, node: string): Finding => {
  const network = networkFileSystemOf(statfsSync(filesDir).type);
  return {
    name: 'nodes',
    state: 'ok',
    found: `a probe job on node ${node} saw ${filesDir}${network === undefined ? '' : ` (${network})`}; other nodes were not tried`,
  };
};

const sandboxFindingOf = ({ mode, reason }: EngineSettings['sandbox'], result: ProbeResult): Finding => {
  const name = 'sandbox';
  if (mode === 'none')
    return {
      name,
      state: 'warning',
      found: 'commands run on the nodes as plain processes of your user (--sandbox none)',
      next: 'Without the option, they run in bubblewrap where it works on the nodes.',
    };
  const problem = mode === 'refuse' ? reason : result.kind === 'no-sandbox' ? result.reason : undefined;
  if (problem === undefined) return { name, state: 'ok', found: `bubblewrap works on node ${result.node}` };
  return {
    name,
    state: 'failed',
    found: problem,
    next: 'Ask the administrators to install bubblewrap on the nodes and to allow unprivileged user namespaces, or start with --sandbox none: commands can then do everything on the cluster that you can.',
  };
};
