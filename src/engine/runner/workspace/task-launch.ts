/** What a task needs to be started, made once while its instances run: its command file, its package, its directories. */
import { createWriteStream, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { InputOf } from '../../../catalogue/index.ts';
import { soldOutReason } from '../../model/compute-node.ts';
import { type NodeFiles, taskFilesOf } from '../../model/task-files.ts';
import type { EngineSettings } from '../../settings.ts';
import { infoOf } from '../../store/compute-env-changes.ts';
import { findEnv } from '../../store/compute-envs.ts';
import type { Database } from '../../store/database.ts';
import { taskDirOf } from '../../store/instance-files.ts';
import { jobOfSeq } from '../../store/jobs.ts';
import { taskOfId } from '../../store/tasks.ts';
import { copyFileInto, localPathOf, openBeneath, statBeneath } from './storage.ts';

/** A task as it was submitted. */
export type TaskSpec = InputOf<'SubmitJob'>['Job']['Tasks'][number];

/** An attempt cannot be started: not now (`defer`), not this time (`failed`), or not at all. */
export type StartFault = { readonly kind: 'defer' | 'failed' | 'unstartable'; readonly detail: string };

export interface TaskLaunch {
  readonly jobId: string;
  readonly name: string;
  readonly spec: TaskSpec;
  readonly instances: number;
  /** What the nodes of its environment have; undefined for an elastic task. */
  readonly node: NodeFiles | undefined;
  /** Why no machine can be made for it; undefined where one can, or is there. */
  readonly noMachine: StartFault | undefined;
  /** The file with its command. */
  readonly command: string;
  /** Settles when everything is there, with what prevents a start; undefined where there is nothing to wait for. */
  readonly ready: Promise<StartFault | undefined> | undefined;
}

/** Tasks run one after another, so few are needed at a time; a specification can be large. */
const maxCachedLaunches = 32;

/** Makes the function that gives a task's launch. */
export const createLaunches = (db: Database, settings: EngineSettings): ((task: number) => TaskLaunch) => {
  const launches = new Map<number, TaskLaunch>();
  return (id) => {
    const known = launches.get(id);
    if (known !== undefined) return known;
    const task = taskOfId(db, id);
    const { jobId, region, zone } = jobOfSeq(db, task.job);
    // It was checked against the same type when it was submitted.
    const spec = JSON.parse(task.spec) as TaskSpec;
    const directory = taskDirOf(settings.dataDir, { jobId, position: task.position });
    const env = task.envId === undefined ? undefined : findEnv(db, region, task.envId);
    const launch: TaskLaunch = {
      jobId,
      name: task.name,
      spec,
      instances: task.instances,
      node: env && infoOf(env),
      noMachine:
        env === undefined && settings.zoneConditions[zone] === 'sold-out'
          ? { kind: 'failed', detail: soldOutReason }
          : undefined,
      command: writeCommand(directory, spec),
      ready: needsPreparation(spec) ? prepare(settings, spec, directory, jobId, task.name) : undefined,
    };
    if (launches.size >= maxCachedLaunches) launches.clear();
    launches.set(id, launch);
    // What is missing now may be there when the job is retried.
    void launch.ready?.then((fault) => fault !== undefined && launches.delete(id));
    return launch;
  };
};

/** Where a package lies, seen from the working directory of an attempt: beside it, as the command does. */
export const packageName = 'package.tgz';

/**
 * Writes the command. It is a file because an argument may have 128 KiB at most, and beside the working directories so
 * that no instance can change it for another.
 * A package is unpacked in front of it, into the working directory, which is where the command then runs.
 * `Commands` are processes that belong together: all begin, and the instance ends when all have ended.
 */
const writeCommand = (directory: string, spec: TaskSpec): string => {
  const file = join(directory, 'command');
  if (existsSync(file)) return file;
  const { Command, Commands = [], DeliveryForm } = spec.Application;
  const unpack =
    DeliveryForm === 'PACKAGE'
      ? `tar -xzf ../${packageName} || { echo 'the package could not be unpacked' >&2; exit 1; }\n`
      : '';
  const processes = Commands.map((line, at) => `(\n${line.Command}\n) &\n_batch_pid_${at}=$!\n`);
  const waits = Commands.map((_, at) => `wait "$_batch_pid_${at}" || _batch_failed=$?\n`);
  const body =
    Commands.length === 0
      ? `${Command ?? ''}\n`
      : `${processes.join('')}_batch_failed=0\n${waits.join('')}exit $_batch_failed\n`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, unpack + body, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
};

const needsPreparation = (spec: TaskSpec): boolean =>
  spec.Application.DeliveryForm === 'PACKAGE' || (spec.InputMappings ?? []).length > 0;

const prepare = async (
  settings: EngineSettings,
  spec: TaskSpec,
  directory: string,
  jobId: string,
  taskName: string,
): Promise<StartFault | undefined> => {
  try {
    const files = taskFilesOf(spec, { jobId, taskName, idx: 0 }, undefined);
    for (const { remote } of files.inputs) await (await openBeneath(settings.storageDir, remote)).close();
    if (files.package !== undefined)
      await fetchPackage(settings, files.package, join(directory, packageName));
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { kind: 'unstartable', detail: `its files could not be made ready: ${text}` };
  }
};

const fetchPackage = async (settings: EngineSettings, url: string, file: string): Promise<void> => {
  if ((await statBeneath(file)) !== undefined) return;
  const fresh = `${file}.new`;
  if (url.startsWith('cos://')) {
    const source = localPathOf(settings.storageDir, url);
    if (source === undefined || !(await statBeneath(source))?.isFile()) {
      throw new Error(
        `there is no ${url} in the local storage; put it there with \`batch-mcp engine files put\``,
      );
    }
    const directory = await openBeneath(join(file, '..'), []);
    try {
      await copyFileInto(source, directory, `${packageName}.new`);
    } finally {
      await directory.close();
    }
  } else {
    await download(url, fresh);
  }
  await rename(fresh, file);
};

/** A server on this machine that does not answer for so long never will. */
const downloadMs = 60_000;

/** Fetches a file from a server on this machine. The engine reaches no other: that would be a way out for a job. */
const download = async (url: string, file: string): Promise<void> => {
  const { hostname, protocol } = new URL(url);
  if (protocol !== 'http:' || !/^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname)) {
    throw new Error(
      `the local engine fetches packages from cos:// and from http:// on this machine alone, not from ${url}`,
    );
  }
  await rm(file, { force: true });
  await new Promise<void>((resolve, reject) => {
    const call = request(url, { timeout: downloadMs, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`${url} answered with ${response.statusCode}`));
        return;
      }
      pipeline(response, createWriteStream(file, { mode: 0o600 })).then(resolve, reject);
    });
    call.on('timeout', () => call.destroy(new Error(`${url} did not answer`)));
    call.on('error', reject);
    call.end();
  });
};
