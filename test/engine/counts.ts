/** Counts by state, for tests. */
import { type Counts, type State, states } from '../../src/engine/model/lifecycle.ts';

/** Counts how often each state occurs in a list. */
export const countsOf = (...list: readonly State[]): Counts =>
  // One entry for each state is what the type asks for.
  Object.fromEntries(states.map((state) => [state, list.filter((one) => one === state).length])) as Counts;
