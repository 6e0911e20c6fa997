/** All tools, and the list that clients see. */
import { listableAzureTools } from '../../azure/index.ts';
import type { Action } from '../../catalogue/action.ts';
import { actionNames, actions, isActionName } from '../../catalogue/index.ts';
import { additionsOf } from '../arguments/read-arguments.ts';
import type { JsonSchema, ListableTool, ListEntry, ListedTool, Tool } from '../contract/tool.ts';
import { createFileTools, type FileOptions } from '../files/index.ts';
import { redirectCompletion } from '../logs/add-redirect.ts';
import { type CompactOptions, compactSchemaOf, portableSchemaOf } from '../schema/portable-schema.ts';
import { createRunScript, type ScriptOptions } from '../script/run-script.ts';
import { type WorkflowOptions, workflowTools } from '../workflows/index.ts';
import { createJobViewTools } from '../workflows/show-job.ts';
import { actionTool } from './action-tool.ts';

export interface ToolOptions extends WorkflowOptions {
  /** What the operator allows the file tools; undefined where they are only listed. */
  readonly files?: FileOptions | undefined;
  /** Tools of another service. */
  readonly others?: readonly Tool[];
  /** Absent where tools are only listed. */
  readonly script?: ScriptOptions;
}

/** All tools, in the order of every list: actions, workflows, scripts, files, then those of other services. */
export const createTools = ({
  others = [],
  script,
  files,
  ...options
}: ToolOptions = {}): readonly Tool[] => [
  ...actionNames.map((name) =>
    actionTool(name, name === 'SubmitJob' ? redirectCompletion(options.logPath) : undefined),
  ),
  ...workflowTools(options),
  createRunScript(script),
  ...createFileTools(files),
  ...others,
];

/** All tools that can be listed, including Azure's, which cannot be called without an account. */
export const everyTool = (): readonly ListableTool[] => [...createTools(), ...listableAzureTools];

/** The complete list: what models see, and the tools that only views call. */
export const completeList = (schemas: 'compact' | 'full'): readonly ListEntry[] =>
  listOf([...everyTool(), ...createJobViewTools().viewTools], schemas);

/**
 * The list as clients see it.
 * @param schemas `compact` shortens nested objects; arguments are always checked against the complete schema
 */
export const listOf = (tools: readonly ListableTool[], schemas: 'compact' | 'full'): readonly ListEntry[] =>
  tools.map((tool) => ({
    group: tool.group,
    effect: tool.effect,
    ...(tool.audience && { audience: tool.audience }),
    tool: listedOf(tool, schemas),
    ...(tool.readOnlyForm && { readOnly: listedOf(tool.readOnlyForm, schemas) }),
  }));

const listedOf = (tool: ListableTool, schemas: 'compact' | 'full'): ListedTool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: { ...inputSchemaOf(tool, schemas), type: 'object' },
  outputSchema: { type: 'object' },
  annotations: annotationsOf(tool),
});

const inputSchemaOf = (tool: ListableTool, schemas: 'compact' | 'full'): JsonSchema => {
  const own = portableSchemaOf(tool.input);
  const additions = portableSchemaOf(additionsOf(tool));
  const complete = { ...own, properties: { ...propertiesOf(own), ...propertiesOf(additions) } };
  // Azure's nested arguments have one field each: a pointer to the reference would be longer.
  return schemas === 'full' || tool.group === 'azure'
    ? complete
    : compactSchemaOf(complete, {
        ...nestedArgumentsOf(tool),
        shared: sharedArguments,
        reference: `batch://reference/${tool.name}`,
      });
};

/**
 * Arguments that many tools take: the instructions name them, and an answer that continues or leaves something out says
 * which of them to pass. The compact list would repeat them in every tool. `confirm` and `preview` stay, because a client
 * that sends nothing but listed arguments could otherwise never confirm.
 */
const sharedArguments: ReadonlySet<string> = new Set([
  'Region',
  'detail',
  'cursor',
  'attempt',
  'Offset',
  'Limit',
]);

/** Nested arguments whose fields stay listed in the compact schema, those that are not listed, and those shown as a form. */
const nestedArgumentsOf = ({
  name,
  unlistedArguments = [],
}: ListableTool): Pick<CompactOptions, 'open' | 'unlisted' | 'forms'> => {
  if (!isActionName(name)) return { open: new Set(), unlisted: new Set(unlistedArguments), forms: {} };
  const { openArguments, unlistedArguments: unlisted, listedForms = {} }: Action = actions[name];
  return { open: new Set(openArguments), unlisted: new Set(unlisted), forms: listedForms };
};

// JSON Schema is JSON, and the properties of an object schema are an object.
const propertiesOf = (schema: JsonSchema): JsonSchema => (schema.properties ?? {}) as JsonSchema;

/**
 * The protocol's hints follow from the declared effect, never from a name. A hint that has its default value
 * (openWorldHint), or says nothing about a tool that only reads (idempotentHint), would only cost tokens.
 */
const annotationsOf = ({ effect, idempotent, gate, callList }: ListableTool): ListedTool['annotations'] => ({
  readOnlyHint: effect === 'read',
  destructiveHint: effect === 'destroy' || gate !== undefined || callList !== undefined,
  ...(effect !== 'read' && { idempotentHint: idempotent }),
});
