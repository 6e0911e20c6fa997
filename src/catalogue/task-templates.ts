/** The actions on task templates: stored definitions of a task. */
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

/** Index of the vendor's documentation of the product; single pages move. */
const docs = 'https://www.tencentcloud.com/document/product/599';

export const CreateTaskTemplate = defineAction({
  title: 'Create a task template',
  summary: 'Stores a task definition under a name. SubmitJob cannot reference it: copy the definition.',
  group: 'task-template',
  effect: 'create',
  idempotent: false,
  creates: 'TaskTemplateId',
  rate: { documented: 2 },
  input: z.strictObject({
    TaskTemplateName,
    TaskTemplateInfo: Task.describe('As in Tasks of SubmitJob.'),
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
  summary: 'Lists task templates, newest first, with their full definitions.',
  group: 'task-template',
  effect: 'read',
  idempotent: true,
  list: 'TaskTemplateSet',
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      TaskTemplateIds: idsOf(TaskTemplateId, 'templates', 100, '; not with Filters').optional(),
      Filters: filters(
        ['task-template-name', 'tag-key', 'tag-value', 'tag:KEY'],
        'InvalidParameterValue',
      ).optional(),
      Offset: Offset.optional(),
      Limit: limit(20, 100).optional(),
    }),
    {
      code: 'InvalidParameter.InvalidParameterCombination',
      text: 'TaskTemplateIds and Filters are mutually exclusive.',
      holds: ({ TaskTemplateIds, Filters }) => TaskTemplateIds === undefined || Filters === undefined,
    },
  ),
  output: z.looseObject({
    TaskTemplateSet: z.array(TaskTemplateView).describe('The templates, newest first.'),
    TotalCount: natural().describe('Number of matches.'),
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
  title: 'Modify a task template',
  summary:
    'Replaces the name, description or full definition of a template; ChangeTemplate changes single fields.',
  group: 'task-template',
  effect: 'change',
  idempotent: true,
  targetArgument: 'TaskTemplateId',
  rate: { documented: 2 },
  input: rule(
    z.strictObject({
      TaskTemplateId,
      TaskTemplateName: TaskTemplateName.optional(),
      TaskTemplateDescription: TaskTemplateDescription.optional(),
      TaskTemplateInfo: Task.optional().describe('The complete new definition.'),
    }),
    {
      code: 'InvalidParameterAtLeastOneAttribute',
      text: 'At least one of TaskTemplateName, TaskTemplateDescription and TaskTemplateInfo is required.',
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
  summary: 'Deletes task templates.',
  warning: 'The definitions in these templates are deleted; the service cannot restore them.',
  group: 'task-template',
  effect: 'destroy',
  idempotent: true,
  targetArgument: 'TaskTemplateIds',
  alreadyDone: ['ResourceNotFound.TaskTemplate'],
  rate: { documented: 2 },
  input: z.strictObject({ TaskTemplateIds: idsOf(TaskTemplateId, 'templates', 100) }),
  output: z.looseObject({}),
  errors: ['InternalError', 'InvalidParameter.TaskTemplateIdMalformed', 'ResourceNotFound.TaskTemplate'],
  docs,
  examples: [
    {
      title: 'Two templates in one call',
      input: { TaskTemplateIds: ['task-tmpl-5hw2e8kr', 'task-tmpl-c70qv3nj'] },
      output: { RequestId: '0e5b8c72-d6f4-4193-87ac-3b21f9d0e65c' },
    },
  ],
});
