/** The answer of RunScript: what the script returned, or why it did not, and what its calls did. */
import leven from 'leven';
import { isActionName } from '../../catalogue/index.ts';
import type { Fields, ToolAnswer } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { counted } from '../render/counted.ts';
import { toText } from '../render/to-text.ts';
import { truncateToTokens } from '../render/truncate.ts';
import type { IsolateResult, ScriptFailure, ThrownError } from './isolate.ts';
import { tabulated } from './result-tables.ts';
import type { ScriptCalls } from './script-calls.ts';
import { isTooDeep, type ScriptLimits } from './script-limits.ts';
import { isWithoutText } from './text-free.ts';

/** Below the ceiling of an answer: what the script printed and the preview of its calls have to fit beside it. */
const maxResultTokens = 5_500;

export interface Ended {
  readonly result: IsolateResult;
  readonly calls: ScriptCalls;
  readonly limits: ScriptLimits;
  /** Names of the functions of the script. */
  readonly functions: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const scriptAnswerOf = (ended: Ended): ToolAnswer => {
  const { result, calls, limits } = ended;
  if (result.failure !== undefined) return failedAnswerOf(result.failure, ended);
  const json = result.value ?? 'null';
  if (isTooDeep(json, limits.depth)) return failedAnswerOf({ reason: 'depth' }, ended);
  const value: unknown = JSON.parse(json);
  const recorded = calls.recorded();
  const { fields, truncated } = truncateToTokens({ result: tabulated(value, ended.now) }, maxResultTokens);
  return {
    summary: `The script returned ${kindOf(value)} (${callsOf(calls)}).`,
    fields: {
      ...resultFieldsOf(fields, calls),
      ...(truncated.length > 0 && { shortened: truncated }),
      ...commonFieldsOf(ended),
    },
    next: [
      ...(value === null && recorded.length === 0
        ? ['It returned nothing: end the script with return.']
        : []),
      ...(truncated.length > 0
        ? ['Return less to see all of it: fewer columns, a filter, a slice, a sum.']
        : []),
    ],
    calls: recorded,
    isVerbatim: true,
  };
};

/** Text that a job wrote may be anywhere in the result, so all of it is marked then, unless it holds no text at all. */
const resultFieldsOf = (fields: Fields, calls: ScriptCalls): Fields =>
  calls.hasReadUntrusted() && !isWithoutText(fields.result)
    ? { result: untrustedText(toText(fields.result), 'result of a script that read text of jobs') }
    : fields;

const commonFieldsOf = ({ result, calls }: Ended): Fields => ({
  ...(calls.changes().length > 0 && { changes: calls.changes() }),
  ...(calls.notices().length > 0 && { notices: calls.notices() }),
  ...(result.log !== '' && {
    console: untrustedText(result.log, `printed by the script${result.isLogCut ? ', not all of it' : ''}`),
  }),
});

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return `a list of ${counted(value.length, 'item')}`;
  if (value === null) return 'nothing';
  return typeof value === 'object'
    ? `an object of ${counted(Object.keys(value).length, 'field')}`
    : `a ${typeof value}`;
};

/** `34 API calls: 2 DescribeJobs, 32 DescribeTask`. */
const callsOf = (calls: ScriptCalls): string => {
  const counts = [...calls.counts()];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const parts = counts.map(([action, count]) => `${count} ${action}`).join(', ');
  return `${counted(total, 'API call')}${total > 0 ? `: ${parts}` : ''}`;
};

type Failure = ScriptFailure | { readonly reason: 'depth' };

const failedAnswerOf = (failure: Failure, ended: Ended): ToolAnswer => {
  const { calls } = ended;
  const dropped = calls.recorded().length;
  const isThrown = failure.reason === 'thrown';
  const text = isThrown ? thrownTextOf(failure.error, ended) : limitTextOf(failure, ended.limits);
  return {
    summary:
      `The script failed (${callsOf(calls)}). ${dropped > 0 ? `The ${counted(dropped, 'call')} it recorded ${dropped === 1 ? 'is' : 'are'} not sent.` : ''}`.trim(),
    fields: {
      error: 'ScriptError',
      reason: failure.reason,
      message: calls.hasReadUntrusted()
        ? untrustedText(text, 'error of a script that read text of jobs')
        : text,
      ...commonFieldsOf(ended),
    },
    next: [
      ...(calls.changes().length > 0
        ? ['The calls under changes were made and stay: leave them out of the next script.']
        : []),
    ],
    isError: true,
    isVerbatim: true,
  };
};

/** `Line 3: TypeError: not a function`. */
const thrownTextOf = (error: ThrownError | undefined, ended: Ended): string => {
  if (error === undefined) return 'It threw a value that cannot be described.';
  const line = /\bscript:(\d+)/.exec(error.stack)?.[1];
  const hint = hintOf(error, ended);
  return [
    line === undefined ? '' : `Line ${line}: `,
    error.name,
    ': ',
    error.message,
    hint === '' ? '' : `${/[.!?]$/.test(error.message) ? '' : '.'} ${hint}`,
  ].join('');
};

/** What is missing, and what to use instead. */
const hintOf = ({ name, message, code }: ThrownError, { functions, calls }: Ended): string => {
  if (message === 'out of memory')
    return 'Keep less at a time: read with filters, and keep only the fields you need.';
  if (name === 'TypeError' && code === undefined) return returnedTextOf(calls);
  const missing = name === 'ReferenceError' ? /^'?([\w$]+)'? is not defined$/.exec(message)?.[1] : undefined;
  if (missing === undefined) return '';
  if (isActionName(missing)) return 'The operator does not allow it (--tools, --read-only).';
  const other = replacements.find(({ names }) => names.test(missing));
  if (other) return other.hint;
  const distanceTo = (one: string): number => leven(one.toLowerCase(), missing.toLowerCase());
  const near = [...functions].sort((a, b) => distanceTo(a) - distanceTo(b)).slice(0, maxNear);
  return `Functions with similar names: ${near.join(', ')}; RunScript without script lists all.`;
};

/** Names that are suggested in place of one that does not exist. */
const maxNear = 4;

/** Most wrong scripts read a field that a function does not return. */
const returnedTextOf = (calls: ScriptCalls): string => {
  const shapes = [...calls.shapes()].map(([name, shape]) => `${name} → ${shape}`);
  return shapes.length === 0 ? '' : `What the functions returned: ${shapes.join('; ')}.`;
};

const replacements: readonly { readonly names: RegExp; readonly hint: string }[] = [
  {
    names: /^set(Timeout|Interval|Immediate)$|^sleep$|^performance$/,
    hint: 'A script has no timers; a function that waits for a job is WaitForJob, where it is allowed.',
  },
  {
    names: /^(fetch|XMLHttpRequest|WebSocket|require|process|Buffer|fs|module|Deno|Bun)$/,
    hint: 'A script has no network, files or environment: only the functions of the API.',
  },
];

const limitTextOf = (failure: Exclude<Failure, { reason: 'thrown' }>, limits: ScriptLimits): string => {
  switch (failure.reason) {
    case 'cpu':
      return `It computed for more than ${limits.cpuMs / 1000} s, calls not counted, and was ended. Check for a loop without end, or return less.`;
    case 'wall':
      return `It took more than ${limits.wallMs / 1000} s and was ended. Calls wait for the rate limits of the API (DescribeJob 2 a second, DescribeTask 3): read lists rather than single items, filter first, or use several scripts.`;
    case 'result':
      return `The result has ${failure.length} characters, and at most ${limits.resultLength} are accepted. Return fewer fields, or a sum.`;
    case 'depth':
      return `The result is nested more than ${limits.depth} levels deep. Return a list of flat objects.`;
    case 'closing':
      return 'The session ended while it ran.';
    case 'stuck':
      return 'It waits for a promise that nothing will settle.';
    case 'broken':
      return 'It exhausted the stack or the memory of its thread, and was ended.';
    default:
      return failure satisfies never;
  }
};
