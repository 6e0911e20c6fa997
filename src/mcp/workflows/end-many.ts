/** EndMany: terminates or deletes many things behind one confirmation. */
import * as z from 'zod';
import { codeOfMessage } from '../../catalogue/action.ts';
import { actions, type InputOf } from '../../catalogue/index.ts';
import { InputError, type Issue } from '../../shared/errors.ts';
import { type CallList, type Fields, maxListedCalls, type Tool } from '../contract/tool.ts';
import { indexesOf } from '../render/ranges.ts';

const endingActions = [
  'TerminateJob',
  'DeleteJob',
  'TerminateTaskInstance',
  'TerminateComputeNode',
  'DeleteTaskTemplates',
  'DeleteComputeEnv',
] as const;
type EndingAction = (typeof endingActions)[number];

const input = z.strictObject({
  action: z.enum(endingActions),
  targets: z
    .array(z.string().min(1).max(300))
    .min(1)
    .max(maxListedCalls)
    .describe('Ids; env-ID/node-ID; job-ID/TASK/0-9,12.'),
});

export const EndMany: Tool = {
  name: 'EndMany',
  title: 'Terminate or delete many',
  description: `Terminates or deletes up to ${maxListedCalls} targets behind one preview; returns the state of each.`,
  group: 'workflow',
  effect: 'destroy',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  makesCalls: true,
  callList: 'computed',
  run: async (args) => {
    // The arguments were checked against this schema.
    const { action, targets } = args as z.output<typeof input>;
    return { summary: '', fields: {}, calls: callsOf(action, targets) };
  },
};

/**
 * One call for each target.
 * @throws InputError with every target that is not an id of the right kind, and for more instances than one call may end
 */
const callsOf = (action: EndingAction, targets: readonly string[]): CallList => {
  const issues: Issue[] = [];
  const calls = targets.flatMap((target, index) => {
    const path = `targets[${index}]`;
    const inputs = inputsOf(action, target);
    if (inputs === undefined) issues.push({ path, message: `It has the form ${formOf(action)}.` });
    return (inputs ?? []).map((own) => {
      const checked = actions[action].input.safeParse(own);
      const [issue] = checked.error?.issues ?? [];
      if (issue) issues.push({ path, message: codeOfMessage(issue.message).text });
      return { action, input: own };
    });
  });
  if (calls.length > maxListedCalls) {
    const message = `They name ${calls.length} instances; at most ${maxListedCalls} are accepted.`;
    issues.push({ path: 'targets', message });
  }
  if (issues.length > 0) throw new InputError('EndMany', issues);
  return calls;
};

const formOf = (action: EndingAction): string =>
  action === 'TerminateTaskInstance' ? 'job-1a2b3c4d/TASK/0-9,12' : 'env-1a2b3c4d/node-1a2b3c4d';

const inputsOf = (action: EndingAction, target: string): readonly Fields[] | undefined => {
  switch (action) {
    case 'TerminateJob':
    case 'DeleteJob':
      return [{ JobId: target }] satisfies InputOf<'TerminateJob'>[];
    case 'DeleteTaskTemplates':
      return [{ TaskTemplateIds: [target] }] satisfies InputOf<'DeleteTaskTemplates'>[];
    case 'DeleteComputeEnv':
      return [{ EnvId: target }] satisfies InputOf<'DeleteComputeEnv'>[];
    case 'TerminateComputeNode': {
      const [EnvId, ComputeNodeId, ...more] = target.split('/');
      if (EnvId === undefined || ComputeNodeId === undefined || more.length > 0) return undefined;
      return [{ EnvId, ComputeNodeId }] satisfies InputOf<'TerminateComputeNode'>[];
    }
    case 'TerminateTaskInstance':
      return instancesOf(target);
    default:
      return action satisfies never;
  }
};

/** The name of a task may contain a slash, so the first and the last one count. */
const instancesOf = (target: string): readonly InputOf<'TerminateTaskInstance'>[] | undefined => {
  const [, JobId, TaskName, ranges] = /^([^/]+)\/(.+)\/([^/]+)$/.exec(target) ?? [];
  const indexes = ranges === undefined ? undefined : indexesOf(ranges, 1_000);
  if (JobId === undefined || TaskName === undefined) return undefined;
  return indexes?.map((TaskInstanceIndex) => ({ JobId, TaskName, TaskInstanceIndex }));
};
