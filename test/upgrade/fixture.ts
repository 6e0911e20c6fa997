/** Copies of the data directory that 0.1.0 wrote, adapted so that the current version can open them here and now. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/engine/store/database.ts';
import { root } from '../paths.ts';

/** A JSON object whose fields the test compares without knowing them. */
export type Fields = Readonly<Record<string, unknown>>;

export type JobName =
  | 'succeeded'
  | 'failed'
  | 'terminated'
  | 'ownToken'
  | 'lostLocal'
  | 'lostEndpoint'
  | 'running'
  | 'runningRetry'
  | 'queued'
  | 'waiting';

/** Answers about one job, without RequestIds. */
export interface JobAnswers {
  readonly DescribeJob: Fields & { readonly JobState: string };
  readonly DescribeJobSubmitInfo: Fields;
  readonly tasks: Readonly<Record<string, TaskAnswers>>;
}

export interface TaskAnswers {
  readonly DescribeTask: Fields & { readonly TaskInstanceSet?: readonly Fields[] };
  readonly DescribeTaskLogs: Fields;
}

/** The contents of `data-0.1.0.expected.json`; its README describes the fields. */
export interface Expected {
  readonly region: string;
  readonly dataDir: string;
  readonly ids: {
    readonly jobs: Readonly<Record<JobName, string>>;
    readonly EnvId: string;
    readonly TaskTemplateId: string;
    readonly deletedJob: string;
  };
  readonly jobs: Readonly<Record<JobName, JobAnswers>>;
  readonly lists: Readonly<Record<string, Fields>>;
  readonly lostOnRestart: JobAnswers;
  readonly repeatable: { readonly arguments: Fields; readonly JobId: string };
  readonly unresolved: readonly {
    readonly target: '--local' | '--endpoint';
    readonly arguments: Fields;
    readonly JobId: string;
  }[];
  readonly undo: readonly { readonly uri: string; readonly recipe: Fields }[];
  readonly auditChains: Readonly<Record<string, number>>;
}

const fixture = join(root, 'test', 'fixtures', 'data-0.1.0');

export const expected: Expected = JSON.parse(readFileSync(`${fixture}.expected.json`, 'utf8'));

/** The schema version that 0.1.0 wrote. */
export const oldSchema = 1;

/** @returns the path of a fresh copy, as private as 0.1.0 made it */
export const copyFixture = (): string => {
  const parent = mkdtempSync(join(tmpdir(), 'batch-mcp-upgrade-'));
  const dataDir = join(parent, 'data');
  cpSync(fixture, dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  for (const entry of readdirSync(dataDir, { recursive: true, encoding: 'utf8', withFileTypes: true })) {
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
  }
  renameEngine(dataDir);
  const now = Date.now();
  renewDatabase(dataDir, now);
  renewRequests(dataDir, now);
  renewRecipes(dataDir, now);
  return dataDir;
};

export const removeCopy = (dataDir: string): void =>
  rmSync(join(dataDir, '..'), { recursive: true, force: true, maxRetries: 5 });

/** An engine kills processes that carry its id and that it does not know, so two copies must not share one. */
const renameEngine = (dataDir: string): void => {
  const file = join(dataDir, 'engine-keys.json');
  const keys: Fields = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...keys, engineId: randomBytes(6).toString('hex') }));
};

/**
 * ClientTokens expire after a day. The last connection to close moves the write-ahead log into the database, and the
 * log is part of what has to be migrated; so the files are copied while a connection is open.
 */
const renewDatabase = (dataDir: string, now: number): void => {
  const scratch = join(dataDir, '..', 'scratch');
  const names = ['engine.db', 'engine.db-wal'];
  mkdirSync(scratch);
  for (const name of names) cpSync(join(dataDir, name), join(scratch, name));
  const db = openDatabase(join(scratch, 'engine.db'));
  db.run('UPDATE client_tokens SET create_time = ?', now);
  for (const name of names) cpSync(join(scratch, name), join(dataDir, name));
  db.close();
  rmSync(scratch, { recursive: true });
};

/** Unresolved requests expire after a day, and a hash over the data directory is part of the name of local ones. */
const renewRequests = (dataDir: string, now: number): void => {
  const dir = join(dataDir, 'intents');
  for (const name of readdirSync(dir)) {
    const request = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    if (request.account === expected.dataDir) request.account = dataDir;
    const { action, endpoint, account, region, digest } = request;
    const key = createHash('sha256')
      .update(JSON.stringify([action, endpoint, account, region, digest]))
      .digest('hex')
      .slice(0, 32);
    const [, token, , ...rest] = name.split('.');
    rmSync(join(dir, name));
    writeFileSync(join(dir, [key, token, now, ...rest].join('.')), JSON.stringify({ ...request, at: now }), {
      mode: 0o600,
    });
  }
};

/** Undo recipes expire after thirty days. */
const renewRecipes = (dataDir: string, now: number): void => {
  const dir = join(dataDir, 'undo');
  for (const name of readdirSync(dir)) {
    const saved = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    if (saved.savedAt !== undefined)
      writeFileSync(join(dir, name), JSON.stringify({ ...saved, savedAt: new Date(now).toISOString() }));
  }
};
