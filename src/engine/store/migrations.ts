/** The numbered steps that bring a database of any earlier version to this one; a released step never changes. */
import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { ConfigError } from '../../shared/errors.ts';
import { type Database, transaction } from './database.ts';
import { computeEnvsSchema } from './schema/step-1-compute-envs.ts';
import { jobsSchema } from './schema/step-1-jobs.ts';
import { taskTemplatesSchema } from './schema/step-1-task-templates.ts';
import { jobsStep2 } from './schema/step-2-jobs.ts';
import { usageStep3 } from './schema/step-3-usage.ts';
import { jobEventsSchema } from './schema/step-4-events.ts';

/** Step n is `migrations[n - 1]`. */
const migrations: readonly string[] = [
  [jobsSchema, taskTemplatesSchema, computeEnvsSchema].join('\n'),
  jobsStep2,
  usageStep3,
  jobEventsSchema,
];

/**
 * Brings the database to the newest version. A database of an earlier version is copied to `<file>.v<version>` first;
 * then all steps are one transaction, so a crash or a full disk leaves it as it was.
 * @throws ConfigError if a newer program wrote it, or if it cannot be migrated; it is unchanged then
 */
export const migrate = (db: Database, steps: readonly string[] = migrations): void => {
  const version = db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (version > steps.length) {
    throw new ConfigError(
      `${db.file} was written by a newer version of this program (schema ${version}, this one knows ${steps.length}). ` +
        'Update the program, or choose another data directory; nothing was changed.',
    );
  }
  if (version === steps.length) return;
  try {
    if (version > 0) copyDatabase(db, `${db.file}.v${version}`);
    runSteps(db, steps.slice(version), steps.length);
  } catch (error) {
    throw new ConfigError(
      `${db.file} could not be migrated from schema ${version} to ${steps.length}: ${String(error)}. Nothing was changed; ` +
        'make room on its disk, or choose another data directory.',
      { cause: error },
    );
  }
};

/** The copy appears under its name when it is complete. It includes what is only in the write-ahead log. */
const copyDatabase = (db: Database, copy: string): void => {
  rmSync(`${copy}.new`, { force: true });
  // SQLite accepts an empty file; one that it creates would be readable by others.
  closeSync(openSync(`${copy}.new`, 'w', 0o600));
  try {
    db.run('VACUUM INTO ?', `${copy}.new`);
  } catch (error) {
    rmSync(`${copy}.new`, { force: true });
    throw error;
  }
  renameSync(`${copy}.new`, copy);
};

const runSteps = (db: Database, steps: readonly string[], version: number): void => {
  // Tables that others refer to are replaced; the references are checked before the commit.
  db.exec('PRAGMA foreign_keys = OFF');
  try {
    transaction(
      db,
      () => {
        for (const sql of steps) db.exec(sql);
        const broken = db.all('PRAGMA foreign_key_check');
        if (broken.length > 0) throw new Error(`${broken.length} references are broken`);
        db.exec(`PRAGMA user_version = ${version}`);
      },
      { durable: true },
    );
  } finally {
    db.exec('PRAGMA foreign_keys = ON');
  }
};
