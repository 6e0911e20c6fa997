/** The catalogue as Markdown: the reference of one action, of all actions, and the table of tools. Pure. */
import * as z from 'zod';
import type { Action, Effect, Example, Group } from './action.ts';
import { type ErrorCode, errorCodes } from './error-codes.ts';
import { type ActionName, actionNames, actions } from './index.ts';
import { type TypeName, types } from './shapes/index.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** How nested types are shown: expanded where they occur, or as a link to their section. */
type Form = 'inline' | 'linked';

/** The catalogue's bound of integers without a documented one; not worth showing. */
const maxInt32 = 2_147_483_647;

const groupTitles: Readonly<Record<Group, string>> = {
  job: 'Jobs',
  'task-template': 'Task templates',
  'compute-env': 'Compute environments',
  'machine-type': 'Machine types',
};
const effectWords: Readonly<Record<Effect, string>> = {
  read: 'read-only',
  create: 'creates',
  change: 'modifies',
  destroy: 'destructive',
};

/**
 * The reference of one action: description, input, answer, error codes with the next step, examples.
 * @returns Markdown that begins with a first-level heading
 */
export const referenceOf = (name: ActionName): string => `${sectionOf(name, '#', 'inline')}\n`;

/** The fields of an input, as a list: for tools that are not actions. */
export const inputFieldsOf = (input: z.ZodObject): string =>
  fieldList(jsonOf(input, 'input'), true, 'inline');

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
      ...namesIn(group).map((name) => sectionOf(name, '###', 'linked')),
    ]),
    '## Types',
    ...typeNames.map((name) => `### ${name}\n\n${fieldList(jsonOf(types[name], 'input'), true, 'linked')}`),
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

// The keys of a literal; TypeScript widens them to string.
const typeNames = Object.keys(types) as readonly TypeName[];
const actionOf = (name: ActionName): Action => actions[name];
const namesIn = (group: Group) => actionNames.filter((name) => actionOf(name).group === group);
const linkTo = (name: string) => `[${name}](#${name.toLowerCase()})`;
const firstSentenceOf = (text: string) => `${text.split(/(?<=\.) /)[0] ?? text}`;

const effectOf = ({ effect, destroysWith }: Action): string => {
  if (effect === 'destroy') return 'destructive, requires confirmation';
  return destroysWith
    ? `${effectWords[effect]}; requires confirmation with \`${destroysWith}\``
    : effectWords[effect];
};

const retryTextOf = ({ input, idempotent }: Action): string => {
  if (Object.hasOwn(input.shape, 'ClientToken')) return 'Idempotent with a ClientToken.';
  return idempotent ? 'Idempotent.' : 'Not idempotent.';
};

const sectionOf = (name: ActionName, level: '#' | '###', form: Form): string => {
  const action = actionOf(name);
  const { summary, warning, rate, docs, errors, examples } = action;
  return [
    `${level} ${name}`,
    summary,
    [
      `- Effect: ${effectOf(action)}. ${retryTextOf(action)}`,
      ...(warning ? [`- Warning: ${warning}`] : []),
      `- Rate limit: ${rate.documented} requests per second and region${rate.mainland ? ` (${rate.mainland} on the mainland site)` : ''}.`,
      `- Vendor documentation: ${docs}`,
    ].join('\n'),
    `${level}# Input`,
    fieldList(jsonOf(action.input, 'input'), true, form) || 'None.',
    `${level}# Answer`,
    'Values that are not known yet are null.',
    fieldList(jsonOf(action.output, 'output'), false, form),
    `${level}# Error codes`,
    form === 'linked' ? `${codeNames(errors)}; see [Error codes](#error-codes).` : codeList(errors),
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
  'returns',
  fenced(output),
];
const fenced = (value: unknown) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

/** A copy of a type with another description or more rules shares the same `shape` object. */
const typeNameOf = (schema: z.core.$ZodType): TypeName | undefined =>
  schema instanceof z.ZodObject
    ? typeNames.find((name) => types[name].def.shape === schema.def.shape)
    : undefined;

/** The JSON schema, in which each object of a named type of the API is marked with that name. */
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
 * The fields of an object as a nested list.
 * @param isInput whether the caller writes them: only then are required fields and limits shown
 */
const fieldList = (schema: Schema, isInput: boolean, form: Form, indent = ''): string =>
  Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      // A property may be `true` in JSON Schema; zod never emits that.
      const field = property as Schema;
      const known = withoutNull(field);
      const facts = [
        typeTextOf(known, form),
        ...(isInput && (schema.required ?? []).includes(name) ? ['required'] : []),
        ...(known === field ? [] : ['may be null']),
        ...(isInput ? limitsOf(known) : []),
        ...(known.format === 'password' ? ['secret'] : []),
      ];
      const item = itemOf(field);
      const isLinked = form === 'linked' && item[typeMark] !== undefined;
      const inner = isLinked ? '' : fieldList(item, isInput, form, `${indent}  `);
      return `${indent}- \`${name}\` (${facts.join(', ')}): ${field.description ?? ''}${inner && `\n${inner}`}`;
    })
    .join('\n');

/**
 * Unwraps lists and nullable schemas.
 * `items` may be a list or `true` in JSON Schema; here it is one schema, as no field is a tuple or untyped.
 */
const itemOf = (schema: Schema): Schema => {
  const known = withoutNull(schema);
  return known.type === 'array' && known.items ? itemOf(known.items as Schema) : known;
};

/** zod emits a nullable field as a list of types or as `anyOf`. */
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

const rangeOf = (min: number | undefined, max: number | undefined, unit: string): readonly string[] => {
  const to = max === undefined || max >= maxInt32 ? undefined : max;
  if (min === undefined || min <= -maxInt32) return to === undefined ? [] : [`at most ${to}${unit}`];
  if (to !== undefined) return [`${min} to ${to}${unit}`];
  return [min === 1 && unit !== '' ? 'not empty' : `at least ${min}${unit}`];
};
