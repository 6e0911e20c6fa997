/** Numbers, durations and amounts as the view writes them. Pure. */
import type { StateLetter } from '../mcp/job-view/states.ts';

/** `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. @param seconds whole seconds */
export const durationOf = (seconds: number): string => {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const rounded = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => rounded >= size);
  const shown = units.slice(first === -1 ? 3 : first).slice(0, 2);
  let rest = rounded;
  const parts = shown.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 && size !== 1 ? '' : `${count} ${unit}`;
  });
  const text = parts.filter((one, index) => one !== '' && (index === 0 || !one.startsWith('0 '))).join(' ');
  return text === '' ? '0 s' : text;
};

/** `1,234,567`. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 instance`, `2 instances`. */
export const pluralOf = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;

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

/** An amount of money, in the currency of the price list; small amounts with more digits. */
export const amountText = (amount: number | undefined): string =>
  amount === undefined ? 'unknown' : amount.toFixed(amount < 1 ? 4 : 2);

/** Bytes as `512 MiB` or `1.5 GiB`. */
export const bytesText = (bytes: number): string => {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024
    ? `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MiB`
    : `${(mebibytes / 1024).toFixed(1)} GiB`;
};
