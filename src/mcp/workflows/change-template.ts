/** ChangeTemplate: changes fields of a task template in place, without the rest of its definition. */
import * as z from 'zod';
import { actions } from '../../catalogue/index.ts';
import { TaskTemplateId } from '../../catalogue/shapes/common.ts';
import { Task } from '../../catalogue/shapes/task.ts';
import { ApiError, InputError } from '../../shared/errors.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { withoutNulls } from '../jobs/without-nulls.ts';
import { counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { namedId } from '../render/untrusted.ts';
import { knownFieldsOf } from '../schema/schema-walk.ts';
import { changeOf } from './changing.ts';
import { differencesOf } from './difference.ts';
import { type Locate, patched, pathInTask } from './patch.ts';

const input = z.strictObject({
  TaskTemplateId: TaskTemplateId.describe('The template.'),
  set: z
    .array(z.string().max(20_000))
    .max(50)
    .optional()
    .describe('PATH=VALUE: Timeout=600, EnvVars.SIZE=8, Command=…, TaskTemplateName=….'),
  remove: z.array(z.string().max(300)).max(50).optional().describe('Paths.'),
  dryRun: z.boolean().optional(),
});

export const ChangeTemplate: Tool = {
  name: 'ChangeTemplate',
  title: 'Change fields of a task template',
  description: 'Changes single fields of a task template and shows the difference; the rest stays.',
  group: 'workflow',
  effect: 'change',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  makesCalls: true,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    return change(args as z.output<typeof input>, context);
  },
};

const schema = actions.ModifyTaskTemplate.input;

const change = async (
  { TaskTemplateId: id, set, remove, dryRun = false }: z.output<typeof input>,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const { TaskTemplateSet, RequestId } = await context.call('DescribeTaskTemplates', {
    TaskTemplateIds: [id],
  });
  const template = TaskTemplateSet?.[0];
  if (!template) {
    const missing = 'ResourceNotFound.TaskTemplate';
    throw new ApiError('DescribeTaskTemplates', missing, `There is no ${id}.`, RequestId ?? undefined);
  }
  const { TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo } = template;
  const parts = withoutNulls({ TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo });
  // An answer without its nulls and unknown fields can be read as an input.
  const before = knownFieldsOf(parts, schema) as Fields;
  const after = patched('ChangeTemplate', before, { set, remove }, locate);
  // Only what changes: the service replaces a definition as a whole, and keeps what is absent.
  const touched = Object.entries(after).filter(([key, part]) => !isEqual(part, before[key]));
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (removed.length > 0) {
    const message = `${removed.join(', ')} cannot be removed, only set.`;
    throw new InputError('ChangeTemplate', [{ path: 'remove', message }]);
  }
  const tool = { name: 'ChangeTemplate', input: schema, isRegional: false, hasDetail: false };
  const { fields } = readArguments(tool, { TaskTemplateId: id, ...Object.fromEntries(touched) });
  const differences = differencesOf(before, { ...before, ...withoutId(fields) }, schema);
  const name = namedId(id, TaskTemplateName);
  const changes = {
    changes: differences.length === 0 ? 'none' : tableOf(['path', 'was', 'now'], differences),
  };
  if (differences.length === 0) {
    return { summary: `${name} has these values already. Nothing was sent.`, fields: changes };
  }
  if (dryRun) {
    const summary = `Nothing was sent. ${counted(differences.length, 'field')} of ${name} would change.`;
    return { summary, fields: changes, next: ['The same call without dryRun changes it.'] };
  }
  const sent = await changeOf(context)({ action: 'ModifyTaskTemplate', input: fields });
  return {
    summary: `${name} was changed: ${counted(differences.length, 'field')}.`,
    fields: { ...changes, ...(sent.fields.undo !== undefined && { undo: sent.fields.undo }) },
    next: sent.next?.filter((step) => step.startsWith('To undo')) ?? [],
  };
};

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const withoutId = ({ TaskTemplateId: _, ...others }: Fields): Fields => others;

/** A field of the template, or one of its task. */
const locate: Locate = (path) => {
  const [first = '', ...rest] = path;
  if (first === 'TaskTemplateInfo') {
    const inInfo = pathInTask(rest, Task);
    return inInfo && [first, ...inInfo];
  }
  if (first !== 'TaskTemplateId' && Object.hasOwn(schema.shape, first)) return path;
  const inTask = pathInTask(path, Task);
  return inTask && ['TaskTemplateInfo', ...inTask];
};
