/** What an exit code usually means: conventions of the shell and the kernel. A program may define its own. */

const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL: an instruction that this processor does not support',
  6: 'SIGABRT: the program aborted, often after a failed assertion',
  7: 'SIGBUS',
  8: 'SIGFPE: a division by zero or a similar error',
  9: 'SIGKILL: often out of memory',
  11: 'SIGSEGV: an invalid memory access',
  13: 'SIGPIPE: the reader of its output had exited',
  14: 'SIGALRM',
  15: 'SIGTERM: it was requested to terminate',
  24: 'SIGXCPU: the CPU time limit was exceeded',
  25: 'SIGXFSZ: the file size limit was exceeded',
};

// The shell's own codes (POSIX, "Exit Status for Commands") and those of timeout(1); the last two are NTSTATUS.
const conventions: Readonly<Record<number, string>> = {
  1: 'an error of the command',
  2: 'wrong usage, or a syntax error in the shell',
  124: 'a time limit set with timeout(1)',
  126: 'the command was found but cannot be executed',
  127: 'the command was not found on the machine or in the image',
  255: 'an error outside the range of exit codes, or of ssh',
  3221225477: 'an access violation (Windows)',
  3221225781: 'a library was not found (Windows)',
};

/** @returns what it usually means; undefined where there is no convention */
export const exitCodeMeaningOf = (code: number): string | undefined => {
  if (Object.hasOwn(conventions, code)) return conventions[code];
  // Shells add 128 to the number of the signal that ended a command; some launchers report it as a negative number.
  const signal = code < 0 ? -code : code - 128;
  return Object.hasOwn(signals, signal) ? `killed by ${signals[signal]}` : undefined;
};
