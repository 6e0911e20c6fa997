/** Limits the API calls of one tool call, so that a tool can promise how many it makes at most. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';

export interface CallBudget {
  call<A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>>;
  /**
   * The same for optional data: an error is recorded in `skipped`.
   * @param what what is missing then: `logs of "sweep"`
   */
  tryCall<A extends ActionName>(action: A, input: InputOf<A>, what: string): Promise<OutputOf<A> | undefined>;
  /** How many calls may still be made. */
  remaining(): number;
  used(): number;
  /** What could not be read, and why. */
  skipped(): readonly string[];
}

export const createCallBudget = (context: ToolContext, maxCalls: number): CallBudget => {
  let used = 0;
  const skipped: string[] = [];
  const call = async <A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>> => {
    // Callers plan by `remaining`; exceeding the budget is a defect and must not flood the service.
    if (used >= maxCalls) throw new Error(`The budget of ${maxCalls} calls is exceeded.`);
    used += 1;
    return context.call(action, input);
  };
  return {
    call,
    tryCall: async (action, input, what) => {
      try {
        return await call(action, input);
      } catch (error) {
        context.signal.throwIfAborted();
        if (error instanceof ApiError) skipped.push(`${what}: ${error.code}`);
        else if (error instanceof TransportError) skipped.push(`${what}: no response`);
        else throw error;
        return undefined;
      }
    },
    remaining: () => maxCalls - used,
    used: () => used,
    skipped: () => skipped,
  };
};
