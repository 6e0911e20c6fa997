/** Splits the command line into flags and words. Values stay text, so that flags and variables are read by the same rules. */
import { parseArgs } from 'node:util';
import { ConfigError } from '../shared/errors.ts';
import { flagOf } from './option.ts';
import { type OptionName, optionNames, options } from './options.ts';
import { suggestionFor } from './suggestion.ts';

export interface ParsedArguments {
  /** The text of each option given as a flag; `true` for a boolean flag without a value. */
  readonly flags: ReadonlyMap<OptionName, string>;
  readonly isHelp: boolean;
  readonly isVersion: boolean;
  /** Everything that is not a flag, in order. */
  readonly words: readonly string[];
}

const nameOfFlag: ReadonlyMap<string, OptionName> = new Map(optionNames.map((name) => [flagOf(name), name]));
const commonFlags = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** @throws ConfigError for an unknown flag, naming the nearest one, and for a flag without its value */
export const parseArguments = (args: readonly string[]): ParsedArguments => {
  const table = Object.fromEntries(
    optionNames.map((name) => [
      flagOf(name),
      { type: options[name].kind === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...table, ...commonFlags },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Map<OptionName, string>();
  const common = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (Object.hasOwn(commonFlags, token.name)) {
      common.add(token.name);
      continue;
    }
    const name = nameOfFlag.get(token.name);
    if (name === undefined) {
      const known = [...nameOfFlag.keys(), ...Object.keys(commonFlags)];
      const near = suggestionFor(token.name, known, '--');
      throw new ConfigError(`There is no option ${token.rawName}.${near} See batch-mcp --help.`);
    }
    const text = textOf(token, name);
    const earlier = flags.get(name);
    // A repeated list adds to the first; of any other option the last one counts.
    flags.set(name, options[name].kind === 'list' && earlier !== undefined ? `${earlier},${text}` : text);
  }
  return { flags, isHelp: common.has('help'), isVersion: common.has('version'), words };
};

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** The value of a flag. An option is never taken as the value of the one before it. */
const textOf = ({ rawName, value, inlineValue }: OptionToken, name: OptionName): string => {
  if (options[name].kind === 'boolean') return value ?? 'true';
  if (value === undefined || value.trim() === '') throw new ConfigError(`${rawName} needs a value.`);
  // Only a selection of tools has values that begin with a dash.
  const isOption = inlineValue === false && (name === 'tools' ? /^--|^-[hv]$/ : /^-/).test(value);
  if (isOption) throw new ConfigError(`${rawName} needs a value, and is followed by the option ${value}.`);
  return value;
};
