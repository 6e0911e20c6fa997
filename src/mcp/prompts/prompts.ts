/** The list of prompts, and one prompt filled in. */
import { cleanText, quoted } from '../render/untrusted.ts';
import { type ListedPrompt, type Prompt, type PromptContext, prompts, type Values } from './prompt-texts.ts';

type Names = ReadonlySet<string>;

/**
 * The prompts in the order of the list; the same bytes every time.
 * @param tools names of the listed tools: a prompt that needs another one is left out
 */
export const listPrompts = (
  tools: Names,
  { profiles }: Pick<PromptContext, 'profiles'>,
): readonly ListedPrompt[] =>
  prompts
    .filter(({ needs }) => needs.every((name) => tools.has(name)))
    .map((prompt) => {
      const { name, title, description } = prompt;
      return { name, title, description, arguments: argumentsOf(prompt, profiles) };
    });

const argumentsOf = (prompt: Prompt, profiles: PromptContext['profiles']): ListedPrompt['arguments'] => {
  if (profiles === undefined) return prompt.arguments;
  const isRequired = profiles.default === undefined;
  const choice = `One of ${profiles.names.join(', ')}${isRequired ? '' : `; default ${profiles.default}`}.`;
  const profile = { name: 'profile', description: `Account. ${choice}`, required: isRequired };
  return [...prompt.arguments, profile];
};

export interface FilledPrompt {
  readonly description: string;
  readonly text: string;
}

export type PromptRefusal = { readonly refusal: string };

// A description of a job may be long; a file does not belong in an argument.
const maxArgumentLength = 20_000;

/**
 * Fills in one prompt.
 * @returns undefined where there is no such prompt; a refusal where an argument is missing, unknown or too long
 */
export const fillPrompt = (
  name: string,
  values: Values,
  context: PromptContext,
  tools: Names,
): FilledPrompt | PromptRefusal | undefined => {
  const prompt = prompts.find((one) => one.name === name);
  if (prompt === undefined || !prompt.needs.every((tool) => tools.has(tool))) return undefined;
  const { profiles } = context;
  const args = argumentsOf(prompt, profiles);
  const known = args.map((argument) => argument.name);
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => oneLine(key).slice(0, 100)).join(', ');
    return { refusal: `${name} has no argument ${names}; it takes ${known.join(', ')}.` };
  }
  const missing = args.filter((argument) => argument.required && !values[argument.name]?.trim());
  if (missing.length > 0) {
    return { refusal: `${name} needs ${missing.map((argument) => argument.name).join(' and ')}.` };
  }
  const { profile } = values;
  if (profile && profiles?.names.includes(profile) === false) {
    return { refusal: `There is no profile ${quoted(profile)}; it is one of ${profiles.names.join(', ')}.` };
  }
  const long = known.find((key) => (values[key]?.length ?? 0) > maxArgumentLength);
  if (long !== undefined) {
    return {
      refusal: `${long} has more than ${maxArgumentLength} characters; put it into a file and name that.`,
    };
  }
  const safe = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      prompt.textArguments.includes(key) ? quotedLines(value) : oneLine(value),
    ]),
  );
  // The site is that of the default profile.
  const isDefault = !profile || profile === profiles?.default;
  const text = prompt.textOf(safe, isDefault ? context : { ...context, site: undefined });
  return { description: prompt.description, text };
};

/** An id or a name has one line; more of them could look like steps of the prompt. */
const oneLine = (value: string): string => cleanText(value).replace(/\s+/g, ' ').trim();

/** A text of several lines is quoted line by line, so that no line of it can look like a step of the prompt. */
const quotedLines = (value: string): string => {
  const lines = cleanText(value).trim().split('\n');
  return lines.length === 1 ? (lines[0] ?? '') : `\n${lines.map((line) => `> ${line}`).join('\n')}`;
};
