/** What the gate may decide, and why. */

/**
 * How destructive calls are confirmed. `auto`: by the user where the client can ask, otherwise by a preview code.
 * `ask`: by the user only. `flag`: by a preview code only, which counts together with `confirm: true`. `none`: not at all.
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
