import { describe, expect, test } from 'vitest';
import { arrayTextOf, numbersOf } from '../../../../src/engine/runner/slurm/array-text.ts';
import {
  cancelArgsOf,
  chunksOf,
  detailArgsOf,
  listingArgsOf,
  sbatchArgsOf,
} from '../../../../src/engine/runner/slurm/commands.ts';
import {
  parseConfig,
  parseJobId,
  parseListing,
  submitFailureOf,
} from '../../../../src/engine/runner/slurm/parse.ts';

test.each([
  [[], ''],
  [[0], '0'],
  [[0, 1, 2], '0-2'],
  [[0, 2, 3, 9], '0,2-3,9'],
])('the elements %j are written as %j, and read back', (numbers, text) => {
  expect(arrayTextOf(numbers)).toBe(text);
  expect(numbersOf(text)).toEqual(numbers);
});

test.each([
  ['0-4,6,8-10%3', [0, 1, 2, 3, 4, 6, 8, 9, 10]],
  ['0-10:5', [0, 5, 10]],
  ['N/A', []],
  ['5-3', []],
  ['0-99999999999', []],
  ['1;2', []],
])('the list %j of squeue has the elements %j', (text, numbers) => {
  expect(numbersOf(text)).toEqual(numbers);
});

const plan = {
  engineId: 'abc',
  token: '0123456789abcdef',
  elements: [0, 1, 2, 7],
  resources: {},
  minutes: undefined,
  script: '/shared/element.sh',
  args: ['/shared/submissions/0123456789abcdef', '15'],
};

test('an array is submitted with the elements, the token as its comment, and a clean environment', () => {
  expect(sbatchArgsOf(plan)).toEqual([
    '--parsable',
    '--array=0-2,7',
    '--job-name=batch-mcp-abc',
    '--comment=0123456789abcdef',
    '--no-requeue',
    '--chdir=/',
    '--input=/dev/null',
    '--output=/dev/null',
    '--error=/dev/null',
    '--export=ALL',
    '/shared/element.sh',
    '/shared/submissions/0123456789abcdef',
    '15',
  ]);
});

test('the options of the operator follow those of the engine, so that they override them', () => {
  const resources = { partition: 'gpu', qos: 'low', options: ['--time=5', '--gres=gpu:1'] };
  const args = sbatchArgsOf({ ...plan, minutes: 70, resources });
  expect(args.slice(args.indexOf('--time=70'), args.indexOf('/shared/element.sh'))).toEqual([
    '--time=70',
    '--partition=gpu',
    '--qos=low',
    '--time=5',
    '--gres=gpu:1',
  ]);
});

test('a batch is divided into arrays by MaxArraySize, and large ones at 2,000 elements', () => {
  const batch = Array.from({ length: 25 }, (_, at) => at);
  expect(chunksOf(batch, 11).map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(chunksOf(batch, 1001)).toEqual([batch]);
  expect(chunksOf([], 1001)).toEqual([]);
  expect(chunksOf(batch, 1).map(({ length }) => length)).toHaveLength(25);
  const large = Array.from({ length: 5000 }, (_, at) => at);
  expect(chunksOf(large, 4_000_001).map(({ length }) => length)).toEqual([2000, 2000, 1000]);
});

test('many elements are cancelled with few commands', () => {
  const ids = Array.from({ length: 2500 }, (_, at) => `9_${at}`);
  expect(cancelArgsOf(ids).map(({ length }) => length)).toEqual([1000, 1000, 500]);
  expect(cancelArgsOf([])).toEqual([]);
});

test('squeue is asked for all jobs of one engine and user, or for all elements of some jobs', () => {
  expect(listingArgsOf('abc', 1000)).toContain('--name=batch-mcp-abc');
  expect(listingArgsOf('abc', 1000)).toContain('--user=1000');
  expect(detailArgsOf([3, 4])).toContain('--jobs=3,4');
});

describe('a listing of squeue', () => {
  test('has the elements of every token, waiting ones in one line', () => {
    const listing = parseListing(
      [
        '7|3-5,9%2|PENDING|Resources||0123456789abcdef',
        '7|1|RUNNING|None|n1|0123456789abcdef',
        '8|0|COMPLETING|None|n2|fedcba9876543210',
      ].join('\n'),
    );
    const elements = listing.elements.get('0123456789abcdef');
    expect([...(elements?.keys() ?? [])].sort()).toEqual([1, 3, 4, 5, 9]);
    expect(elements?.get(4)).toEqual({ job: 7, state: 'PENDING', reason: 'Resources', node: '' });
    expect(elements?.get(1)).toEqual({ job: 7, state: 'RUNNING', reason: 'None', node: 'n1' });
    expect(listing.jobs.get('fedcba9876543210')).toEqual(new Set([8]));
  });

  test('ignores lines of other jobs and other forms', () => {
    const listing = parseListing(
      '7|1|RUNNING|None|n1|(null)\nslurm_load_jobs error\n|||||\n9|N/A|RUNNING|None|n1|abcd1234\n',
    );
    expect(listing.elements.get('abcd1234')?.size).toBe(0);
    expect(listing.elements.size).toBe(1);
  });

  test.each([
    ['PENDING', 'COMPLETED', 'PENDING'],
    ['COMPLETED', 'RUNNING', 'RUNNING'],
    ['NODE_FAIL', 'COMPLETED', 'COMPLETED'],
  ])('of an element that was submitted twice, as %s and %s, shows %s', (first, second, shown) => {
    const lines = [`7|1|${first}|None|n1|abcd1234`, `9|1|${second}|None|n1|abcd1234`];
    for (const text of [lines.join('\n'), lines.reverse().join('\n')])
      expect(parseListing(text).elements.get('abcd1234')?.get(1)?.state).toBe(shown);
    expect(parseListing(lines.join('\n')).jobs.get('abcd1234')).toEqual(new Set([7, 9]));
  });
});

test.each([
  ['123\n', 123],
  ['123;cluster\n', 123],
  ['', undefined],
  ['0', undefined],
  ['Submitted batch job 5', undefined],
])('the answer %j of sbatch is job %s', (text, job) => {
  expect(parseJobId(text)).toBe(job);
});

test('the configuration of a cluster says how large an array may be, and whether there is accounting', () => {
  const text =
    'Configuration data as of 2026-01-01\nAccountingStorageType   = accounting_storage/none\nMaxArraySize            = 2001\nSLURM_VERSION           = 22.05.8\n';
  expect(parseConfig(text)).toEqual({ version: '22.05.8', maxArraySize: 2001, hasAccounting: false });
  expect(parseConfig('AccountingStorageType = accounting_storage/slurmdbd\n')).toEqual({
    version: '',
    maxArraySize: 1001,
    hasAccounting: true,
  });
});

test.each([
  ['', 'unknown'],
  [
    'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
    'unknown',
  ],
  ['sbatch: error: Batch job submission failed: Socket timed out on send/recv operation', 'unknown'],
  [
    'sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified',
    'refused',
  ],
  ['sbatch: error: Batch job submission failed: Requested node configuration is not available', 'refused'],
  [
    "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    'later',
  ],
  ['sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying', 'later'],
  ['it could not be started: spawn sbatch EAGAIN', 'later'],
])('sbatch that fails with %j means %s', (stderr, kind) => {
  expect(submitFailureOf(stderr).kind).toBe(kind);
});
