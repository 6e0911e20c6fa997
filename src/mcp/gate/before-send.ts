/** The check of a call when its rate permit is held: whether it would still do what was decided. */
import type { BeforeSend } from '../../client/batch-client.ts';
import { ConfirmationError } from '../../shared/errors.ts';
import type { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Fields, Inspection, Preview, ToolContext, ToolGate } from '../contract/tool.ts';
import { hasChanged } from './preview-text.ts';
import { type Refusal, refusalTextOf } from './refusal.ts';

export interface CheckedCall {
  readonly tool: string;
  readonly gate: ToolGate;
  readonly fields: Fields;
  /** Creates the context of the call with another signal. */
  readonly contextWith: (options?: { readonly signal: AbortSignal }) => ToolContext;
}

/** Thrown by a `BeforeSend`: the target is no longer as it was shown. Nothing was sent. */
export class TargetChangedError extends ConfirmationError {
  constructor(
    tool: string,
    readonly inspection: Inspection,
  ) {
    super(`The target has changed since the preview. ${tool} was not sent.`, 'target_changed');
  }
}

/** The refusal that blocks a call for some time, by the digest of the call. */
export const refusedBefore = (digest: string, refusals: ExpiringMap<Refusal>): Refusal | undefined => {
  const earlier = refusals.get(digest);
  return earlier && { reason: 'blocked', earlier };
};

/**
 * The check of a confirmed call.
 * @param digest of the call that was confirmed: an equal one may have been asked about at the same time, and a refusal of
 *   either is final
 */
export const checkOfConfirmed =
  (
    { tool, gate, fields, contextWith }: CheckedCall,
    preview: Preview,
    digest: string,
    refusals: ExpiringMap<Refusal>,
  ): BeforeSend =>
  async ({ mayHaveExecuted, signal }) => {
    const fresh = await gate.inspect(fields, contextWith({ signal }));
    const refusal = refusedBefore(digest, refusals);
    if (refusal) throw new ConfirmationError(refusalTextOf(tool, refusal), refusal.reason);
    if (!hasChanged(preview, fresh)) return 'send';
    if (mayHaveExecuted && isReached(fresh)) return 'already-done';
    throw new TargetChangedError(tool, fresh);
  };

/** What cannot destroy anything now may do so when it is sent: an environment that was to grow may have grown more. */
export const checkOfUnconfirmed =
  ({ tool, gate, fields, contextWith }: CheckedCall): BeforeSend =>
  async ({ mayHaveExecuted, signal }) => {
    const context = contextWith({ signal });
    if (!(await gate.isNeeded?.(fields, context))) return 'send';
    const fresh = await gate.inspect(fields, context);
    if (mayHaveExecuted && isReached(fresh)) return 'already-done';
    throw new TargetChangedError(tool, fresh);
  };

const isReached = (fresh: Inspection): boolean => fresh.isReached === true || fresh.nothingToDo !== undefined;
