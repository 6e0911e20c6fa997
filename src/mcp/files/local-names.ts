/** Names of local files: which path an argument means, and which files are never transferred. Pure. */
import { isAbsolute, relative, sep } from 'node:path';
import { InputError } from '../../shared/errors.ts';

/** Names with a problem of their own on some system: devices of Windows, and what its file systems drop or split at. */
const windowsName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|[<>:"|?*\\]|[. ]$/i;
/** The limit of file systems. */
const maxNameBytes = 255;

/** Whether a text can be the name of one file here. */
const isFileName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !/[/\p{Cc}\p{Cs}]/u.test(name) &&
  new TextEncoder().encode(name).length <= maxNameBytes &&
  !(process.platform === 'win32' && windowsName.test(name));

/**
 * The names of a local path beneath the directory of --files-dir.
 * @param text relative to it, or absolute below it
 * @param argument name of the argument, for the message
 * @throws InputError for a path outside, and for one with `..`
 */
export const localNamesOf = (
  text: string,
  filesDir: string,
  subject: string,
  argument: string,
): readonly string[] => {
  const path = isAbsolute(text) ? relative(filesDir, text) : text;
  const names = path.split(sep === '\\' ? /[\\/]/ : '/').filter((name) => name !== '' && name !== '.');
  const isInside = names.every(isFileName) && !isAbsolute(path);
  if (isInside) return names;
  throw new InputError(subject, [
    {
      path: argument,
      message:
        'It has to be a path below the directory of --files-dir, relative to it, without "..", control characters or names that are not valid Unicode.',
    },
  ]);
};

/** Directories and files that hold credentials or the state of tools. */
const protectedNames = new Set([
  '.git',
  '.hg',
  '.svn',
  '.ssh',
  '.aws',
  '.azure',
  '.gcloud',
  '.kube',
  '.docker',
  '.gnupg',
  '.tencentcloud',
  '.tccli',
  '.netrc',
  '.npmrc',
  '.pypirc',
  '.pgpass',
  '.git-credentials',
  '.htpasswd',
  'credentials',
  'credentials.json',
]);
const keyFile = /^(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk))$/i;

/** Why a file or directory of that name is never staged; undefined where it may be. */
export const protectionOf = (name: string): string | undefined => {
  const lower = name.toLowerCase();
  if (/^\.env(?:$|[.\-_])/.test(lower)) return 'may hold secrets';
  if (protectedNames.has(lower)) return 'may hold secrets or the state of a tool';
  return keyFile.test(name) ? 'is a key file' : undefined;
};

/**
 * Why an object is not fetched under that relative path; undefined where it may be. Names with a leading dot configure
 * shells, editors and version control: what a job wrote must not decide what they run.
 */
export const fetchProblemOf = (path: string): string | undefined => {
  const names = path.split('/');
  if (names.at(-1) === '') return 'is an empty directory';
  if (!names.every(isFileName)) return 'has a name that no local file can have';
  if (names.some((name) => name.startsWith('.'))) return 'has a hidden name';
  return undefined;
};
