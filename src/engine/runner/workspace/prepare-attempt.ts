/** The directories of one attempt, what is mounted where, and how its command is started. */
import { chownSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../model/mount-targets.ts';
import { mountsReason, needsMounts, type TaskFiles, taskFilesOf } from '../../model/task-files.ts';
import type { EngineSettings, JobUser } from '../../settings.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import { containerCommandOf, containerNameOf, noDockerReason } from '../processes/container.ts';
import { launchScriptOf, shellProgram } from '../processes/launch-file.ts';
import { createOwnedDirectory, sandboxArgumentsOf } from '../processes/sandbox.ts';
import { mountsOf, type ScratchPath, scratchPathOf, withLink } from './mounts.ts';
import { packageName } from './package.ts';
import { createSharedDirectories, type TaskLaunch } from './task-launch.ts';

/** How the command of an attempt is started that is not a plain process. */
export type AttemptCommand =
  /** `args` is what the sandbox reads from descriptor 3. */
  | { readonly kind: 'sandbox'; readonly args: Uint8Array }
  /** Program and arguments: absolute paths and ids of the engine, and the image of a container. */
  | { readonly kind: 'container'; readonly argv: readonly string[] };

/** The files of one instance of a task. @throws Error when a path is invalid */
export const filesOf = (launch: TaskLaunch, idx: number): TaskFiles =>
  taskFilesOf(launch.spec, { jobId: launch.jobId, taskName: launch.name, idx }, launch.node);

/** Creates the working directory of an attempt that runs as a plain process. @throws as `prepareAttempt` */
export const preparePlainAttempt = (launch: TaskLaunch, files: AttemptFiles): void => {
  // SubmitJob refuses such tasks; one that was accepted with a sandbox can still come here after a restart.
  if (needsMounts(launch.spec)) throw new Error(mountsReason);
  createOwnedDirectory(files.work, undefined);
};

/**
 * Creates the directories of an attempt that runs in a sandbox or a container.
 * @param variables the whole environment of the command
 * @param marker names the attempt
 * @throws Error with the reason why it cannot be started; one of the system has a `code`
 */
export const prepareAttempt = (
  settings: EngineSettings,
  launch: TaskLaunch,
  files: AttemptFiles,
  idx: number,
  variables: Readonly<Record<string, string>>,
  marker: string,
): AttemptCommand => {
  const { Docker } = launch.spec.Application;
  if (Docker !== undefined && settings.docker === undefined) throw new Error(noDockerReason);
  createOwnedDirectory(files.work, settings.sandbox.user);
  const taskFiles = filesOf(launch, idx);
  createScratch(taskFiles, files, settings.sandbox.user);
  const { shares, mounts, links } = mountsOf(settings, taskFiles, files);
  const own = [...ownMounts(launch, files), ...shares];
  if (Docker === undefined) {
    // A command may open its streams again, as in `echo failed >/dev/stderr`.
    for (const file of [files.stdout, files.stderr]) createOwnedFile(file, settings.sandbox.user);
    const args = sandboxArgumentsOf(settings, { workDir: files.work, own, mounts, links, variables });
    return { kind: 'sandbox', args };
  }
  if (links.length > 0)
    throw new Error('a task with Docker mounts whole shares, such as cfs://10.66.1.2/, only');
  createSharedDirectories([files.scratch], undefined);
  const script = join(files.scratch, 'launch');
  // The data directory is closed to other users, and the user of the container can be any.
  writeFileSync(script, launchScriptOf(variables, [shellProgram, launch.command]), { mode: 0o644 });
  const container = {
    name: containerNameOf(marker),
    workDir: files.work,
    mounts: [...own, { source: script, target: script, isWritable: false }, ...mounts],
    script,
  };
  return { kind: 'container', argv: containerCommandOf(settings, Docker, container) };
};

/** The working directory, and beside it what it is started from. */
const ownMounts = (launch: TaskLaunch, files: AttemptFiles): readonly Mount[] => {
  const readable = [launch.command, ...launch.commandParts, join(launch.command, '..', packageName)].filter(
    (file) => existsSync(file),
  );
  return [
    { source: files.work, target: files.work, isWritable: true },
    ...readable.map((file) => ({ source: file, target: file, isWritable: false })),
  ];
};

/** Creates the scratch directories, which are the sources of mounts, and in them the mount points for others. */
const createScratch = (taskFiles: TaskFiles, files: AttemptFiles, user: JobUser | undefined): void => {
  if (taskFiles.scratch.length > 0) createSharedDirectories([files.scratch], user);
  for (const { name } of taskFiles.scratch) createOwnedDirectory(join(files.scratch, name), user);
  for (const { scratch, names } of taskFiles.outputs)
    createDirectories(join(files.scratch, scratch), names, user);
  for (const { target, linkTo } of taskFiles.inputs.map(withLink)) {
    const inScratch = scratchPathOf(taskFiles, files, target);
    if (inScratch === undefined) continue;
    if (linkTo === undefined) createDirectories(inScratch.root, inScratch.names, user);
    else createIn(inScratch, user, (path) => symlinkSync(linkTo, path));
  }
  for (const { target } of taskFiles.localLogs) {
    const inScratch = scratchPathOf(taskFiles, files, target);
    if (inScratch === undefined) continue;
    createIn(inScratch, user, (path) => createOwnedFile(path, user));
  }
};

/** Creates an empty file that the job user can read, unless it exists. */
const createOwnedFile = (path: string, user: JobUser | undefined): void => {
  writeFileSync(path, '', { flag: 'a', mode: 0o600 });
  if (user !== undefined) chownSync(path, user.uid, user.gid);
};

const createDirectories = (root: string, names: readonly string[], user: JobUser | undefined): string => {
  let path = root;
  for (const name of names) {
    path = join(path, name);
    createOwnedDirectory(path, user);
  }
  return path;
};

/** Creates a file in a scratch directory; it exists where an engine was ended while it prepared the same attempt. */
const createIn = (
  { root, names }: ScratchPath,
  user: JobUser | undefined,
  create: (path: string) => void,
): void => {
  const path = join(createDirectories(root, names.slice(0, -1), user), names.at(-1) ?? '');
  try {
    create(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
};
