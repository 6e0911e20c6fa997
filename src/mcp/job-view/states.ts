/** States of instances as one letter each, so that a hundred thousand of them fit into a hundred kilobytes. Pure. */
import { type JobState, jobStates } from '../../catalogue/job-states.ts';

/** `.` is an instance that was not read. */
export type StateLetter = 'n' | 'p' | 'q' | 'l' | 'r' | 's' | 'f' | 'i' | '.';

/** By letter, without zeros. */
export type StateCounts = Readonly<Partial<Record<StateLetter, number>>>;

const letters: Readonly<Record<JobState, StateLetter>> = {
  SUBMITTED: 'n',
  PENDING: 'p',
  RUNNABLE: 'q',
  STARTING: 'l',
  RUNNING: 'r',
  SUCCEED: 's',
  FAILED: 'f',
  FAILED_INTERRUPTED: 'i',
};

const isState = (text: string): text is JobState => Object.hasOwn(letters, text);

/** The letter of a state of the API; `.` for one that is not known. */
export const letterOf = (state: string | null | undefined): StateLetter =>
  state && isState(state) ? letters[state] : '.';

/** The state of a letter; undefined for `.`. */
export const stateOf = (letter: StateLetter): JobState | undefined =>
  jobStates.find((state) => letters[state] === letter);

export const isActiveLetter = (letter: StateLetter): boolean => 'lr'.includes(letter);
export const isFailedLetter = (letter: StateLetter): boolean => 'fi'.includes(letter);
export const isEndedLetter = (letter: StateLetter): boolean => 'sfi'.includes(letter);

/** The counts of the API (`SucceedCount` and so on; null until known) by letter. */
export const countsOf = (
  metrics: Readonly<Record<string, number | null | undefined>> | null | undefined,
): StateCounts => {
  const fields: readonly (readonly [StateLetter, string])[] = [
    ['n', 'SubmittedCount'],
    ['p', 'PendingCount'],
    ['q', 'RunnableCount'],
    ['l', 'StartingCount'],
    ['r', 'RunningCount'],
    ['s', 'SucceedCount'],
    ['f', 'FailedCount'],
    ['i', 'FailedInterruptedCount'],
  ];
  return Object.fromEntries(
    fields.flatMap(([letter, field]) => (metrics?.[field] ? [[letter, metrics[field]]] : [])),
  );
};

/** The sum of the counts of some letters; by default of all. */
export const countIn = (counts: StateCounts | undefined, of = 'npqlrsfi.'): number =>
  [...of].reduce((sum, letter) => sum + (counts?.[letter as StateLetter] ?? 0), 0);

/** Shortens runs: `sssssr` is `s5r`. Never longer than the list. */
export const shortenStates = (states: Iterable<StateLetter>): string => {
  const parts: string[] = [];
  let last: StateLetter | undefined;
  let length = 0;
  const end = (): void => {
    if (last !== undefined) parts.push(length === 1 ? last : `${last}${length}`);
  };
  for (const state of states) {
    if (state === last) length += 1;
    else {
      end();
      last = state;
      length = 1;
    }
  }
  end();
  return parts.join('');
};

/** The letters that `shortenStates` shortened, one for each instance. */
export const expandStates = (shortened: string): string =>
  shortened.replace(/([a-z.])(\d+)/g, (_, letter: string, length: string) => letter.repeat(Number(length)));
