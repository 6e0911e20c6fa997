import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkFileSystemOf } from '../../../../src/engine/runner/slurm/directories.ts';
import type { ListedElement } from '../../../../src/engine/runner/slurm/parse.ts';
import { cancelElement, readStatuses, statusesOf } from '../../../../src/engine/runner/slurm/status-files.ts';
import { cancelIdsOf } from '../../../../src/engine/runner/slurm/stop.ts';
import {
  type ElementStatus,
  mayBeKillOfOrphan,
  noStatus,
  verdictOf,
} from '../../../../src/engine/runner/slurm/verdict.ts';

test('the names of the status files say which elements have begun and how they ended', () => {
  const names = ['elements.0', '0.run', '1.run', '1.exit.0', '2.run', '2.timeout', '2.exit.143', '3.run'];
  const statuses = statusesOf([
    ...names,
    '3.cancelled',
    '4.run',
    '4.signalled',
    '5.run',
    '5.faulty',
    '6.run',
    '6.again',
    '6.beat',
    '7.stop',
    'x.run',
  ]);
  expect([...statuses.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const begun = { ...noStatus, hasBegun: true };
  expect(statuses.get(0)).toEqual(begun);
  expect(statuses.get(1)).toEqual({ ...begun, code: 0 });
  expect(statuses.get(2)).toEqual({ ...begun, isTimedOut: true, code: 143 });
  expect(statuses.get(3)).toEqual({ ...begun, isCancelled: true });
  expect(statuses.get(4)).toEqual({ ...begun, isSignalled: true });
  expect(statuses.get(6)).toEqual({ ...begun, isRepeated: true });
  expect(statuses.get(5)).toEqual({ ...begun, isFaulty: true });
});

test('an element is claimed once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-claims-'));
  expect(cancelElement(directory, 3)).toBe(true);
  expect(cancelElement(directory, 3)).toBe(false);
  expect(readStatuses(directory).get(3)).toMatchObject({ hasBegun: true, isCancelled: true });
  rmSync(directory, { recursive: true });
});

const begun: ElementStatus = { ...noStatus, hasBegun: true };
const listedAs = (state: string): ListedElement => ({ job: 7, state, reason: 'None', node: 'n1' });
const exited = (code: number) => ({ kind: 'ended', ending: { kind: 'exited', code } });
const machineFailure = { kind: 'ended', ending: { kind: 'machine-failure' } };
const failed = { kind: 'ended', ending: { kind: 'failed' } };

test.each<[string, ElementStatus, string | undefined, boolean, object]>([
  ['waits', noStatus, 'PENDING', false, { kind: 'queued' }],
  ['is about to begin', noStatus, 'RUNNING', false, { kind: 'queued' }],
  ['runs', begun, 'RUNNING', false, { kind: 'running' }],
  ['runs, and Slurm has forgotten it', begun, undefined, false, { kind: 'unconfirmed' }],
  ['has not begun, and Slurm has forgotten it', noStatus, undefined, false, { kind: 'unconfirmed' }],
  ['has ended, and Slurm has forgotten it', { ...begun, code: 3 }, undefined, false, exited(3)],
  ['has ended, which Slurm does not know yet', { ...begun, code: 0 }, 'RUNNING', false, exited(0)],
  ['has ended before its node failed', { ...begun, code: 0 }, 'NODE_FAIL', false, exited(0)],
  ['was on a node that failed', begun, 'NODE_FAIL', false, machineFailure],
  ['was on a node that failed before it began', noStatus, 'NODE_FAIL', false, machineFailure],
  ['was preempted', { ...begun, isSignalled: true, code: 143 }, 'PREEMPTED', false, machineFailure],
  ['was killed for its memory', { ...begun, code: 137 }, 'OUT_OF_MEMORY', false, failed],
  [
    'was killed, and started again by a controller that had forgotten it',
    { ...begun, code: 137, isRepeated: true },
    'COMPLETED',
    false,
    { kind: 'unconfirmed' },
  ],
  [
    'got a signal of which Slurm does not know',
    { ...begun, isSignalled: true, code: 143 },
    'COMPLETED',
    false,
    { kind: 'unconfirmed' },
  ],
  // Slurm signals the processes one after another; the wrapper recorded the end before its turn.
  ['was preempted before its wrapper', { ...begun, code: 143 }, 'PREEMPTED', false, machineFailure],
  ['was cancelled before its wrapper', { ...begun, code: 143 }, 'CANCELLED', false, failed],
  ['was ended by SIGTERM', { ...begun, code: 143 }, 'RUNNING', false, { kind: 'unconfirmed' }],
  ['ended itself', { ...begun, code: 143 }, 'COMPLETED', false, exited(143)],
  ['killed itself', { ...begun, code: 137 }, 'COMPLETED', false, exited(137)],
  [
    'was killed, while Slurm completes it',
    { ...begun, code: 137 },
    'COMPLETING',
    false,
    { kind: 'unconfirmed' },
  ],
  ['was cancelled by another person', { ...begun, isSignalled: true, code: 143 }, 'CANCELLED', false, failed],
  ['was cancelled by another person before it began', noStatus, 'CANCELLED', false, failed],
  [
    'was cancelled by this engine',
    { ...begun, isSignalled: true, code: 143 },
    'CANCELLED',
    true,
    exited(143),
  ],
  ['reached the limit of its job', begun, 'TIMEOUT', false, failed],
  [
    'was claimed by the engine',
    { ...begun, isCancelled: true },
    undefined,
    true,
    { kind: 'ended', ending: { kind: 'not-begun' } },
  ],
  ['could not be started', { ...begun, isFaulty: true, code: 1 }, 'COMPLETED', false, machineFailure],
  ['left no exit code', begun, 'COMPLETED', false, { kind: 'unconfirmed' }],
  [
    'reached its Timeout',
    { ...begun, isTimedOut: true, code: 143 },
    'RUNNING',
    false,
    { ...exited(143), stopReason: 'timed out' },
  ],
])('an element that %s is judged by its files first', (_, status, state, isStopped, verdict) => {
  expect(verdictOf(status, state === undefined ? undefined : listedAs(state), isStopped)).toMatchObject(
    verdict,
  );
});

test('a whole job is cancelled only if no other element of it is open', () => {
  const submission = {
    token: 'abcd1234',
    directory: '/none',
    keys: ['1/0', '1/1', '1/2'],
    open: new Set([0, 1, 2]),
    jobs: new Set([5, 7]),
    liveJobs: new Set([7]),
    isSending: false,
  };
  const entriesOf = (...numbers: number[]) => numbers.map((number) => ({ element: { submission, number } }));
  expect(cancelIdsOf(entriesOf(0, 2))).toEqual(['7_0', '7_2']);
  expect(cancelIdsOf(entriesOf(0, 1, 2))).toEqual(['7']);
  submission.open.delete(0);
  submission.open.delete(1);
  expect(cancelIdsOf(entriesOf(0, 1))).toEqual(['7_0', '7_1']);
});

test.each([
  [0x6969, 'NFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0xef53, undefined],
  [0x01021994, undefined],
])('the file system of type %i is %s', (type, name) => {
  expect(networkFileSystemOf(type)).toBe(name);
});

test.each<[string, number, string | undefined, boolean]>([
  ['SIGKILL, which Slurm lists as completed,', 137, 'COMPLETED', true],
  ['SIGKILL, which Slurm has forgotten,', 137, undefined, true],
  ['SIGTERM, which Slurm lists as cancelled,', 143, 'CANCELLED', true],
  ['SIGTERM, which Slurm lists as completed and so has not sent,', 143, 'COMPLETED', false],
  ['an error of the command', 1, 'COMPLETED', false],
])(
  'an end by %s may be a kill by a controller that lost its state: %d, %s: %s',
  (_, code, state, expected) => {
    const listed = state === undefined ? undefined : listedAs(state);
    expect(mayBeKillOfOrphan({ ...begun, code }, listed)).toBe(expected);
  },
);
