/** What a tool is, wherever it comes from: an action of the API, a workflow, or Azure. */
import type * as z from 'zod';
import type { Effect } from '../../catalogue/action.ts';
import type { ActionName, InputOf, OutputOf } from '../../catalogue/index.ts';
import type { EngineRequests } from '../../client/engine-requests.ts';
import type { CallTarget } from './call-target.ts';

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
  /** Aborted when the session is ending: a tool that waits then returns its continuation at once. */
  readonly closing?: AbortSignal | undefined;
  /** `full` where the caller asked for everything, else `concise`. */
  readonly detail: 'concise' | 'full';
  readonly now: () => number;
  /** The preview that was confirmed. A tool with conditional requests makes them conditional on the state shown. */
  readonly approved?: Preview;
  /**
   * Calls the API, in the region of this request unless another is named. A confirmed call that changes something is
   * checked again when its rate permit is held; notices of the client go into the answer of the tool.
   */
  call<A extends ActionName>(action: A, input: InputOf<A>, region?: string): Promise<OutputOf<A>>;
  /** The attempt that the caller selected; `call` sends it with a read. */
  readonly attempt?: number | undefined;
  /** What only a local engine answers; undefined against the cloud. */
  readonly engine?: () => Promise<EngineRequests | undefined>;
  /** Reports progress to the waiting client; counts only grow. Does nothing where the client did not ask for it. */
  progress(done: number, total: number | undefined, message: string): void;
}

/** What a tool returns: a summary of one line, the fields, and the next steps. */
export interface ToolAnswer {
  readonly summary: string;
  /** JSON, and values of `untrustedText` in place of strings that a job wrote. */
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

/** The target of a destructive call, as it was just read. */
export interface Inspection {
  /** What is affected, in words: `job-1a2b3c4d ("night run") in ap-guangzhou`. */
  readonly target: string;
  /** What the user types to confirm. */
  readonly confirmationText: string;
  /** The state of the target. A change that is more than progress (STARTING to RUNNING) makes a preview stale. */
  readonly state: Readonly<Record<string, string>>;
  /** What would be lost, counted. A count that grows makes a preview stale. */
  readonly impact: Readonly<Record<string, number>>;
  /** Whether it can be undone, and how. */
  readonly undo: string;
  /** Why the call would change nothing, in one sentence. The preview then has no code, and the user is not asked. */
  readonly nothingToDo?: string;
  /** Whether the effect has been reached: after a lost response, this tells that an earlier request was carried out. */
  readonly isReached?: boolean;
  /** The consequences, one sentence each. May read more; called once, for the preview. */
  consequences(): Promise<readonly string[]>;
  /** The undo recipe. May read more; called once, for the preview. */
  recipe?(): Promise<Recipe>;
}

/** What was shown before a confirmation. */
export interface Preview extends Omit<Inspection, 'consequences' | 'recipe'> {
  readonly consequences: readonly string[];
  readonly recipe?: Recipe;
}

/** The call that recreates what was destroyed, and what it lacks. */
export interface Recipe {
  readonly tool: string;
  readonly arguments: Fields;
  /** What the API does not return, so that the user has to add it. */
  readonly missing: readonly string[];
}

/** The gate of a tool that can destroy something. */
export interface ToolGate {
  /** The sentence a user reads before confirming. */
  readonly warning: string;
  /** Whether this very call can destroy something. Called again before sending, like `inspect`. */
  isNeeded(args: Fields, context: ToolContext): Promise<boolean>;
  /**
   * Reads the target: for the preview, and again before every attempt to send.
   * @throws the service's error, for instance when the target does not exist
   */
  inspect(args: Fields, context: ToolContext): Promise<Inspection>;
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
  /** Takes the argument `attempt`, which selects an attempt of a task instance of a local engine. */
  readonly hasAttempts?: boolean;
  /** The argument that names what the call changes. Changes of one target are serialised. */
  readonly target?: string;
  /** The field of the answer that names what the call created. */
  readonly creates?: string;
  readonly gate?: ToolGate;
  /** Where this call goes and as whom, for a tool that does not call the configured endpoint. Never a secret. */
  callTargetOf?(args: Fields): Pick<CallTarget, 'endpoint' | 'credential'>;
  /** The undo recipe of a tool without a gate that overwrites something (a template changed in place). */
  recipe?(args: Fields, context: ToolContext): Promise<Recipe | undefined>;
  /** @throws InputError, ConfirmationError, ApiError, TransportError, ConfigError */
  run(args: Fields, context: ToolContext): Promise<ToolAnswer>;
}

/** The part of a tool that lists need; nothing has to be configured for it. */
export type ListableTool = Pick<
  Tool,
  | 'name'
  | 'title'
  | 'description'
  | 'group'
  | 'effect'
  | 'idempotent'
  | 'input'
  | 'isRegional'
  | 'hasDetail'
  | 'hasAttempts'
> & { readonly gate?: Pick<ToolGate, 'warning'> };

/** What `tools/list` returns for one tool. */
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
