/** The reference page of RunScript: every function with its arguments and what it returns, and examples. */
import * as z from 'zod';
import type { Action } from '../../catalogue/action.ts';
import { actions, isActionName } from '../../catalogue/index.ts';
import type { ListableTool } from '../contract/tool.ts';
import { fieldOf, innermostOf, isOptional, itemOf } from '../schema/schema-walk.ts';
import { isScriptFunction } from './script-functions.ts';
import { scriptLimits } from './script-limits.ts';

/** @param tools the tools that the operator allows */
export const scriptReferenceOf = (tools: ReadonlyMap<string, ListableTool>): string => {
  const functions = [...tools.values()].filter(isScriptFunction);
  return `${[
    '# RunScript',
    intro,
    '## Functions',
    linesOf(functions).join('\n'),
    '## Examples',
    ...examples.map((example) => `\`\`\`js\n${example}\n\`\`\``),
  ].join('\n')}\n`;
};

const intro = [
  `\`script\` is the body of an async function; \`return\` the answer. Each function takes one object and returns the fields of the API (null where unknown); an error has name, code, message. \`?\` optional. \`+\` creates or changes at once, at most ${scriptLimits.changes} a script, then recorded. \`!\` recorded: returns { recorded: true }, sent after one confirmation of all.`,
  "all('NAME', args) reads every page and returns the items of the list marked `*`, an array; these functions also take Offset and Limit. Tags are [{ Key, Value }], Filters [{ Name, Values }].",
  `Limits: ${scriptLimits.wallMs / 1000} s, ${scriptLimits.calls} API calls, ${scriptLimits.concurrency} at a time, within the rates (DescribeJob and DescribeJobSubmitInfo 2 a second, DescribeTask 3): filter before reading details. Secrets and values of EnvVars are masked. Date.now() is the start of the call; Math.random() repeats.`,
].join('\n');

const marks = { read: '', create: '+', change: '+', destroy: '!' } as const;
/** Of every list, and of every call that creates. */
const commonArguments = ['Offset', 'Limit', 'ClientToken'];

/** `- DescribeJobs(JobIds?, Filters?) → *JobSet[JobId JobName] TotalCount`; functions with the same arguments share a line. */
const linesOf = (functions: readonly ListableTool[]): readonly string[] => {
  const metrics = new Set<string>();
  const lines = new Map<string, string[]>();
  for (const tool of functions) {
    const rest = `(${argumentsOf(tool)})${returnsOf(tool, metrics)}`;
    lines.set(rest, [...(lines.get(rest) ?? []), `${tool.name}${markOf(tool)}`]);
  }
  return [...lines].map(([rest, names]) => `- ${names.join(', ')}${rest}`);
};

const markOf = ({ effect, gate }: ListableTool): string =>
  gate !== undefined && effect === 'change' ? '+!' : marks[effect];

const argumentsOf = ({ input }: ListableTool): string =>
  Object.keys(input.shape)
    .filter((name) => !commonArguments.includes(name))
    .map((name) => {
      const field = fieldOf(input, name);
      return `${name}${field && isOptional(field) ? '?' : ''}`;
    })
    .join(', ');

const returnsOf = ({ name, returns }: ListableTool, metrics: Set<string>): string => {
  if (isActionName(name)) return resultOf(actions[name], metrics);
  return returns === undefined ? '' : ` → ${returns}`;
};

const resultOf = ({ input, output, effect, list }: Action, metrics: Set<string>): string => {
  // A list that all() reads comes with its total count, which all() has no use for.
  const names = Object.keys(output.shape).filter(
    (name) => name !== 'RequestId' && !(list !== undefined && name.endsWith('TotalCount')),
  );
  // What the caller named comes back as well; it knows it.
  const fields = effect === 'read' ? names.filter((name) => !Object.hasOwn(input.shape, name)) : names;
  const shown = fields.map(
    (name) => `${name === list ? '*' : ''}${name}${innerOf(name, fieldOf(output, name), metrics)}`,
  );
  return shown.length === 0 ? '' : ` → ${shown.join(' ')}`;
};

/** The most fields of an item that are named; the rest can be read from an answer. */
const maxFields = 11;

/** The fields of the items of a list; of counts only the first time. */
const innerOf = (name: string, field: z.ZodType | undefined, metrics: Set<string>): string => {
  const inner = field && innermostOf(field);
  if (inner instanceof z.ZodArray && name.endsWith('Set')) {
    const item = innermostOf(itemOf(inner));
    const names = item instanceof z.ZodObject ? Object.keys(item.shape) : [];
    return `[${names.slice(0, maxFields).join(' ')}${names.length > maxFields ? ' …' : ''}]`;
  }
  if (!(inner instanceof z.ZodObject) || !name.endsWith('Metrics')) return '';
  const counts = Object.keys(inner.shape).join(' ');
  if (metrics.has(counts)) return '';
  metrics.add(counts);
  return `{${counts}}`;
};

const examples: readonly string[] = [
  "const jobs = await all('DescribeJobs', { Filters: [{ Name: 'job-state', Values: ['RUNNING'] }] });\nreturn jobs.filter((j) => !j.Tags?.some((t) => t.Key === 'owner' && t.Value === 'anna'))\n  .map((j) => ({ JobId: j.JobId, name: j.JobName, hours: (Date.now() - Date.parse(j.CreateTime)) / 36e5 }));",
  "const runs = await all('DescribeTask', { JobId: 'job-1a2b3c4d', TaskName: 'work' });\nreturn runs.reduce((sum, r) => ({ ...sum, [r.TaskInstanceState]: (sum[r.TaskInstanceState] ?? 0) + 1 }), {});",
  "const old = (await all('DescribeJobs')).filter((j) => j.JobState === 'FAILED');\nawait Promise.all(old.map(({ JobId }) => DeleteJob({ JobId })));\nreturn old.length; // one preview of all, one confirmation",
];
