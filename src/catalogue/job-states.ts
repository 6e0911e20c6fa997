/**
 * The states of jobs, tasks and task instances, and groups of them. The API documents SUBMITTED only for jobs; the local
 * engine also has it for tasks and instances, until the instances of the job are created.
 */

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

/** Nothing runs, and all machines are released. */
export const finalStates = ['SUCCEED', 'FAILED'] as const satisfies readonly JobState[];

/** The job has ended. FAILED_INTERRUPTED retains the machine of the failed instance for inspection. */
export const endedStates = [...finalStates, 'FAILED_INTERRUPTED'] as const satisfies readonly JobState[];

/** States in which an instance occupies a machine. */
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

/** The states of which the service sends notifications. */
export const notifiedStates = ['RUNNING', ...endedStates] as const satisfies readonly JobState[];

/**
 * Groups states for comparing two inspections of a job: a change within one phase does not change what a call destroys.
 * @param state any string; an unknown one is its own phase
 */
export const phaseOf = (state: string): string => {
  if (isActive(state)) return 'active';
  return ['SUBMITTED', 'PENDING', 'RUNNABLE'].includes(state) ? 'waiting' : state;
};
