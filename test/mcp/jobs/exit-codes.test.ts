/** Conventional meanings of exit codes. */
import { expect, test } from 'vitest';
import { exitCodeMeaningOf } from '../../../src/mcp/jobs/exit-codes.ts';

test.each([
  [0, undefined],
  [1, 'an error of the command'],
  [2, 'wrong usage, or a syntax error in the shell'],
  [3, undefined],
  [124, 'a time limit set with timeout(1)'],
  [126, 'the command was found but cannot be executed'],
  [127, 'the command was not found on the machine or in the image'],
  [137, 'killed by SIGKILL: often out of memory'],
  [139, 'killed by SIGSEGV: an invalid memory access'],
  [143, 'killed by SIGTERM: it was requested to terminate'],
  [-9, 'killed by SIGKILL: often out of memory'],
  [200, undefined],
  [3_221_225_477, 'an access violation (Windows)'],
])('exit code %i is explained as %j', (code, meaning) => {
  expect(exitCodeMeaningOf(code)).toBe(meaning);
});
