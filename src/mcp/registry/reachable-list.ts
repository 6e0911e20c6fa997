/** The list of an assistant, and what it can reach with it. */
import type { JsonSchema, ListEntry } from '../contract/tool.ts';
import { type ReachableTools, withReachable } from '../render/reachable.ts';
import { type Selection, scriptableNamesOf, selectTools } from './tool-selection.ts';

export interface ReachableList {
  /** The listed tools; their descriptions name only what can be reached. */
  readonly entries: readonly ListEntry[];
  /** Names of the tools that a script may call; empty where scripts are not listed. */
  readonly scriptable: ReadonlySet<string>;
  readonly reachable: ReachableTools;
}

const scriptTool = 'RunScript';

/**
 * Selects what is listed.
 * @param all every tool there is, by whose names texts are searched
 * @param available those that the operator has configured
 * @throws ConfigError for a name in the selection that is neither a group nor a tool
 */
export const listReachable = (
  all: readonly ListEntry[],
  available: readonly ListEntry[],
  selection: Selection,
): ReachableList => {
  const selected = selectTools(available, selection);
  const listed = new Set(selected.map(({ tool }) => tool.name));
  const scriptable = listed.has(scriptTool) ? scriptableNamesOf(available, selection) : new Set<string>();
  const reachable: ReachableTools = { all: new Set(all.map(({ tool }) => tool.name)), listed, scriptable };
  // What a script can call needs no remark in the description of the script itself.
  const inScript: ReachableTools = { ...reachable, listed: new Set([...listed, ...scriptable]) };
  const entries = selected.map((entry) =>
    entryFor(entry, entry.tool.name === scriptTool ? inScript : reachable),
  );
  return { entries, scriptable, reachable };
};

const entryFor = (entry: ListEntry, reachable: ReachableTools): ListEntry => ({
  ...entry,
  tool: {
    ...entry.tool,
    description: withReachable(entry.tool.description, reachable),
    inputSchema: { ...schemaFor(entry.tool.inputSchema, reachable), type: 'object' },
  },
});

/** A schema whose descriptions name only what can be reached. */
const schemaFor = (schema: JsonSchema, reachable: ReachableTools): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([key, part]): readonly (readonly [string, unknown])[] => {
      if (key === 'description' && typeof part === 'string') {
        const description = withReachable(part, reachable);
        return description === '' ? [] : [[key, description]];
      }
      if (key === 'properties') return [[key, mapValues(part, (field) => schemaFor(field, reachable))]];
      if (key === 'items') return [[key, schemaFor(asSchema(part), reachable)]];
      return [[key, part]];
    }),
  );

const mapValues = (value: unknown, change: (part: JsonSchema) => JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(asSchema(value)).map(([key, part]) => [key, change(asSchema(part))]));

// JSON Schema is JSON: every part that is looked into here is an object.
const asSchema = (value: unknown): JsonSchema => (value ?? {}) as JsonSchema;
