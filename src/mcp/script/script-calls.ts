/** The calls of one script: each made as its tool makes it, or recorded until it is confirmed. */
import { isActionName } from '../../catalogue/index.ts';
import { ConfigError, InputError, TransportError } from '../../shared/errors.ts';
import { type CallArguments, readArguments } from '../arguments/read-arguments.ts';
import type { CallList, Fields, ListedCall, Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { errorAnswerOf } from '../render/error-answer.ts';
import { type Disclosure, safeFieldsOf } from '../render/render.ts';
import { hasUntrusted } from '../render/untrusted.ts';
import type { TokenOf } from './client-tokens.ts';
import { plainOf } from './plain-value.ts';
import { isTooDeep, type ScriptLimits } from './script-limits.ts';
import { shapeOf } from './shape.ts';
import { createSlots } from './slots.ts';

export interface ScriptCalls {
  /** Makes one call. Arguments and result are JSON: `{ value }` or `{ error }`. Never rejects. */
  call(name: string, args: string): Promise<string>;
  /** No further call begins; resolves when those that change something have ended. */
  close(): Promise<void>;
  /** The calls to be confirmed. */
  recorded(): CallList;
  /** What came of the calls that created or changed something, a line each. */
  changes(): readonly string[];
  /** Calls of the API, by action. */
  counts(): ReadonlyMap<string, number>;
  /** What was added to arguments, as the operator configured it. */
  notices(): readonly string[];
  /** The fields that each function has returned, in short, by its name. */
  shapes(): ReadonlyMap<string, string>;
  /** Whether the script has read text that a job wrote. */
  hasReadUntrusted(): boolean;
}

export interface ScriptCallsOptions {
  readonly functions: ReadonlyMap<string, Tool>;
  readonly context: ToolContext;
  readonly limits: ScriptLimits;
  readonly disclosure: Disclosure;
  /** The ClientToken of a call that creates something. */
  readonly tokenOf: TokenOf;
}

interface Session extends ScriptCallsOptions {
  /** Aborted when the script has ended. */
  readonly signal: AbortSignal;
  readonly recorded: ListedCall[];
  readonly changes: string[];
  readonly counts: Map<string, number>;
  readonly notices: Set<string>;
  readonly changing: Set<Promise<unknown>>;
  readonly shapes: Map<string, string>;
  /** Calls of the API. */
  started: number;
  /** Calls that create or change something. */
  changed: number;
  /** Calls of functions. */
  ended: number;
  hasReadUntrusted: boolean;
}

export const createScriptCalls = (options: ScriptCallsOptions): ScriptCalls => {
  const ending = new AbortController();
  const session: Session = {
    ...options,
    signal: AbortSignal.any([options.context.signal, ending.signal]),
    recorded: [],
    changes: [],
    counts: new Map(),
    notices: new Set(),
    changing: new Set(),
    shapes: new Map(),
    started: 0,
    changed: 0,
    ended: 0,
    hasReadUntrusted: false,
  };
  const slots = createSlots(options.limits.concurrency, () => new Error('The script has ended.'));
  return {
    call: async (name, text) => {
      try {
        const value = plainOf(await slots.run(() => perform(name, text, session)));
        session.shapes.set(name, shapeOf(value));
        return JSON.stringify({ value });
      } catch (error) {
        return JSON.stringify({ error: errorOf(error, name, session) });
      } finally {
        session.ended += 1;
        options.context.progress(
          session.ended,
          undefined,
          `${counted(session.ended, 'call')}, the last was ${name}`,
        );
      }
    },
    close: async () => {
      slots.close();
      ending.abort();
      await Promise.allSettled(session.changing);
    },
    recorded: () => session.recorded,
    changes: () => session.changes,
    counts: () => session.counts,
    notices: () => [...session.notices],
    shapes: () => session.shapes,
    hasReadUntrusted: () => session.hasReadUntrusted,
  };
};

/** @returns the fields of the answer, masked and cleaned: a script that saw a secret could encode it */
const perform = async (name: string, text: string, session: Session): Promise<Fields> => {
  const { functions, limits, disclosure } = session;
  const tool = functions.get(name);
  if (tool === undefined) throw new ConfigError(`There is no function ${name}.`);
  if (isTooDeep(text, limits.depth))
    throw argumentError(name, `It is nested more than ${limits.depth} levels deep.`);
  const sent: unknown = JSON.parse(text);
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    throw argumentError(name, 'It takes one object, whose fields are the arguments.');
  }
  // An object of JSON has fields.
  const args = readArguments(tool, sent as Fields);
  if (args.attempt !== undefined) throw argumentError(name, 'It cannot be used in a script.', 'attempt');
  for (const notice of args.notices) session.notices.add(notice);
  const answer = await answerOf(tool, args, session);
  session.hasReadUntrusted ||= hasUntrusted(answer.fields);
  const safe = safeFieldsOf(answer.fields, tool.output, disclosure);
  if (isActionName(name)) return safe;
  // What was considered is in the summary of a workflow; a page of its list does not say how long the list is.
  const { summary, page } = answer;
  const total = page && { total: page.total };
  return safeFieldsOf({ summary, ...emptyListsOf(tool), ...safe, ...total }, undefined, disclosure);
};

/** An answer leaves out a list without items; a script reads it without asking. */
const emptyListsOf = ({ effect, returns = '' }: Tool): Fields =>
  effect === 'read'
    ? Object.fromEntries([...returns.matchAll(/(\w+)\[/g)].map(([, name]) => [name, []]))
    : {};

const argumentError = (tool: string, message: string, path = ''): InputError =>
  new InputError(tool, [{ path, message }]);

const answerOf = async (tool: Tool, args: CallArguments, session: Session): Promise<ToolAnswer> => {
  const { context } = session;
  if (tool.effect === 'read') return tool.run(args.fields, innerContextOf(args, session));
  // What is confirmed together, and what an audit record names, is in one region.
  if (args.region !== undefined && args.region !== context.region) {
    throw argumentError(
      tool.name,
      'A call that changes something goes to the Region of RunScript: give it there.',
      'Region',
    );
  }
  if (!tool.makesCalls) return change({ action: tool.name, input: args.fields }, session);
  const answer = await tool.run(args.fields, {
    ...innerContextOf(args, session),
    change: (call) => change(call, session),
  });
  for (const call of answer.calls ?? []) record(call, session);
  return (answer.calls ?? []).length === 0
    ? answer
    : { ...answer, fields: { ...answer.fields, recorded: true } };
};

/** The context of one call: every request counts, and ends with the script. */
const innerContextOf = (args: CallArguments, session: Session): ToolContext => {
  const { context, counts, signal, limits } = session;
  const region = args.region ?? context.region;
  return {
    ...context,
    region,
    signal,
    detail: 'full',
    progress: () => undefined,
    call: (action, input, named = region) => {
      signal.throwIfAborted();
      session.started += 1;
      if (session.started > limits.calls) {
        throw new ConfigError(
          `A script may make ${limits.calls} calls of the API, and this is one more. Narrow it with filters, or use several scripts.`,
        );
      }
      counts.set(action, (counts.get(action) ?? 0) + 1);
      return context.call(action, input, named);
    },
  };
};

/** Makes a call that needs no confirmation, and records any other. */
const change = async (call: ListedCall, session: Session): Promise<ToolAnswer> => {
  const { functions, context, limits, changing } = session;
  const { action, input } = call;
  const tool = functions.get(action);
  if (tool === undefined || context.change === undefined)
    throw new ConfigError(`There is no function ${action}.`);
  const isGated = tool.gate && (!tool.gate.isNeeded || (await tool.gate.isNeeded(input, context)));
  if (isGated || session.changed >= limits.changes) return record(call, session);
  session.signal.throwIfAborted();
  session.changed += 1;
  const made = makeChange(call, session);
  changing.add(made);
  try {
    return await made;
  } finally {
    changing.delete(made);
  }
};

const makeChange = async ({ action, input }: ListedCall, session: Session): Promise<ToolAnswer> => {
  const { context, tokenOf, changes, counts } = session;
  counts.set(action, (counts.get(action) ?? 0) + 1);
  const token = isActionName(action) ? tokenOf(action, input) : undefined;
  try {
    const answer = await context.change?.({ action, input: { ...input, ...token?.field } });
    if (answer === undefined) throw new ConfigError(`There is no function ${action}.`);
    changes.push(`${action}: ${answer.summary}${token?.note ?? ''}`);
    return answer;
  } catch (error) {
    // The script may catch it, and the user has to know all the same.
    if (error instanceof TransportError && error.mayHaveExecuted) {
      changes.push(`${action}: unconfirmed, there was no usable response. The same script resolves it.`);
    }
    throw error;
  }
};

const record = (call: ListedCall, { recorded, limits }: Session): ToolAnswer => {
  if (recorded.length >= limits.recorded) {
    throw new ConfigError(
      `A script may record ${limits.recorded} calls for one confirmation, and this is one more: use several scripts.`,
    );
  }
  recorded.push(call);
  return { summary: '', fields: { recorded: true } };
};

/** What a script catches: the answer that the tool would give. */
const errorOf = (error: unknown, name: string, { disclosure }: Session): Fields => {
  const { summary, fields } = errorAnswerOf(error, name);
  const { error: kind, message, code, RequestId, issues } = fields;
  const details = Array.isArray(issues)
    ? issues.map((issue: { path: string; message: string }) => `${issue.path}: ${issue.message}`)
    : [message];
  const text =
    error instanceof ConfigError ? String(message) : [summary, ...details].filter(Boolean).join(' ');
  return safeFieldsOf({ name: kind, message: text, code, RequestId, issues }, undefined, disclosure);
};
