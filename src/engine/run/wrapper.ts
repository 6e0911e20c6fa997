/** The small shell script around every command: who owns the attempt, where its output goes, how it ended. */
import type { ProcessLimits } from '../settings.ts';

/**
 * The script. `$1` is the base of the attempt's files, `$2` the file with the command; what follows, if anything, is
 * the sandbox to run it in. It calls no other program, because each would cost as much as a short command does.
 *
 * - The run file is made with O_EXCL (`set -C`): of two wrappers of one attempt, or a wrapper and a recovering engine,
 *   one wins and the other does nothing. Its first line is the wrapper's number, its last the exit code.
 * - The streams go straight to files opened for appending, so output survives the engine, and a file that is cut
 *   shorter is written on at its new end.
 * - The wrapper outlives TERM, so that it can still tell the exit code; the command gets the default back, because a
 *   subshell resets what was trapped.
 * - Its variables begin with an underscore: a variable of the task may have any plain name.
 */
export const wrapperScript = (limits: ProcessLimits): string =>
  [
    'set -C; { echo $$ > "$1.run"; } 2>/dev/null || exit 0; set +C',
    ...ulimitsOf(limits),
    'exec >>"$1.out" 2>>"$1.err"',
    'trap : TERM INT HUP',
    '_batch_base=$1 _batch_file=$2; shift 2',
    'if [ $# -eq 0 ]; then (. "$_batch_file"); else "$@" /bin/sh "$_batch_file"; fi',
    '_batch_code=$?; echo exit $_batch_code >> "$_batch_base.run"; exit $_batch_code',
  ].join('\n');

/** Limits that the system refuses to set are left out: the engine may itself run under lower ones. */
const ulimitsOf = (limits: ProcessLimits): readonly string[] => {
  const lines = ['ulimit -c 0'];
  const limit = (letters: string, value: number | undefined): void => {
    if (value === undefined) return;
    lines.push(
      letters
        .split('')
        .map((letter) => `ulimit -${letter} ${Math.floor(value)}`)
        .join(' || '),
    );
  };
  limit('t', limits.cpuSeconds);
  limit('v', limits.memoryBytes === undefined ? undefined : limits.memoryBytes / 1024);
  // POSIX counts file sizes in blocks of 512 bytes; bash does so too when it is called sh.
  limit('f', limits.fileBytes === undefined ? undefined : limits.fileBytes / 512);
  limit('n', limits.openFiles);
  // The letter is `u` in bash and `p` in dash.
  limit('up', limits.processes);
  return [`{ ${lines.join('; ')}; } 2>/dev/null`];
};
