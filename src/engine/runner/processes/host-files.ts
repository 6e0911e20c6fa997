/** What the sandbox needs to know of this machine: directories, homes, sockets. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Entry, HostFiles } from '../../model/mount-targets.ts';
import type { JobUser } from '../../settings.ts';

/**
 * Reads the machine's directories as the user of the sandbox can: what that user cannot reach is not there. Results are
 * cached, so an instance serves one decision.
 * @param user set where the engine is root and the sandbox is not
 */
export const createHostFiles = (user: JobUser | undefined): HostFiles => {
  const traversable = new Map<string, boolean>();
  const canTraverse = (directory: string): boolean => {
    const known = traversable.get(directory);
    if (known !== undefined) return known;
    const parent = dirname(directory);
    const result =
      user === undefined || ((parent === directory || canTraverse(parent)) && isOpenToOthers(directory));
    traversable.set(directory, result);
    return result;
  };
  return {
    entryAt: (path) => (canTraverse(dirname(path)) ? entryAt(path) : undefined),
    list: (path) => (canTraverse(path) ? list(path) : undefined),
  };
};

const isOpenToOthers = (directory: string): boolean => {
  try {
    return (statSync(directory).mode & 0o001) !== 0;
  } catch {
    return false;
  }
};

const entryAt = (path: string): Entry | undefined => {
  try {
    const found = lstatSync(path);
    const link = found.isSymbolicLink() ? readlinkSync(path) : undefined;
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { name, kind: found.isDirectory() ? 'directory' : link === undefined ? 'other' : 'link', link };
  } catch {
    return undefined;
  }
};

/** Names that are not UTF-8 are left out: they could not be written back as they are. */
const list = (path: string): readonly Entry[] | undefined => {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter(({ name }) => !name.includes('\ufffd'))
      .map((entry) => ({
        name: entry.name,
        kind: entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other',
        link: entry.isSymbolicLink() ? readlinkSync(join(path, entry.name)) : undefined,
      }));
  } catch {
    return undefined;
  }
};

/** A path without links, or undefined where there is nothing. */
export const realPathOf = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

/** Directories of the system that some accounts have as their home. */
const systemHomes = [
  '/',
  '/bin',
  '/sbin',
  '/usr',
  '/etc',
  '/dev',
  '/proc',
  '/sys',
  '/lib',
  '/var',
  '/opt',
  '/srv',
  '/mnt',
];

/** Accounts of people; lower numbers are those of services (`UID_MIN` of login.defs). */
const minPersonId = 1000;

/** Directories that hold what belongs to people or to running programs: homes, wherever they are, and temporary files. */
export const privateDirectories = (): readonly string[] => {
  const accounts = readText('/etc/passwd')
    .split('\n')
    .map((line) => line.split(':'));
  const homes = accounts
    .filter(([, , uid]) => Number(uid) === 0 || Number(uid) >= minPersonId)
    .map(([, , , , , home]) => home ?? '');
  const all = ['/home', '/root', homedir(), ownHome(), tmpdir(), ...homes];
  const paths = all.filter((path) => isAbsolute(path)).flatMap((path) => realPathOf(path) ?? []);
  return [...new Set(paths)].filter((path) => !systemHomes.includes(path));
};

/** The home of the account, which `HOME` can differ from. */
const ownHome = (): string => {
  try {
    return userInfo().homedir;
  } catch {
    // The account has no entry in the password file.
    return '';
  }
};

/** Paths of the Unix sockets of this machine. */
export const socketPaths = (): readonly string[] => {
  const paths = readText('/proc/net/unix')
    .split('\n')
    .flatMap((line) => /^(?:\S+ +){7}(\/.*)$/.exec(line)?.[1] ?? []);
  return [...new Set(paths)];
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Above the ranges that distributions and container managers assign (systemd, “Users, Groups, UIDs and GIDs”). */
const firstJobUser = 1_879_048_192;
const jobUsers = 2 ** 28;
/** Unassigned as well, for a container that maps only the first 65536 ids. */
const smallJobUser = 65_533;

/**
 * The user that jobs of a root engine run as: one for each data directory, so that engines cannot reach each other's
 * jobs, and one that owns nothing else.
 * @param engineId random hexadecimal digits
 * @returns undefined where no other user exists, because root is itself an ordinary user of the outer namespace
 */
export const jobUserOf = (engineId: string): JobUser | undefined => {
  const large = firstJobUser + ((Number.parseInt(engineId.slice(0, 8), 16) || 0) % jobUsers);
  const maps = ['/proc/self/uid_map', '/proc/self/gid_map'].map(readText);
  const id = [large, smallJobUser].find((candidate) => maps.every((map) => isMapped(candidate, map)));
  return id === undefined ? undefined : { uid: id, gid: id };
};

const isMapped = (id: number, map: string): boolean =>
  map.split('\n').some((line) => {
    const [first = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= first && id < first + count;
  });
