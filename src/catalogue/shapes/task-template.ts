/** What a list tells about a task template. */
import * as z from 'zod';
import { Tag, text, time } from './common.ts';
import { Task } from './task.ts';

export const TaskTemplateView = z.strictObject({
  TaskTemplateId: text('Id, as in task-tmpl-1a2b3c4d.'),
  TaskTemplateName: text('Name of the template.'),
  TaskTemplateDescription: text('What it is for.'),
  TaskTemplateInfo: Task.optional().describe('The task it holds.'),
  CreateTime: time('When it was created'),
  Tags: z.array(Tag).nullable().optional().describe('Its tags.'),
});
