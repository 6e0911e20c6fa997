/** The catalogue as Markdown for the documentation: the reference of all actions, and the table of tools. Pure. */
import type { Action, Example, Group } from './action.ts';
import { codeNames, effectOf, factsOf } from './action-facts.ts';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import { fieldListOf, typeNames } from './field-list.ts';
import { type ActionName, actionNames, actions } from './index.ts';
import { types } from './shapes/index.ts';

const groupTitles: Readonly<Record<Group, string>> = {
  job: 'Jobs',
  'task-template': 'Task templates',
  'compute-env': 'Compute environments',
  'machine-type': 'Machine types',
};
/** The reference of all actions by group, followed by the types and the error codes. */
export const fullReference = (): string => {
  const groups = [...new Set(actionNames.map((name) => actionOf(name).group))];
  // The keys of a literal; TypeScript widens them to string.
  const codes = Object.keys(errorCodes) as readonly ErrorCode[];
  const common = codes.filter((code) => 'common' in errorCodes[code]);
  return `${[
    '# Reference',
    'All actions of BatchCompute 2017-03-12. Each action is a tool of the same name; its arguments are the fields below, and `Region`. Generated from `src/catalogue/` by `npm run docs`.',
    groups.map((group) => `- ${groupTitles[group]}: ${namesIn(group).map(linkTo).join(', ')}`).join('\n'),
    ...groups.flatMap((group) => [
      `## ${groupTitles[group]}`,
      ...namesIn(group).map((name) => sectionOf(name)),
    ]),
    '## Types',
    ...typeNames.map((name) => `### ${name}\n\n${fieldListOf(types[name], 'input', linkTo)}`),
    '## Error codes',
    `Any action can answer with: ${codeNames(common)}.`,
    codeList([...codes].sort()),
  ].join('\n\n')}\n`;
};

/** A table of all tools for the README: what each does, its effect, and whether it requires confirmation. */
export const toolTable = (): string =>
  [
    '| Tool | What it does | Effect |',
    '| --- | --- | --- |',
    ...actionNames.map((name) => {
      const action = actionOf(name);
      return `| [\`${name}\`](docs/reference.md#${name.toLowerCase()}) | ${firstSentenceOf(action.summary)} | ${effectOf(action)} |`;
    }),
  ].join('\n');

/**
 * Replaces the text between `<!-- generated:name -->` and `<!-- /generated:name -->`.
 * @throws Error if the markers are missing
 */
export const replaceSection = (text: string, name: string, content: string): string => {
  const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`The section ${name} is missing: ${open} … ${close}.`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
};

const actionOf = (name: ActionName): Action => actions[name];
const namesIn = (group: Group) => actionNames.filter((name) => actionOf(name).group === group);
const linkTo = (name: string) => `[${name}](#${name.toLowerCase()})`;
const firstSentenceOf = (text: string) => `${text.split(/(?<=\.) /)[0] ?? text}`;

const sectionOf = (name: ActionName): string => {
  const action = actionOf(name);
  return [
    `### ${name}`,
    action.summary,
    factsOf(action),
    '#### Input',
    fieldListOf(action.input, 'input', linkTo) || 'None.',
    '#### Answer',
    'Values that are not known yet are null.',
    fieldListOf(action.output, 'output', linkTo),
    '#### Error codes',
    `${codeNames(action.errors)}; see [Error codes](#error-codes).`,
    ...action.examples.flatMap((example) => exampleOf(example, name)),
  ].join('\n\n');
};

const codeList = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => `- \`${code}\`: ${errorCodes[code].meaning} Next: ${errorCodes[code].next}`).join('\n');

const exampleOf = ({ title, input, output }: Example, name: string): readonly string[] => [
  `#### Example: ${title}`,
  `${name} with`,
  fenced(input),
  'returns',
  fenced(output),
];
const fenced = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
