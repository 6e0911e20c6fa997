/** Docker tasks: whether there is a container program, and the command line that runs a command in an image. */
import { spawn, spawnSync } from 'node:child_process';
import { findProgram } from '../../../shared/find-program.ts';
import type { Mount } from '../../model/mount-targets.ts';
import { isImageName, userOfOptions } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import type { TaskSpec } from '../workspace/task-launch.ts';

/** How long the search for a container program may take; one whose daemon does not answer is not used. */
const findTimeoutMs = 5000;

/**
 * Looks for a container program that works.
 * @param path `PATH`
 * @returns its absolute path, or undefined
 */
export const findDocker = (path: string | undefined): string | undefined =>
  ['docker', 'podman']
    .flatMap((name) => findProgram(name, path) ?? [])
    .find(
      (program) =>
        spawnSync(program, ['info'], {
          env: path === undefined ? {} : { PATH: path },
          stdio: 'ignore',
          timeout: findTimeoutMs,
        }).status === 0,
    );

export const noDockerReason =
  'Docker: this engine runs no containers. Start it with `--docker` where docker or podman is installed, or let the ' +
  'command run without Docker.';

export interface Container {
  /** Names the container so that it can be removed; derived from the attempt's marker. */
  readonly name: string;
  readonly workDir: string;
  readonly mounts: readonly Mount[];
  /** The file that sets the variables and runs the command. */
  readonly script: string;
}

/**
 * The command line of a container. The image is one that this machine has or may pull; the registry's password is not
 * stored, so private images have to be there already. Variables of the task are in the script: the container program
 * itself would obey some of them, such as DOCKER_HOST.
 * @throws Error for an option that would give the container access to the machine
 */
export const containerCommandOf = (
  settings: EngineSettings,
  docker: NonNullable<TaskSpec['Application']['Docker']>,
  container: Container,
): readonly string[] => {
  const user = userOfOptions(docker.DockerRunOption ?? '');
  if (user === undefined) {
    throw new Error(
      `DockerRunOption: the local engine passes on \`-u USER\` alone, not \`${docker.DockerRunOption}\``,
    );
  }
  if (!isImageName(docker.Image)) throw new Error(`\`${docker.Image}\` is not the name of a Docker image`);
  return [
    settings.docker ?? '',
    'run',
    '--rm',
    '--init',
    '--name',
    container.name,
    ...(settings.sandbox.network ? [] : ['--network', 'none']),
    ...container.mounts.flatMap(({ source, target, isWritable }) => [
      '-v',
      `${source}:${target}:${isWritable ? 'rw' : 'ro'}`,
    ]),
    '-w',
    container.workDir,
    ...(user === '' ? [] : ['-u', user]),
    docker.Image,
    '/bin/sh',
    container.script,
  ];
};

/** The name of an attempt's container. */
export const containerNameOf = (marker: string): string => `batch-mcp-${marker}`;

/** Removes a container, running or not: it does not end with its client. Does not wait for the end. */
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
