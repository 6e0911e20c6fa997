/** The built engine in a separate process: as root or as an ordinary user, with dash or bash as `/bin/sh`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { InputOf } from '../../src/catalogue/index.ts';
import { endJobsOf } from '../end-jobs.ts';
import { callEngine, until } from '../engine/running-engine.ts';
import { root } from '../paths.ts';

export interface Variant {
  readonly user: 'root' | 'an ordinary user';
  readonly shell: 'dash' | 'bash';
}

const isRoot = process.geteuid?.() === 0;
/** Not the number of any account. */
const ordinaryId = 20_123;
const shells = { dash: '/usr/bin/dash', bash: '/usr/bin/bash' };
const currentShell = existsSync('/bin/sh') ? realpathSync('/bin/sh') : '';

/** What can be tried here: root needs root, and another shell than the present one has to be installed. */
export const variants: readonly Variant[] = (['root', 'an ordinary user'] as const).flatMap((user) =>
  (['dash', 'bash'] as const).flatMap((shell) =>
    (user === 'an ordinary user' || isRoot) && existsSync(shells[shell]) ? [{ user, shell }] : [],
  ),
);

export interface ForeignEngine {
  /** A directory that is visible in a sandbox: the data directory is `data` in it. */
  readonly directory: string;
  readonly dataDir: string;
  readonly storageDir: string;
  /** The process, with its output. */
  readonly child: ChildProcess;
  call: <A extends Parameters<typeof callEngine>[1]>(
    action: A,
    input: InputOf<A>,
  ) => ReturnType<typeof callEngine<A>>;
  stop(): Promise<void>;
}

/** `/srv` is not hidden by a sandbox, as `/tmp` and `/home` are. */
const visibleParent = isRoot ? '/srv' : '/var/tmp';

/** Opens a directory of the test as a user other than the test's. */
const own = (path: string, { user }: Variant): void => {
  if (isRoot && user !== 'root') chownSync(path, ordinaryId, ordinaryId);
};

/** Creates a directory that belongs to the engine's user. */
export const makeDirectory = (path: string, variant: Variant): string => {
  mkdirSync(path, { recursive: true });
  own(path, variant);
  return path;
};

const repository = '/mnt';

/**
 * Starts an engine.
 * @param setUp shell text that runs before the engine, in its process, such as the opening of a descriptor
 */
export const startEngineAs = async (variant: Variant, setUp = ''): Promise<ForeignEngine> => {
  const directory = mkdtempSync(join(visibleParent, 'batch-mcp-escape-'));
  spawnSync('chmod', ['0755', directory]);
  own(directory, variant);
  const home = makeDirectory(join(directory, 'home'), variant);
  const dataDir = join(directory, 'data');
  const engine = [
    process.execPath,
    join(repository, 'dist', 'batch-mcp.js'),
    ...['engine', '--data-dir', dataDir, '--sandbox', 'bwrap', '--slots', '2'],
  ];
  const asUser =
    isRoot && variant.user !== 'root'
      ? ['setpriv', '--reuid', String(ordinaryId), '--regid', String(ordinaryId), '--clear-groups']
      : [];
  const shell = shells[variant.shell];
  const inside = shell === currentShell ? [] : ['--ro-bind', shell, currentShell];
  // The other shell is mounted in a new mount namespace, for this engine only.
  const around = [
    'bwrap',
    '--dev-bind',
    '/',
    '/',
    '--ro-bind',
    root,
    repository,
    ...inside,
    '--die-with-parent',
  ];
  const child = spawn(
    around[0] ?? '',
    [...around.slice(1), 'bash', '-c', `${setUp}\nexec "$@"`, 'bash', ...asUser, ...engine],
    { env: { PATH: process.env.PATH, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    once(child, 'exit').then(() => Promise.reject(new Error(`the engine did not start: ${errors}`))),
  ]);
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'engine.json'), 'utf8')) as { pid: number };
  const address = { ...JSON.parse(line), pid } as {
    pid: number;
    endpoint: string;
    secretId: string;
    secretKey: string;
    storageDir: string;
  };
  return {
    directory,
    dataDir,
    storageDir: address.storageDir,
    child,
    call: (action, input) => callEngine(address, action, input),
    stop: async () => {
      const ended = once(child, 'exit');
      // The process itself: a change of user would keep it from ending with its parent.
      process.kill(address.pid, 'SIGTERM');
      await ended;
      endJobsOf(dataDir);
      await until('its directory can be removed', () => {
        rmSync(directory, { recursive: true, force: true });
        return true;
      });
    },
  };
};
