/** What the gate may decide, and why. */
import type { BeforeSend } from '../../client/batch-client.ts';
import type { Fields, Preview, ToolAnswer } from './tool.ts';

/**
 * How destructive calls are confirmed. `auto`: by the user where the client can ask, otherwise by a preview code.
 * `ask`: by the user only. `flag`: by a preview code only. `none`: not at all.
 */
export type ConfirmPolicy = 'auto' | 'ask' | 'flag' | 'none';

/** How a decision was reached; recorded in the audit. */
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
  | 'nothing_to_do'
  | 'target_changed';

export type Decision =
  | {
      readonly outcome: 'go';
      readonly how: DecisionReason;
      readonly fields: Fields;
      /** What was confirmed; absent where nothing had to be. */
      readonly preview?: Preview;
      /** Inspects the target again. Must run after the rate permit is acquired, before every attempt. */
      readonly beforeSend?: BeforeSend;
    }
  | { readonly outcome: 'stop'; readonly how: DecisionReason; readonly answer: ToolAnswer }
  | {
      readonly outcome: 'ask';
      readonly how: 'asking';
      readonly message: string;
      readonly confirmationText: string;
      readonly state: string;
    };
