/** The entry of this server in the configuration of a client. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { notifySecretVariable } from '../../notify/secret-variable.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Config } from '../config.ts';
import { flagOf, type Option } from '../option.ts';
import { type OptionName, optionNames, options } from '../options.ts';

/** How a client starts the server. It holds no key. */
export interface ServerEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that the client has to pass on, by name. */
  readonly variables: readonly string[];
}

/** Whether an entry of a configuration starts this program, in any version and directory. */
export const isOwnArgument = (argument: unknown): boolean =>
  typeof argument === 'string' && /[\\/](?:batch-mcp\.js|batch-mcp-[\w.-]+\.tgz)$/.test(argument);

/** Keys of the cloud: they stay in the environment or in the files of the vendor's tools. */
const keyVariables = ['TENCENTCLOUD_SECRET_ID', 'TENCENTCLOUD_SECRET_KEY', 'TENCENTCLOUD_SESSION_TOKEN'];

/**
 * The entry for a mode.
 * @param config options that were given as flags are passed on; variables are not, because they may differ at the client
 * @param program the file this program was started from
 * @throws ConfigError if the program lies where it may be deleted
 */
export const serverEntryOf = (
  mode: 'local' | 'cloud',
  config: Config,
  program: string,
  execPath: string,
): ServerEntry => {
  const { command, args } = commandOf(program, execPath);
  return {
    name: mode === 'local' ? 'batch-local' : 'batch',
    command,
    args: [...args, ...(mode === 'local' ? ['--local'] : []), ...flagsOf(config)],
    variables: [
      ...(mode === 'cloud' ? keyVariables : []),
      ...(/^https?:/i.test(config.notify ?? '') ? [notifySecretVariable] : []),
    ],
  };
};

/** Options that concern this command only, or are part of the entry anyway. */
const ownOptions: readonly OptionName[] = ['client', 'cloud', 'yes', 'local'];

const flagsOf = (config: Config): readonly string[] =>
  optionNames
    .filter((name) => !ownOptions.includes(name) && config.explicit.get(name)?.startsWith('--'))
    .flatMap((name) => {
      const option: Option = options[name];
      const value = config[name];
      const flag = `--${flagOf(name)}`;
      if (option.kind === 'boolean') return value === true ? [flag] : [`${flag}=false`];
      // The working directory of a client is another one.
      const isPath = option.kind === 'string' && option.format === 'path';
      const text = Array.isArray(value) ? value.join(',') : String(value);
      const isFile = isPath && !(name === 'auditFile' && text === 'off');
      // A value may begin with a dash, as in --tools=-RunScript.
      return [`${flag}=${isFile ? resolve(text) : text}`];
    });

/** npx and pnpm dlx delete these directories at any time. */
const cacheDirectory =
  /^(.*[\\/](?:_npx[\\/][^\\/]+|dlx(?:-[^\\/]+)?(?:[\\/][^\\/]+)?))[\\/](?:.*[\\/])?node_modules[\\/]/;

const commandOf = (program: string, execPath: string): Pick<ServerEntry, 'command' | 'args'> => {
  const file = realpathSync(program);
  if (!file.endsWith('.js')) {
    throw new ConfigError(
      'batch-mcp init needs the built program: run npm run build and start dist/batch-mcp.js.',
    );
  }
  const [, cache] = cacheDirectory.exec(file) ?? [];
  if (cache === undefined) return { command: execPath, args: [file] };
  const tarball = tarballOf(cache);
  if (tarball !== undefined)
    return { command: npxBeside(execPath), args: ['-y', `--package=${tarball}`, 'batch-mcp'] };
  throw new ConfigError(
    `${file} is in a cache that is deleted at any time, so no configuration may name it. Install the program (npm install -g FILE.tgz, or a clone and npm ci) and run its batch-mcp init, or start it from a tarball: npx --package=FILE.tgz batch-mcp init.`,
  );
};

/** The tarball that npx was started with, from its record. @returns undefined where it was another source, or is gone */
const tarballOf = (cache: string): string | undefined => {
  try {
    const { dependencies = {} } = JSON.parse(readFileSync(join(cache, 'package.json'), 'utf8')) as {
      dependencies?: Readonly<Record<string, unknown>>;
    };
    const [source] = Object.values(dependencies).filter(
      (value): value is string => typeof value === 'string' && /^file:.*\.tgz$/.test(value),
    );
    // npx writes the path relative to the directory, whose own path may contain links.
    const file =
      source === undefined ? undefined : resolve(realpathSync(cache), source.slice('file:'.length));
    return file !== undefined && existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
};

/** npx of the same Node installation: clients with a window may have another PATH, or none. */
const npxBeside = (execPath: string): string => {
  const beside = join(dirname(execPath), sep === '\\' ? 'npx.cmd' : 'npx');
  return existsSync(beside) ? beside : 'npx';
};
