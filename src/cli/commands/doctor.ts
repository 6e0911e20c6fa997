/** `batch-mcp doctor`: checks the settings and everything a call needs, and suggests a fix for each problem. */
import { type Check, linesOf, runDiagnostics } from '../../client/doctor.ts';
import { ConfigError } from '../../shared/errors.ts';
import { createLog, type Log } from '../../shared/log.ts';
import { version } from '../../shared/version.ts';
import type { Config } from '../config.ts';
import type { Command, Terminal } from './command.ts';
import { checkBackendOptions } from './engine-options.ts';
import { azureProblems } from './open-tool-service.ts';
import { createTarget, type Target } from './target.ts';

export const doctor: Command = async (config, terminal) => {
  const log = createLog(config.logLevel);
  const checks: Check[] = [
    ...settingChecks(config),
    ...(await azureChecks(config)),
    confirmCheck(config),
    ...(config.notify === undefined ? [] : await (await import('./notify-checks.ts')).notifyChecks(config)),
  ];
  const show = (more: readonly Check[]) => {
    for (const line of linesOf(more)) terminal.print(line);
  };
  show(checks);
  if (config.local && config.backend === 'slurm') {
    const found = await clusterChecks(config);
    show(found);
    checks.push(...found);
    // An engine would not start, and say the same.
    if (found.some(({ state }) => state === 'failed')) return 1;
  }
  try {
    for (const { name, target } of await targetsOf(config, log, terminal)) {
      terminal.print(`${name === undefined ? 'Calls' : `Calls with profile ${name}`} go to ${target.where}.`);
      const found = await checkTarget(target);
      show(found);
      checks.push(...found);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const failed: Check = { name: 'profiles', state: 'failed', found: error.message };
    show([failed]);
    checks.push(failed);
  }
  return checks.some((check) => check.state === 'failed') ? 1 : 0;
};

const settingChecks = ({ warnings, problems, dataDir }: Config): readonly Check[] => [
  ...warnings.map((found): Check => ({ name: 'settings', state: 'warning', found })),
  ...problems.map(({ message }): Check => ({ name: 'settings', state: 'failed', found: message })),
  ...(problems.some(({ option }) => option === 'dataDir')
    ? []
    : [{ name: 'data', state: 'ok', found: `${dataDir} is writable` } as const]),
];

const azureChecks = async (config: Config): Promise<readonly Check[]> => {
  if (config.azureEndpoint === undefined) return [];
  const problems = await azureProblems(config);
  return problems.length > 0
    ? problems.map((found): Check => ({ name: 'azure', state: 'failed', found }))
    : [{ name: 'azure', state: 'ok', found: `calls go to ${config.azureEndpoint}` }];
};

const policies: Readonly<Record<Config['confirm'], string>> = {
  auto: 'by a form in clients that can show one, else by a preview and its code',
  ask: 'by a form only; clients that cannot show one are refused',
  flag: 'by a preview and its code',
  none: 'not at all',
};

const confirmCheck = ({ confirm }: Config): Check => ({
  name: 'confirm',
  state: confirm === 'none' ? 'warning' : 'ok',
  found: `--confirm ${confirm}: destructive calls are confirmed ${policies[confirm]}`,
  ...(confirm !== 'flag' &&
    confirm !== 'none' && {
      next: 'Headless hosts (claude -p, codex exec) decline forms by themselves: start the server with --confirm flag for them. docs/hosts.md has the value for each host that was tried.',
    }),
});

/** The code for a cluster is loaded only with one. */
const clusterChecks = async (config: Config): Promise<readonly Check[]> => {
  const { dataDir, workDir, sandbox, sandboxNet, environment, slurmOptions } = config;
  try {
    checkBackendOptions(config);
    const [{ checkCluster }, { readSlurmTable }] = await Promise.all([
      import('../../engine/check-cluster.ts'),
      import('../slurm-table.ts'),
    ]);
    const table = slurmOptions === undefined ? {} : await readSlurmTable(slurmOptions);
    return await checkCluster({ dataDir, workDir, sandbox, sandboxNet, table, environment });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [{ name: 'cluster', state: 'failed', found: error.message }];
  }
};

/** The target of the configuration, or those of all profiles. */
const targetsOf = async (
  config: Config,
  log: Log,
  { program }: Terminal,
): Promise<readonly { readonly name?: string; readonly target: Target }[]> => {
  if (config.config === undefined) return [{ target: createTarget(config, log, program) }];
  const { openProfiles, readProfiles } = await import('./profile-services.ts');
  const read = await readProfiles(config, config.config);
  if (read instanceof ConfigError) throw read;
  return openProfiles(config, read, log, program).profiles;
};

const checkTarget = async (target: Target): Promise<readonly Check[]> => {
  if (target.problem !== undefined) {
    return [{ name: 'settings', state: 'failed', found: target.problem }];
  }
  const connection = await target.connect();
  try {
    return await runDiagnostics({ ...connection, region: target.region, version, now: Date.now });
  } finally {
    await connection.client.close();
  }
};
