/** An action of the catalogue as a tool. */
import type { Action } from '../../catalogue/action.ts';
import { type ActionName, actions, type InputOf, type OutputOf } from '../../catalogue/index.ts';
import { answers } from '../actions/answers.ts';
import { actionGates, actionRecipes } from '../actions/previews/index.ts';
import { attemptFieldsOf, logLengthsOf, restOfLogsOf, taskLogFieldsOf } from '../actions/task-logs.ts';
import type { Fields, Page, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';

/** @param complete completes the arguments before they are used */
export const actionTool = <A extends ActionName>(name: A, complete?: Tool['complete']): Tool => {
  // Widened, because TypeScript does not follow a generic key into entries of different types.
  const action: Action = actions[name];
  const gate = actionGates[name];
  const recipe = actionRecipes[name];
  return {
    name,
    title: action.title,
    description: action.summary,
    group: action.group,
    effect: action.effect,
    idempotent: action.idempotent,
    input: action.input,
    output: action.output,
    isRegional: true,
    hasDetail: action.effect === 'read',
    hasAttempts: name === 'DescribeTaskLogs',
    // A list that has pages continues with Offset.
    hasCursor: action.effect === 'read' && !Object.hasOwn(action.input.shape, 'Offset'),
    ...(action.targetArgument !== undefined && { targetArgument: action.targetArgument }),
    ...(action.creates !== undefined && { creates: action.creates }),
    ...(gate && { gate: { warning: action.warning ?? action.summary, ...gate } }),
    ...(recipe && { recipe }),
    ...(complete && { complete }),
    run: async (args, context) => {
      // The arguments were checked against this action's schema.
      const input = args as InputOf<A>;
      if (name !== 'DescribeTaskLogs') return answerOf(name, input, await context.call(name, input), context);
      return describeTaskLogs(input as InputOf<'DescribeTaskLogs'>, context);
    },
  };
};

/** The logs are decoded, and on a local engine one instance comes with its attempts. */
const describeTaskLogs = async (
  input: InputOf<'DescribeTaskLogs'>,
  context: ToolContext,
): Promise<ToolAnswer> => {
  const attempts = await attemptFieldsOf(input, context);
  const output = await context.call('DescribeTaskLogs', input);
  const { summary, next = [] } = answers.DescribeTaskLogs(input, output);
  const lengths = await logLengthsOf(input, output, context);
  const fields = shownFieldsOf('DescribeTaskLogs', taskLogFieldsOf(input, output, lengths), context);
  const earlier =
    Object.hasOwn(attempts, 'attempts') && context.attempt === undefined
      ? ['The argument attempt, from 1, selects the logs of an earlier attempt.']
      : [];
  return {
    summary,
    fields: { ...attempts, ...fields },
    next: [...next, ...earlier, ...restOfLogsOf(output)],
  };
};

const answerOf = <A extends ActionName>(
  name: A,
  input: InputOf<A>,
  output: OutputOf<A>,
  context: ToolContext,
): ToolAnswer => {
  const { summary, next = [] } = answers[name](input, output);
  const page = pageOf(name, input as Fields, output as Fields);
  return {
    summary: `${summary}${emptyPageNoteOf(page)}`,
    fields: shownFieldsOf(name, output as Fields, context),
    next,
    ...(page && { page }),
  };
};

/** The RequestId of a read is for the vendor's support only, and an error names it as well. */
const shownFieldsOf = (name: ActionName, fields: Fields, { detail }: ToolContext): Fields => {
  const { RequestId: _, ...rest } = fields;
  return actions[name].effect === 'read' && detail === 'concise' ? rest : fields;
};

/** A page after the end of a list is empty although the list is not. */
const emptyPageNoteOf = (page: Page | undefined): string =>
  page !== undefined && page.total > 0 && page.offset >= page.total
    ? ` None of them from Offset ${page.offset} on.`
    : '';

/** Which page of which list an answer is. */
const pageOf = (name: ActionName, input: Fields, output: Fields): Page | undefined => {
  const { input: schema, list }: Action = actions[name];
  if (!Object.hasOwn(schema.shape, 'Offset')) return undefined;
  const total = Number(output.TotalCount ?? output.TaskInstanceTotalCount ?? 0);
  return list === undefined ? undefined : { tool: name, list, offset: Number(input.Offset ?? 0), total };
};
