/** Reference pages for assistants: one for each action and each nested type, short enough to be read whole. Pure. */
import * as z from 'zod';
import type { Action, Example } from './action.ts';
import { codeNames, factsOf } from './action-facts.ts';
import { fieldListOf, type LinkTo, typeNames } from './field-list.ts';
import { type ActionName, actions } from './index.ts';
import { type TypeName, types } from './shapes/index.ts';

/** A longer list of codes is not read; each error answer has the meaning of its code. */
const maxCodes = 12;
/** Types of a few plain fields are listed where they occur: a page for each would cost a call. */
const maxInlineFields = 4;

/**
 * The page of one action: description, input, answer, error codes, examples.
 * @returns Markdown that begins with a first-level heading
 */
export const actionPageOf = (name: ActionName): string => {
  const action: Action = actions[name];
  const { summary, input, output, errors, examples } = action;
  return `${[
    `# ${name}`,
    summary,
    factsOf(action),
    '## Input',
    fieldListOf(input, 'input', linkTo) || 'None.',
    ...examplesOf(examples, name),
    '## Answer',
    fieldListOf(output, 'output', linkTo),
    '## Error codes',
    errors.length > maxCodes
      ? `${errors.length} codes; the answer to a refused call explains its own.`
      : `${codeNames(errors)}.`,
  ].join('\n\n')}\n`;
};

/** The page of a nested type; undefined where there is no type of that name. */
export const typePageOf = (name: string): string | undefined => {
  const known = typeNames.find((one) => one === name);
  return known && `# ${known}\n\n${fieldListOf(types[known], 'input', linkTo)}\n`;
};

/** The fields of an input, as a list: for tools that are not actions. */
export const inputFieldsOf = (input: z.ZodObject): string => fieldListOf(input, 'input', linkTo);

/** Examples of calls; the answer is described by its fields. */
const examplesOf = (examples: readonly Example[], name: ActionName): readonly string[] => [
  examples.length > 1 ? '## Examples' : '## Example',
  examples.map(({ title, input }) => `${title}:\n\`${name} ${JSON.stringify(input)}\``).join('\n'),
];

const linkTo: LinkTo = (name) => (isInline(name) ? undefined : `batch://reference/type/${name}`);

const isInline = (name: TypeName): boolean => {
  const fields: readonly z.ZodType[] = Object.values(types[name].shape);
  return fields.length <= maxInlineFields && !fields.some(hasFields);
};

/** Whether a field is an object, or a list of objects. */
const hasFields = (schema: z.core.$ZodType): boolean => {
  if (schema instanceof z.ZodObject) return true;
  if (schema instanceof z.ZodArray) return hasFields(schema.element);
  const isWrapper = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapper && hasFields(schema.unwrap());
};
