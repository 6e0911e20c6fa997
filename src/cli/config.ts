/** Arguments and environment in, one frozen Config out. The only reader of the environment. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { allowedPrefixesOf } from '../client/cos/allowed-buckets.ts';
import { proxiesOf } from '../client/proxy.ts';
import { ConfigError } from '../shared/errors.ts';
import { settingProblem, trimSetting } from '../shared/setting-text.ts';
import { checkVariables } from './check-variables.ts';
import { type CommandName, commandNames } from './command-table.ts';
import { directoryProblem, isSpecialFile } from './data-directory.ts';
import { flagOf, isSafetyOption, type Option, variableOf } from './option.ts';
import { defaultOf, parseValue } from './option-value.ts';
import { type OptionName, type OptionValues, optionNames, options } from './options.ts';
import { type ParsedArguments, parseArguments } from './parse-arguments.ts';
import { suggestionFor } from './suggestion.ts';

/** The process environment: values trimmed, empty ones removed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An invalid setting that does not stop the program: the calls that need it fail. */
export interface SettingProblem {
  /** The option; undefined for a variable that is not an option, such as a key. */
  readonly option: OptionName | undefined;
  /** Names the flag or variable and says what is wrong. Never contains a key. */
  readonly message: string;
}

export interface Config extends Omit<OptionValues, 'dataDir'> {
  readonly command: CommandName | 'help' | 'version';
  /** The words after the command: a tool and its JSON, a URI, a verb. */
  readonly rest: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  /** Lists of tools, as in --tools; a tool has to be in every one. */
  readonly toolSelections: readonly (readonly string[])[];
  /** Options that were given, each with the flag or variable that gave it. */
  readonly explicit: ReadonlyMap<OptionName, string>;
  readonly problems: readonly SettingProblem[];
  /** Variables that are ignored because they are probably misspelt, and variables of --allow-env that are not set. */
  readonly warnings: readonly string[];
  readonly environment: Environment;
}

/**
 * Reads the configuration.
 * An invalid flag, an invalid safety option and a misspelt safety variable are errors. Any other invalid setting is
 * returned in `problems`, so that the server starts and only the calls it concerns fail.
 * @param args the arguments after the program's name
 * @param environment variables; tests pass their own
 * @throws ConfigError that names the flag or variable and the values it allows
 */
export const loadConfig = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config => {
  const env = cleanEnvironment(environment);
  const parsed = parseArguments(args);
  const [first, ...rest] = parsed.words;
  const isInformation = parsed.isHelp || parsed.isVersion;
  if (first !== undefined && !isCommandName(first) && !isInformation) {
    throw new ConfigError(
      `There is no command '${first}'.${suggestionFor(first, commandNames)} See batch-mcp --help.`,
    );
  }
  const command = first !== undefined && isCommandName(first) ? first : 'serve';
  if (withoutWords.includes(command) && rest.length > 0 && !isInformation) {
    const [word = ''] = rest;
    const near = suggestionFor(word.replace(/^-+/, ''), optionNames.map(flagOf), '--');
    throw new ConfigError(
      `batch-mcp ${command} takes only options, and got '${word}'.${near} See batch-mcp --help.`,
    );
  }
  const { errors, warnings } = checkVariables(Object.keys(env));
  const home = homeOf(env);
  const { values, explicit, problems, fatal } = readOptions(parsed, env, home);
  const [error] = [...fatal, ...errors];
  if (error !== undefined && !isInformation) throw new ConfigError(error);
  const dataDir = resolve(values.dataDir ?? defaultDataDir(env, process.platform, home));
  return Object.freeze({
    ...values,
    dataDir,
    toolSelections: [values.tools],
    command: parsed.isHelp ? 'help' : parsed.isVersion ? 'version' : command,
    rest,
    explicit,
    problems: [
      ...problems,
      ...(problems.some(({ option }) => option === 'dataDir') ? [] : dataDirProblems(dataDir, explicit)),
      ...(values.local ? [] : [...keyProblems(env, tencentKeys), ...proxyProblems(env)]),
      ...(values.azureEndpoint === undefined ? [] : keyProblems(env, ['AZURE_BATCH_ACCESS_KEY'])),
    ],
    warnings: [...warnings, ...unsetVariables(values.allowEnv, explicit, env)],
    environment: env,
  });
};

/** The commands that take no words: one there is a misspelt option, which must not be ignored. */
const withoutWords: readonly CommandName[] = ['serve', 'init', 'demo', 'tools', 'doctor', 'notify'];

interface ReadOptions {
  readonly values: OptionValues;
  readonly explicit: ReadonlyMap<OptionName, string>;
  readonly problems: readonly SettingProblem[];
  /** Messages of settings that must stop the program. */
  readonly fatal: readonly string[];
}

const readOptions = ({ flags }: ParsedArguments, env: Environment, home: string): ReadOptions => {
  const explicit = new Map<OptionName, string>();
  const problems: SettingProblem[] = [];
  const fatal: string[] = [];
  const values = Object.fromEntries(
    optionNames.map((name) => {
      const option: Option = options[name];
      const flag = flags.get(name);
      const variable = [variableOf(name), ...(option.env ?? [])].find((key) => env[key] !== undefined);
      const text = flag ?? (variable === undefined ? undefined : env[variable]);
      if (text === undefined) return [name, defaultOf(option)];
      const source = flag === undefined && variable !== undefined ? variable : `--${flagOf(name)}`;
      explicit.set(name, source);
      const parsed = parseValue(option, text, home);
      if ('value' in parsed) return [name, parsed.value];
      const message = `${source} ${parsed.problem}${parsed.problem.endsWith('?') ? '' : '.'}`;
      const isMalformedFlag = flag !== undefined && option.kind !== 'string';
      if (isSafetyOption(option) || isMalformedFlag) fatal.push(message);
      else problems.push({ option: name, message });
      return [name, defaultOf(option)];
    }),
    // Object.fromEntries loses that each value has the type of its option.
  ) as unknown as OptionValues;
  fatal.push(...conflictsOf(values, explicit));
  return { values, explicit, problems, fatal };
};

/** Options that contradict each other, and an audit file that cannot be written. */
const conflictsOf = (values: OptionValues, explicit: ReadonlyMap<OptionName, string>): readonly string[] => {
  const sourceOf = (name: OptionName) => (values[name] === false ? undefined : explicit.get(name));
  const [local, endpoint, config] = [sourceOf('local'), sourceOf('endpoint'), sourceOf('config')];
  const conflicts: string[] = [];
  if (local !== undefined && endpoint !== undefined) {
    conflicts.push(
      `${local} and ${endpoint} exclude each other: the address of the local engine is determined by its data directory.`,
    );
  }
  for (const other of [local, endpoint]) {
    if (config === undefined || other === undefined) continue;
    conflicts.push(
      `${config} and ${other} exclude each other: each profile of the file says where its calls go.`,
    );
  }
  const profile = sourceOf('profile');
  if (profile !== undefined && config === undefined) {
    conflicts.push(`${profile} selects a profile of the file that --config names, and --config is not set.`);
  }
  const buckets = bucketProblemOf(values);
  if (buckets !== undefined) conflicts.push(buckets);
  const { auditFile } = values;
  if (auditFile !== undefined && auditFile !== 'off') {
    const problem = directoryProblem(dirname(resolve(auditFile)));
    if (problem !== undefined) {
      conflicts.push(`${explicit.get('auditFile')} cannot be written: its directory ${problem}.`);
    } else if (isSpecialFile(auditFile)) {
      conflicts.push(`${explicit.get('auditFile')} cannot be written: ${auditFile} is not a regular file.`);
    }
  }
  return conflicts;
};

const bucketProblemOf = ({ buckets, logPath }: OptionValues): string | undefined => {
  try {
    allowedPrefixesOf(buckets, logPath);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

/** An optional setting that was left empty in the settings of a desktop extension is passed on as this text. */
const unsetUserSetting = /^\$\{user_config\.\w+\}$/;

const cleanEnvironment = (environment: Readonly<Record<string, string | undefined>>): Environment =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const isOurs = /^(?:BATCH_MCP_|TENCENTCLOUD_|TCCLI_|AZURE_)/.test(name);
      const text = isOurs && value !== undefined ? trimSetting(value) : value;
      return text && !(isOurs && unsetUserSetting.test(text)) ? [[name, text]] : [];
    }),
  );

/** A call that refers to such a variable is refused. */
const unsetVariables = (
  items: readonly string[],
  explicit: ReadonlyMap<OptionName, string>,
  env: Environment,
): readonly string[] =>
  [...new Set(items.map((item) => item.split('=')[0] ?? ''))]
    .filter((name) => env[name] === undefined)
    .map(
      (name) =>
        `${explicit.get('allowEnv')} allows the variable ${name}, which is not set: calls that refer to it fail.`,
    );

const tencentKeys = [
  'TENCENTCLOUD_SECRET_ID',
  'TENCENTCLOUD_SECRET_KEY',
  'TENCENTCLOUD_SESSION_TOKEN',
  'TENCENTCLOUD_TOKEN',
  'TENCENTCLOUD_SECURITY_TOKEN',
];

const keyProblems = (env: Environment, names: readonly string[]): readonly SettingProblem[] =>
  names.flatMap((name) => {
    const problem = env[name] === undefined ? undefined : settingProblem(env[name], 'key');
    return problem === undefined ? [] : [{ option: undefined, message: `${name} ${problem}.` }];
  });

const proxyProblems = (env: Environment): readonly SettingProblem[] => {
  try {
    proxiesOf(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [{ option: undefined, message: error.message }];
    throw error;
  }
};

const dataDirProblems = (
  dataDir: string,
  explicit: ReadonlyMap<OptionName, string>,
): readonly SettingProblem[] => {
  // The sandbox hides the data directory, and with this one everything.
  const isRoot = dataDir === dirname(dataDir);
  const problem = isRoot ? 'is the root of the file system' : directoryProblem(dataDir);
  const source = explicit.get('dataDir') ?? 'The default of --data-dir';
  return problem === undefined ? [] : [{ option: 'dataDir', message: `${source}, ${dataDir}, ${problem}.` }];
};

/** The platform's directory for data of programs. */
export const defaultDataDir = (env: Environment, platform: NodeJS.Platform, home: string): string => {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'batch-mcp');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'batch-mcp');
  // The XDG specification: a relative path is invalid and is ignored.
  const shared = env.XDG_DATA_HOME;
  return join(
    shared !== undefined && isAbsolute(shared) ? shared : join(home, '.local', 'share'),
    'batch-mcp',
  );
};

const homeOf = (env: Environment): string => env.HOME ?? env.USERPROFILE ?? homedir();

const isCommandName = (word: string): word is CommandName => commandNames.some((name) => name === word);
