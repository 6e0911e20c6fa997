/** One request that must be refused with one code. */

import type { World } from '../fixtures.ts';
import type { ActionName } from '../vocabulary.ts';

export interface Case {
  readonly action: ActionName;
  readonly code: string;
  /**
   * What must be there: `nothing` (refused by its text alone), `resources` (jobs or machines have to be made, which
   * costs money in the cloud), `engine` (a faulty zone, a small quota or a spare machine that only the engine has).
   */
  readonly needs: 'nothing' | 'resources' | 'engine';
  readonly input: (world: World) => object | Promise<object>;
  /** Another region than the target's own. */
  readonly region?: string;
}

/** Cases of one action whose requests are refused by their text alone. */
export const byText = (
  action: ActionName,
  inputs: Readonly<Record<string, (world: World) => object>>,
): Case[] => Object.entries(inputs).map(([code, input]) => ({ action, code, needs: 'nothing', input }));

/** Cases of one action that need things to be there. */
export const byState = (
  action: ActionName,
  needs: 'resources' | 'engine',
  inputs: Readonly<Record<string, (world: World) => Promise<object>>>,
): Case[] => Object.entries(inputs).map(([code, input]) => ({ action, code, needs, input }));

/** Well formed, and nothing's. */
export const nobody = {
  JobId: 'job-zzzzzzzz',
  EnvId: 'env-zzzzzzzz',
  ComputeNodeId: 'node-zzzzzzzz',
  TaskTemplateId: 'task-tmpl-zzzzzzzz',
} as const;

export const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
export const tooManyValues = Array.from({ length: 101 }, (_, index) => `x${index}`);
