/** A list of calls behind one gate: each target is inspected by the gate of its action, and all are shown together. */
import pMap from 'p-map';
import { canonicalJson } from '../../shared/canonical-json.ts';
import { ApiError, ConfigError, InputError, TransportError } from '../../shared/errors.ts';
import {
  type CallList,
  type Inspection,
  type ListedCall,
  maxListedCalls,
  type Preview,
  type TargetPreview,
  type Tool,
  type ToolContext,
  type ToolGate,
} from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { redact } from '../render/redact.ts';
import { quoted } from '../render/untrusted.ts';
import { keyOfCall } from './digest.ts';
import { isSendable } from './preview-text.ts';

/** Together with the answer this stays below the 45 seconds in which clients expect one. */
const inspectionMs = 38_000;
/** Enough to use the documented rates at a round trip of a second; more would only queue for permits. */
const concurrency = 6;
/** A preview is shown whole or not at all: about 6,000 tokens, below the ceiling of an answer. */
const maxPreviewLength = 16_000;

/** Of a call without a gate: enough to recognise it by. */
const maxArgumentsLength = 200;

/** The tool of an action, where the operator allows it. */
export type ToolNamed = (name: string) => Tool | undefined;

/**
 * The gate of a list of calls.
 * @param calls with checked arguments; equal ones count once
 * @throws ConfigError for an action that the operator does not allow, InputError for a list that is too long
 */
export const callListGate = (calls: CallList, toolNamed: ToolNamed): ToolGate => {
  const gates = new Map(calls.map(({ action }) => [action, gateNamed(action, toolNamed)]));
  const gateOf = ({ action }: ListedCall): ToolGate => gates.get(action) ?? gateNamed(action, toolNamed);
  const distinct = distinctCallsOf(calls);
  return {
    warning: [...new Set([...gates.values()].map(({ warning }) => warning))].join(' '),
    gateOf,
    inspect: async (_, context) => inspectionOf(await inspectEach(distinct, gateOf, context), context.region),
  };
};

/** Each call once, in the order of the list. */
export const distinctCallsOf = (calls: CallList): CallList => [
  ...new Map(calls.map((call) => [keyOfCall(call), call])).values(),
];

const gateNamed = (action: string, toolNamed: ToolNamed): ToolGate => {
  const tool = toolNamed(action);
  if (tool === undefined) {
    throw new ConfigError(`${action} is not allowed: the operator did not select it with --tools.`);
  }
  return tool.gate ?? gateOfUngated(tool);
};

/** A call that destroys nothing is shown and sent with the others. */
const gateOfUngated = (tool: Tool): ToolGate => ({
  warning: `${tool.name}: ${tool.title}.`,
  inspect: async (args) => ({
    target: quoted(canonicalJson(redact(args, tool.input)), maxArgumentsLength),
    confirmationText: tool.name,
    state: {},
    impact: {},
    undo: tool.effect === 'create' ? 'What is created can be deleted again.' : '',
    consequences: async () => [],
  }),
});

const inspectEach = async (
  calls: CallList,
  gateOf: (call: ListedCall) => ToolGate,
  context: ToolContext,
): Promise<readonly TargetPreview[]> => {
  if (calls.length > maxListedCalls) {
    const message = `It names ${calls.length} targets, and at most ${maxListedCalls} are accepted: call it once for each part.`;
    throw new InputError('The list', [{ path: '', message }]);
  }
  const deadline = context.now() + inspectionMs;
  const shared = withSharedReads(context);
  let done = 0;
  return pMap(
    calls,
    async (call) => {
      const target =
        context.now() > deadline
          ? { call, refused: `not read within ${inspectionMs / 1000} s; call again for it` }
          : await inspectOne(call, gateOf(call), shared);
      done += 1;
      context.progress(done, calls.length, `${done} of ${calls.length} targets inspected`);
      return target;
    },
    { concurrency, signal: context.signal },
  );
};

/** A target that cannot be read is left out and named; the others are shown. */
const inspectOne = async (call: ListedCall, gate: ToolGate, context: ToolContext): Promise<TargetPreview> => {
  try {
    const { consequences, recipe, ...read } = await gate.inspect(call.input, context);
    const isDone = read.nothingToDo !== undefined;
    return {
      call,
      preview: {
        ...read,
        // Those of one call may take a dozen reads; for fifty calls the counts of `impact` have to do.
        consequences: read.details ?? [],
        ...(recipe && !isDone && { recipe: await recipe() }),
      },
    };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ApiError) return { call, refused: `${error.code}: ${error.serviceMessage}` };
    if (error instanceof TransportError) return { call, refused: `it could not be read: ${error.message}` };
    throw error;
  }
};

/** Two nodes of one environment need one read of it. Only for previews: before sending, everything is read again. */
const withSharedReads = (context: ToolContext): ToolContext => {
  const reads = new Map<string, Promise<unknown>>();
  const call: ToolContext['call'] = (action, input, region) => {
    const key = canonicalJson([action, input, region]);
    const read = reads.get(key) ?? context.call(action, input, region);
    reads.set(key, read);
    // Stored under the action and its input, so it has the type of that action's output.
    return read as ReturnType<typeof context.call<typeof action>>;
  };
  // The region is the same for all, and named once.
  return { ...context, region: undefined, call };
};

const inspectionOf = (targets: readonly TargetPreview[], region: string | undefined): Inspection => {
  const sent = targets.filter(isSendable);
  const what = countOf(sent.map(({ call }) => call));
  const length = targets.reduce((sum, target) => sum + lineOf(target, true).length, 0);
  if (length > maxPreviewLength) {
    const message =
      'The preview of so many targets is too long to be shown whole: call it once for each part.';
    throw new InputError('The list', [{ path: '', message }]);
  }
  const previews = sent.flatMap(({ preview }) => preview ?? []);
  return {
    target: `${actionsOf(sent)}${what}${region ? ` in ${region}` : ''}`,
    confirmationText: what,
    state: {},
    impact: sumOf(previews),
    undo: [...new Set(previews.map(({ undo }) => undo))].filter(Boolean).join(' '),
    ...(sent.length === 0 && {
      nothingToDo: `There is nothing to do for ${targets.length === 1 ? 'the target' : `any of the ${targets.length} targets`}.`,
    }),
    targets,
    consequences: async () => linesOf(targets),
  };
};

/** `TerminateJob of `; empty where there is nothing to do. */
const actionsOf = (targets: readonly TargetPreview[]): string => {
  const names = [...new Set(targets.map(({ call }) => call.action))];
  return names.length === 0 ? '' : `${names.join(', ')} of `;
};

/** One line for each target; those that are left out last, with the reason. */
const linesOf = (targets: readonly TargetPreview[]): readonly string[] => {
  const isMixed = new Set(targets.map(({ call }) => call.action)).size > 1;
  const sent = targets.filter(isSendable);
  const leftOut = targets.filter((target) => !isSendable(target));
  return [...sent, ...leftOut].map((target) => lineOf(target, isMixed));
};

/** `job-1a2b3c4d ("night run"), RUNNING: 3 running, 2 waiting`. */
const lineOf = (target: TargetPreview, isMixed: boolean): string => {
  const { call, preview, refused } = target;
  const action = isMixed ? `${call.action} ` : '';
  if (preview === undefined) return `${action}${labelOf(call)}: left out, ${refused}`;
  if (preview.nothingToDo !== undefined)
    return `${action}${preview.target}: left out. ${preview.nothingToDo}`;
  const counts = Object.entries(preview.impact).filter(([, count]) => count > 0);
  const impact = counts.map(([what, count]) => `${count} ${what}`).join(', ');
  return [`${action}${preview.target}${impact === '' ? '' : `: ${impact}`}`, ...preview.consequences].join(
    '. ',
  );
};

const sumOf = (previews: readonly Preview[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const [what, count] of previews.flatMap(({ impact }) => Object.entries(impact))) {
    if (count > 0) sums[what] = (sums[what] ?? 0) + count;
  }
  return sums;
};

/** What an action ends, and the argument that lists several. */
const nouns: Readonly<Record<string, { readonly noun: string; readonly list?: string }>> = {
  TerminateJob: { noun: 'job' },
  DeleteJob: { noun: 'job' },
  TerminateTaskInstance: { noun: 'instance' },
  DeleteTaskTemplates: { noun: 'template', list: 'TaskTemplateIds' },
  TerminateComputeNode: { noun: 'node' },
  TerminateComputeNodes: { noun: 'node', list: 'ComputeNodeIds' },
  DeleteComputeEnv: { noun: 'environment' },
};

/** Count and kind, which the user types: `9 jobs`; of more than one action `9 calls`. */
export const countOf = (calls: CallList): string => {
  const [first] = calls;
  const kind = first && nouns[first.action];
  if (kind === undefined || calls.some(({ action }) => action !== first?.action)) {
    return counted(calls.length, 'call');
  }
  const { noun, list } = kind;
  const sizes = calls.map(({ input }) =>
    list === undefined ? 1 : new Set(input[list] as readonly string[]).size,
  );
  return counted(
    sizes.reduce((sum, size) => sum + size, 0),
    noun,
  );
};

const idArguments = [
  'JobId',
  'EnvId',
  'TaskTemplateId',
  'TaskTemplateIds',
  'ComputeNodeId',
  'ComputeNodeIds',
  'InstanceIds',
];

/** The target of a call in a few characters: `job-1a2b3c4d`, `job-1a2b3c4d/work/3`, `env-1a2b3c4d/node-1a2b3c4d`. */
export const labelOf = ({ input }: ListedCall): string => {
  const ids = idArguments.flatMap((name) => input[name] ?? []).map(String);
  const { TaskName, TaskInstanceIndex } = input;
  return [
    ...ids,
    ...(typeof TaskName === 'string' ? [/^[\w-]+$/.test(TaskName) ? TaskName : quoted(TaskName)] : []),
    ...(TaskInstanceIndex === undefined ? [] : [String(TaskInstanceIndex)]),
    ...(ids.length === 0 ? [nameIn(input)] : []),
  ].join('/');
};

/** Of something that has no id yet. */
const nameIn = ({ Job, ComputeEnv, TaskTemplateName }: ListedCall['input']): string => {
  // The arguments were checked against the schema of the action.
  const { JobName } = (Job ?? {}) as { readonly JobName?: string };
  const { EnvName } = (ComputeEnv ?? {}) as { readonly EnvName?: string };
  return quoted(String(JobName ?? EnvName ?? TaskTemplateName ?? ''));
};
