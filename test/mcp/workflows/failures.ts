/** Synthetic failures for tests. */
import fc from 'fast-check';
import type { Failure } from '../../../src/mcp/workflows/failure-clusters.ts';

export const failure = (index: number, more: Partial<Failure> = {}): Failure => ({
  TaskName: 'work',
  TaskInstanceIndex: index,
  ExitCode: 1,
  reason: 'the command ended with exit code 1',
  hasRun: true,
  ...more,
});

export const many = (count: number, more: (index: number) => Partial<Failure>) =>
  Array.from({ length: count }, (_, index) => failure(index, more(index)));
/** Fields of some failures, as many as an answer could have. */
export const anyFailures = fc.array(
  fc.record({
    ExitCode: fc.constantFrom(undefined, 1, 137),
    reason: fc.constantFrom('', 'timed out', 'exit code 1'),
    hasRun: fc.boolean(),
    log: fc.constantFrom(undefined, '', 'no file 17', 'no file x', 'disk is full', 'a\nb\nno file 3'),
    TaskName: fc.constantFrom('a', 'b'),
  }),
  { maxLength: 60 },
);
