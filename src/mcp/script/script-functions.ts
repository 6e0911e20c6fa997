/** The functions of a script: the tools that the operator allows, as far as they are part of this API. */
import * as z from 'zod';
import type { Action } from '../../catalogue/action.ts';
import { actions, isActionName } from '../../catalogue/index.ts';
import { fieldOf, innermostOf } from '../../catalogue/schema-walk.ts';
import type { Tool } from '../contract/tool.ts';
import type { PagedList } from './isolate.ts';

type Kind = Pick<Tool, 'name' | 'group' | 'effect' | 'makesCalls' | 'callList' | 'isClientOnly'>;

/** Actions, and workflows that read or only make calls of actions; not files, and not another script. */
export const isScriptFunction = ({
  name,
  group,
  effect,
  makesCalls,
  callList,
  isClientOnly,
}: Kind): boolean =>
  isActionName(name) ||
  (isClientOnly !== true &&
    group === 'workflow' &&
    callList !== 'recorded' &&
    (effect === 'read' || makesCalls === true));

/** How the functions of a script are called, by name. */
export const scriptFunctionsOf = (granted: ReadonlyMap<string, Tool>): ReadonlyMap<string, Tool> =>
  new Map([...granted].filter(([, tool]) => isScriptFunction(tool)));

/** The list that `all` returns of an action; undefined for an action without a list. */
export const pagedListOf = (name: string): PagedList | undefined => {
  if (!isActionName(name)) return undefined;
  const { list, input, output }: Action = actions[name];
  if (list === undefined) return undefined;
  const field = fieldOf(input, 'Limit');
  const limit = field && innermostOf(field);
  const total = Object.keys(output.shape).find((key) => key.endsWith('TotalCount')) ?? '';
  // Without a limit the action has no pages.
  return { list, total, limit: limit instanceof z.ZodNumber ? (limit.maxValue ?? 0) : 0 };
};

/** The lists of all functions that return one; workflows have no pages. */
export const pagedListsOf = (functions: ReadonlyMap<string, Tool>): Readonly<Record<string, PagedList>> =>
  Object.fromEntries(
    [...functions.values()].flatMap(({ name, effect, returns = '' }) => {
      const list = isActionName(name)
        ? pagedListOf(name)
        : effect === 'read'
          ? workflowListOf(returns)
          : undefined;
      return list === undefined ? [] : [[name, list]];
    }),
  );

/** `summary jobs[JobId …]`: the first list. */
const workflowListOf = (returns: string): PagedList | undefined => {
  const list = /(\w+)\[/.exec(returns)?.[1];
  return list === undefined ? undefined : { list, total: '', limit: 0 };
};
