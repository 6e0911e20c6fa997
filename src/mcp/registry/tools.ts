/** Each action of the catalogue as a tool, and the list of all tools. */
import { azureToolFacts } from '../../azure/index.ts';
import type { Action, Effect } from '../../catalogue/action.ts';
import { type ActionName, actionNames, actions, type InputOf, type OutputOf } from '../../catalogue/index.ts';
import { answers } from '../actions/answers.ts';
import { actionGates, actionRecipes } from '../actions/previews/index.ts';
import { taskLogFieldsOf } from '../actions/task-logs.ts';
import { additionsOf } from '../arguments/read-arguments.ts';
import type {
  Fields,
  JsonSchema,
  ListableTool,
  ListEntry,
  Page,
  Tool,
  ToolAnswer,
} from '../contract/tool.ts';
import { compactSchemaOf, portableSchemaOf } from '../schema/portable-schema.ts';
import { type WorkflowOptions, workflowTools } from '../workflows/index.ts';
import { listableOf } from './azure-tools.ts';

export interface ToolOptions extends WorkflowOptions {
  /** Tools of another service, adapted to the same form. */
  readonly others?: readonly Tool[];
}

/** Every tool there is, in the order of every list: actions, workflows, then those of other services. */
export const createTools = ({ others = [], ...options }: ToolOptions): readonly Tool[] => [
  ...actionNames.map((name) => toolOf(name, options.random)),
  ...workflowTools(options),
  ...others,
];

/** What can be listed at all, Azure's tools among them; none of it can be called without an account. */
export const everyTool = (): readonly ListableTool[] => [
  ...createTools({ random: (bytes) => new Uint8Array(bytes) }),
  ...azureToolFacts.map(listableOf),
];

const toolOf = <A extends ActionName>(name: A, random: ToolOptions['random']): Tool => {
  // Widened, because TypeScript does not follow a generic key into thirty different entries.
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
    ...(action.target !== undefined && { target: action.target }),
    ...(action.creates !== undefined && { creates: action.creates }),
    ...(gate && { gate: { warning: action.warning ?? action.summary, ...gate } }),
    ...(recipe && { recipe }),
    run: async (args, context) => {
      // The arguments were checked against this action's own schema.
      const input = args as InputOf<A>;
      const output = await context.call(name, input);
      return answerOf(name, input, output, random);
    },
  };
};

const answerOf = <A extends ActionName>(
  name: A,
  input: InputOf<A>,
  output: OutputOf<A>,
  random: ToolOptions['random'],
): ToolAnswer => {
  const { summary, next = [] } = answers[name](input, output);
  const fields: Fields =
    name === 'DescribeTaskLogs'
      ? // The comparison of names does not narrow the generic types with it.
        taskLogFieldsOf(input as InputOf<'DescribeTaskLogs'>, output as OutputOf<'DescribeTaskLogs'>, random)
      : (output as Fields);
  const page = pageOf(name, input as Fields, output as Fields);
  return { summary: `${summary}${beyondOf(page)}`, fields, next, ...(page && { page }) };
};

/** A page behind the end is empty although there are some, which has to be said. */
const beyondOf = (page: Page | undefined): string =>
  page !== undefined && page.total > 0 && page.offset >= page.total
    ? ` None of them from Offset ${page.offset} on.`
    : '';

/** Which page of which list an answer is; a log answer says in its own words how to go on. */
const pageOf = (name: ActionName, input: Fields, output: Fields): Page | undefined => {
  if (!Object.hasOwn(actions[name].input.shape, 'Offset') || name === 'DescribeTaskLogs') return undefined;
  const list = Object.keys(output).find((field) => Array.isArray(output[field]));
  const total = Number(output.TotalCount ?? output.TaskInstanceTotalCount ?? 0);
  return list === undefined ? undefined : { tool: name, list, offset: Number(input.Offset ?? 0), total };
};

// What assistants fill most often stays visible in the compact list.
const openPaths: Readonly<Record<string, ReadonlySet<string>>> = {
  SubmitJob: new Set([
    'Job',
    'Job.Tasks',
    'Job.Tasks.Application',
    'Job.Tasks.ComputeEnv',
    'Job.Dependences',
  ]),
};

/**
 * The list as clients see it.
 * @param schemas `compact` shortens nested objects; the check before sending always uses the whole
 */
export const listOf = (tools: readonly ListableTool[], schemas: 'compact' | 'full'): readonly ListEntry[] =>
  tools.map((tool) => ({
    group: tool.group,
    tool: {
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: { ...inputSchemaOf(tool, schemas), type: 'object' },
      outputSchema: { type: 'object' },
      annotations: annotationsOf(tool.effect, tool.idempotent, tool.gate !== undefined),
    },
  }));

const inputSchemaOf = (tool: ListableTool, schemas: 'compact' | 'full'): JsonSchema => {
  const own = portableSchemaOf(tool.input);
  const additions = portableSchemaOf(additionsOf(tool));
  const whole = { ...own, properties: { ...propertiesOf(own), ...propertiesOf(additions) } };
  // Azure's nested arguments have one field each, and no reference of their own.
  return schemas === 'full' || tool.group === 'azure'
    ? whole
    : compactSchemaOf(whole, openPaths[tool.name] ?? new Set(), `batch://reference/${tool.name}`);
};

// JSON Schema is JSON, and the properties of an object schema are an object.
const propertiesOf = (schema: JsonSchema): JsonSchema => (schema.properties ?? {}) as JsonSchema;

/** The protocol's hints follow from what is declared; nothing is guessed from a name. */
export const annotationsOf = (effect: Effect, idempotent: boolean, isGated: boolean) => ({
  readOnlyHint: effect === 'read',
  destructiveHint: effect === 'destroy' || isGated,
  idempotentHint: effect === 'read' || idempotent,
  openWorldHint: true,
});
