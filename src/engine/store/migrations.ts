/** The numbered steps that bring a database of any earlier version to this one; a step once released never changes. */
import { ConfigError } from '../../shared/errors.ts';
import { type Database, transaction } from './database.ts';
import { computeEnvsSchema } from './schema/compute-envs.ts';
import { jobsSchema } from './schema/jobs.ts';
import { taskTemplatesSchema } from './schema/task-templates.ts';

/** Step n is `migrations[n - 1]`. */
const migrations: readonly string[] = [[jobsSchema, taskTemplatesSchema, computeEnvsSchema].join('\n')];

/**
 * Brings the database to the newest version; each step is all or nothing.
 * @throws ConfigError when a newer program wrote it: it is left as it is
 */
export const migrate = (db: Database): void => {
  const row = db.get<{ user_version: number }>('PRAGMA user_version');
  const version = row?.user_version ?? 0;
  if (version > migrations.length) {
    throw new ConfigError(
      `${db.file} was written by a newer version of this program (schema ${version}, this one knows ${migrations.length}). ` +
        'Update the program, or choose another data directory; nothing was changed.',
    );
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    transaction(db, () => {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
};
