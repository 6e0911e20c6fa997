/** Who calls a tool, and what that client can do. */

/** What the user is asked, and what they have to type. */
export interface ElicitationRequest {
  /** The preview, as text for the user. */
  readonly message: string;
  /** The text that confirms the call. */
  readonly confirmationText: string;
}

/** What the client returned. `failed`: the form could not be shown, or was not answered in time. */
export type ElicitationResult =
  /** `typedText`: what the user typed; unchecked. */
  | { readonly action: 'accept'; readonly typedText: unknown }
  | { readonly action: 'decline' | 'cancel' }
  | {
      readonly action: 'failed';
      /** `unsupported`: the client has no such method (-32601). `timeout`: no answer in time. */
      readonly cause: 'unsupported' | 'timeout' | 'error';
      readonly message: string;
    };

/**
 * How a client asks its user. `inline`: during the call (protocol up to 2025-11-25, or a terminal).
 * `multi-round`: the call returns the question, and is repeated with the answer and our state (2026-07-28).
 */
export type Elicitor =
  | {
      readonly kind: 'inline';
      elicit(request: ElicitationRequest, signal: AbortSignal): Promise<ElicitationResult>;
    }
  | {
      readonly kind: 'multi-round';
      readonly reply?: { readonly state: string; readonly result: ElicitationResult };
    };

export interface Caller {
  /** Name of the client as it gave it; for the audit only. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Aborted when the session is ending: calls that wait should return now. */
  readonly closing?: AbortSignal;
  /** Absent where the client cannot ask the user. */
  readonly elicitor?: Elicitor;
  /** Absent where the client did not ask for progress. */
  progress?(done: number, total: number | undefined, message: string): void;
}
