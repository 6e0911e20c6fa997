/** Calls of the API that are confirmed together and sent one by one. */
import type { Fields } from './fields.ts';

export interface ListedCall {
  /** An action of the API. */
  readonly action: string;
  /** Checked against the schema of the action. */
  readonly input: Fields;
}

export type CallList = readonly ListedCall[];

/**
 * The most calls of one list. A user cannot judge more at a time, and at two reads a second the inspection of fifty jobs
 * takes 25 of the 45 seconds in which a call has to answer.
 */
export const maxListedCalls = 50;
