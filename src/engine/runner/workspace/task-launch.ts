/** What a task needs to be started, prepared once while its instances run: its command file, its package, its directories. */
import { chmodSync, mkdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputOf } from '../../../catalogue/index.ts';
import { openBeneath, statBeneath } from '../../../shared/beneath.ts';
import { findProgram } from '../../../shared/find-program.ts';
import { soldOutReason } from '../../model/compute-node.ts';
import type { Ending } from '../../model/scheduler.ts';
import { type NodeFiles, type TaskFiles, taskFilesOf } from '../../model/task-files.ts';
import type { EngineSettings, JobUser } from '../../settings.ts';
import { infoOf } from '../../store/compute-env-changes.ts';
import { findEnv } from '../../store/compute-envs.ts';
import type { Database } from '../../store/database.ts';
import { jobDirOf, taskDirOf } from '../../store/instance-files.ts';
import { jobOfSeq } from '../../store/jobs.ts';
import { taskOfId } from '../../store/tasks.ts';
import { writeCommandFiles } from '../processes/command-files.ts';
import { sharedMode } from '../processes/sandbox.ts';
import { writeSharedLaunchFile } from '../processes/shared-launch-file.ts';
import { containerUnpackScript, fetchPackage, packageName, unpackScriptOf } from './package.ts';

/** A task as it was submitted. */
export type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** Why an attempt cannot be started, as the end that it leads to. */
export type StartFault = Extract<Ending, { kind: 'failed' | 'unstartable' }>;

export interface TaskLaunch {
  readonly jobId: string;
  readonly name: string;
  readonly spec: TaskSpec;
  readonly instances: number;
  /** What the nodes of its environment have; undefined for an elastic task. */
  readonly node: NodeFiles | undefined;
  /** Why no machine can be created for it; undefined where one can, or exists. */
  readonly noMachine: StartFault | undefined;
  /** Whether its commands run as plain processes; otherwise in a sandbox or a container. */
  readonly isPlain: boolean;
  /** The file with its command. */
  readonly command: string;
  /** The files that it refers to. */
  readonly commandParts: readonly string[];
  /** Settles when everything is there, with what prevents a start; undefined where nothing has to be prepared. */
  readonly ready: Promise<StartFault | undefined> | undefined;
  /** Ends a download that is under way; the attempts that wait for it fail. */
  abort(): void;
}

/** Tasks run one after another, so few are needed at a time; a specification can be large. */
const maxCachedLaunches = 32;

/** Creates the function that returns a task's launch. */
export const createLaunches = (db: Database, settings: EngineSettings): ((task: number) => TaskLaunch) => {
  const launches = new Map<number, TaskLaunch>();
  return (id) => {
    const known = launches.get(id);
    if (known !== undefined) return known;
    const launch = launchOf(db, settings, id);
    if (launches.size >= maxCachedLaunches) launches.clear();
    launches.set(id, launch);
    // What is missing now may be there when the job is retried.
    void launch.ready?.then((fault) => fault !== undefined && launches.delete(id));
    return launch;
  };
};

const launchOf = (db: Database, settings: EngineSettings, id: number): TaskLaunch => {
  const task = taskOfId(db, id);
  const { jobId, region, zone } = jobOfSeq(db, task.jobSeq);
  // It was checked against the same type when it was submitted.
  const spec = JSON.parse(task.spec) as TaskSpec;
  const directory = taskDirOf(settings.filesDir, { jobId, position: task.position });
  const env = task.envId === undefined ? undefined : findEnv(db, region, task.envId);
  const node = env && infoOf(env);
  const { user } = settings.sandbox;
  createSharedDirectories(
    [join(settings.filesDir, 'jobs'), jobDirOf(settings.filesDir, jobId), directory],
    user,
  );
  const { command, parts } = writeCommandFiles(
    directory,
    spec.Application,
    readableMode(user),
    preludeOf(spec, settings),
  );
  const isPlain = spec.Application.Docker === undefined && settings.sandbox.mode !== 'bwrap';
  const facts = { jobId, name: task.name, spec, instances: task.instances, command };
  if (isPlain) writeSharedLaunchFile(settings, directory, { ...facts, position: task.position });
  const canceller = new AbortController();
  return {
    ...facts,
    node,
    isPlain,
    noMachine:
      env === undefined && settings.zoneConditions[zone] === 'sold-out'
        ? { kind: 'failed', detail: soldOutReason }
        : undefined,
    commandParts: parts,
    ready: needsPreparation(spec, node)
      ? prepare(settings, spec, node, directory, { jobId, taskName: task.name }, canceller)
      : undefined,
    abort: () => canceller.abort(new Error('the job was terminated')),
  };
};

/** Directories that the user of the jobs passes through. */
export const createSharedDirectories = (directories: readonly string[], user: JobUser | undefined): void => {
  for (const directory of directories) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (user !== undefined) chmodSync(directory, sharedMode(user));
  }
};

/** The job user reads it, and nothing else gets there: the data directory is closed. */
const readableMode = (user: JobUser | undefined): number => (user === undefined ? 0o600 : 0o644);

/** Unpacks the package into the working directory, which is where the command then runs. */
const preludeOf = ({ Application }: TaskSpec, settings: EngineSettings): string => {
  if (Application.DeliveryForm !== 'PACKAGE') return '';
  if (Application.Docker !== undefined) return containerUnpackScript;
  const find = (program: string): string => findProgram(program, settings.environment.PATH) ?? program;
  return unpackScriptOf(find, settings.limits.fileBytes);
};

const needsPreparation = (spec: TaskSpec, node: NodeFiles | undefined): boolean =>
  spec.Application.DeliveryForm === 'PACKAGE' ||
  (spec.InputMappings ?? []).length > 0 ||
  (node?.InputMappings ?? []).length > 0;

/** The service's default of Timeout (https://cloud.tencent.com/document/product/599/15912). */
const defaultTimeoutSeconds = 86_400;
/** More milliseconds than a timer of Node can wait. */
const maxTimerMs = 2 ** 31 - 1;

const prepare = async (
  settings: EngineSettings,
  spec: TaskSpec,
  node: NodeFiles | undefined,
  directory: string,
  name: { readonly jobId: string; readonly taskName: string },
  canceller: AbortController,
): Promise<StartFault | undefined> => {
  // Timeout counts from the start of the command; before it, the download alone may take as long.
  const ms = Math.min((spec.Timeout ?? defaultTimeoutSeconds) * 1000, maxTimerMs);
  const timer = setTimeout(
    () => canceller.abort(new Error('the package was not downloaded within Timeout')),
    ms,
  );
  try {
    const files = taskFilesOf(spec, { ...name, idx: 0 }, node);
    if (settings.sandbox.mode === 'bwrap') await prepareInputs(settings, files);
    if (files.package === undefined) return undefined;
    const file = join(directory, packageName);
    await fetchPackage(settings, files.package, file, canceller.signal);
    await chmod(file, readableMode(settings.sandbox.user));
    return undefined;
  } catch (error) {
    // An aborted request reports the abort, and not why.
    const cause: unknown = canceller.signal.aborted ? canceller.signal.reason : error;
    const text = cause instanceof Error ? cause.message : String(cause);
    return { kind: 'unstartable', detail: `its files could not be prepared: ${text}` };
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Checks the sources of InputMappings. A share is created when it is first used, as an empty one; a bucket has to be
 * there, because a mistyped path would otherwise be an empty directory.
 */
const prepareInputs = async (settings: EngineSettings, files: TaskFiles): Promise<void> => {
  const { user } = settings.sandbox;
  for (const { remote, isWritable } of files.inputs) {
    const [scheme, ...names] = remote;
    if (!isWritable && (await statBeneath(settings.storageDir, remote))?.isDirectory() !== true) {
      throw new Error(
        `there is no ${scheme}://${names.join('/')}/ in the local storage; put files there with \`batch-mcp engine files put\``,
      );
    }
    const directory = await openBeneath(settings.storageDir, remote, { create: isWritable, owner: user });
    await directory.close();
  }
};
