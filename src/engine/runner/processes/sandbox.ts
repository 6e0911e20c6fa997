/** Whether commands can be shut in on this machine, decided once at start, and how one is. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../shared/errors.ts';
import { type Entry, type Layout, type Mount, sandboxArgsOf } from '../../model/sandbox-layout.ts';
import type { EngineSettings, SandboxVerdict } from '../../settings.ts';

/** What the person asked for. */
export type SandboxMode = 'auto' | 'bwrap' | 'none';

/** What the decision needs to know of the machine. */
export interface HostInfo {
  readonly dataDir: string;
  /** `PATH`, to find the program. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** A machine that takes longer to start one process has other troubles. */
const probeMs = 10_000;

/**
 * Decides how commands run. What a machine allows is not to be read from its settings: the very call that jobs get is
 * tried once.
 * @param wish `none` is a person's word that commands may run as plain processes
 * @throws ConfigError when `bwrap` was asked for and does not work
 */
export const decideSandbox = (wish: SandboxMode, network: boolean, place: HostInfo): SandboxVerdict => {
  if (wish === 'none') {
    const reason =
      'commands run as plain processes of the user who started the engine; nothing shuts them in';
    return { mode: 'none', reason, network: true };
  }
  const problem = probe(network, place);
  if (problem === undefined) {
    const reach = network ? 'with the network' : 'without a network';
    return { mode: 'bwrap', reason: `commands are shut in by bubblewrap, ${reach}`, network };
  }
  const cures =
    place.platform === 'linux'
      ? 'Install bubblewrap (`apt-get install bubblewrap`, `dnf install bubblewrap`) and allow unprivileged user namespaces, or'
      : 'Here';
  const reason =
    `no sandbox shuts commands in: ${problem}. ${cures} say \`--sandbox none\` to run them as plain processes of your ` +
    'user, which may do whatever you may.';
  if (wish === 'bwrap') throw new ConfigError(`--sandbox bwrap: ${reason}`);
  return { mode: 'refuse', reason, network };
};

/** @returns what is wrong, or undefined when commands can be shut in */
const probe = (network: boolean, place: HostInfo): string | undefined => {
  if (place.platform !== 'linux') return `bubblewrap exists for Linux alone, and this is ${place.platform}`;
  const layout = { hidden: hiddenOf(place.dataDir), work: place.dataDir, mounts: [], network };
  const args = [...sandboxArgsOf(layout, listDirectory), '/bin/sh', '-c', 'exit 0'];
  const env = place.path === undefined ? {} : { PATH: place.path };
  const result = spawnSync('bwrap', args, { env, timeout: probeMs, encoding: 'utf8' });
  if (result.status === 0) return undefined;
  // `error` is set when there is no such program.
  const said = result.error ? codeOf(result.error) : result.stderr.trim().split('\n')[0];
  return said === 'ENOENT'
    ? 'bubblewrap (bwrap) is not installed'
    : `bubblewrap does not work here (${said})`;
};

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : error.message);

/** What no command may see: homes, the engine's data, and where other programs keep what is theirs for a while. */
const hiddenOf = (dataDir: string): readonly string[] =>
  [...new Set(['/home', '/root', '/var/tmp', homedir(), dataDir])].filter((path) => path !== '/');

/** The words in front of `/bin/sh` that shut one command in. @throws Error when a mount has no room */
export const sandboxCommandOf = (
  settings: EngineSettings,
  layout: Pick<Layout, 'work' | 'mounts' | 'links'>,
): readonly string[] => {
  const { network } = settings.sandbox;
  const hidden = [...hiddenOf(settings.dataDir), settings.storageDir];
  const mounts = network ? [...layout.mounts, ...resolverOf()] : layout.mounts;
  return ['bwrap', ...sandboxArgsOf({ ...layout, mounts, network, hidden }, listDirectory)];
};

/** Where names are looked up often stands in a file below /run, which is hidden. */
const resolverOf = (): readonly Mount[] => {
  try {
    const file = realpathSync('/etc/resolv.conf');
    return file.startsWith('/run/') ? [{ source: file, target: file, isWritable: false }] : [];
  } catch {
    return [];
  }
};

/** Looks at a directory of this machine. */
const listDirectory = (path: string): readonly Entry[] | undefined => {
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other',
      link: entry.isSymbolicLink() ? readlinkSync(join(path, entry.name)) : undefined,
    }));
  } catch {
    return undefined;
  }
};
