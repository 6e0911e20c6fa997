/** The reference page of RunScript: every function with its arguments and what it returns, and examples. */
import * as z from 'zod';
import type { Action } from '../../catalogue/action.ts';
import { actions, isActionName } from '../../catalogue/index.ts';
import { fieldOf, innermostOf, isOptional, itemOf } from '../../catalogue/schema-walk.ts';
import type { ListableTool } from '../contract/tool.ts';
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
  `\`script\`: the body of an async function; \`return\` the answer. Each function takes one object; \`?\` optional. \`+\` changes at once (at most ${scriptLimits.changes} a script), \`!\` is recorded for one confirmation. all('NAME', args) returns every item of the list marked \`*\`. Lists also take Filters: [{ Name, Values }] and ids; Tags are [{ Key, Value }]. An error has name, code, message.`,
  `Limits: ${scriptLimits.wallMs / 1000} s, ${scriptLimits.calls} API calls; DescribeJob and DescribeJobSubmitInfo 2 a second, DescribeTask 3. Secrets and EnvVars are masked.`,
].join('\n');

const marks = { read: '', create: '+', change: '+', destroy: '!' } as const;
/** Of lists, of every call that creates, and what scripts seldom need. */
const commonArguments = [
  ...['Offset?', 'Limit?', 'Filters?', 'ClientToken?', 'Dimensions?'],
  ...['JobIds?', 'EnvIds?', 'TaskTemplateIds?'],
];

/** `- DescribeJobs(JobIds?, Filters?) → *JobSet[JobId JobName] TotalCount`; functions with the same arguments share a line. */
const linesOf = (functions: readonly ListableTool[]): readonly string[] => {
  const named = new Set<string>();
  const lines = new Map<string, string[]>();
  for (const tool of functions) {
    const rest = `(${argumentsOf(tool)})${returnsOf(tool, named)}`;
    lines.set(rest, [...(lines.get(rest) ?? []), `${tool.name}${markOf(tool)}`]);
  }
  return [...lines].map(([rest, names]) => `- ${names.join(', ')}${rest}`);
};

const markOf = ({ effect, gate }: ListableTool): string =>
  gate !== undefined && effect === 'change' ? '+!' : marks[effect];

/** What it needs; what it can take beside that is named by the list of tools, by its own page, and by a refusal. */
const argumentsOf = ({ input, group, effect }: ListableTool): string => {
  const names = Object.keys(input.shape).map((name) => {
    const field = fieldOf(input, name);
    return field && isOptional(field) ? `${name}?` : name;
  });
  const shown = names.filter((name) => !commonArguments.includes(name));
  const needed = shown.filter((name) => !name.endsWith('?'));
  const others = shown.filter((name) => name.endsWith('?'));
  if (group === 'workflow' && effect !== 'read') return [...needed, ...others].join(', ');
  return [...needed, ...(others.length > 0 ? ['…'] : [])].join(', ');
};

const returnsOf = ({ name, returns }: ListableTool, named: Set<string>): string => {
  if (isActionName(name)) return resultOf(actions[name], named);
  return returns === undefined ? '' : ` → ${returns}`;
};

const resultOf = ({ input, output, effect, list }: Action, named: Set<string>): string => {
  // A list that all() reads comes with its total count, which all() has no use for.
  const names = Object.keys(output.shape).filter(
    (name) => name !== 'RequestId' && !(list !== undefined && name.endsWith('TotalCount')),
  );
  // What the caller named comes back as well; it knows it. What is created is named by its id.
  const fields = effect === 'read' ? names.filter((name) => !Object.hasOwn(input.shape, name)) : names;
  const main = fields.filter((name) => name === list || name.endsWith('Set'));
  const others = fields.filter((name) => !main.includes(name));
  const shown = [...main, ...(list === undefined ? others : [])]
    .filter((name) => !rare.test(name))
    .slice(0, maxFields)
    .map((name) => `${name === list ? '*' : ''}${name}${innerOf(name, fieldOf(output, name), named)}`);
  return shown.length === 0 ? '' : ` → ${shown.join(' ')}`;
};

/** The most fields that are named; an error of a script shows the others. */
const maxFields = 8;
/** Fields that scripts seldom read. */
const rare =
  /^(Priority|Placement|RedirectInfo|TaskMetrics|LaunchTime|NetworkCard|Externals|Std\w+Redirect\w+|InstanceFamily|TypeName|LocalDiskTypeList|(Env|Job)Description|ResourceCreatedTime|ResourceType|AgentVersion|\w+IpAddresses|AttachedComputeNodeCount|MountDataDisks|InputMappings|Authentications|Notifications|ActivityId|EnvType|Period|StateDetailedReason|NextAction)$/;

/** The fields of the items of a list; of items that were named before, none. */
const innerOf = (name: string, field: z.ZodType | undefined, named: Set<string>): string => {
  const inner = field && innermostOf(field);
  if (!(inner instanceof z.ZodArray) || !name.endsWith('Set')) return '';
  const item = innermostOf(itemOf(inner));
  const names = (item instanceof z.ZodObject ? Object.keys(item.shape) : []).filter((one) => !rare.test(one));
  const text = `[${names.slice(0, maxFields).join(' ')}]`;
  if (named.has(text)) return '[…]';
  named.add(text);
  return text;
};

const examples: readonly string[] = [
  "const runs = await all('DescribeTask', { JobId: 'job-1a2b3c4d', TaskName: 'work' });\nreturn runs.map((r) => [r.TaskInstanceIndex, Date.parse(r.EndTime) - Date.parse(r.RunningTime)]);",
  "const { jobs } = await FindJobs({ states: ['FAILED'], tags: ['owner!=anna'] });\nawait Promise.all(jobs.map(({ JobId }) => DeleteJob({ JobId }))); // one preview of all\nreturn jobs.length;",
];
