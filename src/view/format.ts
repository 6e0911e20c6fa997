/** Numbers, durations and amounts as the view writes them. Pure. */
import { countTextOf, moneyTextOf } from '../mcp/job-view/figures.ts';
import type { StateLetter } from '../mcp/job-view/states.ts';

export { durationOf } from '../mcp/render/times.ts';

/** `1 instance`, `2 instances`. */
export const pluralOf = (count: number, noun: string): string =>
  `${countTextOf(count)} ${noun}${count === 1 ? '' : 's'}`;

/** States as they are coloured and named. */
export const stateKinds = [
  { kind: 'succeeded', letters: 's', label: 'succeeded' },
  { kind: 'running', letters: 'r', label: 'running' },
  { kind: 'starting', letters: 'l', label: 'starting' },
  { kind: 'waiting', letters: 'npq', label: 'waiting' },
  { kind: 'failed', letters: 'f', label: 'failed' },
  { kind: 'interrupted', letters: 'i', label: 'failed, machine retained' },
  { kind: 'unread', letters: '.', label: 'not read yet' },
] as const;

/** States as they are counted, in the same groups as in the text of ShowJob. */
export const countedKinds = [
  { kind: 'succeeded', letters: 's', label: 'succeeded' },
  { kind: 'running', letters: 'lr', label: 'running' },
  { kind: 'waiting', letters: 'npq', label: 'waiting' },
  { kind: 'failed', letters: 'fi', label: 'failed' },
] as const;

export type StateKind = (typeof stateKinds)[number];

export const kindOf = (letter: string): StateKind =>
  stateKinds.find(({ letters }) => letters.includes(letter)) ?? stateKinds[6];

/** From the most urgent to the least: what a cell shows that represents several instances. */
export const urgency: readonly StateLetter[] = ['f', 'i', 'r', 'l', 'q', 'p', 'n', '.', 's'];

const states: Readonly<Record<string, string>> = {
  SUBMITTED: 'submitted',
  PENDING: 'pending',
  RUNNABLE: 'runnable',
  STARTING: 'starting',
  RUNNING: 'running',
  SUCCEED: 'succeeded',
  FAILED: 'failed',
  FAILED_INTERRUPTED: 'failed, machine retained',
};

/** A state of the API in words; one that is not known, as it is. */
export const stateText = (state: string): string => states[state] ?? state;

/** The kind by which a state of the API is coloured. */
export const stateClass = (state: string): string => {
  if (state === 'SUCCEED') return 'succeeded';
  if (state.startsWith('FAILED')) return state === 'FAILED' ? 'failed' : 'interrupted';
  if (state === 'RUNNING') return 'running';
  return state === 'STARTING' ? 'starting' : 'waiting';
};

/** An amount of money; `unknown`, never zero, where there is none. */
export const amountText = (amount: number | undefined): string =>
  amount === undefined ? 'unknown' : moneyTextOf(amount);
