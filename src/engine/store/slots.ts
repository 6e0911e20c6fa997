/** What occupies the slots of this machine. */
import type { State } from '../model/lifecycle.ts';
import { occupiesSlot } from './attempts.ts';
import type { Database } from './database.ts';

/** Instances of one task in one state. */
export interface SlotHolderRow {
  readonly jobId: string;
  readonly jobName: string;
  readonly priority: number;
  readonly region: string;
  readonly taskName: string;
  readonly state: Extract<State, 'STARTING' | 'RUNNING' | 'FAILED_INTERRUPTED'>;
  readonly count: number;
}

/** The tasks whose instances occupy slots, oldest job first. */
export const slotHolders = (db: Database): readonly SlotHolderRow[] =>
  db.all<SlotHolderRow>(
    `SELECT jobs.job_id AS jobId, jobs.name AS jobName, jobs.priority, jobs.region, tasks.name AS taskName, instances.state,
       count(*) AS count
     FROM instances JOIN tasks ON tasks.id = instances.task JOIN jobs ON jobs.seq = tasks.job
     WHERE ${occupiesSlot} GROUP BY tasks.id, instances.state ORDER BY jobs.seq, tasks.position`,
  );
