/** Launch files: shell text that sets the variables of a task and executes its command. */

/** Programs by absolute path: the search path of a task has no effect on how it is launched. */
export const shellProgram = '/bin/sh';
const envProgram = '/usr/bin/env';

/** A word that the shell expands. All other words are literal. */
export interface Expansion {
  readonly expansion: string;
}
export type ShellWord = string | Expansion;

/** The parameters that `runner.sh` gives a launch file; no variable of a task changes them. */
export const parameters = {
  workDir: { expansion: '"$1"' },
  /** `<index>.<attempt>` */
  name: { expansion: '"$2"' },
  index: { expansion: `"\${2%.*}"` },
  /** No word if it is empty. */
  setsid: { expansion: `\${3:+"$3"}` },
} as const satisfies Record<string, Expansion>;

/**
 * Variables that a shell does not take as plain text when they are assigned. dash ends at `OPTIND=abc`; PPID, UID and
 * others are read-only in some shells; RANDOM and its like have a value of their own in bash; LC_ALL makes bash report
 * an unknown locale. Such a variable must not be assigned in the launching shell; `env` passes it on unread, so that the
 * shell of the command treats it as it treats any inherited one. (For a moment its value is an argument of `env`, which
 * other users of the machine can see; none of these names is one for a secret.)
 */
const specialName =
  /^(?:_|OPT(?:IND|ARG|ERR)|PPID|UID|EUID|GROUPS|SHELLOPTS|BASH.*|COMP_.*|DIRSTACK|EPOCH.*|FUNCNAME|HIST.*|HOSTNAME|IFS|LANG|LANGUAGE|LC_.*|LINENO|MAIL.*|MACHTYPE|OLDPWD|OSTYPE|HOSTTYPE|PIPESTATUS|POSIXLY_CORRECT|PS\d|RANDOM|READLINE_.*|REPLY|SECONDS|SHLVL|SRANDOM|TEXTDOMAIN.*|TIMEFORMAT)$/;

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A word that a POSIX shell takes literally. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const textOf = (word: ShellWord): string => (typeof word === 'string' ? quote(word) : word.expansion);

/** One word of two parts. */
export const joinWords = (first: ShellWord, second: ShellWord): Expansion => ({
  expansion: `${textOf(first)}${textOf(second)}`,
});

/**
 * The text. The subshell of a runner reads it, so nothing in it may depend on a variable: all words are literal or made
 * of parameters. File descriptors 3 and 4 are the runner's.
 * @param variables the whole environment of the command
 * @param command the program, by absolute path, and its arguments
 * @param inherited the variables that the reading shell has in its environment; they are not set again, so that `env`
 *   is rarely needed: it is another program to execute
 * @throws Error for a NUL character, which no variable can hold
 */
export const launchScriptOf = (
  variables: Readonly<Record<string, ShellWord>>,
  command: readonly ShellWord[],
  inherited: Readonly<Record<string, string>> = {},
): string => {
  const entries = Object.entries(variables).filter(([name, value]) => inherited[name] !== value);
  if (entries.some(([name, value]) => `${name}${typeof value === 'string' ? value : ''}`.includes('\0')))
    throw new Error('a variable holds a NUL character, which the system does not accept');
  const isPlain = ([name]: readonly [string, ShellWord]): boolean =>
    identifier.test(name) && !specialName.test(name);
  const exports = entries.filter(isPlain).map(([name, value]) => `export ${name}=${textOf(value)}\n`);
  const special = entries
    .filter((entry) => !isPlain(entry))
    .map(([name, value]) => joinWords(`${name}=`, value));
  const words = [...(special.length > 0 ? [envProgram, ...special] : []), ...command];
  return `${exports.join('')}exec ${words.map(textOf).join(' ')} 3>&- 4>&-\n`;
};
