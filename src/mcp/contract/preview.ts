/** What a destructive call would do: as it was read, and as it was shown. */
import type { Fields } from './answer.ts';
import type { ListedCall } from './call-list.ts';

/** The target of a destructive call, as it was just read. */
export interface Inspection {
  /** What is affected, in words: `job-1a2b3c4d ("night run") in ap-guangzhou`. */
  readonly target: string;
  /** What the user types to confirm. */
  readonly confirmationText: string;
  /** The state of the target. A change that is more than progress (STARTING to RUNNING) makes a preview stale. */
  readonly state: Readonly<Record<string, string>>;
  /** What would be lost, counted. A count that grows makes a preview stale. */
  readonly impact: Readonly<Record<string, number>>;
  /** Whether it can be undone, and how. */
  readonly undo: string;
  /** Why the call would change nothing, in one sentence. The preview then has no code, and the user is not asked. */
  readonly nothingToDo?: string;
  /** Whether the effect has been reached: after a lost response, this shows that an earlier request was executed. */
  readonly isReached?: boolean;
  /** What a preview of many calls shows of this one beside target, state and impact. */
  readonly details?: readonly string[];
  /** Of a list of calls: each target by itself. */
  readonly targets?: readonly TargetPreview[];
  /** The consequences, one sentence each. May read more; called once, for the preview. */
  consequences(): Promise<readonly string[]>;
  /** The undo recipe. May read more; called once, for the preview. */
  recipe?(): Promise<Recipe>;
}

/** What was shown before a confirmation. */
export interface Preview extends Omit<Inspection, 'consequences' | 'recipe'> {
  readonly consequences: readonly string[];
  readonly recipe?: Recipe;
}

/** One call of a list, as it was shown. */
export interface TargetPreview {
  readonly call: ListedCall;
  /** Absent where the target could not be read. */
  readonly preview?: Preview;
  /** Why the call is not sent, where it could not be inspected. */
  readonly refused?: string;
}

/** The call that recreates what was destroyed, and what it lacks. */
export interface Recipe {
  readonly tool: string;
  readonly arguments: Fields;
  /** What the API does not return, so that the user has to add it. */
  readonly missing: readonly string[];
}
