/** What the gate is asked, and what it decides. */
import type { BeforeSend } from '../../client/batch-client.ts';
import type { Caller, ElicitationRequest } from '../contract/caller.ts';
import type { DecisionReason } from '../contract/decision.ts';
import type { CallList, Fields, Preview, TargetPreview, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { SavedUndo } from '../undo/save-undo.ts';
import type { CheckedCall } from './before-send.ts';

/** What a tool recorded, so that it need not run again. */
export interface RecordedCalls {
  readonly calls: CallList;
  /** Of the arguments it was called with. */
  readonly argumentsDigest: string;
  /** Its own answer. */
  readonly answer: ToolAnswer;
}

export interface GateRequest extends CheckedCall {
  readonly confirm: boolean;
  readonly previewCode: string | undefined;
  /** From `digestOf`: what a confirmation is bound to. */
  readonly digest: string;
  readonly context: ToolContext;
  readonly caller: Caller;
  /** Stored with what is shown, and returned by `recall`. */
  readonly recorded?: RecordedCalls | undefined;
  /** Saves the undo recipe of a preview. */
  readonly saveUndo: (preview: Preview) => Promise<SavedUndo | undefined>;
}

/** The call may be sent. */
export interface GoDecision {
  readonly outcome: 'go';
  readonly reason: DecisionReason;
  readonly fields: Fields;
  /** What was confirmed; absent where nothing had to be. */
  readonly preview?: Preview;
  /** Inspects the target again. Must run after the rate permit is acquired, before every request. */
  readonly beforeSend?: BeforeSend;
  /** Of a list of calls: each of them. Absent where nothing had to be confirmed. */
  readonly targets?: readonly ApprovedTarget[];
}

/** One call of a confirmed list. It is sent only with its `beforeSend`; without one it is left out. */
export interface ApprovedTarget extends TargetPreview {
  readonly beforeSend?: BeforeSend;
}

/** The call is not sent; this is its answer. */
export interface StopDecision {
  readonly outcome: 'stop';
  readonly reason: DecisionReason;
  readonly answer: ToolAnswer;
}

export type GateDecision =
  | GoDecision
  | StopDecision
  | ({ readonly outcome: 'ask'; readonly reason: 'asking'; readonly state: string } & ElicitationRequest);
