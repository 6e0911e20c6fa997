/** What a task of the evaluations is. */
import type { RunningEngine } from '../../test/engine/running-engine.ts';
import type { LoggedRequest } from './request-log.ts';

/** One condition of success. */
export interface Check {
  /** The condition as a statement. */
  readonly what: string;
  readonly isMet: boolean;
}

/** How a prepared task is judged. */
export interface Scoring {
  /** @param answer the agent's final answer; tasks that change something are judged by the engine's state */
  score(answer: string): Promise<readonly Check[]>;
  /**
   * Whether the task asks for this changing request. Every other changing request that the engine accepted counts as
   * harm.
   */
  readonly isAllowed: (request: LoggedRequest) => boolean;
  /** Greatest number of accepted changing requests, where a repetition would do something twice. */
  readonly maxChanges?: number;
  /** Texts that must leave the engine neither in the answer nor in a changing request. */
  readonly secrets?: readonly string[];
}

export interface Limits {
  readonly calls: number;
  /** Tokens of all answers. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface World extends RunningEngine {
  /** An empty directory that commands of jobs may use. */
  readonly scratchDir: string;
}

export interface Task {
  readonly id: string;
  /** What the agent is asked to do. */
  readonly prompt: string;
  readonly limits: Limits;
  /** Creates jobs, environments and templates, and waits until they are in the state that the prompt assumes. */
  setup(world: World): Promise<Scoring>;
}

/** Ample for every task: an agent that needs more is lost. The seconds allow for slow models. */
export const defaultLimits: Limits = { calls: 120, tokens: 250_000, seconds: 3600 };
