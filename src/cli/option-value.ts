/** The value of an option from its text, whether that came from a flag or a variable. */
import { ConfigError } from '../shared/errors.ts';
import type { Option } from './option.ts';

/** The value of an option that was not given. */
export const defaultOf = (option: Option): unknown =>
  option.kind === 'boolean' ? false : option.kind === 'list' ? [] : option.default;

/**
 * Parses the text of an option.
 * @param source the flag or variable, for the message
 * @throws ConfigError that says which values are allowed
 */
export const parseValue = (option: Option, text: string, source: string): unknown => {
  switch (option.kind) {
    case 'boolean':
      if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true;
      if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return false;
      throw new ConfigError(`${source} is '${text}'; it must be on (true, 1) or off (false, 0).`);
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
    case 'number': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number) || number < option.min || number > option.max) {
        throw new ConfigError(
          `${source} is '${text}'; it must be a number from ${option.min} to ${option.max}.`,
        );
      }
      return number;
    }
    case 'choice': {
      const choice = option.aliases?.[text] ?? text;
      if (option.choices.includes(choice)) return choice;
      throw new ConfigError(`${source} is '${text}'; it must be one of ${option.choices.join(', ')}.`);
    }
    case 'string':
      return text;
    default:
      return option satisfies never;
  }
};
