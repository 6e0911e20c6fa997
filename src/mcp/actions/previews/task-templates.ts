/** What deleting or overwriting task templates would destroy. */
import type { InputOf, OutputOf } from '../../../catalogue/index.ts';
import { ApiError } from '../../../shared/errors.ts';
import type { Inspection, Recipe, ToolContext } from '../../contract/tool.ts';
import { quoted } from '../../render/untrusted.ts';

type Template = NonNullable<OutputOf<'DescribeTaskTemplates'>['TaskTemplateSet']>[number];

export const inspectDeleteTaskTemplates = async (
  { TaskTemplateIds }: InputOf<'DeleteTaskTemplates'>,
  context: ToolContext,
): Promise<Inspection> => {
  const ids = [...new Set(TaskTemplateIds)].sort();
  const { TaskTemplateSet, RequestId } = await context.call('DescribeTaskTemplates', {
    TaskTemplateIds: ids,
    Limit: 100,
  });
  const found = TaskTemplateSet ?? [];
  const missing = ids.filter((id) => !found.some((template) => template.TaskTemplateId === id));
  if (missing.length > 0) {
    throw new ApiError(
      'DescribeTaskTemplates',
      'ResourceNotFound.TaskTemplate',
      `There is no ${missing.join(', ')}.`,
      RequestId ?? undefined,
    );
  }
  const [only] = ids;
  return {
    target: `${ids.length === 1 ? 'task template' : `${ids.length} task templates`} ${found.map(nameOf).join(', ')}${context.region ? ` in ${context.region}` : ''}`,
    confirmationText: ids.length === 1 && only !== undefined ? only : `${ids.length} templates`,
    state: Object.fromEntries(found.map((one) => [String(one.TaskTemplateId), one.CreateTime ?? ''])),
    impact: { templates: ids.length },
    undo: 'The ids cannot be restored. The same content can be created again under a new id.',
    consequences: async () => [
      `${ids.length === 1 ? 'The template' : 'The templates'} could no longer be queried or used.`,
      'Nothing in the API refers to a template: jobs that were submitted keep their own copy and go on.',
    ],
    recipe: async () => recipeOfAll(found),
  };
};

/** The template as it is now, before ModifyTaskTemplate overwrites it. */
export const recipeOfTemplateChange = async (
  TaskTemplateId: string,
  context: ToolContext,
): Promise<Recipe | undefined> => {
  const { TaskTemplateSet } = await context.call('DescribeTaskTemplates', {
    TaskTemplateIds: [TaskTemplateId],
  });
  const template = TaskTemplateSet?.[0];
  if (template === undefined) return undefined;
  const { TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo } = template;
  return {
    tool: 'ModifyTaskTemplate',
    arguments: { TaskTemplateId, TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo },
    missing: [],
  };
};

const recipeOfAll = (found: readonly Template[]): Recipe => {
  const [first, ...others] = found.map(recipeOf);
  if (first !== undefined && others.length === 0) return first;
  return {
    tool: 'CreateTaskTemplate',
    arguments: { calls: found.map((template) => recipeOf(template).arguments) },
    missing: ['One call for each entry of `calls`.'],
  };
};

const nameOf = (template: Template): string =>
  `${template.TaskTemplateId} (${quoted(template.TaskTemplateName ?? '')})`;

const recipeOf = ({
  TaskTemplateName,
  TaskTemplateDescription,
  TaskTemplateInfo,
  Tags,
}: Template): Recipe => ({
  tool: 'CreateTaskTemplate',
  arguments: {
    TaskTemplateName,
    TaskTemplateInfo,
    ...(TaskTemplateDescription ? { TaskTemplateDescription } : {}),
    ...(Tags?.length ? { Tags } : {}),
  },
  missing: [],
});
