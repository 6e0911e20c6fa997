/** The actions on task templates: definitions of a task that are kept for later. */
import * as z from 'zod';
import { defineAction, rule } from './action.ts';
import * as examples from './examples/task-templates.ts';
import {
  filters,
  idsOf,
  limit,
  natural,
  Offset,
  Tags,
  TaskTemplateDescription,
  TaskTemplateId,
  TaskTemplateName,
} from './shapes/common.ts';
import { Task } from './shapes/task.ts';
import { TaskTemplateView } from './shapes/task-template.ts';

/** Index of the vendor's pages for the product. Single pages move; the index stays. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const CreateTaskTemplate = defineAction({
  title: 'Save a task template',
  summary:
    'Saves the definition of a task under a name, to be copied into jobs later. Runs nothing; SubmitJob cannot refer to it, so copy it from DescribeTaskTemplates.',
  group: 'task-template',
  effect: 'create',
  idempotent: false,
  rate: { documented: 2 },
  input: z.strictObject({
    TaskTemplateName,
    TaskTemplateInfo: Task.describe('The task, as in the Tasks of SubmitJob.'),
    TaskTemplateDescription: TaskTemplateDescription.optional(),
    Tags: Tags.optional(),
  }),
  output: z.looseObject({ TaskTemplateId: z.string().describe('Id of the new template.') }),
  errors: [
    'AllowedOneAttributeInEnvIdAndComputeEnv',
    'InternalError',
    'InternalError.CallTagAPI',
    'InvalidParameter.CvmParameters',
    'InvalidParameter.EnvIdMalformed',
    'InvalidParameter.ImageIdMalformed',
    'InvalidParameter.TaskName',
    'InvalidParameter.TaskNameTooLong',
    'InvalidParameter.TaskTemplateName',
    'InvalidParameter.TaskTemplateNameTooLong',
    'InvalidParameterValue.ComputeEnv',
    'InvalidParameterValue.DependenceNotFoundTaskName',
    'InvalidParameterValue.DependenceUnfeasible',
    'InvalidParameterValue.InvalidDataTypeAny',
    'InvalidParameterValue.LocalPath',
    'InvalidParameterValue.MaxRetryCount',
    'InvalidParameterValue.Negative',
    'InvalidParameterValue.RemoteStoragePath',
    'InvalidParameterValue.RemoteStorageSchemeType',
    'LimitExceeded.TaskTemplateQuota',
  ],
  docs,
  examples: examples.createTaskTemplate,
});

export const DescribeTaskTemplates = defineAction({
  title: 'List task templates',
  summary:
    'Lists task templates, newest first, each with its whole definition. Use it to find one and to copy its TaskTemplateInfo into a job.',
  group: 'task-template',
  effect: 'read',
  idempotent: true,
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      TaskTemplateIds: idsOf(TaskTemplateId, 'templates', 100).optional(),
      Filters: filters(['task-template-name', 'tag-key', 'tag-value', 'tag:KEY'], 'InvalidParameterValue')
        .optional()
        .describe('task-template-name, tag-key, tag-value or tag:KEY; not with TaskTemplateIds.'),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    {
      code: 'InvalidParameter.InvalidParameterCombination',
      text: 'TaskTemplateIds and Filters exclude each other.',
      holds: ({ TaskTemplateIds, Filters }) => TaskTemplateIds === undefined || Filters === undefined,
    },
  ),
  output: z.looseObject({
    TaskTemplateSet: z.array(TaskTemplateView).describe('The templates, newest first.'),
    TotalCount: natural().describe('How many match in all.'),
  }),
  errors: [
    'InternalError',
    'InvalidParameter.InvalidParameterCombination',
    'InvalidParameter.TaskTemplateIdMalformed',
    'InvalidParameterValue',
    'UnknownParameter',
  ],
  docs,
  examples: examples.describeTaskTemplates,
});

export const ModifyTaskTemplate = defineAction({
  title: 'Change a task template',
  summary:
    'Replaces the name, the description or the whole definition of a template; what is not given stays. Jobs submitted before are not touched.',
  group: 'task-template',
  effect: 'change',
  idempotent: true,
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      TaskTemplateId,
      TaskTemplateName: TaskTemplateName.optional(),
      TaskTemplateDescription: TaskTemplateDescription.optional(),
      TaskTemplateInfo: Task.optional().describe('The new definition; replaces the old one whole.'),
    }),
    {
      code: 'InvalidParameterAtLeastOneAttribute',
      text: 'At least one of TaskTemplateName, TaskTemplateDescription and TaskTemplateInfo is given.',
      holds: ({ TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo }) =>
        TaskTemplateName !== undefined ||
        TaskTemplateDescription !== undefined ||
        TaskTemplateInfo !== undefined,
    },
  ),
  output: z.looseObject({}),
  errors: [
    'AllowedOneAttributeInEnvIdAndComputeEnv',
    'InternalError',
    'InvalidParameter.CvmParameters',
    'InvalidParameter.TaskName',
    'InvalidParameter.TaskNameTooLong',
    'InvalidParameter.TaskTemplateDescriptionTooLong',
    'InvalidParameter.TaskTemplateIdMalformed',
    'InvalidParameter.TaskTemplateName',
    'InvalidParameter.TaskTemplateNameTooLong',
    'InvalidParameterAtLeastOneAttribute',
    'InvalidParameterValue.ComputeEnv',
    'InvalidParameterValue.DependenceNotFoundTaskName',
    'InvalidParameterValue.DependenceUnfeasible',
    'InvalidParameterValue.LocalPath',
    'InvalidParameterValue.MaxRetryCount',
    'InvalidParameterValue.Negative',
    'InvalidParameterValue.RemoteStoragePath',
    'InvalidParameterValue.RemoteStorageSchemeType',
    'ResourceNotFound.TaskTemplate',
  ],
  docs,
  examples: [
    {
      title: 'A new description',
      input: { TaskTemplateId: 'task-tmpl-5hw2e8kr', TaskTemplateDescription: 'Renders one frame in HD' },
      output: { RequestId: '92a6f1d3-4c0e-4b87-b5d9-e18f730a2c46' },
    },
  ],
});

export const DeleteTaskTemplates = defineAction({
  title: 'Delete task templates',
  summary: 'Deletes task templates. Use it to tidy up. Jobs submitted from them are not touched.',
  warning: 'The definitions kept in these templates are gone afterwards; the service cannot bring them back.',
  group: 'task-template',
  effect: 'destroy',
  idempotent: true,
  rate: { documented: 2 },
  input: z.strictObject({ TaskTemplateIds: idsOf(TaskTemplateId, 'templates', 100) }),
  output: z.looseObject({}),
  errors: ['InternalError', 'InvalidParameter.TaskTemplateIdMalformed', 'ResourceNotFound.TaskTemplate'],
  docs,
  examples: [
    {
      title: 'Two templates at once',
      input: { TaskTemplateIds: ['task-tmpl-5hw2e8kr', 'task-tmpl-c70qv3nj'] },
      output: { RequestId: '0e5b8c72-d6f4-4193-87ac-3b21f9d0e65c' },
    },
  ],
});
