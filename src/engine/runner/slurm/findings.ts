/** What the output of Slurm's programs means for an engine on this cluster, and what to do about it. Pure. */
import type { CommandResult } from './client.ts';
import { parseConfig } from './parse.ts';

/** One check of `batch-mcp doctor`. */
export interface Finding {
  /** One word. */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  /** What to do; absent where there is nothing to do. */
  readonly next?: string;
}

/** The version that the tests of this project ran with. */
const testedVersion = '22.05.8';

const programs = ['sbatch', 'squeue', 'scancel', 'scontrol'] as const;

/** @param results of `--version` of each program */
export const commandsFindingOf = (
  results: Readonly<Record<(typeof programs)[number], CommandResult>>,
): Finding => {
  const name = 'commands';
  const missing = programs.filter((program) => results[program].code !== 0);
  if (missing.length > 0)
    return {
      name,
      state: 'failed',
      found: `${missing.join(', ')} of Slurm cannot be run: ${firstLineOf(results[missing[0] ?? 'sbatch'].stderr)}`,
      next: 'Run this on a node that may submit jobs (a login node), with the programs of Slurm in PATH: install the client (Debian: slurm-client), or load the module of your cluster before the start of batch-mcp. SLURM_CONF has to name slurm.conf where it is not at its usual path.',
    };
  const version = /(\d+\.\d+(?:\.\d+)?)/.exec(results.sbatch.stdout)?.[1] ?? 'of an unknown version';
  const found = `${programs.join(', ')} ${version}`;
  const release = (text: string): string => text.split('.').slice(0, 2).join('.');
  return release(version) === release(testedVersion)
    ? { name, state: 'ok', found }
    : {
        name,
        state: 'warning',
        found: `${found}; batch-mcp was tested with ${testedVersion}`,
        next: 'Run a small job first, with one instance that fails, and compare what it shows with `squeue` and its logs.',
      };
};

/** @param ping of `scontrol ping` */
export const controllerFindingOf = (ping: CommandResult): Finding => {
  const name = 'controller';
  const lines = ping.stdout.split('\n').map((line) => line.trim());
  const up = lines.find((line) => /\bis UP\b/.test(line));
  if (ping.code === 0 && up !== undefined) return { name, state: 'ok', found: up };
  return {
    name,
    state: 'failed',
    found: firstLineOf(ping.stderr) === 'no answer' ? firstLineOf(ping.stdout) : firstLineOf(ping.stderr),
    next: 'Run `scontrol ping` as your user. If it fails as well, check SLURM_CONF and that munge runs here, or ask the administrators of the cluster; if it works, start batch-mcp with the same PATH and SLURM_CONF.',
  };
};

const firstLineOf = (text: string): string => text.trim().split('\n')[0]?.slice(0, 200) || 'no answer';

/** States of nodes that take jobs now or when others have ended. */
const usableStates =
  /^(?:idle|mix|mixed|alloc|allocated|comp|completing|resv|reserved|pow_up|power_up|powering_up)[~#$@+^-]?$/;

interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isUp: boolean;
  readonly nodes: number;
  readonly usable: number;
}

/** The fields that `partitionsFindingOf` reads. */
export const partitionFormat = '--format=%P|%a|%D|%T';

/**
 * @param text of `sinfo`, a line for each partition and state of nodes
 * @param wanted the partition of the operator's defaults; undefined: that of the cluster
 */
export const partitionsFindingOf = (text: string, wanted: string | undefined): Finding => {
  const name = 'partition';
  const partitions = partitionsOf(text);
  const chosen = partitions.find((each) => (wanted === undefined ? each.isDefault : each.name === wanted));
  const names = partitions.map((each) => each.name).slice(0, maxNamed);
  if (chosen === undefined)
    return {
      name,
      state: 'failed',
      found:
        wanted === undefined ? 'the cluster has no default partition' : `there is no partition ${wanted}`,
      next: `Set "partition" in "defaults" of the file of --slurm-options${names.length === 0 ? '' : `; you see ${names.join(', ')}`}.`,
    };
  const found = `${chosen.name}${wanted === undefined ? ' (default of the cluster)' : ''}: ${chosen.usable} of ${chosen.nodes} nodes can run jobs`;
  if (chosen.isUp && chosen.usable > 0) return { name, state: 'ok', found };
  return {
    name,
    state: 'warning',
    found: chosen.isUp ? found : `${found}; the partition is down`,
    next: 'Jobs wait until nodes are available: `sinfo -R` shows why they are not. Or set another partition in the file of --slurm-options.',
  };
};

const maxNamed = 10;

const partitionsOf = (text: string): readonly Partition[] => {
  const partitions = new Map<string, Partition>();
  for (const line of text.split('\n')) {
    const [label = '', state = '', count = '', nodes = ''] = line.trim().split('|');
    if (label === '' || nodes === '') continue;
    const name = label.replace(/\*$/, '');
    const known = partitions.get(name);
    const usable = usableStates.test(nodes) ? Number(count) : 0;
    partitions.set(name, {
      name,
      isDefault: label.endsWith('*'),
      isUp: state === 'up',
      nodes: (known?.nodes ?? 0) + Number(count),
      usable: (known?.usable ?? 0) + usable,
    });
  }
  return [...partitions.values()];
};

/** Slurm forgets an ended job after this; the engine asks every few seconds. */
const minJobAgeSeconds = 60;

/** Arrays and memory of the controller, from `scontrol show config`. */
export const configFindingsOf = (text: string): readonly Finding[] => {
  const { hasAccounting } = parseConfig(text);
  const numberOf = (setting: string): number =>
    Number(new RegExp(`^${setting}\\s*=\\s*(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const age = numberOf('MinJobAge');
  return [
    arraysFindingOf(numberOf('MaxArraySize')),
    {
      name: 'accounting',
      state: 'ok',
      found: hasAccounting
        ? 'on; the engine does not need it, and does not use it'
        : 'off; the engine does not need it',
    },
    ...(age < minJobAgeSeconds
      ? [
          {
            name: 'memory',
            state: 'warning',
            found: `Slurm forgets ended jobs after ${age} s (MinJobAge)`,
            next: 'Why Slurm ended an instance may be lost; that it ended is not. An administrator can set MinJobAge to 300, the default.',
          } as const,
        ]
      : []),
  ];
};

const arraysFindingOf = (maxArraySize: number): Finding => {
  const name = 'arrays';
  if (Number.isNaN(maxArraySize)) return { name, state: 'warning', found: 'MaxArraySize is not shown' };
  if (maxArraySize < 2)
    return {
      name,
      state: 'failed',
      found: `MaxArraySize is ${maxArraySize}: job arrays are not allowed`,
      next: 'An administrator has to set MaxArraySize in slurm.conf; its default is 1001.',
    };
  return {
    name,
    state: 'ok',
    found: `MaxArraySize ${maxArraySize}: up to ${maxArraySize - 1} instances in one array; larger tasks use several`,
  };
};

/** @param stderr of `sbatch --test-only` with the options of an entry of the operator's table */
export const tableFindingOf = (
  entries: readonly { readonly name: string; readonly code: number | undefined; readonly stderr: string }[],
): Finding => {
  const name = 'options';
  const refused = entries.filter(
    ({ code, stderr }) => code !== 0 && !/configuration is not available/.test(stderr),
  );
  const [first] = refused;
  if (first === undefined)
    return { name, state: 'ok', found: `Slurm accepts ${entries.map((entry) => entry.name).join(', ')}` };
  return {
    name,
    state: 'failed',
    found: `${first.name}: ${lastLineOf(first.stderr)}`,
    next: `Correct the file of --slurm-options${
      refused.length > 1
        ? `; also refused: ${refused
            .slice(1)
            .map((entry) => entry.name)
            .join(', ')}`
        : ''
    }.`,
  };
};

const lastLineOf = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/^(?:sbatch: )?(?:error: )?(?:allocation failure: )?/, '').trim())
    .findLast((line) => line !== '')
    ?.slice(0, 200) ?? 'no answer';
