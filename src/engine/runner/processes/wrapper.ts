/** The small shell script around every command: who owns the attempt, where its output goes, how it ended. */
import type { ProcessLimits } from '../../settings.ts';

/**
 * The script. `$1` is the place of the attempt, with an ending for each of its files, `$2` the file with the command,
 * `$3` the attempt's name; what follows, if anything, is the sandbox to run it in. It calls no other program, because each would cost as much as a short command does.
 *
 * - It adds its number to the run file and goes on only where the file is that of the attempt and its number the first:
 *   of two wrappers of one attempt, or a wrapper and a recovering engine, one wins and the other does nothing.
 * - The streams go straight to files opened for appending, so output survives the engine, and a file that is cut
 *   shorter is written on at its new end.
 * - The wrapper outlives TERM, so that it can still tell the exit code; the command gets the default back, because a
 *   subshell resets what was trapped.
 * - Its variables begin with an underscore: a variable of the task may have any plain name.
 */
export const wrapperScript = (limits: ProcessLimits): string =>
  [
    'echo "$3 $$" >> "$1.run"',
    '{ read -r _batch_at _batch_name; while read -r _batch_at _batch_owner && [ "$_batch_at" != "$3" ]; do :; done; } < "$1.run"',
    '[ "$_batch_name $_batch_owner" = "$3 $$" ] || exit 125',
    ...ulimitsOf(limits),
    'exec >>"$1.out" 2>>"$1.err"',
    'trap : TERM INT HUP',
    '_batch_base=$1 _batch_file=$2; shift 3',
    'if [ $# -eq 0 ]; then (. "$_batch_file") </dev/null; else "$@" /bin/sh "$_batch_file" </dev/null; fi',
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
