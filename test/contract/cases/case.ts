/** A request that must be rejected with one error code. */

import type { Fixtures } from '../fixtures.ts';
import type { ActionName } from '../vocabulary.ts';

export interface Case {
  readonly action: ActionName;
  readonly code: string;
  /**
   * What the case requires: `nothing` (the request is invalid by itself), `resources` (jobs or machines, which cost
   * money in the cloud), `engine` (a faulty zone, a small quota or an attachable machine, which only the engine has).
   */
  readonly needs: 'nothing' | 'resources' | 'engine';
  readonly input: (fixtures: Fixtures) => object | Promise<object>;
  /** A region other than the target's. */
  readonly region?: string;
}

/** Cases of one action whose requests are invalid by themselves. */
export const byInput = (
  action: ActionName,
  inputs: Readonly<Record<string, (fixtures: Fixtures) => object>>,
): Case[] => Object.entries(inputs).map(([code, input]) => ({ action, code, needs: 'nothing', input }));

/** Cases of one action that require resources in some state. */
export const byState = (
  action: ActionName,
  needs: 'resources' | 'engine',
  inputs: Readonly<Record<string, (fixtures: Fixtures) => Promise<object>>>,
): Case[] => Object.entries(inputs).map(([code, input]) => ({ action, code, needs, input }));

/** Well-formed ids that do not exist. */
export const unknown = {
  JobId: 'job-zzzzzzzz',
  EnvId: 'env-zzzzzzzz',
  ComputeNodeId: 'node-zzzzzzzz',
  TaskTemplateId: 'task-tmpl-zzzzzzzz',
} as const;

export const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });
export const tooManyValues = Array.from({ length: 101 }, (_, index) => `x${index}`);
