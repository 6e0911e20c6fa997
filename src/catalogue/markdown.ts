/** The catalogue as Markdown: one action whole, all of them, and the table of tools. Pure. */
import * as z from 'zod';
import type { Action, Effect, Example, Group } from './action.ts';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import { type ActionName, actionNames, actions } from './index.ts';
import { type TypeName, types } from './shapes/index.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** How the types inside are shown: written out where they occur, or as a link to the one place where they stand. */
type Form = 'inline' | 'linked';

/** What a client in a 32-bit language can hold; as a bound it says nothing about the field. */
const maxInt32 = 2_147_483_647;

const groupTitles: Readonly<Record<Group, string>> = {
  job: 'Jobs',
  'task-template': 'Task templates',
  'compute-env': 'Compute environments',
  'machine-type': 'Machine types',
};
const effectWords: Readonly<Record<Effect, string>> = {
  read: 'reads',
  create: 'creates',
  change: 'changes',
  destroy: 'destroys',
};

/**
 * One action whole: what it does, what it takes and gives, its codes with what to do about them, examples.
 * @param name the action
 * @returns Markdown that begins with a heading of the first level
 */
export const referenceOf = (name: ActionName): string => `${sectionOf(name, '#', 'inline')}\n`;

/** All actions, group by group; then each type once, and the codes that any action can answer with. */
export const wholeReference = (): string => {
  const groups = [...new Set(actionNames.map((name) => actionOf(name).group))];
  // The keys of a literal; TypeScript widens them to string.
  const codes = Object.keys(errorCodes) as readonly ErrorCode[];
  const common = codes.filter((code) => 'common' in errorCodes[code]);
  return `${[
    '# Reference',
    'Every action of BatchCompute 2017-03-12. The name of the action is the name of the tool; its arguments are the fields below, and `Region`. Generated from `src/catalogue/` by `npm run docs`.',
    groups.map((group) => `- ${groupTitles[group]}: ${namesIn(group).map(linkTo).join(', ')}`).join('\n'),
    ...groups.flatMap((group) => [
      `## ${groupTitles[group]}`,
      ...namesIn(group).map((name) => sectionOf(name, '###', 'linked')),
    ]),
    '## Types',
    ...typeNames.map((name) => `### ${name}\n\n${fieldList(jsonOf(types[name], 'input'), true, 'linked')}`),
    '## Error codes',
    `Any action can answer with: ${codeNames(common)}.`,
    codeList([...codes].sort()),
  ].join('\n\n')}\n`;
};

/** One row for each tool: what it does in a sentence, and whether it asks first. For the README. */
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
 * Replaces what stands between `<!-- generated:name -->` and `<!-- /generated:name -->`.
 * @throws Error when the text has no such place
 */
export const withSection = (text: string, name: string, content: string): string => {
  const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start)
    throw new Error(`There is no place for ${name}: ${open} … ${close} is missing.`);
  return `${text.slice(0, start + open.length)}\n${content}\n${text.slice(end)}`;
};

// The keys of a literal; TypeScript widens them to string.
const typeNames = Object.keys(types) as readonly TypeName[];
const actionOf = (name: ActionName): Action => actions[name];
const namesIn = (group: Group) => actionNames.filter((name) => actionOf(name).group === group);
const linkTo = (name: string) => `[${name}](#${name.toLowerCase()})`;
const firstSentenceOf = (text: string) => `${text.split(/(?<=\.) /)[0] ?? text}`;

const effectOf = ({ effect, destroysWith }: Action): string => {
  if (effect === 'destroy') return 'destroys, asks first';
  return destroysWith ? `${effectWords[effect]}; asks first with \`${destroysWith}\`` : effectWords[effect];
};

const repeatOf = ({ input, idempotent }: Action): string => {
  if (Object.hasOwn(input.shape, 'ClientToken'))
    return 'Sent again with the same ClientToken, it does nothing more.';
  return idempotent ? 'Sent again, it leaves things as the first call did.' : 'Sent again, it is done again.';
};

const sectionOf = (name: ActionName, level: '#' | '###', form: Form): string => {
  const action = actionOf(name);
  const { summary, warning, rate, docs, errors, examples } = action;
  return [
    `${level} ${name}`,
    summary,
    [
      `- Effect: ${effectOf(action)}. ${repeatOf(action)}`,
      ...(warning ? [`- Before saying yes: ${warning}`] : []),
      `- Rate: ${rate.documented} requests a second in a region${rate.mainland ? ` (${rate.mainland} on the mainland site)` : ''}.`,
      `- Vendor's page: ${docs}`,
    ].join('\n'),
    `${level}# Input`,
    fieldList(jsonOf(action.input, 'input'), true, form) || 'It takes nothing.',
    `${level}# Answer`,
    'A value that is not known yet is null.',
    fieldList(jsonOf(action.output, 'output'), false, form),
    `${level}# Error codes`,
    form === 'linked'
      ? `${codeNames(errors)}; explained under [Error codes](#error-codes).`
      : codeList(errors),
    ...examples.flatMap((example) => exampleOf(example, name, level)),
  ].join('\n\n');
};

const codeNames = (codes: readonly ErrorCode[]): string => codes.map((code) => `\`${code}\``).join(', ');

const codeList = (codes: readonly ErrorCode[]): string =>
  codes.map((code) => `- \`${code}\`: ${errorCodes[code].meaning} Next: ${errorCodes[code].next}`).join('\n');

const exampleOf = ({ title, input, output }: Example, name: string, level: string): readonly string[] => [
  `${level}# Example: ${title}`,
  `${name} with`,
  fenced(input),
  'answers',
  fenced(output),
];
const fenced = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

/** A copy of a type with a description or rules of its own has the same fields, and these are the same object. */
const typeNameOf = (schema: z.core.$ZodType): TypeName | undefined =>
  schema instanceof z.ZodObject
    ? typeNames.find((name) => types[name].def.shape === schema.def.shape)
    : undefined;

/** The JSON schema, with the name of the API's type beside each object that is one. */
const jsonOf = (schema: z.ZodObject, io: 'input' | 'output'): Schema =>
  z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      const name = typeNameOf(zodSchema);
      if (name) jsonSchema[typeMark] = name;
    },
  });
const typeMark = 'x-type';

/**
 * The fields of an object as an indented list, and below each those of the objects inside it.
 * @param isSent whether the caller writes them: only then it matters which are required, and what the limits are
 */
const fieldList = (schema: Schema, isSent: boolean, form: Form, indent = ''): string =>
  Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      // A property can be `true` in JSON Schema; zod never emits that for a field of an object.
      const field = property as Schema;
      const known = withoutNull(field);
      const facts = [
        typeTextOf(known, form),
        ...(isSent && (schema.required ?? []).includes(name) ? ['required'] : []),
        ...(known === field ? [] : ['may be null']),
        ...(isSent ? limitsOf(known) : []),
        ...(known.format === 'password' ? ['secret'] : []),
      ];
      const item = itemOf(field);
      const isElsewhere = form === 'linked' && item[typeMark] !== undefined;
      const inner = isElsewhere ? '' : fieldList(item, isSent, form, `${indent}  `);
      return `${indent}- \`${name}\` (${facts.join(', ')}): ${field.description ?? ''}${inner && `\n${inner}`}`;
    })
    .join('\n');

/**
 * What is inside a list or behind a null; the schema itself where it is neither.
 * `items` may be a list or `true` in JSON Schema; zod emits one schema, as no field is a tuple or of any type.
 */
const itemOf = (schema: Schema): Schema => {
  const known = withoutNull(schema);
  return known.type === 'array' && known.items ? itemOf(known.items as Schema) : known;
};

/** zod writes a field that may be null as a choice between its type and null, in one of two ways. */
const withoutNull = (schema: Schema): Schema => {
  const { type, anyOf, ...rest } = schema;
  const known = Array.isArray(type) ? type.find((one) => one !== 'null') : undefined;
  return known ? { ...rest, type: known } : (anyOf?.find((one) => one.type !== 'null') ?? schema);
};

const typeTextOf = (schema: Schema, form: Form): string => {
  if (schema.type === 'array') return `list of ${typeTextOf(withoutNull(schema.items as Schema), form)}`;
  const name = schema[typeMark];
  if (typeof name !== 'string') return String(schema.type);
  return form === 'linked' ? linkTo(name) : name;
};

const limitsOf = (schema: Schema): readonly string[] => [
  ...(schema.enum ? [schema.enum.map((value) => `\`${String(value)}\``).join(' or ')] : []),
  ...rangeOf(schema.minimum, schema.maximum, ''),
  ...rangeOf(schema.minLength, schema.maxLength, ' characters'),
  ...rangeOf(schema.minItems, schema.maxItems, ' entries'),
];

const rangeOf = (least: number | undefined, most: number | undefined, unit: string): readonly string[] => {
  const to = most === undefined || most >= maxInt32 ? undefined : most;
  if (least === undefined || least <= -maxInt32) return to === undefined ? [] : [`at most ${to}${unit}`];
  if (to !== undefined) return [`${least} to ${to}${unit}`];
  return [least === 1 && unit !== '' ? 'not empty' : `at least ${least}${unit}`];
};
