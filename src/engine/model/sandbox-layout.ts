/** The arguments of bubblewrap: what a command sees of the machine, as a pure function of what is there. */

/** A place of the sandbox and what of the machine stands there. */
export interface Mount {
  /** Path on the machine. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly isWritable: boolean;
}

/** One entry of a directory of the machine. */
export interface Entry {
  readonly name: string;
  readonly kind: 'directory' | 'link' | 'other';
  /** Where a link points. */
  readonly link: string | undefined;
}

/** Looks at a directory of the machine; undefined when it is none. */
export type ListDirectory = (path: string) => readonly Entry[] | undefined;

export interface Layout {
  /** Directories shown empty: the user's home, the engine's data, other people's temporary files. */
  readonly hidden: readonly string[];
  /** The working directory; writable. */
  readonly work: string;
  readonly mounts: readonly Mount[];
  /** Links inside, made after the mounts. */
  readonly links?: readonly { readonly target: string; readonly to: string }[];
  readonly network: boolean;
}

/** What bubblewrap makes itself, or what would show other jobs and running services (sockets lie in /run). */
const ownPlaces = ['dev', 'proc', 'tmp', 'run', 'lost+found', 'home', 'root'];

/** A directory with more entries is not rebuilt entry by entry for a mount below it: the arguments would not fit. */
const maxEntries = 500;

/**
 * The arguments, without the program and without the command.
 * The root is new and empty; the machine's top directories are bound into it read-only, so that a mount may have any
 * path, `/data/output` as well, although nothing of that name exists outside.
 * @throws Error when a mount's path cannot be made
 */
export const sandboxArgsOf = (layout: Layout, list: ListDirectory): readonly string[] => {
  const root = (list('/') ?? []).filter(({ name }) => !ownPlaces.includes(name));
  const args: string[] = [
    ...root.flatMap(({ name, kind, link }) =>
      kind === 'link' ? ['--symlink', link ?? '', `/${name}`] : ['--ro-bind', `/${name}`, `/${name}`],
    ),
    '--dev',
    '/dev',
    '--proc',
    '/proc',
    '--tmpfs',
    '/tmp',
    '--tmpfs',
    '/run',
  ];
  const emptied = [...layout.hidden, '/tmp', '/run'];
  for (const path of layout.hidden) {
    // What lies in an emptied directory is gone already, and what lies in none of ours must be there to be covered.
    const covered = emptied.some((other) => other !== path && isBelow(path, other));
    if (!covered && list(path) !== undefined) args.push('--tmpfs', path);
  }
  const fresh = new Set<string>(emptied);
  const byDepth = [...layout.mounts].sort((one, other) => one.target.length - other.target.length);
  for (const { source, target, isWritable } of byDepth) {
    args.push(...roomFor(target, fresh, list), isWritable ? '--bind' : '--ro-bind', source, target);
    fresh.add(target);
  }
  for (const { target, to } of layout.links ?? []) {
    if (list(target) !== undefined && !isEmptied(target, fresh)) throw new Error(`${target} exists already`);
    args.push(...roomFor(target, fresh, list), '--symlink', to, target);
  }
  return [
    ...args,
    '--bind',
    layout.work,
    layout.work,
    '--unshare-user-try',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(layout.network ? [] : ['--unshare-net']),
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--chdir',
    layout.work,
  ];
};

/** Whether what the machine has at a path is not there inside, because something above it was emptied or covered. */
const isEmptied = (path: string, fresh: ReadonlySet<string>): boolean =>
  [...fresh].some((other) => isBelow(path, other));

/** Whether a path is another or lies below it. */
export const isBelow = (path: string, other: string): boolean =>
  path === other || path.startsWith(`${other}/`);

/**
 * What makes a place for a mount. Below a directory that is bound read-only nothing can be made, so the nearest one
 * that exists is replaced by an empty one into which its entries are bound again.
 */
const roomFor = (target: string, fresh: Set<string>, list: ListDirectory): readonly string[] => {
  const parts = target.split('/').slice(1);
  for (let length = parts.length; length > 0; length -= 1) {
    const path = `/${parts.slice(0, length).join('/')}`;
    if (fresh.has(path)) return [];
    const entries = list(path);
    if (entries === undefined) continue;
    // The place itself exists: it is covered as it is.
    if (length === parts.length) return [];
    if (isEmptied(path, fresh)) return [];
    if (entries.length > maxEntries) throw new Error(`${path} has too many entries for a mount below it`);
    fresh.add(path);
    const bind = (name: string): readonly string[] => ['--ro-bind', `${path}/${name}`, `${path}/${name}`];
    return [
      '--tmpfs',
      path,
      ...entries.flatMap(({ name, kind, link }) =>
        kind === 'link' ? ['--symlink', link ?? '', `${path}/${name}`] : bind(name),
      ),
    ];
  }
  // Nothing on the way exists on the machine: the new root has room for it.
  return [];
};
