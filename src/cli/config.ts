/** Arguments and environment in, one frozen Config out. The only reader of the environment. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { closestMatch } from 'leven';
import { ConfigError } from '../shared/errors.ts';
import { flagOf, type Option, variableOf } from './option.ts';
import {
  type CommandName,
  commandNames,
  type OptionName,
  type OptionValues,
  optionNames,
  options,
} from './options.ts';

/** The process environment, with empty variables taken as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config extends Omit<OptionValues, 'dataDir'> {
  readonly command: CommandName | 'help' | 'version';
  /** What stands behind the command: a tool and its JSON, a URI, a verb. */
  readonly rest: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  /** Names of the options the person set, by flag or variable, rather than left to their defaults. */
  readonly given: ReadonlySet<OptionName>;
  readonly environment: Environment;
}

/**
 * Reads the configuration.
 * @param args what stands behind the program's name
 * @param environment the variables; the process's own unless a test gives others
 * @throws ConfigError that names the flag or variable and what would be right
 */
export const loadConfig = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config => {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const { flags, words } = parse(args);
  const [first, ...rest] = words;
  if (first !== undefined && !isCommandName(first)) {
    throw new ConfigError(
      `There is no command '${first}'.${suggestionFor(first, commandNames)} See batch-mcp --help.`,
    );
  }
  const given = new Set<OptionName>();
  const values = Object.fromEntries(
    optionNames.map((name) => {
      const option: Option = options[name];
      const flag = flags.get(name);
      const variable = [variableOf(name), ...(option.env ?? [])].find((key) => env[key] !== undefined);
      const text = flag ?? (variable === undefined ? undefined : env[variable]);
      if (text !== undefined) given.add(name);
      const from = flag === undefined && variable !== undefined ? variable : `--${flagOf(name)}`;
      return [name, text === undefined ? presetOf(option) : parsedValueOf(option, text, from)];
    }),
    // Object.fromEntries cannot know that each key has got the type its row in the table demands.
  ) as unknown as OptionValues;
  return Object.freeze({
    ...values,
    dataDir: resolve(values.dataDir ?? defaultDataDir(env, process.platform, homedir())),
    command: flags.has('help') ? 'help' : flags.has('version') ? 'version' : (first ?? 'serve'),
    rest,
    given,
    environment: env,
  });
};

/** Where this system keeps the data of programs. */
export const defaultDataDir = (env: Environment, platform: NodeJS.Platform, home: string): string => {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'batch-mcp');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'batch-mcp');
  return join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'batch-mcp');
};

const isCommandName = (word: string): word is CommandName => commandNames.some((name) => name === word);

/** Splits flags from words. A flag's value stays text here, so that a variable is read by the same rules. */
const parse = (args: readonly string[]) => {
  const table = Object.fromEntries([
    ...optionNames.map((name) => [
      flagOf(name),
      { type: options[name].kind === 'switch' ? ('boolean' as const) : ('string' as const) },
    ]),
    ['help', { type: 'boolean' as const, short: 'h' }],
    ['version', { type: 'boolean' as const, short: 'v' }],
  ]);
  const { tokens } = parseArgs({
    args: [...args],
    options: table,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const name = nameOfFlag.get(token.name);
    if (name === undefined) {
      const near = suggestionFor(token.name, [...nameOfFlag.keys()], '--');
      throw new ConfigError(`There is no option ${token.rawName}.${near} See batch-mcp --help.`);
    }
    const isSwitch = table[token.name]?.type === 'boolean';
    if (!isSwitch && token.value === undefined) throw new ConfigError(`${token.rawName} needs a value.`);
    flags.set(name, token.value ?? 'true');
  }
  return { flags, words };
};

const nameOfFlag: ReadonlyMap<string, string> = new Map([
  ...optionNames.map((name) => [flagOf(name), name] as const),
  ['help', 'help'],
  ['version', 'version'],
]);

const presetOf = (option: Option): unknown =>
  option.kind === 'switch' ? false : option.kind === 'list' ? [] : option.default;

const parsedValueOf = (option: Option, text: string, from: string): unknown => {
  switch (option.kind) {
    case 'switch':
      if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true;
      if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return false;
      throw new ConfigError(`${from} is '${text}'; it is either on (true, 1) or off (false, 0).`);
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean);
    case 'number': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number) || number < option.min || number > option.max) {
        throw new ConfigError(`${from} is '${text}'; it takes a number from ${option.min} to ${option.max}.`);
      }
      return number;
    }
    case 'choice':
      if (option.choices.includes(text)) return text;
      throw new ConfigError(`${from} is '${text}'; it is one of ${option.choices.join(', ')}.`);
    case 'text':
      return text;
    default:
      return option satisfies never;
  }
};

/** " Did you mean X?" for the nearest known name, or nothing where none is near. */
export const suggestionFor = (word: string, known: readonly string[], prefix = ''): string => {
  const near = closestMatch(word, known, { maxDistance: Math.max(2, Math.floor(word.length / 3)) });
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
};
