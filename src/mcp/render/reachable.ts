/** Sentences of this program that name tools: they name none that the assistant does not have. */

import type { ToolAnswer } from '../contract/tool.ts';

/** What an assistant can reach: names of tools. */
export interface ReachableTools {
  /** Of every tool there is, by which texts are searched. */
  readonly all: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  /** Of those that a script can call. */
  readonly scriptable: ReadonlySet<string>;
}

/** An answer whose hints name only what can be reached. */
export const reachableAnswerOf = (answer: ToolAnswer, tools: ReachableTools): ToolAnswer => {
  const { fields, next } = answer;
  const isUndoHint = typeof fields.undo === 'string';
  // What only a script can call is said with its first mention.
  const said = new Set<string>();
  return {
    ...answer,
    ...(isUndoHint && { fields: { ...fields, undo: withReachable(String(fields.undo), tools, said) } }),
    ...(next && { next: next.map((sentence) => withReachable(sentence, tools, said)).filter(Boolean) }),
  };
};

/**
 * Adapts a text to the tools that are listed. Of a tool that only a script can call, the text says so; a clause about a
 * tool that cannot be called is left out. Clauses end with a full stop or a semicolon.
 * @param text a hint or a description of this program; must hold no text of a user or a job
 * @param said the tools of which an earlier text of the same answer has said that a script can call them
 * @returns empty where nothing remains
 */
export const withReachable = (text: string, tools: ReachableTools, said = new Set<string>()): string => {
  const isUnreachable = (name: string) => !isReachable(name, tools);
  const clauses = text
    .split(/(?<=[.;])\s+/)
    .map((clause) => withoutInParentheses(clause, (name) => tools.all.has(name) && isUnreachable(name)));
  const isGone = (clause: string): boolean => namesIn(clause, /[A-Za-z]+/g, tools).some(isUnreachable);
  return clauses
    .map((clause, at) => (isGone(clauses[at + 1] ?? '') ? clause.replace(/;$/, '.') : clause))
    .filter((clause) => !isGone(clause))
    .map((clause) => {
      // A page that is named by its address can be read whether its tool is listed or not.
      const called = namesIn(clause, /(?<![/\w])[A-Z][A-Za-z]+/g, tools);
      const viaScript = [...new Set(called)].filter((name) => !tools.listed.has(name) && !said.has(name));
      for (const name of viaScript) said.add(name);
      return viaScript.length === 0
        ? clause
        : clause.replace(/[.;]?$/, (end) => ` (RunScript can call ${viaScript.join(', ')})${end}`);
    })
    .join(' ');
};

/** Whether a tool can be called, directly or by a script. */
export const isReachable = (name: string, { listed, scriptable }: ReachableTools): boolean =>
  listed.has(name) || scriptable.has(name);

const namesIn = (text: string, word: RegExp, { all }: ReachableTools): readonly string[] =>
  (text.match(word) ?? []).filter((name) => all.has(name));

/** `(DescribeJobs, DescribeComputeEnvs)`: of such a list only what can be called remains. */
const withoutInParentheses = (clause: string, isGone: (name: string) => boolean): string =>
  clause.replace(/ \(([A-Za-z]+(?:, [A-Za-z]+)*)\)/g, (whole, list: string) => {
    const names = list.split(', ');
    const rest = names.filter((name) => !isGone(name));
    if (rest.length === names.length) return whole;
    return rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  });
