/** Whether commands can run in a sandbox on this machine, decided once at start, and how one is started in it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../../shared/errors.ts';
import { findProgram } from '../../../shared/find-program.ts';
import type { Mount } from '../../model/mount-targets.ts';
import { type Layout, sandboxArgsOf } from '../../model/sandbox-layout.ts';
import type { EngineSettings, JobUser, SandboxVerdict } from '../../settings.ts';
import { changeOwner } from '../workspace/change-owner.ts';
import { createHostFiles, jobUserOf, privateDirectories, realPathOf, socketPaths } from './host-files.ts';
import { writeSystemCallFilter } from './system-call-filter.ts';

/** What the operator asked for. */
export type SandboxMode = 'auto' | 'bwrap' | 'none';

/** What the decision depends on. */
export interface HostInfo {
  readonly dataDir: string;
  /** Default: `storage` in the data directory. */
  readonly storageDir?: string;
  /** `PATH`, to find the programs. */
  readonly path: string | undefined;
  readonly platform: NodeJS.Platform;
  /** Random digits of the data directory; they choose the user of the jobs where the engine is root. */
  readonly engineId?: string;
}

/** A healthy machine starts a process in milliseconds. */
const probeTimeoutMs = 10_000;

/**
 * Decides how commands run. Settings of a machine do not say reliably what it allows, so the sandbox is tried once.
 * @param mode `none`: the operator allows commands to run as plain processes
 * @throws ConfigError when `bwrap` was asked for and does not work
 */
export const decideSandbox = (mode: SandboxMode, network: boolean, host: HostInfo): SandboxVerdict => {
  if (mode === 'none') {
    const reason = 'commands run as plain processes of the user who started the engine, without isolation';
    return { mode: 'none', reason, network: true, prefix: [] };
  }
  const launcher = findLauncher(network, host);
  if (typeof launcher !== 'string') {
    const access = network ? 'with network access' : 'without network access';
    return { mode: 'bwrap', reason: `commands run in a bubblewrap sandbox, ${access}`, network, ...launcher };
  }
  const cure =
    host.platform === 'linux'
      ? 'Install bubblewrap (`apt-get install bubblewrap`, `dnf install bubblewrap`) and allow unprivileged user ' +
        'namespaces, or use'
      : 'Use';
  const reason =
    `commands cannot run in a sandbox: ${launcher}. ${cure} \`--sandbox none\` to run them as plain processes of ` +
    'your user, which can do everything that you can.';
  if (mode === 'bwrap') throw new ConfigError(`--sandbox bwrap: ${reason}`);
  return { mode: 'refuse', reason, network, prefix: [] };
};

/** How the sandbox is started. */
type SandboxLauncher = Pick<SandboxVerdict, 'prefix' | 'user' | 'hidden' | 'forbidsUserNamespaces'>;

/** @returns how the sandbox is started, or why it cannot be */
const findLauncher = (network: boolean, host: HostInfo): SandboxLauncher | string => {
  if (host.platform !== 'linux') return `bubblewrap is for Linux only, and this is ${host.platform}`;
  const bwrap = findProgram('bwrap', host.path);
  if (bwrap === undefined) return 'bubblewrap (bwrap) is not installed';
  const user = process.geteuid?.() === 0 ? jobUserOf(host.engineId ?? '') : undefined;
  const setpriv = user && findProgram('setpriv', host.path);
  if (user !== undefined && setpriv === undefined)
    return 'setpriv (package util-linux) is not installed, and the engine is root';
  const prefixOf = (directories: Directories): readonly string[] =>
    user === undefined || setpriv === undefined
      ? [bwrap, '--args', '3']
      : rootPrefixOf(bwrap, setpriv, user, directories);
  const hidden = privateDirectories();
  const problems: string[] = [];
  for (const forbidsUserNamespaces of [true, false]) {
    const launcherOf = (directories: Directories): SandboxLauncher => ({
      prefix: prefixOf(directories),
      user,
      hidden,
      forbidsUserNamespaces,
    });
    const problem = probe(host.dataDir, launcherOf, network);
    if (problem === undefined) return launcherOf(directoriesOf(host));
    problems.push(problem);
  }
  return `bubblewrap does not work here (${problems.at(-1)})`;
};

/** The two directories that hold the sources of mounts. */
interface Directories {
  readonly jobs: string;
  readonly storage: string;
}

const directoriesOf = ({ dataDir, storageDir }: Pick<HostInfo, 'dataDir' | 'storageDir'>): Directories => ({
  jobs: join(dataDir, 'jobs'),
  storage: storageDir ?? join(dataDir, 'storage'),
});

/**
 * Where the job user finds these directories. The data directory is closed to other users, and may be in a home that is,
 * so they are mounted at a path that is open to it. Every sandbox gets a new `/dev`, which hides them again.
 */
const shownDirectories: Directories = { jobs: '/dev/shm/jobs', storage: '/dev/shm/storage' };

/**
 * The start of the sandbox by a root engine: a mount namespace with the two directories, then another user without any
 * privilege, then the sandbox. A user namespace alone would not help, because root inside it is root for the files of
 * the machine.
 */
const rootPrefixOf = (
  bwrap: string,
  setpriv: string,
  { uid, gid }: JobUser,
  { jobs, storage }: Directories,
): readonly string[] => [
  ...[bwrap, '--dev-bind', '/', '/', '--tmpfs', '/dev/shm'],
  ...['--bind', jobs, shownDirectories.jobs, '--bind', storage, shownDirectories.storage],
  ...['--die-with-parent', '--'],
  ...[setpriv, '--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--no-new-privs'],
  ...['--inh-caps=-all', '--bounding-set=-all'],
  ...[bwrap, '--args', '3'],
];

/** Runs an empty command in the sandbox. @returns what is wrong, or undefined */
const probe = (
  dataDir: string,
  launcherOf: (directories: Directories) => SandboxLauncher,
  network: boolean,
): string | undefined => {
  try {
    const directory = mkdtempSync(join(dataDir, 'probe-'));
    try {
      const directories = directoriesOf({ dataDir: directory });
      return tryIn(directory, directories, launcherOf(directories), network);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const tryIn = (
  dataDir: string,
  directories: Directories,
  launcher: SandboxLauncher,
  network: boolean,
): string | undefined => {
  const work = join(directories.jobs, 'work');
  for (const path of Object.values(directories)) {
    mkdirSync(path);
    chmodSync(path, sharedMode(launcher.user));
  }
  createOwnedDirectory(work, launcher.user);
  const own = [{ source: work, target: work, isWritable: true }];
  const host = { dataDir, storageDir: directories.storage, memoryFileBytes: minMemoryFileBytes };
  const attempt = { workDir: work, own, mounts: [], links: [], variables: {} };
  const args = argsOf({ ...host, launcher, network, hasFilter: true }, attempt);
  const file = join(dataDir, 'args');
  writeFileSync(file, args, { mode: 0o600 });
  const filter = writeSystemCallFilter(dataDir);
  const descriptors = [openSync(file, 'r'), openSync('/dev/null', 'w'), openSync(filter, 'r')];
  const [program = '', ...words] = [...launcher.prefix, '/bin/sh', '-c', 'exit 0'];
  const result = spawnSync(program, words, {
    env: {},
    timeout: probeTimeoutMs,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', ...descriptors],
  });
  for (const descriptor of descriptors) closeSync(descriptor);
  if (result.status === 0) return undefined;
  return result.error?.message ?? result.stderr.trim().split('\n')[0];
};

/** Directories on the way to those of a job: the job user passes through them, and cannot list them. */
export const sharedMode = (user: JobUser | undefined): number => (user === undefined ? 0o700 : 0o711);

/** Creates a directory that belongs to a job alone, unless it exists. */
export const createOwnedDirectory = (path: string, user: JobUser | undefined): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (user !== undefined) chownSync(path, user.uid, user.gid);
};

/**
 * Creates the directories that are mounted. Files of a root engine's storage belong to the user of its jobs; those of
 * an engine that had none, or was another user's, are handed over once.
 */
export const openSandboxDirectories = async (settings: EngineSettings): Promise<void> => {
  const { user } = settings.sandbox;
  const { jobs } = directoriesOf({ ...settings, dataDir: settings.filesDir });
  for (const directory of [jobs, settings.storageDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeSystemCallFilter(settings.filesDir);
  if (user === undefined) return;
  chmodSync(jobs, sharedMode(user));
  if (statSync(settings.storageDir).uid !== user.uid) await changeOwner(settings.storageDir, user);
};

/** What of an attempt the sandbox shows and sets. Sources are paths in the jobs and storage directories. */
export type AttemptLayout = Pick<Layout, 'own' | 'mounts' | 'links' | 'variables' | 'workDir'>;

interface SandboxOptions extends Pick<HostInfo, 'dataDir'> {
  readonly storageDir: string;
  readonly launcher: SandboxLauncher;
  readonly network: boolean;
  readonly memoryFileBytes: number;
  readonly hasFilter: boolean;
}

/** Less would not hold what a shell and its programs put there. */
const minMemoryFileBytes = 16 * 1024 ** 2;

/** A job has four such file systems; those of all slots together take at most half of the memory. */
const memoryShare = 1 / 8;

const optionsOf = (settings: EngineSettings): SandboxOptions => {
  const { network, ...launcher } = settings.sandbox;
  const bytes = (totalmem() * memoryShare) / settings.slots;
  const { filesDir, dataDir, storageDir } = settings;
  return {
    dataDir: filesDir,
    storageDir,
    launcher: {
      ...launcher,
      hidden: [...(launcher.hidden ?? []), ...(dataDir === filesDir ? [] : [dataDir])],
    },
    network,
    memoryFileBytes: Math.max(minMemoryFileBytes, bytes),
    // The probe of the nodes of a cluster tries no filter, and the kernel of a node may support none.
    hasFilter: settings.backend === 'local',
  };
};

/**
 * The arguments that the sandbox of one attempt reads from descriptor 3, each followed by NUL.
 * @throws Error when a mount cannot be made
 */
export const sandboxArgumentsOf = (settings: EngineSettings, attempt: AttemptLayout): Uint8Array =>
  argsOf(optionsOf(settings), attempt);

const argsOf = (options: SandboxOptions, attempt: AttemptLayout): Uint8Array => {
  const { dataDir, storageDir, launcher, network, memoryFileBytes, hasFilter } = options;
  const shown = (mount: Mount): Mount =>
    launcher.user === undefined ? mount : { ...mount, source: shownPathOf(options, mount.source) };
  const own = network ? [...attempt.own, ...resolverMounts()] : attempt.own;
  const words = sandboxArgsOf(
    {
      ...attempt,
      own: own.map(shown),
      mounts: attempt.mounts.map(shown),
      hidden: [
        ...[dataDir, storageDir].flatMap((path) => realPathOf(path) ?? []),
        ...(launcher.hidden ?? []),
      ],
      sockets: socketPaths(),
      dataDir: realPathOf(dataDir) ?? dataDir,
      network,
      memoryFileBytes,
      hasFilter,
      hasJobUser: launcher.user !== undefined,
      forbidsUserNamespaces: launcher.forbidsUserNamespaces === true,
    },
    createHostFiles(launcher.user),
  );
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
};

/** Where the job user finds a file of the engine's directories. */
const shownPathOf = (host: Pick<HostInfo, 'dataDir' | 'storageDir'>, path: string): string => {
  const { jobs, storage } = directoriesOf(host);
  if (path.startsWith(`${jobs}/`)) return shownDirectories.jobs + path.slice(jobs.length);
  if (path.startsWith(`${storage}/`)) return shownDirectories.storage + path.slice(storage.length);
  return path;
};

/** The file that names the resolvers is often a link into /run, which is replaced. */
const resolverMounts = (): readonly Mount[] => {
  const file = realPathOf('/etc/resolv.conf');
  return file?.startsWith('/run/') ? [{ source: file, target: file, isWritable: false }] : [];
};
