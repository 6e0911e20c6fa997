/** Arguments and environment in, one frozen Config out. The only reader of the environment. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError } from '../shared/errors.ts';
import { type CommandName, commandNames } from './command-table.ts';
import { flagOf, type Option, variableOf } from './option.ts';
import { defaultOf, parseValue } from './option-value.ts';
import { type OptionName, type OptionValues, optionNames, options } from './options.ts';
import { parseArguments } from './parse-arguments.ts';
import { suggestionFor } from './suggestion.ts';

/** The process environment without empty variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config extends Omit<OptionValues, 'dataDir'> {
  readonly command: CommandName | 'help' | 'version';
  /** The words after the command: a tool and its JSON, a URI, a verb. */
  readonly rest: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  /** Options that were given by flag or variable. */
  readonly explicit: ReadonlySet<OptionName>;
  readonly environment: Environment;
}

/**
 * Reads the configuration.
 * @param args the arguments after the program's name
 * @param environment variables; tests pass their own
 * @throws ConfigError that names the flag or variable and the values it allows
 */
export const loadConfig = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config => {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const { flags, isHelp, isVersion, words } = parseArguments(args);
  const [first, ...rest] = words;
  if (first !== undefined && !isCommandName(first)) {
    throw new ConfigError(
      `There is no command '${first}'.${suggestionFor(first, commandNames)} See batch-mcp --help.`,
    );
  }
  const explicit = new Set<OptionName>();
  const values = Object.fromEntries(
    optionNames.map((name) => {
      const option: Option = options[name];
      const flag = flags.get(name);
      const variable = [variableOf(name), ...(option.env ?? [])].find((key) => env[key] !== undefined);
      const text = flag ?? (variable === undefined ? undefined : env[variable]);
      if (text !== undefined) explicit.add(name);
      const source = flag === undefined && variable !== undefined ? variable : `--${flagOf(name)}`;
      return [name, text === undefined ? defaultOf(option) : parseValue(option, text, source)];
    }),
    // Object.fromEntries loses that each value has the type of its option.
  ) as unknown as OptionValues;
  return Object.freeze({
    ...values,
    dataDir: resolve(values.dataDir ?? defaultDataDir(env, process.platform, homedir())),
    command: isHelp ? 'help' : isVersion ? 'version' : (first ?? 'serve'),
    rest,
    explicit,
    environment: env,
  });
};

/** The platform's directory for data of programs. */
export const defaultDataDir = (env: Environment, platform: NodeJS.Platform, home: string): string => {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'batch-mcp');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'batch-mcp');
  return join(env.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'batch-mcp');
};

const isCommandName = (word: string): word is CommandName => commandNames.some((name) => name === word);
