/** The local engine: opens the data directory, starts the loop and the server, and stops them again. */
import { randomInt } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../shared/log.ts';
import { version } from '../shared/version.ts';
import { type ApiContext, createApi } from './api.ts';
import { removeIncompleteBodies } from './cos/write-object.ts';
import {
  assertPlatform,
  createDataDir,
  keysOf,
  lockDataDir,
  readAddress,
  removeAddress,
  writeAddress,
} from './daemon/data-directory.ts';
import { startIdleWatch } from './daemon/idle.ts';
import { listen } from './daemon/socket.ts';
import { type EngineOptions, settingsOf } from './engine-options.ts';
import type { HandlerContext, IdPrefix } from './handlers/handler.ts';
import { filesDirOf, openBackend } from './open-backend.ts';
import { advanceComputeEnvs } from './runner/compute-envs.ts';
import { writeEvents } from './runner/events.ts';
import { startJobEvents } from './runner/job-events.ts';
import { startLoop } from './runner/loop.ts';
import { openSandboxDirectories } from './runner/processes/sandbox.ts';
import type { LoopOptions } from './runner/turn.ts';
import { startFileRemoval } from './runner/workspace/file-removal.ts';
import { mountProblemOf } from './runner/workspace/mounts.ts';
import { openDatabase } from './store/database.ts';
import { hasJobs, hasWork } from './store/jobs.ts';
import { migrate } from './store/migrations.ts';

export type { EngineOptions } from './engine-options.ts';

/** A running engine. `secretId` and `secretKey` sign requests to it. */
export interface Engine {
  readonly endpoint: string;
  /** Path of its Unix socket. */
  readonly socket: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly storageDir: string;
  /** `none`, `bwrap` or `refuse`; the reason is in `sandboxReason`. */
  readonly sandbox: string;
  readonly sandboxReason: string;
  /** Stops answering and starting instances. Running instances go on; the next engine of this directory finds them. */
  stop(): Promise<void>;
}

/**
 * Starts an engine.
 * @throws ConfigError when the directory cannot be used, another engine serves it, or the sandbox does not work
 */
export const startEngine = async (options: EngineOptions): Promise<Engine> => {
  assertPlatform(process.platform);
  const log = options.log ?? createLog('error');
  createDataDir(options.dataDir);
  // The sandbox mounts directories by paths without links.
  const dataDir = realpathSync(options.dataDir);
  const cleanups: (() => void)[] = [lockDataDir(dataDir)];
  const cleanUp = () => {
    for (const step of cleanups.splice(0).reverse()) step();
  };
  try {
    const keys = keysOf(dataDir);
    const db = openDatabase(join(dataDir, 'engine.db'), true);
    cleanups.push(() => db.close());
    migrate(db);
    const filesDir = await filesDirOf(options, dataDir, () => hasJobs(db));
    const hostSettings = settingsOf(options, { dataDir, filesDir }, keys.engineId);
    await openSandboxDirectories(hostSettings);
    const now = options.now ?? Date.now;
    const monotonic = options.monotonic ?? (() => performance.now());
    const { settings, createBackend, cluster } = await openBackend(options, {
      ...{ db, settings: hostSettings, log, now, monotonic },
    });
    void removeIncompleteBodies(settings.storageDir);
    const parts = { db, settings, now, newId };
    const work = startWork(parts, { monotonic, log, createBackend });
    cleanups.push(work.stop);
    const events = startJobEvents(parts, log, options.startSender);
    cleanups.push(() => void events.stop());
    const idle = startIdleWatch(
      settings.idleExitMs,
      () => hasWork(db) || events.isBusy(),
      parts.now,
      () => end('idle'),
    );
    cleanups.push(idle.stop);

    const context: ApiContext = {
      ...parts,
      wake: work.wake,
      mountProblemOf: (task, node) => mountProblemOf(settings, task, node),
    };
    const api = createApi({ ...context, cluster }, keys, log, options, {
      touch: idle.touch,
      stop: () => end('asked'),
    });
    const earlier = readAddress(dataDir)?.socket;
    const runtimeDir = options.environment?.XDG_RUNTIME_DIR;
    const server = await listen({ dataDir, runtimeDir, earlier }, { ...api, port: options.port ?? 0 });

    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= (async () => {
        idle.stop();
        removeAddress(dataDir);
        await Promise.all([server.stop(), events.stop()]);
        cleanUp();
      })();
      return stopping;
    };
    const end = (reason: 'asked' | 'idle') => void stop().then(() => options.onStopped?.(reason));

    const { endpoint, socket } = server;
    const { storageDir, sandbox } = settings;
    const { secretId, secretKey } = keys;
    const address = { endpoint, socket, secretId, secretKey, dataDir, storageDir, sandbox: sandbox.mode };
    writeAddress({ ...address, pid: process.pid, version });
    return { ...address, sandboxReason: sandbox.reason, stop };
  } catch (error) {
    cleanUp();
    throw error;
  }
};

/** The loop and the removal of files; `wake` tells both that there may be something to do. */
const startWork = (
  parts: Pick<HandlerContext, 'db' | 'settings' | 'now' | 'newId'>,
  loopParts: Pick<LoopOptions, 'monotonic' | 'log' | 'createBackend'>,
) => {
  const { db, settings } = parts;
  const { log } = loopParts;
  const removal = startFileRemoval(db, settings, log);
  const advance = () => {
    const hasMoved = advanceComputeEnvs(parts);
    return writeEvents(db, settings.dataDir) || hasMoved;
  };
  const loop = startLoop({ ...parts, ...loopParts, advance });
  return {
    wake: () => {
      loop.wake();
      removal.wake();
    },
    stop: () => {
      removal.stop();
      loop.stop();
    },
  };
};

const idLetters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new id of the vendor's form: a prefix, a hyphen, eight letters or digits. */
const newId = (prefix: IdPrefix): string =>
  `${prefix}-${Array.from({ length: 8 }, () => idLetters[randomInt(idLetters.length)]).join('')}`;
