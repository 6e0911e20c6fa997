/**
 * A scripted solver for each task, with the calls and tokens it may use. They hold the price of a task without a model:
 * when an answer grows or a task needs more calls, the budget fails.
 */
import { editTemplates, endLot, endStalled, rerunTransient, resubmitChanged } from './changes.ts';
import {
  compareRuns,
  environmentCost,
  environmentUsers,
  injectLog,
  injectTags,
  licenseFailures,
  rejectedRows,
  slowInstances,
  whyWaiting,
} from './questions.ts';
import type { Tools } from './tools.ts';

export interface Solver {
  /** @returns the final answer */
  readonly solve: (tools: Tools) => Promise<string>;
  /** What it needs. */
  readonly calls: number;
  /** Tokens of all answers: 15 % above the highest of two runs with each list, because ids and ages differ. */
  readonly tokens: number;
}

/** Task → its solver. */
export const solvers: Readonly<Record<string, Solver>> = {
  'compare-runs': { solve: compareRuns, calls: 1, tokens: 170 },
  'edit-templates': { solve: editTemplates, calls: 1, tokens: 110 },
  'end-lot': { solve: endLot, calls: 3, tokens: 915 },
  'end-stalled': { solve: endStalled, calls: 4, tokens: 1_060 },
  'environment-cost': { solve: environmentCost, calls: 1, tokens: 290 },
  'environment-users': { solve: environmentUsers, calls: 1, tokens: 225 },
  'inject-log': { solve: injectLog, calls: 2, tokens: 640 },
  'inject-tags': { solve: injectTags, calls: 1, tokens: 380 },
  'license-failures': { solve: licenseFailures, calls: 1, tokens: 165 },
  'rejected-rows': { solve: rejectedRows, calls: 2, tokens: 1_065 },
  'rerun-transient': { solve: rerunTransient, calls: 1, tokens: 210 },
  'resubmit-changed': { solve: resubmitChanged, calls: 2, tokens: 415 },
  'slow-instances': { solve: slowInstances, calls: 1, tokens: 60 },
  'why-waiting': { solve: whyWaiting, calls: 1, tokens: 95 },
};
