/** The files with the commands of a task: one for `Command`, or one that runs those of `Commands` side by side. */
import { chmodSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputOf } from '../../../catalogue/index.ts';

type Application = InputOf<'SubmitJob'>['Job']['Tasks'][number]['Application'];

export interface CommandFiles {
  /** The file that the shell of an attempt runs. */
  readonly command: string;
  /** The files that it refers to. */
  readonly parts: readonly string[];
}

/**
 * Writes the commands of a task, unless they are there. They are files because an argument may have 128 KiB at most, and
 * lie beside the working directories so that no instance can change them for another.
 * @param mode of the files: the user of a sandboxed command reads them
 * @param prelude shell text that runs before the command, in the shell of the attempt
 */
export const writeCommandFiles = (
  directory: string,
  { Command, Commands = [] }: Application,
  mode: number,
  prelude = '',
): CommandFiles => {
  const command = join(directory, 'command');
  const texts = Commands.length > 0 ? Commands.map((entry) => entry.Command) : [Command ?? ''];
  const isPlain = Commands.length === 0 && prelude === '';
  const parts = isPlain ? [] : texts.map((_, number) => `${command}.${number}`);
  if (existsSync(command)) return { command, parts };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [number, part] of parts.entries()) writeWhole(part, `${texts[number]}\n`, mode);
  const run = Commands.length > 0 ? parallelScriptOf(Commands.length) : 'exec /bin/sh "$0.0"\n';
  writeWhole(command, isPlain ? `${texts[0]}\n` : `${prelude}${run}`, mode);
  return { command, parts };
};

const writeWhole = (file: string, text: string, mode: number): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  chmodSync(`${file}.new`, mode);
  renameSync(`${file}.new`, file);
};

/**
 * Runs the files `$0.0`, `$0.1` and so on at the same time, each in its own shell; ends when all have ended, with
 * the exit code of the last one that failed. A pipeline starts them, because processes started by `&` ignore SIGINT and
 * SIGQUIT. Nothing flows through it: stdin is empty, stdout is that of the attempt, and the exit codes go to file
 * descriptor 4.
 */
const parallelScriptOf = (count: number): string => {
  const forward = 'trap : TERM INT HUP';
  const entries = Array.from(
    { length: count },
    (_, number) =>
      `  { ${forward}; (exec /bin/sh "$0.${number}" </dev/null >&3 2>&5 3>&- 4>&- 5>&-); echo "${number} $?" >&4; }`,
  );
  return `# SIGTERM is for the commands; this shell waits for them.
${forward}
# What this shell itself says, about a killed command for instance, is not for the log.
exec 3>&1 5>&2
codes=$({ ${forward}
${entries.join(' |\n')}
} 4>&1 2>/dev/null)
exec 3>&- 5>&-
last=-1 failed=0
set -- $codes
while [ $# -gt 0 ]; do
  if [ "$2" -ne 0 ] && [ "$1" -gt "$last" ]; then last=$1 failed=$2; fi
  shift 2
done
exit $failed
`;
};
