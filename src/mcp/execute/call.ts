/** One tool call while it is made: what it needs, and how it ends. Types only. */
import type { BatchClient } from '../../client/batch-client.ts';
import type { Storage } from '../../client/cos/storage.ts';
import type { Lazy } from '../../shared/lazy.ts';
import type { Limits } from '../arguments/limits.ts';
import type { CallArguments } from '../arguments/read-arguments.ts';
import type { Caller } from '../contract/caller.ts';
import type { DecisionReason } from '../contract/decision.ts';
import type { Tool, ToolAnswer } from '../contract/tool.ts';
import type { ContextSource } from '../contract/tool-context.ts';
import type { Gate, GateDecision } from '../gate/gate.ts';
import type { ReachableTools } from '../render/reachable.ts';
import type { Disclosure } from '../render/render.ts';
import type { ExecuteServices } from './execute-approved.ts';

/** How far a call got: as the gate decided, or not even to the gate. */
export type CallReason = DecisionReason | 'wrong_arguments';

export interface CallServices extends ExecuteServices {
  readonly gate: Gate;
  /** Tools whose calls a list of calls or a composed tool may make. */
  readonly granted: ReadonlyMap<string, Tool>;
  /** What hints may name. */
  readonly reachable: ReachableTools;
  /** The API client, created when it is first needed: it loads the network. */
  readonly connect: Lazy<BatchClient>;
  readonly storage: Lazy<Storage>;
  /** Name of the profile in use; empty where there is none. */
  readonly profile: string;
  /** What the operator allows. */
  readonly limits: Limits;
  readonly dataDir: string;
  /** Why the data directory cannot be written; calls that change something then fail. */
  readonly dataDirProblem: string | undefined;
  /** What answers may disclose. */
  readonly disclosure: Disclosure;
  readonly now: () => number;
}

export interface Call {
  readonly tool: Tool;
  readonly args: CallArguments;
  readonly caller: Caller;
  readonly services: CallServices;
  readonly contexts: ContextSource;
}

export type ChangeOutcome =
  | Exclude<GateDecision, { readonly outcome: 'go' }>
  | { readonly outcome: 'done'; readonly reason: CallReason; readonly answer: ToolAnswer };
