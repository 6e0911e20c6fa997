/** Docker tasks: whether there is a container program, and the words that run a command in an image. */
import { spawn, spawnSync } from 'node:child_process';
import type { EngineSettings } from '../../settings.ts';
import type { TaskSpec } from '../workspace/task-launch.ts';

/** What finding a container program may take; one whose daemon does not answer is not used. */
const findMs = 5000;

/**
 * Looks for a container program that works.
 * @param path `PATH`
 * @returns its name, or undefined
 */
export const findDocker = (path: string | undefined): string | undefined =>
  ['docker', 'podman'].find(
    (program) =>
      spawnSync(program, ['info'], {
        env: path === undefined ? {} : { PATH: path },
        stdio: 'ignore',
        timeout: findMs,
      }).status === 0,
  );

export const noDockerReason =
  'Docker: this engine runs no containers. Start it with `--docker` where docker or podman is installed, or let the ' +
  'command run without Docker.';

export interface Container {
  /** Names it, so that it can be ended; made of the attempt's marker. */
  readonly name: string;
  readonly work: string;
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly isWritable: boolean;
  }[];
  /** Names of the variables the command is to have. */
  readonly variables: readonly string[];
}

/**
 * The words in front of the command's shell. The image is one that this machine has or may fetch; the registry's
 * password is not kept, so private images have to be there already.
 * @throws Error for an option that would open the machine to the container
 */
export const containerCommandOf = (
  settings: EngineSettings,
  docker: NonNullable<TaskSpec['Application']['Docker']>,
  container: Container,
): readonly string[] => [
  settings.docker ?? 'docker',
  'run',
  '--rm',
  '--init',
  '--name',
  container.name,
  ...(settings.sandbox.network ? [] : ['--network', 'none']),
  ...[{ source: container.work, target: container.work, isWritable: true }, ...container.mounts].flatMap(
    ({ source, target, isWritable }) => ['-v', `${source}:${target}:${isWritable ? 'rw' : 'ro'}`],
  ),
  '-w',
  container.work,
  ...container.variables.flatMap((name) => ['-e', name]),
  ...optionsOf(docker.DockerRunOption ?? ''),
  docker.Image,
];

/** The vendor's example is `-u root`. Mounts, devices and privileges would let a command out, and are not passed on. */
const optionsOf = (text: string): readonly string[] => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const user = /^(?:-u|--user)(?:=(\S+)| (\S+))$/.exec(words.join(' '));
  if (words.length === 0) return [];
  const name = user?.[1] ?? user?.[2];
  if (name === undefined) {
    throw new Error(`DockerRunOption: the local engine passes on \`-u USER\` alone, not \`${text}\``);
  }
  return ['-u', name];
};

/** The name of an attempt's container. */
export const containerNameOf = (marker: string): string => `batch-mcp-${marker}`;

/** Ends a container; the client that was killed does not. Nobody waits for it. */
export const removeContainer = (settings: EngineSettings, name: string): void => {
  if (settings.docker === undefined) return;
  const child = spawn(settings.docker, ['rm', '-f', name], {
    env: { ...settings.environment },
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', () => undefined);
  child.unref();
};
