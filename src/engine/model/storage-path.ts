/** Paths of a task: remote ones as names below the storage directory, local ones as normalized absolute paths. */

const form = /^(cos|cfs|nfs):\/\/([^/]+)(\/.*)?$/;
// A host is a name or an address. The vendor also writes it with a colon: `cfs://10.0.0.1:/`.
const hostForm = /^[A-Za-z0-9][A-Za-z0-9.-]*:?$/;

/**
 * The path names of a remote path below the storage directory: `cos://bucket/dir/` is `['cos', 'bucket', 'dir']`.
 * Each is a plain file name, so the path cannot leave the directory.
 * @returns undefined for anything that is not a remote path, or has `..` in it
 */
export const storagePathOf = (url: string): readonly string[] | undefined => {
  const [, scheme = '', host = '', path = ''] = form.exec(url) ?? [];
  if (scheme === '' || !hostForm.test(host)) return undefined;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!names.every(isPlainName)) return undefined;
  return [scheme, host.replace(/:$/, ''), ...names];
};

/** Whether a text can be the name of one file: not `..`, no separator, at most 255 bytes (the limit of file systems). */
export const isPlainName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !/[/\0]/.test(name) &&
  new TextEncoder().encode(name).length <= 255;

/** Whether a mounted remote path is writable: shares are; buckets are written by OutputMappings only. */
export const isWritableShare = (scheme: string): boolean => scheme !== 'cos';

/** Kernel and device directories, and the directory for mounts of the engine. */
const reservedTrees = ['/proc', '/dev', '/sys', '/run/batch-mcp'];

/** Directories without which no command could run; a mount may be below them, but not replace them. */
const systemDirectories = [
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/etc',
  '/usr',
  '/usr/bin',
  '/usr/lib',
];

// Linux refuses a longer path in any system call.
const maxPathBytes = 4095;

/**
 * Normalizes an absolute path on the machine of a task.
 * @returns the path without a trailing slash; undefined for a Windows drive, the root, a path with `..`, one that is
 * too long, and the directories of the system
 */
export const localPathOf = (path: string): string | undefined => {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!path.startsWith('/') || names.length === 0 || !names.every(isPlainName)) return undefined;
  const normalized = `/${names.join('/')}`;
  if (new TextEncoder().encode(normalized).length > maxPathBytes) return undefined;
  return isReserved(normalized) ? undefined : normalized;
};

/** Whether a normalized path must not be mounted over. */
export const isReserved = (path: string): boolean =>
  systemDirectories.includes(path) || reservedTrees.some((tree) => isAtOrBelow(path, tree));

/** Whether a normalized path is another one or below it. */
export const isAtOrBelow = (path: string, other: string): boolean =>
  path === other || other === '/' || path.startsWith(`${other}/`);
