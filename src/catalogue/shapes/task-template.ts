/** A task template in a list. */
import * as z from 'zod';
import { Tag, text, time } from './common.ts';
import { Task } from './task.ts';

export const TaskTemplateView = z.strictObject({
  TaskTemplateId: text('Id, such as task-tmpl-1a2b3c4d.'),
  TaskTemplateName: text('Name of the template.'),
  TaskTemplateDescription: text('Its description.'),
  TaskTemplateInfo: Task.optional().describe('Its task.'),
  CreateTime: time('When it was created'),
  Tags: z.array(Tag).nullable().optional().describe('Its tags.'),
});
