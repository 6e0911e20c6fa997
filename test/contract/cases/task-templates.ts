/** Every code of the actions on task templates that can be had. */
import type { World } from '../fixtures.ts';
import { byText, type Case, filter, nobody } from './case.ts';
import { faultyTasks, furtherFaultyTasks } from './tasks-in-text.ts';

type Inputs = Readonly<Record<string, (world: World) => object>>;
const inTemplate = (tasks: Inputs, rest: object): Inputs =>
  Object.fromEntries(
    Object.entries(tasks).map(([code, taskOf]) => [
      code,
      (world: World) => ({ ...rest, TaskTemplateInfo: taskOf(world) }),
    ]),
  );

const { TaskTemplateId } = nobody;

export const taskTemplateCases: readonly Case[] = [
  ...byText('CreateTaskTemplate', {
    ...inTemplate({ ...faultyTasks, ...furtherFaultyTasks }, { TaskTemplateName: 'a' }),
    'InvalidParameter.TaskTemplateName': (world) => ({
      TaskTemplateName: 'a b',
      TaskTemplateInfo: world.task('true'),
    }),
    'InvalidParameter.TaskTemplateNameTooLong': (world) => ({
      TaskTemplateName: 'a'.repeat(61),
      TaskTemplateInfo: world.task('true'),
    }),
  }),
  {
    action: 'CreateTaskTemplate',
    code: 'LimitExceeded.TaskTemplateQuota',
    needs: 'engine',
    region: 'ap-tokyo',
    input: async (world) => {
      const template = { TaskTemplateName: 'a', TaskTemplateInfo: world.task('true') };
      for (let n = 0; n < 12; n += 1) await world.createTemplate(template, 'ap-tokyo');
      return template;
    },
  },
  ...byText('DescribeTaskTemplates', {
    'InvalidParameter.InvalidParameterCombination': () => ({
      TaskTemplateIds: [TaskTemplateId],
      ...filter('tag-key', 'a'),
    }),
    'InvalidParameter.TaskTemplateIdMalformed': () => ({ TaskTemplateIds: ['tmpl-1'] }),
    InvalidParameterValue: () => filter('color', 'red'),
    UnknownParameter: () => ({ Nonsense: 1 }),
  }),
  ...byText('ModifyTaskTemplate', {
    ...inTemplate(faultyTasks, { TaskTemplateId }),
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
  ...byText('DeleteTaskTemplates', {
    'InvalidParameter.TaskTemplateIdMalformed': () => ({ TaskTemplateIds: ['tmpl-1'] }),
    'ResourceNotFound.TaskTemplate': () => ({ TaskTemplateIds: [TaskTemplateId] }),
  }),
];
