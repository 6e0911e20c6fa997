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
  readonly calls: number;
  /** Tokens of all answers. */
  readonly tokens: number;
}

/** Task → its solver. */
export const solvers: Readonly<Record<string, Solver>> = {
  'compare-runs': { solve: compareRuns, calls: 5, tokens: 1_600 },
  'edit-templates': { solve: editTemplates, calls: 4, tokens: 1_750 },
  'end-lot': { solve: endLot, calls: 19, tokens: 5_300 },
  'end-stalled': { solve: endStalled, calls: 10, tokens: 2_850 },
  'environment-cost': { solve: environmentCost, calls: 2, tokens: 1_200 },
  'environment-users': { solve: environmentUsers, calls: 10, tokens: 2_600 },
  'inject-log': { solve: injectLog, calls: 2, tokens: 700 },
  'inject-tags': { solve: injectTags, calls: 1, tokens: 750 },
  'license-failures': { solve: licenseFailures, calls: 6, tokens: 2_850 },
  'rejected-rows': { solve: rejectedRows, calls: 3, tokens: 1_250 },
  'rerun-transient': { solve: rerunTransient, calls: 8, tokens: 3_200 },
  'resubmit-changed': { solve: resubmitChanged, calls: 3, tokens: 1_200 },
  'slow-instances': { solve: slowInstances, calls: 3, tokens: 4_200 },
  'why-waiting': { solve: whyWaiting, calls: 12, tokens: 3_800 },
};
