/** Where a remote path lies in the tree that stands for all remote storage. */

const form = /^(cos|cfs|nfs):\/\/([^/]+)(\/.*)?$/;
// A host is a name or an address; `:` is the form `cfs://10.0.0.1:/`, which the vendor writes, too.
const hostForm = /^[A-Za-z0-9][A-Za-z0-9.-]*:?$/;

/**
 * The names on the way from the tree's root to a remote path: `cos://bucket/dir/` is `['cos', 'bucket', 'dir']`.
 * Each is a plain name, so no path can lead out of the tree.
 * @returns undefined for what is no remote path, or would lead elsewhere
 */
export const storagePathOf = (url: string): readonly string[] | undefined => {
  const [, scheme = '', host = '', path = ''] = form.exec(url) ?? [];
  if (scheme === '' || !hostForm.test(host)) return undefined;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!names.every(isPlainName)) return undefined;
  return [scheme, host.replace(/:$/, ''), ...names];
};

/** Whether a word can be the name of one file: no way up, no separator, no more than a file system takes. */
export const isPlainName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !/[/\0]/.test(name) &&
  new TextEncoder().encode(name).length <= 255;

/** Whether what is mounted there can be written: a share is for exchange, a bucket gets its files by OutputMappings. */
export const isWritableShare = (url: string): boolean => !url.startsWith('cos://');

/** Places of the system itself, which nothing may cover. */
const systemPlaces = ['/proc', '/dev', '/sys'];

/**
 * A directory on the machine of a task as the sandbox can show it.
 * @returns the path without a last slash; undefined for a Windows drive, the root, a way up, or the system's own places
 */
export const localPlaceOf = (path: string): string | undefined => {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (!path.startsWith('/') || names.length === 0 || !names.every(isPlainName)) return undefined;
  const place = `/${names.join('/')}`;
  return systemPlaces.some((own) => place === own || place.startsWith(`${own}/`)) ? undefined : place;
};
