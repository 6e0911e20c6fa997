/** A ToolContext that counts its calls, so that a tool can promise how many it makes at most. */
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';

export interface CallBudget {
  call<A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>>;
  /**
   * The same for what a tool can do without: a refusal is noted and no error.
   * @param what what is missing then, for the note: `logs of "sweep"`
   */
  tryCall<A extends ActionName>(action: A, input: InputOf<A>, what: string): Promise<OutputOf<A> | undefined>;
  /** How many calls may still be made. */
  remaining(): number;
  used(): number;
  /** What could not be looked at, and why. */
  skipped(): readonly string[];
}

export const createCallBudget = (context: ToolContext, most: number): CallBudget => {
  let used = 0;
  const notes: string[] = [];
  const call = async <A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>> => {
    // Callers plan by `left`; one that does not is a mistake of ours and must not flood the service.
    if (used >= most) throw new Error(`More than ${most} calls were wanted.`);
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
        if (error instanceof ApiError) notes.push(`${what}: ${error.code}`);
        else if (error instanceof TransportError) notes.push(`${what}: no answer`);
        else throw error;
        return undefined;
      }
    },
    remaining: () => most - used,
    used: () => used,
    skipped: () => notes,
  };
};
