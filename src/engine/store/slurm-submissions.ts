/** Submissions to Slurm: recorded before they are sent, so that the next engine finds what a lost answer has started. */
import { type Database, transaction } from './database.ts';

/** An attempt that an element of a submission runs. */
export interface SubmittedAttempt {
  readonly task: number;
  readonly index: number;
  readonly attempt: number;
}

export interface SubmissionRow {
  readonly token: string;
  /** By the number of the element. */
  readonly elements: readonly SubmittedAttempt[];
}

/** The table is created with the first engine that uses it, so that no database of a single machine changes. */
export const createSubmissionsTable = (db: Database): void => {
  db.exec(
    'CREATE TABLE IF NOT EXISTS slurm_submissions (token TEXT PRIMARY KEY, elements TEXT NOT NULL) STRICT',
  );
};

/** Records a submission; it is on the disk when this returns. */
export const insertSubmission = (db: Database, { token, elements }: SubmissionRow): void => {
  const text = JSON.stringify(elements.map(({ task, index, attempt }) => [task, index, attempt]));
  transaction(db, () => db.run('INSERT INTO slurm_submissions VALUES (?, ?)', token, text), {
    durable: true,
  });
};

export const deleteSubmission = (db: Database, token: string): void => {
  db.run('DELETE FROM slurm_submissions WHERE token = ?', token);
};

export const listSubmissions = (db: Database): SubmissionRow[] =>
  db
    .all<{ token: string; elements: string }>('SELECT token, elements FROM slurm_submissions ORDER BY rowid')
    .map(({ token, elements }) => ({
      token,
      // Written by `insertSubmission`.
      elements: (JSON.parse(elements) as [number, number, number][]).map(([task, index, attempt]) => ({
        task,
        index,
        attempt,
      })),
    }));
