/** What the gate may decide, and why. */
import type { Fields, Preview, ToolAnswer } from './tool.ts';

export type ConfirmPolicy = 'auto' | 'ask' | 'flag' | 'none';

/** How a decision was reached; goes to the audit. */
export type DecisionReason =
  | 'not_required'
  | 'policy_none'
  | 'preview_code'
  | 'asked'
  | 'preview'
  | 'asking'
  | 'declined'
  | 'cancelled'
  | 'not_shown'
  | 'wrong_text'
  | 'blocked'
  | 'bad_state'
  | 'cannot_ask'
  | 'target_changed';

export type Decision =
  | {
      readonly outcome: 'go';
      readonly how: DecisionReason;
      readonly fields: Fields;
      readonly preview?: Preview;
    }
  | { readonly outcome: 'stop'; readonly how: DecisionReason; readonly answer: ToolAnswer }
  | {
      readonly outcome: 'ask';
      readonly how: 'asking';
      readonly message: string;
      readonly typed: string;
      readonly state: string;
    };
