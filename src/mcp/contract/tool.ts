/** What a tool is, wherever it comes from: an action of the API, a workflow, or Azure. */
import type * as z from 'zod';
import type { Effect } from '../../catalogue/action.ts';
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';

export const toolGroups = [
  'job',
  'task-template',
  'compute-env',
  'machine-type',
  'workflow',
  'azure',
] as const;
export type ToolGroup = (typeof toolGroups)[number];

/** Arguments or an answer, as JSON has them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a tool may use while it runs. Bound to one request: its region and its cancellation. */
export interface ToolContext {
  readonly region: string | undefined;
  readonly signal: AbortSignal;
  /** `full` where the caller asked for everything, else `concise`. */
  readonly detail: 'concise' | 'full';
  readonly now: () => number;
  /** The preview to which somebody said yes; what it saw of the target is then what the call may insist on. */
  readonly seen?: Preview;
  /** One call of the API, in the region of this request unless another is named. */
  call<A extends ActionName>(action: A, input: InputOf<A>, region?: string): Promise<OutputOf<A>>;
  /** Tells the waiting client how far things are; counts only grow. Does nothing where nobody listens. */
  progress(done: number, total: number | undefined, message: string): void;
}

/** What a tool has to say: one line, the fields, and what can be done next. */
export interface ToolAnswer {
  readonly summary: string;
  readonly fields: Fields;
  readonly next?: readonly string[];
  /** Set where the answer is one page of a list. */
  readonly page?: Page;
  /** Set where the answer is a refusal. */
  readonly isError?: boolean;
}

/** A page of a list: where the next one begins depends on how much of this one is shown. */
export interface Page {
  readonly tool: string;
  /** The field that holds the list. */
  readonly list: string;
  readonly offset: number;
  readonly total: number;
}

/** What a destructive call would do, read from the service just now. */
export interface Preview {
  /** What is hit, in words: `job-1a2b3c4d ("night run") in ap-guangzhou`. */
  readonly target: string;
  /** What the person types to say yes. */
  readonly typed: string;
  /** The state of the target. As long as all of it stays equal, the preview is still true. */
  readonly state: Readonly<Record<string, string>>;
  /** What would be lost, counted. None of these may grow between the preview and the call. */
  readonly impact: Readonly<Record<string, number>>;
  /** The consequences, one sentence each. */
  readonly consequences: readonly string[];
  /** Whether it can be undone, and how. */
  readonly undo: string;
  /** What would bring the thing back, as far as the API tells it. */
  readonly recipe?: Recipe;
}

/** The call that recreates what was destroyed, and what it lacks. */
export interface Recipe {
  readonly tool: string;
  readonly arguments: Fields;
  /** What the API does not tell, so what a person has to add by hand. */
  readonly missing: readonly string[];
}

/** The gate of a tool that can destroy something. */
export interface ToolGate {
  /** The sentence a person reads before saying yes. */
  readonly warning: string;
  /** Whether this very call can destroy something. A read that fails counts as yes. */
  isNeeded(args: Fields, context: ToolContext): Promise<boolean>;
  /** Reads the target. @throws what the service says, for instance that there is no such target */
  preview(args: Fields, context: ToolContext): Promise<Preview>;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly group: ToolGroup;
  readonly effect: Effect;
  readonly idempotent: boolean;
  /** The whole of what the arguments may be, without our own additions. */
  readonly input: z.ZodObject;
  /** Marks the secret fields of the answer. */
  readonly output?: z.ZodType;
  /** Whether the tool takes `Region`. */
  readonly isRegional: boolean;
  /** Whether the tool takes `detail`. */
  readonly hasDetail: boolean;
  readonly gate?: ToolGate;
  /** Where this call goes and as whom, for a tool that does not go to the configured endpoint. Never a secret. */
  placeOf?(args: Fields): { readonly endpoint: string; readonly credential: string };
  /** What is kept for the way back where no gate makes a preview (a template that is changed in place). */
  recipe?(args: Fields, context: ToolContext): Promise<Recipe | undefined>;
  run(args: Fields, context: ToolContext): Promise<ToolAnswer>;
}

/** What has to be known to list a tool; nothing has to be configured for it. */
export type ListableTool = Pick<
  Tool,
  'name' | 'title' | 'description' | 'group' | 'effect' | 'idempotent' | 'input' | 'isRegional' | 'hasDetail'
> & { readonly gate?: Pick<ToolGate, 'warning'> };

/** What `tools/list` says about one tool. */
export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: JsonSchema & { readonly type: 'object' };
  readonly outputSchema: { readonly type: 'object' };
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** A listed tool with its group, by which the operator chooses; the group is not part of the protocol. */
export interface ListEntry {
  readonly group: ToolGroup;
  readonly tool: ListedTool;
}

export type JsonSchema = { readonly [key: string]: unknown };
