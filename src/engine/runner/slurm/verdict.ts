/** What the status files of an element, and Slurm, say about its attempt. */
import { type Ending, timedOut } from '../../model/scheduler.ts';
import { isActive, type ListedElement } from './parse.ts';

/** What the wrapper of an element has recorded; `element.sh` describes the files. */
export interface ElementStatus {
  /** The element is claimed: its command has begun, or begins now. */
  readonly hasBegun: boolean;
  /** The engine has claimed it, so that it never begins. */
  readonly isCancelled: boolean;
  /** The command could not be started; the reason is in its stderr. */
  readonly isFaulty: boolean;
  /** The wrapper ended the command because its Timeout had expired. */
  readonly isTimedOut: boolean;
  /** Slurm ended the command: by `scancel`, preemption, or the like. */
  readonly isSignalled: boolean;
  /** Slurm has started the element again, which has no effect: it has forgotten what it did, and may have killed it. */
  readonly isRepeated: boolean;
  /** The exit code; undefined while it runs. */
  readonly code: number | undefined;
}

export const noStatus: ElementStatus = {
  hasBegun: false,
  isCancelled: false,
  isFaulty: false,
  isTimedOut: false,
  isSignalled: false,
  isRepeated: false,
  code: undefined,
};

export type Verdict =
  /** Slurm has it, and it has not begun. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'running' }
  /** `stopReason`: why it was ended, if the engine did not request it. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly stopReason?: string }
  /** It has ended, or is gone, and what Slurm says decides what that means. */
  | { readonly kind: 'unconfirmed' };

/**
 * The command was ended by SIGTERM or SIGKILL. Slurm may have sent it: its signal goes to all processes of the element,
 * one after another, so the wrapper may record the end of the command before it is signalled itself.
 */
const isKilled = ({ code }: Pick<ElementStatus, 'code'>): boolean => code === 143 || code === 137;

/**
 * Whether a controller that has lost its state may have ended the command: it kills what it does not know, without SIGTERM.
 * After SIGTERM, Slurm lists the element as cancelled, and otherwise the command has sent it to itself.
 * @param listed what Slurm knows of the element
 */
export const mayBeKillOfOrphan = (
  { code }: Pick<ElementStatus, 'code'>,
  listed: ListedElement | undefined,
): boolean => code === 137 || listed?.state === 'CANCELLED';

/**
 * The verdict from the files alone. What the wrapper has recorded outranks what Slurm says; only for an end that Slurm
 * may have caused, Slurm is asked for the reason.
 * @param isStopped whether the engine has requested the end
 */
export const verdictOfStatus = (status: ElementStatus, isStopped: boolean): Verdict => {
  const { code } = status;
  if (status.isCancelled) return ended({ kind: 'not-begun' });
  if (status.isFaulty) return ended({ kind: 'machine-failure', detail: 'the node could not start it' });
  if (code === undefined) return status.hasBegun ? { kind: 'running' } : { kind: 'queued' };
  if (status.isTimedOut) return ended({ kind: 'exited', code }, timedOut);
  if (!isStopped && (status.isSignalled || isKilled(status))) return { kind: 'unconfirmed' };
  return ended({ kind: 'exited', code });
};

/**
 * The verdict when the files say nothing final.
 * @param listed what Slurm knows; undefined: it does not know the element
 */
export const verdictOf = (
  status: ElementStatus,
  listed: ListedElement | undefined,
  isStopped: boolean,
): Verdict => {
  const recorded = verdictOfStatus(status, isStopped);
  if (recorded.kind === 'ended') return recorded;
  if (listed === undefined) return { kind: 'unconfirmed' };
  if (isActive(listed)) return recorded;
  const cause = causeOf(listed);
  if (cause !== undefined) return cause;
  // It ended in Slurm as a program that exits. A signal to its wrapper is never sent by the command itself.
  if (status.code !== undefined && !status.isSignalled && !status.isRepeated)
    return ended({ kind: 'exited', code: status.code });
  return { kind: 'unconfirmed' };
};

const ended = (ending: Ending, stopReason?: string): Verdict =>
  stopReason === undefined ? { kind: 'ended', ending } : { kind: 'ended', ending, stopReason };

/** What Slurm did to an element; undefined if it only ended. */
const causeOf = ({ state, node, reason }: ListedElement): Verdict | undefined => {
  const where = node === '' ? '' : ` (node ${node})`;
  switch (state) {
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
    case 'LAUNCH_FAILED':
    case 'RECONFIG_FAIL':
      return ended({ kind: 'machine-failure', detail: `its node failed${where}` });
    case 'PREEMPTED':
      return ended({ kind: 'machine-failure', detail: `preempted by a job of higher priority${where}` });
    case 'OUT_OF_MEMORY':
      // Repeated without a change, it would need as much again.
      return ended({
        kind: 'failed',
        detail: `out of memory: it used more than Slurm allows it${where}`,
      });
    case 'REVOKED':
      return ended({ kind: 'machine-failure', detail: 'Slurm gave it to another cluster' });
    case 'TIMEOUT':
    case 'DEADLINE':
      return ended({ kind: 'failed', detail: 'it reached the time limit of its job in Slurm and was ended' });
    case 'CANCELLED':
      return ended({
        kind: 'failed',
        detail: `its job in Slurm was cancelled outside this engine${reason === 'None' || reason === '' ? '' : ` (${reason})`}`,
      });
    default:
      return undefined;
  }
};
