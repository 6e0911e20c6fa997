/** What a tool is, wherever it comes from: an action of the API, a workflow, or Azure. */
import type * as z from 'zod';
import type { Effect } from '../../catalogue/action.ts';
import type { Fields, ToolAnswer } from './answer.ts';
import type { ListedCall } from './call-list.ts';
import type { CallTarget } from './call-target.ts';
import type { Inspection, Recipe } from './preview.ts';
import type { ToolContext } from './tool-context.ts';

export type { Fields, Page, ToolAnswer } from './answer.ts';
export { type CallList, type ListedCall, maxListedCalls } from './call-list.ts';
export type { Inspection, Preview, Recipe, TargetPreview } from './preview.ts';
export type { ToolContext } from './tool-context.ts';

export const toolGroups = [
  'job',
  'task-template',
  'compute-env',
  'machine-type',
  'workflow',
  'file',
  'azure',
] as const;
export type ToolGroup = (typeof toolGroups)[number];

/** Arguments as they are sent, with sentences on what was added or is missing. */
export interface Completion {
  readonly fields: Fields;
  readonly notices: readonly string[];
}

/** The gate of a tool that can destroy something. */
export interface ToolGate {
  /** The sentence a user reads before confirming. */
  readonly warning: string;
  /** Whether this very call can destroy something; absent where every call can. Called again before sending. */
  isNeeded?(args: Fields, context: ToolContext): Promise<boolean>;
  /**
   * Reads the target: for the preview, and again before every request is sent.
   * @throws the service's error, for instance when the target does not exist
   */
  inspect(args: Fields, context: ToolContext): Promise<Inspection>;
  /** Of a list of calls: the gate of one of them. */
  gateOf?(call: ListedCall): ToolGate;
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
  /** Set for a tool that only a view calls: models do not see it. */
  readonly audience?: 'view';
  /** Marks the secret fields of the answer. */
  readonly output?: z.ZodType;
  /** Whether the tool takes `Region`. */
  readonly isRegional: boolean;
  /** Whether the tool takes `detail`. */
  readonly hasDetail: boolean;
  /** Takes the argument `attempt`, which selects an attempt of a task instance of a local engine. */
  readonly hasAttempts?: boolean;
  /** Takes the argument `cursor`, which continues a list that the API returns whole. */
  readonly hasCursor?: boolean;
  /** The argument that names what the call changes. Changes of one target are serialised. */
  readonly targetArgument?: string;
  /** The field of the answer that names what the call created. */
  readonly creates?: string;
  readonly gate?: ToolGate;
  /**
   * Changes nothing by itself: it makes calls of actions with `context.change`, and names others in `calls` of its answer,
   * which are confirmed together and sent one by one.
   */
  readonly makesCalls?: true;
  /**
   * Names calls that have to be confirmed. `computed`: from the arguments, again when the call is confirmed. `recorded`:
   * `run` must not run twice, so a confirmed call sends those of its preview.
   */
  readonly callList?: 'computed' | 'recorded';
  /** Adds what the operator configured to arguments that were checked; what is shown, confirmed and recorded has it. */
  complete?(args: Fields): Completion;
  /** Sends other requests than those of `call`: it is checked and recorded before it runs. */
  readonly isOwnSender?: boolean;
  /** Not a function of scripts: it answers a client that comes back. */
  readonly isClientOnly?: true;
  /** The fields of its answer in short, for scripts: `jobs[JobId name state] coverage`. Actions have theirs in the catalogue. */
  readonly returns?: string;
  /** Rarely used arguments that the compact list leaves out; the reference has them, and answers name them when they help. */
  readonly unlistedArguments?: readonly string[];
  /** How it is listed by a server that only reads, where it exists there in another form. */
  readonly readOnlyForm?: ListedFields;
  /** Where this call goes and as whom, for a tool that does not call the configured endpoint. Never a secret. */
  callTargetOf?(args: Fields): Pick<CallTarget, 'endpoint' | 'credential'>;
  /** The undo recipe of a tool without a gate that overwrites something (a template changed in place). */
  recipe?(args: Fields, context: ToolContext): Promise<Recipe | undefined>;
  /** @throws InputError, ConfirmationError, ApiError, TransportError, ConfigError */
  run(args: Fields, context: ToolContext): Promise<ToolAnswer>;
}

/** The part of a tool that lists need; nothing has to be configured for it. */
export type ListableTool = ListedFields & {
  readonly gate?: Pick<ToolGate, 'warning'>;
  /** How it is listed by a server that only reads, where it exists there in another form. */
  readonly readOnlyForm?: ListedFields;
};

type ListedFields = Pick<
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
  | 'makesCalls'
  | 'callList'
  | 'hasCursor'
  | 'isClientOnly'
  | 'returns'
  | 'audience'
  | 'unlistedArguments'
>;

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
    /** Absent where the tool only reads. */
    readonly idempotentHint?: boolean;
  };
}

/** A listed tool with what the operator chooses by, which is not part of the protocol. */
export interface ListEntry {
  readonly group: ToolGroup;
  /** By which a server that only reads decides what it lists; hints are for clients. */
  readonly effect: Effect;
  /** Set for a tool that only a view calls. */
  readonly audience?: 'view';
  readonly tool: ListedTool;
  /** How a server that only reads lists it; absent where that is the same, or not at all. */
  readonly readOnly?: ListedTool;
}

export type JsonSchema = { readonly [key: string]: unknown };
