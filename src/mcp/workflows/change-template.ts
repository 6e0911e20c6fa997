/** ChangeTemplate: changes fields of task templates in place, without the rest of its definition. */
import * as z from 'zod';
import { actions, type OutputOf } from '../../catalogue/index.ts';
import { knownFieldsOf } from '../../catalogue/schema-walk.ts';
import { TaskTemplateId } from '../../catalogue/shapes/common.ts';
import { Task } from '../../catalogue/shapes/task.ts';
import { ApiError, InputError, TransportError } from '../../shared/errors.ts';
import { readArguments } from '../arguments/read-arguments.ts';
import type { Fields, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { withoutNulls } from '../jobs/without-nulls.ts';
import { counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { changeOf } from './changing.ts';
import { type Difference, differencesOf, hiddenNoteOf } from './difference.ts';
import { type Changes, type Locate, patched, pathInTask } from './patch.ts';

/** More are seldom meant by one change; each takes two requests. */
const maxTemplates = 20;

const input = z.strictObject({
  TaskTemplateIds: z.array(TaskTemplateId).min(1).max(maxTemplates),
  set: z
    .array(z.string().max(20_000))
    .max(50)
    .optional()
    .describe('PATH=VALUE: Timeout=600, EnvVars.SIZE=8; Command~=OLD=>NEW replaces text.'),
  remove: z.array(z.string().max(300)).max(50).optional().describe('Paths.'),
  dryRun: z.boolean().optional().describe('Shows, sends nothing.'),
});

export const ChangeTemplate: Tool = {
  name: 'ChangeTemplate',
  title: 'Change fields of task templates',
  description: 'Changes single fields of task templates and shows the difference; the rest stays.',
  group: 'workflow',
  effect: 'change',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  returns: 'changes[template path was now] results',
  makesCalls: true,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    return change(args as z.output<typeof input>, context);
  },
};

const schema = actions.ModifyTaskTemplate.input;

/** One template with its change, before anything is sent. */
interface Planned {
  readonly id: string;
  /** Arguments of ModifyTaskTemplate: only what changes. */
  readonly fields: Fields;
  readonly differences: readonly Difference[];
  /** What becomes of the values that answers hide. */
  readonly hidden?: string | undefined;
}

type Template = NonNullable<NonNullable<OutputOf<'DescribeTaskTemplates'>['TaskTemplateSet']>[number]>;

/** All changes are checked before the first is sent. */
const change = async (
  { TaskTemplateIds, set, remove, dryRun = false }: z.output<typeof input>,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const ids = [...new Set(TaskTemplateIds)];
  const { TaskTemplateSet, RequestId } = await context.call('DescribeTaskTemplates', {
    TaskTemplateIds: ids,
    Limit: 100,
  });
  const found = ids.map((id) => (TaskTemplateSet ?? []).find((one) => one?.TaskTemplateId === id));
  const missing = ids.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    const message = `There is no ${missing.join(', ')}.`;
    throw new ApiError(
      'DescribeTaskTemplates',
      'ResourceNotFound.TaskTemplate',
      message,
      RequestId ?? undefined,
    );
  }
  const planned = found.flatMap((template) => (template ? [planOf(template, { set, remove })] : []));
  const open = planned.filter(({ differences }) => differences.length > 0);
  const hidden = new Map(open.flatMap(({ id, hidden: note }) => (note === undefined ? [] : [[id, note]])));
  const notes = [...new Set(hidden.values())].map(
    (note) => `${note} in ${[...hidden].flatMap(([id, its]) => (its === note ? [id] : [])).join(', ')}`,
  );
  const kept = notes.length > 0 && { hidden: notes };
  const rows = open.flatMap(({ id, differences }) => differences.map((one) => ({ template: id, ...one })));
  const changes = rows.length === 0 ? 'none' : tableOf(['template', 'path', 'was', 'now'], rows);
  const [only] = open;
  const size = `${counted(rows.length, 'field')} of ${open.length === 1 && only ? only.id : counted(open.length, 'task template')}`;
  if (open.length === 0)
    return { summary: 'The values are there already. Nothing was sent.', fields: { changes } };
  if (dryRun) {
    const next = ['The same call without dryRun changes them.'];
    return { summary: `Nothing was sent. ${size} would change.`, fields: { changes, ...kept }, next };
  }
  const results: Result[] = [];
  for (const plan of open) results.push(await send(plan, context));
  const failed = results.filter(({ result }) => result !== 'changed').length;
  return {
    summary:
      failed === 0
        ? `${size} changed, nothing else.`
        : `${results.length - failed} of ${counted(results.length, 'task template')} changed, ${failed} not.`,
    fields: { changes, ...kept, results: tableOf(['template', 'result', 'undo'], results) },
    next: ['To undo one: the call in its undo resource (stored for 30 days; replace masked secrets).'],
    ...(failed === results.length && { isError: true }),
  };
};

type Result = { readonly template: string; readonly result: string; readonly undo?: string };

/** A refusal of one does not keep the others from being changed. */
const send = async ({ id, fields }: Planned, context: ToolContext): Promise<Result> => {
  try {
    const sent = await changeOf(context)({ action: 'ModifyTaskTemplate', input: fields });
    // Written by `withUndo`.
    const { undo } = sent.fields as { readonly undo?: { readonly saved?: string } };
    return { template: id, result: 'changed', ...(undo?.saved !== undefined && { undo: undo.saved }) };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ApiError) && !(error instanceof TransportError)) throw error;
    return { template: id, result: error.message };
  }
};

/** @throws InputError for a path or value that is wrong for this template */
const planOf = (template: Template, changes: Changes): Planned => {
  const id = template.TaskTemplateId ?? '';
  const { TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo } = template;
  const parts = withoutNulls({ TaskTemplateName, TaskTemplateDescription, TaskTemplateInfo });
  // An answer without its nulls and unknown fields can be read as an input.
  const before = knownFieldsOf(parts, schema) as Fields;
  const after = patched('ChangeTemplate', before, changes, locate);
  // The service replaces a definition as a whole, and keeps what is absent.
  const touched = Object.entries(after).filter(([key, part]) => !isEqual(part, before[key]));
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (removed.length > 0) {
    const message = `${removed.join(', ')} cannot be removed, only set.`;
    throw new InputError('ChangeTemplate', [{ path: 'remove', message }]);
  }
  const tool = { name: 'ChangeTemplate', input: schema, isRegional: false, hasDetail: false };
  const { fields } = readArguments(tool, { TaskTemplateId: id, ...Object.fromEntries(touched) });
  const changed = { ...before, ...withoutId(fields) };
  const differences = differencesOf(before, changed, schema);
  return { id, fields, differences, hidden: hiddenNoteOf(changed, schema, differences) };
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
