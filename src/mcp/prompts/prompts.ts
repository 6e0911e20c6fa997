/** The list of prompts, and one prompt filled in. */
import { type ListedPrompt, type PromptContext, prompts, type Values } from './prompt-texts.ts';

/** The prompts in the order of the list; the same bytes every time. */
export const listPrompts = (): readonly ListedPrompt[] =>
  prompts.map(({ name, title, description, arguments: args }) => ({
    name,
    title,
    description,
    arguments: args,
  }));

export interface FilledPrompt {
  readonly description: string;
  readonly text: string;
}

export type PromptRefusal = { readonly refusal: string };

// A description of a job may be long; a whole file does not belong into an argument.
const maxArgumentLength = 20_000;

/**
 * Fills in one prompt.
 * @returns nothing where there is no such prompt; a refusal where an argument is missing, unknown or too long
 */
export const fillPrompt = (
  name: string,
  values: Values,
  facts: PromptContext,
): FilledPrompt | PromptRefusal | undefined => {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt === undefined) return undefined;
  const known = prompt.arguments.map((argument) => argument.name);
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    return { refusal: `${name} has no argument ${unknown.join(', ')}; it takes ${known.join(', ')}.` };
  }
  const missing = prompt.arguments.filter((argument) => argument.required && !values[argument.name]?.trim());
  if (missing.length > 0) {
    return { refusal: `${name} needs ${missing.map((argument) => argument.name).join(' and ')}.` };
  }
  const long = known.find((key) => (values[key]?.length ?? 0) > maxArgumentLength);
  if (long !== undefined) {
    return {
      refusal: `${long} has more than ${maxArgumentLength} characters; put it into a file and name that.`,
    };
  }
  return { description: prompt.description, text: prompt.textOf(values, facts) };
};
