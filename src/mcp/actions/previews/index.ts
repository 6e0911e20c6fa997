/** Which actions are behind the gate, and how the target of each is inspected. */
import type { ActionName, DestroyingAction, InputOf } from '../../../catalogue/index.ts';
import type { Fields, Inspection, Recipe, ToolContext, ToolGate } from '../../contract/tool.ts';
import { inspectDeleteComputeEnv, inspectModifyComputeEnv, mayDestroyNodes } from './compute-envs.ts';
import { inspectAttachInstances, inspectDetachInstances, inspectTerminateNodes } from './compute-nodes.ts';
import { inspectDeleteJob, inspectTerminateJob } from './jobs.ts';
import { inspectDeleteTaskTemplates, recipeOfTemplateChange } from './task-templates.ts';
import { inspectTerminateTaskInstance } from './tasks.ts';

type ActionGate = Omit<ToolGate, 'warning'>;

/** An inspection is written for the fields of its action; the arguments were checked against that action's schema. */
const gated = <I>(
  inspect: (input: I, context: ToolContext) => Promise<Inspection>,
  isNeeded?: (input: I, context: ToolContext) => Promise<boolean>,
): ActionGate => ({
  ...(isNeeded && { isNeeded: (args, context) => isNeeded(args as I, context) }),
  inspect: (args, context) => inspect(args as I, context),
});

/** Every action that can destroy something has a gate. */
export const actionGates: { readonly [A in DestroyingAction]: ActionGate } & {
  readonly [A in ActionName]?: ActionGate;
} = {
  TerminateTaskInstance: gated(inspectTerminateTaskInstance),
  TerminateJob: gated(inspectTerminateJob),
  DeleteJob: gated(inspectDeleteJob),
  DeleteTaskTemplates: gated(inspectDeleteTaskTemplates),
  ModifyComputeEnv: gated(inspectModifyComputeEnv, mayDestroyNodes),
  AttachInstances: gated(inspectAttachInstances),
  DetachInstances: gated(inspectDetachInstances),
  TerminateComputeNode: gated((input: InputOf<'TerminateComputeNode'>, context) =>
    inspectTerminateNodes(input.EnvId, [input.ComputeNodeId], context),
  ),
  TerminateComputeNodes: gated((input: InputOf<'TerminateComputeNodes'>, context) =>
    inspectTerminateNodes(input.EnvId, input.ComputeNodeIds, context),
  ),
  DeleteComputeEnv: gated(inspectDeleteComputeEnv),
};

/** Actions without a gate that overwrite something: the recipe of the old state. */
export const actionRecipes: {
  readonly [A in ActionName]?: (args: Fields, context: ToolContext) => Promise<Recipe | undefined>;
} = {
  ModifyTaskTemplate: (args, context) => recipeOfTemplateChange(String(args.TaskTemplateId), context),
};
