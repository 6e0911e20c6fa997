/** Calls that a workflow makes as the tool of an action would. */
import type { ToolContext } from '../contract/tool.ts';

/** @throws Error in a context that cannot make such calls, which would be a defect: an answer must not claim one */
export const changeOf = ({ change }: ToolContext): NonNullable<ToolContext['change']> => {
  if (change === undefined) throw new Error('This context makes no calls that change something.');
  return change;
};
