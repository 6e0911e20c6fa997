/** The limits of a script, each with its reason. */

export const scriptLimits = {
  /** Characters of a script. Longer ones are data, which belongs into the API or a file. */
  scriptLength: 20_000,
  /** Memory of the isolate in pages of 64 KiB: 64 MiB hold ten thousand jobs with their details. */
  memoryPages: 1_024,
  /** Bytes of the stack of the script: some thousand calls deep. The stack of the thread is larger, so that it never overflows first. */
  stackBytes: 256 * 1024,
  /** Megabytes of the stack of the thread. */
  threadStackMb: 8,
  /** Milliseconds of computing, without the time a call takes: enough to sort a million values on a busy machine. */
  cpuMs: 5_000,
  /** Milliseconds after which the thread is ended if it has not stopped itself: loops inside QuickJS do not check the limit. */
  cpuGraceMs: 1_000,
  /** Milliseconds of the whole script. Many clients give up after 60 s; the answer has to arrive before. */
  wallMs: 45_000,
  /** API calls of a script, pages of `all` included: what the lowest rates allow in the time. */
  calls: 300,
  /** Calls that create or change something; more are recorded and confirmed first, so that a wrong loop stays small. */
  changes: 20,
  /** Calls that are recorded for one confirmation: more than fifty targets are not read by a user. */
  recorded: 50,
  /** Calls that run at the same time; the rate limits of the API hold as well. */
  concurrency: 8,
  /** Characters of the arguments of one call: the largest submission the API accepts is shorter. */
  argumentLength: 200_000,
  /** Characters of the result as JSON: several times what an answer can show. */
  resultLength: 400_000,
  /** Levels of nesting of arguments and result; no structure of the API has more than a dozen. */
  depth: 40,
  /** Characters of what the script prints. */
  logLength: 4_000,
} as const;

export type ScriptLimits = { readonly [K in keyof typeof scriptLimits]: number };

/** Whether JSON is nested deeper than allowed: what is too deep would exhaust the stack of code that walks it. */
export const isTooDeep = (json: string, max: number): boolean => {
  let depth = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > max) return true;
  }
  return false;
};
