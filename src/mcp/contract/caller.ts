/** Who calls a tool, and what that client can do. */

/** What a person is asked, and what they have to type. */
export interface ElicitationRequest {
  /** The preview, as text for a person. */
  readonly message: string;
  /** The text that means yes. */
  readonly typed: string;
}

/** What came back. `failed`: the form could not be shown, or nobody answered in time. */
export type FormAnswer =
  | { readonly action: 'accept'; readonly id: unknown }
  | { readonly action: 'decline' | 'cancel' }
  | { readonly action: 'failed'; readonly why: string };

/**
 * How a client asks its person. `direct`: while the call waits (protocol up to 2025-11-25, or a terminal).
 * `rounds`: the call ends with the question, and comes again with the answer and our state (2026-07-28).
 */
export type Elicitor =
  | { readonly kind: 'direct'; ask(question: ElicitationRequest, signal: AbortSignal): Promise<FormAnswer> }
  | { readonly kind: 'rounds'; readonly reply?: { readonly state: string; readonly answer: FormAnswer } };

export interface Caller {
  /** Name of the client as it gave it; for the audit only. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Absent where the client cannot ask. */
  readonly asker?: Elicitor;
  /** Absent where the client did not ask for progress. */
  progress?(done: number, total: number | undefined, message: string): void;
}
