/** What can be mounted where in a sandbox: targets as the machine resolves them, and the checks before a mount. */
import { isAtOrBelow, isReserved } from './storage-path.ts';

/** A path inside the sandbox and what is mounted there. */
export interface Mount {
  /** Path outside. */
  readonly source: string;
  /** Absolute, normalized path inside. */
  readonly target: string;
  readonly isWritable: boolean;
  /**
   * The source was created for this attempt and has a mount point for whatever is mounted below the target. Nothing is
   * mounted below any other mount.
   */
  readonly isScratch?: boolean;
  /** A file is mounted, not a directory. */
  readonly isFile?: boolean;
}

/** One file of the machine. */
export interface Entry {
  readonly name: string;
  readonly kind: 'directory' | 'link' | 'other';
  /** Target of a symbolic link. */
  readonly link: string | undefined;
}

/** Read access to the machine's directories. */
export interface HostFiles {
  /** The entries of a directory; undefined where there is none or it cannot be read. */
  list(path: string): readonly Entry[] | undefined;
  /** The file at a path, its last link not followed. */
  entryAt(path: string): Entry | undefined;
}

/** Directories of the root that are replaced: they hold devices, sockets, other jobs' files, and homes. */
export const replaced = ['/dev', '/proc', '/tmp', '/run', '/home', '/root', '/lost+found'];

/** As many links as Linux follows in one path. */
const maxLinks = 40;

/** A target as the machine resolves it, so that no mount point is created through a link. */
export const resolved = (
  target: string,
  layout: { readonly own: readonly Mount[]; readonly dataDir: string },
  host: HostFiles,
): string => {
  let path = target;
  for (let links = 0; links <= maxLinks; links += 1) {
    const next = withoutFirstLink(path, host);
    if (next === undefined) {
      const isOwn = layout.own.some((own) => isAtOrBelow(own.target, path));
      if (path === '/' || isReserved(path) || isOwn || isAtOrBelow(path, layout.dataDir))
        throw new Error(`${target} cannot be mounted: ${path} belongs to the system or to the engine`);
      return path;
    }
    path = next;
  }
  throw new Error(`${target} cannot be mounted: it leads through too many links`);
};

/** Replaces the first link on the way; undefined where there is none. Below a replaced directory there are none. */
const withoutFirstLink = (path: string, host: HostFiles): string | undefined => {
  const parts = path.split('/').slice(1);
  for (let length = 1; length <= parts.length; length += 1) {
    const here = `/${parts.slice(0, length).join('/')}`;
    if (replaced.includes(here)) return undefined;
    const entry = host.entryAt(here);
    if (entry === undefined) return undefined;
    const rest = parts.slice(length);
    if (entry.kind === 'link') return joined(parts.slice(0, length - 1), entry.link ?? '', rest);
    if (entry.kind === 'other' && rest.length > 0)
      throw new Error(`${path} cannot be mounted: ${here} is a file`);
  }
  return undefined;
};

const joined = (directory: readonly string[], link: string, rest: readonly string[]): string => {
  const parts = [...(link.startsWith('/') ? [] : directory), ...link.split('/'), ...rest];
  const names: string[] = [];
  for (const part of parts) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  return `/${names.join('/')}`;
};

/** A directory cannot be mounted on a file, nor a file on a directory. */
export const checkKind = (
  { target, isFile = false }: Mount,
  mounts: readonly Mount[],
  host: HostFiles,
): void => {
  const isReplaced = [...replaced, '/var/tmp'].some((path) => isAtOrBelow(target, path));
  if (isReplaced || isInScratch(target, mounts)) return;
  const kind = host.entryAt(target)?.kind;
  if (kind !== undefined && (kind === 'directory') === isFile)
    throw new Error(`${target} cannot be mounted: it is a ${isFile ? 'directory' : 'file'} on this machine`);
};

/** Resolved targets can meet where those of the submission do not. */
export const checkOverlaps = (
  mounts: readonly { readonly target: string; readonly isScratch?: boolean }[],
): void => {
  for (const [at, inner] of mounts.entries()) {
    const outer = mounts.find(
      (other, otherAt) =>
        otherAt !== at &&
        isAtOrBelow(inner.target, other.target) &&
        (other.isScratch !== true || other.target === inner.target),
    );
    if (outer !== undefined)
      throw new Error(
        `${inner.target} cannot be mounted: it is inside ${outer.target}, which is mounted too`,
      );
  }
};

export const isInScratch = (target: string, mounts: readonly Mount[]): boolean =>
  mounts.some(
    (other) => other.isScratch === true && other.target !== target && isAtOrBelow(target, other.target),
  );
