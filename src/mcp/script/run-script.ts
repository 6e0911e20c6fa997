/** RunScript: JavaScript over the API in one call, behind the same gate as its single calls. */
import * as z from 'zod';
import { createExpiringMap } from '../../shared/expiring-map.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import type { Disclosure } from '../render/render.ts';
import { createTokens, type SentTokens, tokenTtlMs } from './client-tokens.ts';
import { runIsolated } from './isolate.ts';
import { scriptAnswerOf } from './script-answer.ts';
import { createScriptCalls } from './script-calls.ts';
import { pagedListsOf, scriptFunctionsOf } from './script-functions.ts';
import { type ScriptLimits, scriptLimits } from './script-limits.ts';
import { scriptReferenceOf } from './script-reference.ts';

export interface ScriptOptions {
  /** Only functions that read exist, and the tool counts as reading. */
  readonly isReadOnly: boolean;
  /** The tools that the operator allows; asked when a script runs. */
  readonly granted: () => ReadonlyMap<string, Tool>;
  readonly disclosure: Disclosure;
  readonly limits?: ScriptLimits;
}

const input = z.strictObject({
  script: z.string().min(1).max(scriptLimits.scriptLength).optional().describe('Body of an async function.'),
});

const base = {
  name: 'RunScript',
  title: 'Run a script over the API',
  group: 'workflow',
  idempotent: false,
  input,
  isRegional: true,
  hasDetail: false,
} as const;

/** The common case needs no reference: how functions are called, and what the most frequent ones return. */
const about =
  "Runs JavaScript over the API in one call: loops, joins, sums. Tools and API actions are async functions of one object that return its fields, tables as arrays of objects: `return (await FindJobs({ states: ['FAILED'] })).jobs`. DiagnoseJob → kinds[count where ExitCode reason proof]; ReadTaskLogs → lines[instance stream line text]; SearchTaskLogs → all matches likewise. `await all('DescribeTask', { JobId, TaskName })`: whole list of an action (TaskInstanceIndex, ExitCode, RunningTime: its start, EndTime). Return final figures, not raw lists.";
const doc = 'A wrong name is answered with the right ones; without script: a long list of all.';

/** In read-only mode. */
const readingForm = {
  ...base,
  effect: 'read',
  description: `${about} Only functions that read exist. No network or files. ${doc}`,
} as const;

const changingForm = {
  ...base,
  effect: 'destroy',
  makesCalls: true,
  callList: 'recorded',
  readOnlyForm: readingForm,
  description: `${about} RetryJobs({ JobIds }), ChangeTemplate({ TaskTemplateIds, set: ['Timeout=600'] }) (keeps masked values; dryRun) act at once; destructive calls are recorded into one preview, and confirm: true with its code sends exactly these. ${doc}`,
} as const;

// A server that runs more scripts than this in a day forgets the oldest; the service still knows their tokens.
const maxTokens = 10_000;

/** The tool. Without options it can be listed, and not called. */
export const createRunScript = (options?: ScriptOptions): Tool => {
  let sent: SentTokens | undefined;
  const run: Tool['run'] = async (args, context) => {
    if (options === undefined) throw new Error('This tool can only be listed.');
    // The arguments were checked against this schema.
    const { script } = args as z.output<typeof input>;
    sent ??= createExpiringMap<number>({ ttlMs: tokenTtlMs, max: maxTokens, now: context.now });
    return script === undefined ? referenceAnswerOf(options) : runScript(script, context, options, sent);
  };
  return { ...(options?.isReadOnly ? readingForm : changingForm), run };
};

const referenceAnswerOf = ({ granted }: ScriptOptions): ToolAnswer => ({
  summary: 'No script was given, so nothing was run. This is the reference.',
  fields: { reference: scriptReferenceOf(granted()) },
  isVerbatim: true,
});

const runScript = async (
  script: string,
  context: ToolContext,
  { granted, disclosure, limits = scriptLimits }: ScriptOptions,
  sent: SentTokens,
): Promise<ToolAnswer> => {
  const functions = scriptFunctionsOf(granted());
  const tokenOf = createTokens(script, context.region ?? '', sent, context.now);
  const calls = createScriptCalls({ functions, context, limits, disclosure, tokenOf });
  try {
    const result = await runIsolated({
      script,
      functions: [...functions.keys()],
      pages: pagedListsOf(functions),
      now: context.now(),
      limits,
      signal: context.signal,
      closing: context.closing,
      call: calls.call,
    });
    await calls.close();
    return scriptAnswerOf({ result, calls, limits, functions: [...functions.keys()], now: context.now() });
  } finally {
    await calls.close();
  }
};
