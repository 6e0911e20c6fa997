/** The local engine: opens the data directory, starts the loop and the server, and stops them again. */
import { randomInt } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { createLog, type Log } from '../shared/log.ts';
import { version } from '../shared/version.ts';
import { answerControl } from './daemon/control.ts';
import { keysOf, lockDataDir, makeDataDir, removeAddress, writeAddress } from './daemon/data-directory.ts';
import { startIdleWatch } from './daemon/idle.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import { createFaults } from './faults/faults.ts';
import { createHandle, type RequestRecord } from './handle.ts';
import type { IdPrefix } from './handlers/handler.ts';
import { handlers } from './handlers/index.ts';
import { startHttp } from './http/server.ts';
import { advanceComputeEnvs } from './runner/compute-envs.ts';
import { writeEvents } from './runner/events.ts';
import { startLoop } from './runner/loop.ts';
import { findDocker } from './runner/processes/container.ts';
import { decideSandbox, type SandboxMode } from './runner/processes/sandbox.ts';
import { startFileRemoval } from './runner/workspace/file-removal.ts';
import { createSettings, type EngineSettings } from './settings.ts';
import { openDatabase } from './store/database.ts';
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
    >
  > {
  readonly dataDir: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** How commands are kept apart; `auto` when left out. */
  readonly sandbox?: SandboxMode;
  readonly sandboxNet?: boolean;
  /** Whether containers may be run, where docker or podman is found. */
  readonly docker?: boolean;
  /** Variables of which commands may inherit the harmless ones. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What is to go wrong on purpose, so that clients can be tested. */
  readonly faults?: FaultPlan;
  /** Told of every request that was answered. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** The engine was asked to stop, or has been idle for long enough, and has stopped. */
  readonly onStopped?: (why: 'asked' | 'idle') => void;
}

/** A running engine. `secretId` and `secretKey` sign requests to it. */
export interface Engine {
  readonly endpoint: string;
  readonly secretId: string;
  readonly secretKey: string;
  readonly dataDir: string;
  readonly storageDir: string;
  /** `none`, `bwrap` or `refuse`; the reason is in `sandboxReason`. */
  readonly sandbox: string;
  readonly sandboxReason: string;
  /** Answers no more and starts no more. What runs goes on, and the next engine of this directory finds it again. */
  stop(): Promise<void>;
}

/** What a command may inherit: where programs are, and how text and time are written. Nothing that could be a secret. */
const inherited = [
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

/**
 * Starts an engine.
 * @throws ConfigError when the directory cannot be used, another engine serves it, or the wanted sandbox does not work
 */
export const startEngine = async (options: EngineOptions): Promise<Engine> => {
  const dataDir = resolve(options.dataDir);
  const log = options.log ?? createLog('error');
  const now = options.now ?? Date.now;
  makeDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  const undo: (() => void)[] = [unlock];
  try {
    const keys = keysOf(dataDir);
    const { dataDir: _, port = 0, sandbox: wish = 'auto', sandboxNet = false, ...rest } = options;
    const sandbox = decideSandbox(wish, sandboxNet, {
      dataDir,
      path: options.environment?.PATH,
      platform: process.platform,
    });
    const settings = createSettings({
      storageDir: join(dataDir, 'storage'),
      slots: cpus().length || 1,
      machine: { cpu: cpus().length || 1, memoryGiB: Math.max(1, Math.round(totalmem() / 1024 ** 3)) },
      ...settingsOf(rest),
      environment: environmentOf(options.environment ?? {}),
      docker: options.docker === true ? findDocker(options.environment?.PATH) : undefined,
      zoneConditions: options.faults?.zones ?? {},
      engineId: keys.engineId,
      dataDir,
      sandbox,
    });

    const db = openDatabase(join(dataDir, 'engine.db'));
    undo.push(() => db.close());
    migrate(db);
    const parts = { db, settings, now, newId };
    const removal = startFileRemoval(db, settings, log);
    const advance = () => {
      const hasMoved = advanceComputeEnvs(parts);
      return writeEvents(db, dataDir) || hasMoved;
    };
    const loop = startLoop({ ...parts, log, advance });
    undo.push(loop.stop);
    const wake = () => {
      loop.wake();
      removal.wake();
    };

    const idle = startIdleWatch(
      settings.idleExitMs,
      () => hasWork(db),
      now,
      () => end('idle'),
    );
    const handle = createHandle({
      handlers,
      context: { ...parts, wake },
      lookup: (secretId) => (secretId === keys.secretId ? keys : undefined),
      chooseFault: createFaults(options.faults),
      onRequest: options.onRequest,
      onDefect: (error, action) => log.error(`${action} failed: ${stackOf(error)}`),
    });
    const status = () => ({
      engineId: keys.engineId,
      pid: process.pid,
      version,
      sandbox: sandbox.mode,
      slots: settings.slots,
      busy: hasWork(db),
    });
    const server = await startHttp({
      port,
      answer: (request) => {
        const control = answerControl(request, { ...keys, now, status, stop: () => end('asked') });
        // Asking whether it is there does not keep an engine from going.
        if (control === undefined) idle.touch();
        return control ?? handle(request);
      },
    });

    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping ??= (async () => {
        idle.stop();
        removal.stop();
        removeAddress(dataDir);
        await server.stop();
        for (const step of undo.reverse()) step();
      })();
      return stopping;
    };
    const end = (why: 'asked' | 'idle') => void stop().then(() => options.onStopped?.(why));

    const { endpoint } = server;
    const { storageDir } = settings;
    const { secretId, secretKey } = keys;
    const address = { endpoint, secretId, secretKey, dataDir, storageDir, sandbox: sandbox.mode };
    writeAddress({ ...address, pid: process.pid, version });
    return { ...address, sandboxReason: sandbox.reason, stop };
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
};

/** Only what was given: an explicit `undefined` must not hide a default. */
const settingsOf = (rest: Partial<EngineOptions>): Partial<EngineSettings> => {
  const names = [
    'storageDir',
    'slots',
    'maxLogBytes',
    'limits',
    'rateLimit',
    'idleExitMs',
    'killGraceMs',
    'quotas',
  ] as const;
  return Object.fromEntries(names.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name]]])));
};

const environmentOf = (all: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(inherited.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])));

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const idLetters = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A fresh id of the vendor's form: a word, a hyphen, eight letters or digits. */
const newId = (prefix: IdPrefix): string =>
  `${prefix}-${Array.from({ length: 8 }, () => idLetters[randomInt(idLetters.length)]).join('')}`;
