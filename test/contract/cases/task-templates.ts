/** The error codes that can be provoked for actions on task templates. */
import type { Fixtures } from '../fixtures.ts';
import { byInput, type Case, filter, unknown } from './case.ts';
import { invalidTasks, moreInvalidTasks } from './invalid-tasks.ts';

type Inputs = Readonly<Record<string, (fixtures: Fixtures) => object>>;
const inTemplate = (tasks: Inputs, rest: object): Inputs =>
  Object.fromEntries(
    Object.entries(tasks).map(([code, taskOf]) => [
      code,
      (fixtures: Fixtures) => ({ ...rest, TaskTemplateInfo: taskOf(fixtures) }),
    ]),
  );

const { TaskTemplateId } = unknown;

export const taskTemplateCases: readonly Case[] = [
  ...byInput('CreateTaskTemplate', {
    ...inTemplate({ ...invalidTasks, ...moreInvalidTasks }, { TaskTemplateName: 'a' }),
    'InvalidParameter.TaskTemplateName': (fixtures) => ({
      TaskTemplateName: 'a b',
      TaskTemplateInfo: fixtures.task('true'),
    }),
    'InvalidParameter.TaskTemplateNameTooLong': (fixtures) => ({
      TaskTemplateName: 'a'.repeat(61),
      TaskTemplateInfo: fixtures.task('true'),
    }),
  }),
  {
    action: 'CreateTaskTemplate',
    code: 'LimitExceeded.TaskTemplateQuota',
    needs: 'engine',
    region: 'ap-tokyo',
    input: async (fixtures) => {
      const template = { TaskTemplateName: 'a', TaskTemplateInfo: fixtures.task('true') };
      for (let n = 0; n < 12; n += 1) await fixtures.createTemplate(template, 'ap-tokyo');
      return template;
    },
  },
  ...byInput('DescribeTaskTemplates', {
    'InvalidParameter.InvalidParameterCombination': () => ({
      TaskTemplateIds: [TaskTemplateId],
      ...filter('tag-key', 'a'),
    }),
    'InvalidParameter.TaskTemplateIdMalformed': () => ({ TaskTemplateIds: ['tmpl-1'] }),
    InvalidParameterValue: () => filter('color', 'red'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byInput('ModifyTaskTemplate', {
    ...inTemplate(invalidTasks, { TaskTemplateId }),
    'InvalidParameter.TaskTemplateDescriptionTooLong': () => ({
      TaskTemplateId,
      TaskTemplateDescription: '字'.repeat(67),
    }),
    'InvalidParameter.TaskTemplateIdMalformed': () => ({ TaskTemplateId: 'tmpl-1', TaskTemplateName: 'a' }),
    'InvalidParameter.TaskTemplateName': () => ({ TaskTemplateId, TaskTemplateName: 'a b' }),
    'InvalidParameter.TaskTemplateNameTooLong': () => ({ TaskTemplateId, TaskTemplateName: 'a'.repeat(61) }),
    InvalidParameterAtLeastOneAttribute: () => ({ TaskTemplateId }),
    'ResourceNotFound.TaskTemplate': () => ({ TaskTemplateId, TaskTemplateName: 'a' }),
  }),
  ...byInput('DeleteTaskTemplates', {
    'InvalidParameter.TaskTemplateIdMalformed': () => ({ TaskTemplateIds: ['tmpl-1'] }),
    'ResourceNotFound.TaskTemplate': () => ({ TaskTemplateIds: [TaskTemplateId] }),
  }),
];
