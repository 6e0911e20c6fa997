/** What the queue of Slurm says, in plain words. The texts are those of Slurm 22.05.8. */
import { describe, expect, test } from 'vitest';
import { waitReasonOf } from '../../../../src/engine/runner/slurm/reasons.ts';
import { startEstimateOf, testOnlyArgsOf } from '../../../../src/engine/runner/slurm/test-only.ts';

describe('a reason of squeue has its code and words', () => {
  test.each([
    ['Priority', 'Priority', /higher priority/],
    ['(Priority)', 'Priority', /higher priority/],
    ['Resources', 'Resources', /next when some become free/],
    ['JobArrayTaskLimit', 'JobArrayTaskLimit', /concurrent elements/],
    ['BeginTime', 'BeginTime', /starts them later/],
    ['Dependency', 'Dependency', /another job in Slurm/],
    ['PartitionDown', 'PartitionDown', /administrator/],
    ['ReqNodeNotAvail, UnavailableNodes:n[1-2]', 'ReqNodeNotAvail', /down, drained or reserved/],
    [
      'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions',
      'ReqNodeNotAvail',
      /down, drained or reserved/,
    ],
    ['QOSMaxJobsPerUserLimit', 'QOSMaxJobsPerUserLimit', /limit of the QOS on the running jobs of one user/],
    ['QOSMaxCpuPerUserLimit', 'QOSMaxCpuPerUserLimit', /limit of the QOS on the processors of one user/],
    ['QOSGrpNodeLimit', 'QOSGrpNodeLimit', /limit of the QOS on the nodes of all its users together/],
    ['QOSMinCpuNotSatisfied', 'QOSMinCpuNotSatisfied', /request fewer processors/],
    ['AssocGrpCpuLimit', 'AssocGrpCpuLimit', /account or association on the processors of all its users/],
    ['AssocGrpCPURunMinutesLimit', 'AssocGrpCPURunMinutesLimit', /reserved processor minutes/],
    ['AssocMaxJobsLimit', 'AssocMaxJobsLimit', /running jobs of one user/],
    ['SomethingNew', 'SomethingNew', /no other reason/],
    ['a sentence | that is new', 'other', /Slurm says: a sentence/],
    ['', 'other', /nothing/],
  ])('%j', (text, code, meaning) => {
    expect(waitReasonOf(text)).toEqual({ code, meaning: expect.stringMatching(meaning) });
  });
});

test('the start of a job is asked for with the options of the operator, and nothing of the job', () => {
  expect(testOnlyArgsOf({ partition: 'main', options: ['--gres=gpu:1'] }, 12)).toEqual([
    '--test-only',
    '--job-name=batch-mcp-test-only',
    '--chdir=/',
    '--output=/dev/null',
    '--time=12',
    '--partition=main',
    '--gres=gpu:1',
    '--wrap=true',
  ]);
});

describe('the answer of sbatch --test-only', () => {
  const now = new Date('2026-11-26T15:00:00').getTime();
  const answer = (date: string): string =>
    `sbatch: Job 68 to start at ${date} using 1 processors on nodes n1 in partition main\n`;

  test('a time within a year is the expected start, in the time zone of this process', () => {
    expect(startEstimateOf(answer('2026-11-26T15:39:07'), now)).toEqual({
      kind: 'start',
      time: now + (39 * 60 + 7) * 1000,
      partition: 'main',
    });
  });

  test.each([
    ['a date of another century', answer('2155-07-02T00:42:08'), /no realistic time \(2155-07-02\)/],
    [
      'nodes that are down',
      'allocation failure: Requested node configuration is not available\n',
      /no node that is up/,
    ],
    [
      'a partition that does not exist',
      'sbatch: error: invalid partition specified: nope\nallocation failure: Invalid partition name specified\n',
      /Slurm says: Invalid partition name specified/,
    ],
    ['no answer', '', /did not answer in time/],
  ])('%s is not shown as a time', (_, stderr, reason) => {
    expect(startEstimateOf(stderr, now)).toEqual({
      kind: 'unknown',
      reason: expect.stringMatching(reason),
    });
  });
});
