/** Which actions stand behind the gate, and how each is previewed. */
import type { ActionName } from '../../../catalogue/index.ts';
import type { Fields, Preview, Recipe, ToolContext, ToolGate } from '../../contract/tool.ts';
import { previewDeleteComputeEnv, previewModifyComputeEnv, shrinksOrUnknown } from './compute-envs.ts';
import { previewAttachInstances, previewDetachInstances, previewTerminateNodes } from './compute-nodes.ts';
import { previewDeleteJob, previewTerminateJob } from './jobs.ts';
import { previewDeleteTaskTemplates, recipeOfTemplateChange } from './task-templates.ts';
import { previewTerminateTaskInstance } from './tasks.ts';

type ActionGate = Omit<ToolGate, 'warning'>;

const always = async (): Promise<boolean> => true;

/** A preview is written for the fields of its action; the arguments were checked against that action's schema. */
const gated = <I>(
  preview: (input: I, context: ToolContext) => Promise<Preview>,
  isNeeded: (input: I, context: ToolContext) => Promise<boolean> = always,
): ActionGate => ({
  isNeeded: (args, context) => isNeeded(args as I, context),
  preview: (args, context) => preview(args as I, context),
});

export const actionGates: { readonly [A in ActionName]?: ActionGate } = {
  TerminateTaskInstance: gated(previewTerminateTaskInstance),
  TerminateJob: gated(previewTerminateJob),
  DeleteJob: gated(previewDeleteJob),
  DeleteTaskTemplates: gated(previewDeleteTaskTemplates),
  ModifyComputeEnv: gated(previewModifyComputeEnv, shrinksOrUnknown),
  AttachInstances: gated(previewAttachInstances),
  DetachInstances: gated(previewDetachInstances),
  TerminateComputeNode: gated((input: { EnvId: string; ComputeNodeId: string }, context) =>
    previewTerminateNodes(input.EnvId, [input.ComputeNodeId], context),
  ),
  TerminateComputeNodes: gated((input: { EnvId: string; ComputeNodeIds: readonly string[] }, context) =>
    previewTerminateNodes(input.EnvId, input.ComputeNodeIds, context),
  ),
  DeleteComputeEnv: gated(previewDeleteComputeEnv),
};

/** Actions that no gate stops but that overwrite something: what would bring the old state back. */
export const actionRecipes: {
  readonly [A in ActionName]?: (args: Fields, context: ToolContext) => Promise<Recipe | undefined>;
} = {
  ModifyTaskTemplate: (args, context) => recipeOfTemplateChange(String(args.TaskTemplateId), context),
};
