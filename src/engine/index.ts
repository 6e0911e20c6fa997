/** The local engine: opens the data directory, starts the loop and the server, and stops them again. */
import { randomInt } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { isCosRequest } from '../cos/verify.ts';
import { createLog, type Log } from '../shared/log.ts';
import { version } from '../shared/version.ts';
import { handleCos } from './cos/handle.ts';
import { removeIncompleteBodies } from './cos/write-object.ts';
import { answerControl, type ControlVerb, controlBodyLimit, controlRequestOf } from './daemon/control.ts';
import {
  createDataDir,
  type EngineKeys,
  keysOf,
  lockDataDir,
  readAddress,
  removeAddress,
  writeAddress,
} from './daemon/data-directory.ts';
import { startIdleWatch } from './daemon/idle.ts';
import { listen } from './daemon/socket.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import { withFaults } from './faults/faults.ts';
import { createHandle } from './handle.ts';
import type { HandlerContext, IdPrefix } from './handlers/handler.ts';
import { handlers } from './handlers/index.ts';
import { bodyLimitOf, signingTimeOf } from './http/authenticate.ts';
import type { HttpOptions } from './http/server.ts';
import type { RequestRecord } from './http/wire.ts';
import { advanceComputeEnvs } from './runner/compute-envs.ts';
import { writeEvents } from './runner/events.ts';
import { startLoop } from './runner/loop.ts';
import { findDocker } from './runner/processes/container.ts';
import { decideSandbox, openSandboxDirectories, type SandboxMode } from './runner/processes/sandbox.ts';
import { startFileRemoval } from './runner/workspace/file-removal.ts';
import { createSettings, type EngineSettings } from './settings.ts';
import { type Database, openDatabase } from './store/database.ts';
import { hasWork } from './store/jobs.ts';
import { migrate } from './store/migrations.ts';

export interface EngineOptions
  extends Partial<
    Pick<
      EngineSettings,
      | 'storageDir'
      | 'slots'
      | 'maxLogBytes'
      | 'limits'
      | 'rateLimit'
      | 'idleExitMs'
      | 'killGraceMs'
      | 'quotas'
      | 'packagePorts'
    >
  > {
  readonly dataDir: string;
  /** 0, the default, lets the system choose a free port. */
  readonly port?: number;
  /** How commands are isolated; default `auto`. */
  readonly sandbox?: SandboxMode;
  readonly sandboxNet?: boolean;
  /** Whether containers may be run where docker or podman is found. */
  readonly docker?: boolean;
  /** The variables of the caller; commands inherit the harmless ones. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Faults to inject, so that clients can be tested. */
  readonly faults?: FaultPlan;
  /** Called with every answered request. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** Called after the engine has stopped on request or because it was idle. */
  readonly onStopped?: (reason: 'asked' | 'idle') => void;
}

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
    const settings = settingsOf(options, dataDir, keys.engineId);
    await openSandboxDirectories(settings);
    const db = openDatabase(join(dataDir, 'engine.db'));
    cleanups.push(() => db.close());
    migrate(db);
    void removeIncompleteBodies(settings.storageDir);
    const parts = { db, settings, now: options.now ?? Date.now, newId };
    const work = startWork(parts, log);
    cleanups.push(work.stop);
    const idle = startIdleWatch(
      settings.idleExitMs,
      () => hasWork(db),
      parts.now,
      () => end('idle'),
    );
    cleanups.push(idle.stop);

    const api = createApi({ ...parts, wake: work.wake }, keys, log, options, {
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
        await server.stop();
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
const startWork = (parts: Omit<HandlerContext, 'region' | 'attempt' | 'wake'>, log: Log) => {
  const { db, settings } = parts;
  const removal = startFileRemoval(db, settings, log);
  const advance = () => {
    const hasMoved = advanceComputeEnvs(parts);
    return writeEvents(db, settings.dataDir) || hasMoved;
  };
  const loop = startLoop({ ...parts, log, advance });
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

/** What the server needs of the engine: how much body to read for a request, its response, and the object storage. */
const createApi = (
  context: Omit<HandlerContext, 'region' | 'attempt'>,
  keys: EngineKeys,
  log: Log,
  { faults, onRequest }: EngineOptions,
  { touch, stop }: { readonly touch: () => void; readonly stop: () => void },
): Pick<HttpOptions, 'bodyLimit' | 'respond' | 'objectStorage'> => {
  const { now } = context;
  const lookup = (secretId: string) => (secretId === keys.secretId ? keys : undefined);
  const handle = createHandle({
    handlers,
    context,
    lookup,
    onRequest,
    onDefect: (error, action) => log.error(`${action} failed: ${stackOf(error)}`),
  });
  const respond = faults === undefined ? handle : withFaults(handle, { plan: faults, lookup, onRequest });
  const runControl = (verb: ControlVerb) => {
    if (verb === 'stop') setImmediate(stop);
    return statusOf(context.settings, context.db);
  };
  return {
    bodyLimit: (head) => {
      const control = controlRequestOf(head, keys.secretKey, now());
      if (control !== undefined) return controlBodyLimit(control);
      // A fault may change the clock by which a request is judged.
      return bodyLimitOf(head, lookup, faults === undefined ? now() : signingTimeOf(head));
    },
    respond: (request) => {
      const control = controlRequestOf(request, keys.secretKey, now());
      // A status request does not keep an idle engine from stopping.
      if (control !== undefined) return answerControl(control, request, keys.secretKey, runControl);
      touch();
      return respond(request, now());
    },
    objectStorage: {
      isFor: ({ headers, url }) => isCosRequest(headers.authorization?.[0], url),
      serve: (incoming, outgoing) => {
        touch();
        return handleCos(incoming, outgoing, {
          storageDir: context.settings.storageDir,
          secretKeyOf: (secretId) => lookup(secretId)?.secretKey,
          now,
          onDefect: (error) => log.error(`the object storage failed: ${stackOf(error)}`),
        });
      },
    },
  };
};

const statusOf = (settings: EngineSettings, db: Database) => ({
  engineId: settings.engineId,
  pid: process.pid,
  version,
  sandbox: settings.sandbox.mode,
  network: settings.sandbox.network,
  docker: settings.docker !== undefined,
  limits: settings.limits,
  slots: settings.slots,
  busy: hasWork(db),
});

const settingsOf = (options: EngineOptions, dataDir: string, engineId: string): EngineSettings => {
  const { environment = {}, sandboxNet = false } = options;
  return createSettings({
    storageDir: join(dataDir, 'storage'),
    slots: cpus().length || 1,
    machine: { cpu: cpus().length || 1, memoryGiB: Math.max(1, Math.round(totalmem() / 1024 ** 3)) },
    ...givenSettingsOf(options),
    environment: inheritedFrom(environment),
    docker: options.docker === true ? findDocker(environment.PATH) : undefined,
    zoneConditions: options.faults?.zones ?? {},
    engineId,
    dataDir,
    sandbox: decideSandbox(options.sandbox ?? 'auto', sandboxNet, {
      dataDir,
      ...(options.storageDir !== undefined && { storageDir: options.storageDir }),
      engineId,
      path: environment.PATH,
      platform: process.platform,
    }),
  });
};

/** Without members that are `undefined`, which would hide the defaults. */
const givenSettingsOf = (options: EngineOptions): Partial<EngineSettings> => {
  const names = [
    'storageDir',
    'slots',
    'maxLogBytes',
    'limits',
    'rateLimit',
    'idleExitMs',
    'killGraceMs',
    'quotas',
    'packagePorts',
  ] as const;
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
};

/** What a command may inherit: where programs are, and how text and time are written. Nothing that could be a secret. */
const inheritedVariables = [
  'PATH',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
];

const inheritedFrom = (all: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    inheritedVariables.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const idLetters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new id of the vendor's form: a prefix, a hyphen, eight letters or digits. */
const newId = (prefix: IdPrefix): string =>
  `${prefix}-${Array.from({ length: 8 }, () => idLetters[randomInt(idLetters.length)]).join('')}`;
