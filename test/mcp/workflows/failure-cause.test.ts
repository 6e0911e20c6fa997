/** What a kind of failure is due to, by exit code, reason and last lines. */
import { expect, test } from 'vitest';
import { causeOf } from '../../../src/mcp/workflows/failure-cause.ts';
import { clustersOf, type Failure } from '../../../src/mcp/workflows/failure-clusters.ts';
import { failure } from './failures.ts';

const kindOf = (more: Partial<Failure>) => {
  const [cluster] = clustersOf([failure(0, more)]);
  return cluster && causeOf(cluster).kind;
};
const ended = { ExitCode: undefined };
const neverRan = { hasRun: false, ExitCode: undefined };

test.each<[string, Partial<Failure>, string]>([
  ['terminated by a user', { ...neverRan, reason: 'terminated by TerminateJob' }, 'on purpose'],
  [
    'not run because of another',
    { ...neverRan, reason: 'not run: a task it depends on did not end as SUCCEED demands' },
    'blocked',
  ],
  ['no machine', { ...neverRan, reason: 'InternalError.CallCvm:ResourceInsufficient' }, 'machine'],
  ['timed out', { ExitCode: 143, reason: 'timed out: it ran longer than its Timeout of 1 s' }, 'time'],
  [
    'the time limit of a cluster',
    { ...ended, reason: 'it reached the time limit of its job in Slurm and was ended' },
    'time',
  ],
  ['a failed node of a cluster', { ...ended, reason: 'its node failed (node n1)' }, 'machine'],
  [
    'preemption',
    {
      ...ended,
      reason: 'preempted by a job of higher priority (node n1); the machine failed 3 times in a row',
    },
    'machine',
  ],
  [
    'the memory limit of a cluster',
    { ...ended, reason: 'out of memory: it used more than Slurm allows it (node n1)' },
    'memory',
  ],
  [
    'a person who cancels its job in the cluster',
    { ...ended, reason: 'its job in Slurm was cancelled outside this engine' },
    'on purpose',
  ],
  ['killed', { ExitCode: 137, log: 'loading' }, 'memory'],
  ['out of memory by its own account', { log: 'numpy: MemoryError' }, 'memory'],
  ['a missing program', { ExitCode: 127, log: 'sh: foo: not found' }, 'program'],
  ['a refused connection', { log: 'ConnectionError: 10.0.0.1:5432 refused' }, 'transient'],
  ['a service that is busy', { log: 'HTTP 503 Service Unavailable' }, 'transient'],
  ['a license that is not free', { log: 'FLEXlm error -4: license checkout failed for SOLVER' }, 'transient'],
  ['a missing file', { log: "FileNotFoundError: No such file or directory: 'a.csv'" }, 'definite'],
  ['a wrong argument', { log: 'usage: train [-h] --data DATA' }, 'definite'],
  ['a temporary failure by its exit code', { ExitCode: 75, log: 'bye' }, 'transient'],
  ['wrong data by its exit code', { ExitCode: 65, log: 'bye' }, 'definite'],
  ['nothing that is known', { log: '42' }, 'unknown'],
])('A failure by %s is found as such', (_, more, kind) => {
  expect(kindOf(more)).toBe(kind);
});
