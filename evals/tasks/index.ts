/** All tasks. The id of a task is the name of its file. */
import type { Task } from '../harness/task.ts';
import { compareRuns } from './compare-runs.ts';
import { editTemplates } from './edit-templates.ts';
import { endLot } from './end-lot.ts';
import { endStalled } from './end-stalled.ts';
import { environmentCost } from './environment-cost.ts';
import { environmentUsers } from './environment-users.ts';
import { injectLog } from './inject-log.ts';
import { injectTags } from './inject-tags.ts';
import { licenseFailures } from './license-failures.ts';
import { rejectedRows } from './rejected-rows.ts';
import { rerunTransient } from './rerun-transient.ts';
import { resubmitChanged } from './resubmit-changed.ts';
import { slowInstances } from './slow-instances.ts';
import { whyWaiting } from './why-waiting.ts';

export const tasks: readonly Task[] = [
  compareRuns,
  editTemplates,
  endLot,
  endStalled,
  environmentCost,
  environmentUsers,
  injectLog,
  injectTags,
  licenseFailures,
  rejectedRows,
  rerunTransient,
  resubmitChanged,
  slowInstances,
  whyWaiting,
];

/** @throws Error for an unknown id */
export const taskOf = (id: string): Task => {
  const task = tasks.find((one) => one.id === id);
  if (task === undefined)
    throw new Error(`There is no task ${id}. Tasks: ${tasks.map((one) => one.id).join(', ')}.`);
  return task;
};
