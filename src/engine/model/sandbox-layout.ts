/** The arguments of bubblewrap: what a command sees of the machine. A pure function of the machine's directories. */
import {
  checkKind,
  checkOverlaps,
  type Entry,
  type HostFiles,
  isInScratch,
  type Mount,
  replaced,
  resolved,
} from './mount-targets.ts';
import { isAtOrBelow } from './storage-path.ts';

export interface Layout {
  /** Directories shown empty. Absolute paths without links. */
  readonly hidden: readonly string[];
  /** Sockets that would otherwise be reachable: a read-only mount does not prevent a connection. */
  readonly sockets: readonly string[];
  /** The engine's directory: nothing of a task is mounted in it. */
  readonly dataDir: string;
  /** Mounts of the engine itself: the working directory, the command. */
  readonly own: readonly Mount[];
  /** Mounts of the task. */
  readonly mounts: readonly Mount[];
  /** Symbolic links inside, for directories of a share. */
  readonly links: readonly { readonly target: string; readonly to: string }[];
  readonly network: boolean;
  /** Size of each file system in memory (`/`, `/tmp`, `/var/tmp`, `/dev/shm`). */
  readonly memoryFileBytes: number;
  /** The engine is root and runs the command as another user, which has no account; inside it has that of unknown users. */
  readonly hasJobUser: boolean;
  /** Whether this version of bubblewrap, on this machine, can forbid user namespaces inside. */
  readonly forbidsUserNamespaces: boolean;
  /** Whether descriptor 5 is a filter of system calls. */
  readonly hasFilter: boolean;
  readonly workDir: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** A directory with more entries is not rebuilt entry by entry for a mount below it: the arguments would not fit. */
const maxEntries = 500;

/** The compiled-in limit of bubblewrap. */
const maxArguments = 9000;

/**
 * The arguments, without the program and without the command. In this order: the machine's directories, read-only, in a
 * new root; directories rebuilt where a mount point is missing; then what is hidden; and only then the mounts, whose
 * sources all belong to the engine, so that nothing hidden becomes visible again. Finally every file system in memory
 * without a limit becomes read-only, so that no memory can be used up by files.
 * @throws Error when a mount cannot be made, with the reason
 */
export const sandboxArgsOf = (layout: Layout, host: HostFiles): readonly string[] => {
  if (layout.mounts.length > maxArguments) throw new Error(tooManyReason);
  const mounts = layout.mounts.map((mount) => ({ ...mount, target: resolved(mount.target, layout, host) }));
  for (const mount of mounts) checkKind(mount, mounts, host);
  const links = layout.links.map((link) => ({ ...link, target: resolved(link.target, layout, host) }));
  checkOverlaps([...mounts, ...links.map(({ target }) => ({ target }))]);
  const own = [...layout.own].sort(byTarget);
  const hidden = hiddenOf(layout, host);
  const emptied = [...replaced, '/var/tmp', ...hidden];
  const needs = [...mounts.filter(({ target }) => !isInScratch(target, mounts)), ...own];
  const rebuilt = rebuiltOf(
    needs.map(({ target }) => target),
    links.map(({ target }) => target),
    emptied,
    host,
  );
  const omitted = new Set([...links.map(({ target }) => target), ...hidden]);
  const readOnly = ['/dev', '/run', ...rebuilt, ...hidden].filter(
    (path) => !mounts.some(({ target }) => isAtOrBelow(path, target)),
  );
  const args = [
    ...rootArgs(omitted, layout.memoryFileBytes, host),
    ...systemArgs(layout.memoryFileBytes),
    ...rebuilt.flatMap((path) => rebuildArgs(path, omitted, host)),
    ...hidden.flatMap((path) => ['--tmpfs', path]),
    ...socketArgs(layout.sockets, [...emptied, ...rebuilt], host),
    ...(host.entryAt('/var/tmp')?.kind === 'directory' ? sized(layout.memoryFileBytes, '/var/tmp') : []),
    ...[...mounts].sort(byTarget).flatMap(mountArgs),
    ...links.flatMap(({ target, to }) => ['--symlink', to, target]),
    ...own.flatMap(mountArgs),
    ...readOnly.flatMap((path) => ['--remount-ro', path]),
    ...isolationArgs(layout),
  ];
  if (args.length > maxArguments) throw new Error(tooManyReason);
  return args;
};

const tooManyReason = `a sandbox has at most ${maxArguments} arguments; the task has too many variables or mappings`;

const byTarget = (one: { readonly target: string }, other: { readonly target: string }): number =>
  one.target.length - other.target.length;

const mountArgs = ({ source, target, isWritable }: Mount): readonly string[] => [
  isWritable ? '--bind' : '--ro-bind',
  source,
  target,
];

const sized = (bytes: number, path: string): readonly string[] => [
  '--size',
  String(Math.floor(bytes)),
  '--tmpfs',
  path,
];

/**
 * The new root, in memory. A command may create directories in it, as in a container. Links are repeated as links; what
 * is left out gets no entry.
 */
const rootArgs = (
  omitted: ReadonlySet<string>,
  memoryFileBytes: number,
  host: HostFiles,
): readonly string[] => {
  const entries = (host.list('/') ?? []).filter(({ name }) => !replaced.includes(`/${name}`));
  return [
    ...sized(memoryFileBytes, '/'),
    ...entries.flatMap((entry) => (omitted.has(`/${entry.name}`) ? [] : showArgs('/', entry))),
    '--dir',
    '/home',
    '--dir',
    '/root',
  ];
};

const showArgs = (directory: string, { name, kind, link }: Entry): readonly string[] => {
  const path = directory === '/' ? `/${name}` : `${directory}/${name}`;
  return kind === 'link' ? ['--symlink', link ?? '', path] : ['--ro-bind', path, path];
};

const systemArgs = (memoryFileBytes: number): readonly string[] => [
  '--dev',
  '/dev',
  ...sized(memoryFileBytes, '/dev/shm'),
  '--proc',
  '/proc',
  // The files below it are writable for root by their mode, which no capability is needed for.
  '--ro-bind',
  '/proc/sys',
  '/proc/sys',
  ...sized(memoryFileBytes, '/tmp'),
  '--tmpfs',
  '/run',
];

/** An empty directory in place of one that lacks a mount point, with everything bound again that it showed before. */
const rebuildArgs = (path: string, omitted: ReadonlySet<string>, host: HostFiles): readonly string[] => {
  const entries = host.list(path) ?? [];
  if (entries.length > maxEntries)
    throw new Error(`${path} has more than ${maxEntries} entries, so nothing can be mounted in it`);
  return [
    '--tmpfs',
    path,
    ...entries.flatMap((entry) => (omitted.has(`${path}/${entry.name}`) ? [] : showArgs(path, entry))),
  ];
};

/** Something that is not a socket in place of each one. */
const socketArgs = (
  sockets: readonly string[],
  emptied: readonly string[],
  host: HostFiles,
): readonly string[] =>
  sockets
    .filter((path) => !emptied.some((other) => isAtOrBelow(path, other)) && host.entryAt(path) !== undefined)
    .flatMap((path) => ['--ro-bind', '/dev/null', path]);

const isolationArgs = (layout: Layout): readonly string[] => [
  // The record of the runner: bubblewrap writes there whether it executed the command, and closes it inside.
  '--json-status-fd',
  '4',
  '--unshare-user',
  ...(layout.hasJobUser ? ['--uid', '65534', '--gid', '65534'] : []),
  ...(layout.forbidsUserNamespaces ? ['--disable-userns'] : []),
  ...(layout.hasFilter ? ['--seccomp', '5'] : []),
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
  ...(layout.network ? [] : ['--unshare-net']),
  '--die-with-parent',
  '--new-session',
  '--cap-drop',
  'ALL',
  ...Object.entries(layout.variables).flatMap(([name, value]) => ['--setenv', name, value]),
  '--chdir',
  layout.workDir,
];

/** Hidden directories that exist and are not in another one that is hidden or replaced. */
const hiddenOf = ({ hidden }: Layout, host: HostFiles): readonly string[] => {
  const all = [...new Set(hidden)];
  return all.filter(
    (path) =>
      host.entryAt(path)?.kind === 'directory' &&
      ![...replaced, '/var/tmp'].some((other) => isAtOrBelow(path, other)) &&
      !all.some((other) => other !== path && isAtOrBelow(path, other)),
  );
};

/**
 * The directories to rebuild: for a mount the nearest one that exists, where the mount point does not; for a link the
 * one that holds it. Outer ones first.
 */
const rebuiltOf = (
  targets: readonly string[],
  links: readonly string[],
  emptied: readonly string[],
  host: HostFiles,
): readonly string[] => {
  const nearest = (path: string): string => {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    return parent === '/' || host.entryAt(parent) !== undefined ? parent : nearest(parent);
  };
  const all = [...targets.filter((target) => host.entryAt(target) === undefined), ...links].map(nearest);
  return [...new Set(all)]
    .filter((path) => path !== '/' && !emptied.some((other) => isAtOrBelow(path, other)))
    .sort((one, other) => one.length - other.length);
};
