/** Sends the calls of a confirmed list, one by one, and reports what came of each. */
import { ApiError, ConfigError, ConfirmationError, TransportError } from '../../shared/errors.ts';
import { readStatesAfter, type StatesAfter } from '../actions/states-after.ts';
import type { ListedCall, Tool, ToolAnswer } from '../contract/tool.ts';
import { wait } from '../contract/wait.ts';
import { TargetChangedError } from '../gate/before-send.ts';
import { countOf, labelOf } from '../gate/call-list.ts';
import type { ApprovedTarget } from '../gate/gate.ts';
import { changesOf } from '../gate/preview-text.ts';
import { type Table, tableOf } from '../render/table.ts';
import { type Approval, type ExecuteServices, executeApproved } from './execute-approved.ts';

/** `done` also means accepted: what takes its time is still running. */
type Outcome = 'done' | 'left out' | 'failed' | 'unconfirmed' | 'not tried';

interface CallResult {
  readonly call: ListedCall;
  readonly outcome: Outcome;
  /** Why, or what has to be known. */
  readonly note?: string;
  /** Address of the undo recipe. */
  readonly undo?: string;
}

export interface ListApproval extends Pick<Approval, 'reason' | 'callTarget' | 'caller' | 'contextWith'> {
  /** The tool whose list it is. */
  readonly via: string;
  readonly targets: readonly ApprovedTarget[];
  /** Whether the calls were confirmed: one without a check is then left out. */
  readonly isConfirmed: boolean;
  readonly toolNamed: (name: string) => Tool | undefined;
  /** What the API client reports beside its output; emptied after each call. */
  readonly notices: string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The states are read after it, and the answer has to arrive within 45 seconds. */
const sendingMs = 38_000;
/** A service that cannot be reached three times in a row will not be reached for the others. */
const maxLost = 3;

/** Sends each call after its own inspection; a failure of one does not keep the others from being sent. */
export const executeCallList = async (list: ListApproval, services: ExecuteServices): Promise<ToolAnswer> => {
  const deadline = list.now() + sendingMs;
  const results: CallResult[] = [];
  let lost = 0;
  let stopped: string | undefined;
  for (const [index, target] of list.targets.entries()) {
    const { signal, closing } = list.caller;
    if (results.length > 0) signal.throwIfAborted();
    if (list.now() > deadline) stopped ??= 'the time of one call was over';
    if (closing?.aborted) stopped ??= 'the session ended';
    if (stopped !== undefined) {
      results.push({ call: target.call, outcome: 'not tried', note: stopped });
      continue;
    }
    try {
      results.push(await sendOne(target, list, services));
      lost = 0;
    } catch (error) {
      signal.throwIfAborted();
      const result = failureOf(target, error);
      results.push(result);
      lost = error instanceof TransportError ? lost + 1 : 0;
      if (lost >= maxLost) stopped = 'the service could not be reached';
      if (isFinal(error)) stopped = result.note;
    }
    // The inspections of the preview counted up to the length of the list, and counts only grow.
    const size = list.targets.length;
    list.caller.progress?.(size + index + 1, 2 * size, `${index + 1} of ${size} calls sent`);
  }
  const done = results.filter(({ outcome }) => outcome === 'done').map(({ call }) => call);
  return answerOf(list.via, results, await readStatesAfter(done, list.contextWith(), wait));
};

const sendOne = async (
  target: ApprovedTarget,
  { targets: _, isConfirmed, toolNamed, notices, now: __, ...approval }: ListApproval,
  services: ExecuteServices,
): Promise<CallResult> => {
  const { call, preview, refused, beforeSend } = target;
  if (isConfirmed && beforeSend === undefined) {
    return {
      call,
      outcome: 'left out',
      note: preview?.nothingToDo ?? refused ?? 'It was not in the preview.',
    };
  }
  const tool = toolNamed(call.action);
  if (tool === undefined) throw new ConfigError(`${call.action} is not allowed here.`);
  const { fields } = await executeApproved(
    { ...approval, tool, fields: call.input, ...(preview && { preview }), ...(beforeSend && { beforeSend }) },
    services,
  );
  // Written by `withUndo`.
  const { undo } = fields as { readonly undo?: { readonly saved?: string } };
  const note = notices.splice(0).join(' ');
  return {
    call,
    outcome: 'done',
    ...(note !== '' && { note }),
    ...(undo?.saved !== undefined && { undo: undo.saved }),
  };
};

const failureOf = ({ call, preview }: ApprovedTarget, error: unknown): CallResult => {
  if (error instanceof TargetChangedError) {
    const { inspection } = error;
    const changes = preview ? changesOf(preview, inspection) : '';
    return {
      call,
      outcome: 'left out',
      note: inspection.nothingToDo ?? `It has changed since the preview: ${changes}.`,
    };
  }
  const note = error instanceof Error ? error.message : String(error);
  const isUnconfirmed = error instanceof TransportError && error.mayHaveExecuted;
  // The target was read just before sending: it is gone.
  const isGone = error instanceof ApiError && error.action !== call.action;
  return { call, outcome: isUnconfirmed ? 'unconfirmed' : isGone ? 'left out' : 'failed', note };
};

/** An audit that cannot be written, or a refusal by the user meanwhile, holds for every further call. */
const isFinal = (error: unknown): boolean =>
  error instanceof ConfigError ||
  (error instanceof ConfirmationError && !(error instanceof TargetChangedError));

const outcomes: readonly Outcome[] = ['done', 'left out', 'failed', 'unconfirmed', 'not tried'];

const answerOf = (
  tool: string,
  results: readonly CallResult[],
  { states, tasks }: StatesAfter,
): ToolAnswer => {
  const actions = [...new Set(results.map(({ call }) => call.action))];
  const counts = outcomes
    .map((outcome) => ({ outcome, count: results.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0);
  const missing = results.filter(({ outcome }) => outcome === 'not tried' || outcome === 'unconfirmed');
  return {
    summary: `${actions.join(', ')} for ${countOf(results.map(({ call }) => call))}: ${counts.map(({ outcome, count }) => `${count} ${outcome}`).join(', ')}.`,
    fields: {
      results: resultsOf(results, states),
      ...(states.size > 1 && { now: stateCountsTextOf([...states.values()]) }),
      ...(tasks.length > 0 && { instances: tasks }),
    },
    next: [
      ...(missing.length > 0
        ? [
            `Call ${tool} again for the targets that were not tried or are unconfirmed: it inspects each first.`,
          ]
        : []),
      ...(results.some(({ undo }) => undo !== undefined)
        ? ['To undo one: the call in its undo resource (stored for 30 days; replace masked secrets).']
        : []),
    ],
    ...(results.every(({ outcome }) => outcome !== 'done') && { isError: true }),
  };
};

/** `8 FAILED; 1 RUNNING, terminating` */
const stateCountsTextOf = (states: readonly string[]): string =>
  [...new Set(states)].map((state) => `${states.filter((one) => one === state).length} ${state}`).join('; ');

const columns = ['action', 'target', 'result', 'now', 'note', 'undo'] as const;

/** One line for each call; the action only where there are several, and no empty columns. */
const resultsOf = (results: readonly CallResult[], states: ReadonlyMap<ListedCall, string>): Table => {
  const isMixed = new Set(results.map(({ call }) => call.action)).size > 1;
  const rows = results.map(({ call, outcome, note, undo }) => ({
    action: isMixed ? call.action : undefined,
    target: labelOf(call),
    result: outcome,
    now: states.get(call),
    note,
    undo,
  }));
  return tableOf(
    columns.filter((column) => rows.some((row) => row[column] !== undefined)),
    rows,
  );
};
