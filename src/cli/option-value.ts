/** The value of an option from its text, whether that came from a flag or a variable. */
import { join } from 'node:path';
import { closestMatch } from 'leven';
import { regionNames } from '../catalogue/regions.ts';
import { settingProblem, trimSetting } from '../shared/setting-text.ts';
import type { Option } from './option.ts';

/** A value, or what is wrong with the text: a phrase that follows the name of the flag or variable. */
export type Parsed = { readonly value: unknown } | { readonly problem: string };

/** The value of an option that was not given. */
export const defaultOf = (option: Option): unknown =>
  option.kind === 'boolean' ? false : option.kind === 'list' ? [] : option.default;

/**
 * Parses the text of an option.
 * @param home the home directory, for `~`
 */
export const parseValue = (option: Option, text: string, home: string): Parsed => {
  const trimmed = trimSetting(text);
  switch (option.kind) {
    case 'boolean':
      return parseBoolean(trimmed);
    case 'number':
      return parseNumber(trimmed, option);
    case 'choice': {
      const lower = trimmed.toLowerCase();
      const choice = option.aliases?.[lower] ?? lower;
      if (option.choices.includes(choice)) return { value: choice };
      return { problem: `is '${shown(trimmed)}'; it must be one of ${option.choices.join(', ')}` };
    }
    case 'list':
      return parseList(trimmed, option.item);
    case 'string':
      return parseString(trimmed, option.format, home);
    default:
      return option satisfies never;
  }
};

const parseBoolean = (text: string): Parsed => {
  if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return { value: true };
  if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return { value: false };
  return { problem: `is '${shown(text)}'; it must be on (true, 1) or off (false, 0)` };
};

const parseNumber = (
  text: string,
  { min, max, isCount }: Pick<Extract<Option, { kind: 'number' }>, 'min' | 'max' | 'isCount'>,
): Parsed => {
  const number = Number(text);
  const form = isCount === true ? /^\d+$/ : /^\d+(\.\d+)?$/;
  return form.test(text) && number >= min && number <= max
    ? { value: number }
    : { problem: `is '${shown(text)}'; it must be a ${isCount ? 'whole ' : ''}number from ${min} to ${max}` };
};

const parseList = (text: string, item: { readonly pattern: RegExp; readonly example: string }): Parsed => {
  const parts = text
    .split(',')
    .map((part) => trimSetting(part))
    .filter(Boolean);
  // An empty list would lift the restriction that it was meant to be.
  if (parts.length === 0) return { problem: `is '${shown(text)}'; it must be ${item.example}` };
  for (const part of parts) {
    const problem = settingProblem(part);
    if (problem !== undefined) return { problem };
    if (!item.pattern.test(part)) return { problem: `has '${shown(part)}'; it must be ${item.example}` };
  }
  return { value: parts };
};

const parseString = (
  text: string,
  format: 'path' | 'region' | 'notify' | undefined,
  home: string,
): Parsed => {
  // A JSON list has quotation marks and brackets; what sends the notices checks it.
  if (format === 'notify' && text.startsWith('["')) return { value: text };
  // Accounts of other users are not looked up, so `~name` stays an error.
  if (format !== 'region' && format !== undefined && /^~(?:[/\\]|$)/.test(text))
    return { value: join(home, text.slice(1)) };
  const problem = settingProblem(text, format === 'path' ? 'path' : 'text');
  if (problem !== undefined) return { problem };
  if (format === 'path' && text.startsWith('~')) {
    return { problem: `is '${shown(text)}'; only ~ and ~/… are expanded, so write the full path` };
  }
  if (format === 'region' && !regionNames.some((name) => name === text)) {
    const near = closestMatch(text.toLowerCase(), regionNames);
    return { problem: `is '${shown(text)}', which is not a region${near ? `. Did you mean ${near}?` : ''}` };
  }
  return { value: text };
};

/** A value in a message: a URL may contain a password, and a wrong value may be long. */
const shown = (text: string): string =>
  (text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(/\/\/[^/@\s]*@/, '//***@');
