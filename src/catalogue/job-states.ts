/** The states of jobs, and which of them are ends. Tasks and their instances have the same ones without SUBMITTED. */

export const jobStates = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEED',
  'FAILED',
  'FAILED_INTERRUPTED',
] as const;
export type JobState = (typeof jobStates)[number];

/** Nothing runs any more, and no machine is left. */
export const finalStates = ['SUCCEED', 'FAILED'] as const satisfies readonly JobState[];

/** Nothing happens by itself any more. FAILED_INTERRUPTED retains the failed instance's machine for inspection. */
export const endedStates = [...finalStates, 'FAILED_INTERRUPTED'] as const satisfies readonly JobState[];

/** Counts against a running machine. */
export const activeStates = ['STARTING', 'RUNNING'] as const satisfies readonly JobState[];

/** @param state as the service returns it; `null` until it is known */
export const isFinal = (state: string | null | undefined): boolean =>
  finalStates.some((final) => final === state);

/** @param state as the service returns it; `null` until it is known */
export const hasEnded = (state: string | null | undefined): boolean =>
  endedStates.some((ended) => ended === state);

/** @param state as the service returns it; `null` until it is known */
export const isActive = (state: string | null | undefined): boolean =>
  activeStates.some((active) => active === state);

/** States between which a job moves by itself without anything more to lose have one phase; any other text is its own. */
export const phaseOf = (state: string): string => {
  if (isActive(state)) return 'active';
  return ['SUBMITTED', 'PENDING', 'RUNNABLE'].includes(state) ? 'waiting' : state;
};
