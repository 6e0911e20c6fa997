/** The actions on task templates: descriptions of tasks stored under an id, to be copied into submissions. */
import { passes, type TagView } from '../model/filters.ts';
import { masked } from '../model/masking.ts';
import { withDefaults } from '../model/task-names.ts';
import { timeText } from '../model/time.ts';
import {
  countTemplates,
  deleteTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  type TaskTemplateRow,
  updateTemplate,
} from '../store/task-templates.ts';
import type { Handler } from './handler.ts';

/** The default of `Limit`. */
const defaultLimit = 20;

const CreateTaskTemplate: Handler<'CreateTaskTemplate'> = (input, context, refuse) => {
  const { db, region, settings } = context;
  if (countTemplates(db, region) >= settings.quotas.taskTemplates) refuse('LimitExceeded.TaskTemplateQuota');
  const templateId = context.newId('task-tmpl');
  insertTemplate(db, region, {
    templateId,
    name: input.TaskTemplateName,
    description: input.TaskTemplateDescription ?? '',
    info: JSON.stringify(masked(withDefaults(input.TaskTemplateInfo))),
    tags: JSON.stringify(input.Tags ?? []),
    createTime: context.now(),
  });
  return { TaskTemplateId: templateId };
};

const DescribeTaskTemplates: Handler<'DescribeTaskTemplates'> = (input, { db, region }) => {
  const ids = input.TaskTemplateIds;
  const found = listTemplates(db, region).filter(
    (template) =>
      (ids === undefined || ids.includes(template.templateId)) &&
      passes(
        input.Filters,
        (name) => (name === 'task-template-name' ? template.name : undefined),
        tagsOf(template),
      ),
  );
  const offset = input.Offset ?? 0;
  const page = found.slice(offset, offset + (input.Limit ?? defaultLimit));
  return { TaskTemplateSet: page.map(viewOf), TotalCount: found.length };
};

const ModifyTaskTemplate: Handler<'ModifyTaskTemplate'> = (input, { db, region }, refuse) => {
  const template = findTemplate(db, region, input.TaskTemplateId);
  if (!template) {
    return refuse(
      'ResourceNotFound.TaskTemplate',
      `There is no task template \`${input.TaskTemplateId}\` in ${region}.`,
    );
  }
  updateTemplate(db, template.templateId, {
    name: input.TaskTemplateName ?? template.name,
    description: input.TaskTemplateDescription ?? template.description,
    // The new definition replaces the old one completely: the vendor documents no merging.
    info:
      input.TaskTemplateInfo === undefined
        ? template.info
        : JSON.stringify(masked(withDefaults(input.TaskTemplateInfo))),
  });
  return {};
};

const DeleteTaskTemplates: Handler<'DeleteTaskTemplates'> = (input, { db, region }, refuse) => {
  // All or none: the request runs in one transaction, which a refusal rolls back.
  for (const templateId of new Set(input.TaskTemplateIds)) {
    if (!findTemplate(db, region, templateId)) {
      refuse(
        'ResourceNotFound.TaskTemplate',
        `The task template \`${templateId}\` does not exist; none was deleted.`,
      );
    }
    deleteTemplate(db, templateId);
  }
  return {};
};

// Validated by the same schema before it was stored.
const tagsOf = (template: TaskTemplateRow): TagView[] => JSON.parse(template.tags) as TagView[];

const viewOf = (template: TaskTemplateRow) => ({
  TaskTemplateId: template.templateId,
  TaskTemplateName: template.name,
  TaskTemplateDescription: template.description,
  TaskTemplateInfo: JSON.parse(template.info),
  CreateTime: timeText(template.createTime),
  Tags: tagsOf(template),
});

export const taskTemplateHandlers = {
  CreateTaskTemplate,
  DescribeTaskTemplates,
  ModifyTaskTemplate,
  DeleteTaskTemplates,
};
