/** PlanJob against a real engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { noSubmitJob } from '../../../src/mcp/workflows/plan-checks.ts';
import { startOverEngine, submissionOf, task } from './over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
beforeAll(async () => {
  over = await startOverEngine();
});
afterAll(() => over.stop());

const logs = { StdoutRedirectPath: 'cos://logs-1250000000.cos.ap-guangzhou.myqcloud.com/a/' };
const good = { RedirectInfo: logs, Timeout: 3600 };
const plan = async (
  args: Fields,
  ...options: Parameters<typeof over.run> extends [string, Fields, (infer O)?] ? [O?] : []
) => over.run('PlanJob', args, ...options);
const problemsOf = async (...args: Parameters<typeof plan>) => (await plan(...args)).fields.problems ?? [];
const warningsOf = async (...args: Parameters<typeof plan>) => (await plan(...args)).fields.warnings ?? [];
const env = (EnvId: string, more: object = {}) => {
  const { ComputeEnv: _, ...rest } = task('on-env', 'true', { ...good, EnvId, ...more });
  return rest;
};

test('PlanJob of a valid job returns stages, a graph and the maximum price, and submits nothing', async () => {
  const { fields, calls, text } = await plan(
    submissionOf(
      [
        task('load', 'true', good),
        task('sweep', 'true', { ...good, TaskInstanceNum: 20, MaxConcurrentNum: 10, MaxRetryCount: 1 }),
        task('merge', 'true', good),
      ],
      {
        Dependences: [
          { StartTask: 'load', EndTask: 'sweep' },
          { StartTask: 'sweep', EndTask: 'merge' },
        ],
      },
    ),
  );
  expect(fields).toEqual({
    summary: 'The job would be accepted: 3 tasks, 22 instances, at most 1.2 an hour. Nothing was submitted.',
    submittable: true,
    stages: [
      '1: "load": 1 instance on S5.SMALL2 (in stock: EnoughStock, 0.12 an hour each)',
      '2: "sweep": 20 instances on S5.SMALL2 (in stock: EnoughStock, 0.12 an hour each)',
      '3: "merge": 1 instance on S5.SMALL2 (in stock: EnoughStock, 0.12 an hour each)',
    ],
    graph: 'flowchart LR; t0["load × 1"]; t1["sweep × 20"]; t2["merge × 1"]; t0 --> t1; t1 --> t2',
    instances: 22,
    machinesAtOnce: 10,
    price: {
      perHourAtMost: 1.2,
      wholeJobAtMost: 5.04,
      basis: expect.stringContaining('without disks and traffic'),
    },
    checked: 'fields, names and dependences; zone and paths; stock and prices; limits of the operator',
    next: ['SubmitJob with the same arguments submits it, once the user agrees.'],
  });
  expect(text).toContain('flowchart LR');
  expect(calls).toEqual(['DescribeCvmZoneInstanceConfigInfos']);
});

describe('PlanJob reports as a problem', () => {
  test.each<[string, Fields, unknown[]]>([
    [
      'an empty submission',
      { Placement: {}, Job: {} },
      [expect.stringMatching(/^Placement\.Zone: /), expect.stringMatching(/^Job\.Tasks: /)],
    ],
    [
      'a cycle',
      submissionOf([task('a', 'x'), task('b', 'x')], {
        Dependences: [
          { StartTask: 'a', EndTask: 'b' },
          { StartTask: 'b', EndTask: 'a' },
        ],
      }),
      [expect.stringMatching(/^Job\.Dependences: InvalidParameterValue\.DependenceUnfeasible: .*cycle/)],
    ],
    [
      'a dependence on a task that does not exist',
      submissionOf([task('a', 'x')], { Dependences: [{ StartTask: 'z', EndTask: 'a' }] }),
      [expect.stringContaining('InvalidParameterValue.DependenceNotFoundTaskName')],
    ],
    [
      'a repeated task name',
      submissionOf([task('a', 'x'), task('a', 'x')]),
      [expect.stringContaining('TaskName')],
    ],
    [
      'both machines and an environment',
      submissionOf([task('a', 'x', { EnvId: 'env-aaaaaaaa' })]),
      [expect.stringContaining('AllowedOneAttributeInEnvIdAndComputeEnv')],
    ],
    [
      'a malformed bucket path',
      submissionOf([task('a', 'x', { RedirectInfo: { StdoutRedirectPath: 'cos://no-slash-at-the-end' } })]),
      [expect.stringContaining('InvalidParameterValue.RemoteStoragePath')],
    ],
    [
      'a zone that does not exist',
      { ...submissionOf([env('env-00000000')]), Placement: { Zone: 'mars-1' } },
      [
        'Placement.Zone "mars-1" is in no region of BatchCompute; a zone is, for example, ap-guangzhou-3.',
        expect.stringContaining('ResourceNotFound.ComputeEnv'),
      ],
    ],
    [
      'an unavailable instance type',
      submissionOf([task('a', 'x', { ...good, ComputeEnv: { EnvData: { InstanceType: 'S9.NONE' } } })]),
      ['task "a": S9.NONE is not offered in ap-guangzhou-3 for POSTPAID_BY_HOUR.'],
    ],
  ])('%s', async (_, args, problems) => {
    expect(await problemsOf(args)).toEqual(problems);
    expect((await plan(args)).fields.submittable).toBe(false);
  });

  test('an environment that does not exist, once and with the next step', async () => {
    const { fields } = await plan(submissionOf([env('env-00000000')]));
    expect(fields).toMatchObject({
      problems: [expect.stringMatching(/^DescribeComputeEnv: ResourceNotFound\.ComputeEnv: /)],
      next: ['Correct the problems and call PlanJob again.'],
    });
  });

  test('a zone of another region', async () => {
    const args = { ...submissionOf([task('a', 'x', good)]), Placement: { Zone: 'ap-tokyo-1' } };
    expect(await problemsOf(args, { region: 'ap-guangzhou' })).toEqual([
      'Placement.Zone ap-tokyo-1 is in ap-tokyo, and the call goes to ap-guangzhou: give Region ap-tokyo.',
      expect.stringContaining('InvalidZone.MismatchRegion'),
    ]);
    expect(await problemsOf(args, { region: 'ap-tokyo' })).toEqual([]);
  });

  test('the international site, which has no SubmitJob', async () => {
    expect(await problemsOf(submissionOf([task('a', 'x', good)]), { site: 'intl' })).toEqual([noSubmitJob]);
  });

  test('an exceeded limit of the operator', async () => {
    const limits = { maxInstances: 5, maxHourlyPrice: 0.5 };
    expect(
      await problemsOf(submissionOf([task('a', 'x', { ...good, TaskInstanceNum: 6 })]), { limits }),
    ).toEqual([
      'Task instances: 6, and the operator allows at most 5 (--max-instances); only the user can change that.',
      'Price of an hour: 0.72, and the operator allows at most 0.5 (--max-hourly-price); only the user can change that.',
    ]);
  });
});

describe('PlanJob reports as a warning', () => {
  test.each<[string, Fields, unknown[]]>([
    ['nothing', submissionOf([task('a', 'x', good)]), []],
    [
      'missing log redirects and timeouts',
      submissionOf([task('a', 'x'), task('b', 'x', good), task('c', 'x')]),
      [
        'No RedirectInfo ("a", "c"): only 2 KB of each stream remain of the output.',
        'No Timeout ("a", "c"): an instance that hangs runs for 24 hours.',
      ],
    ],
    [
      'a bucket of another region',
      submissionOf([
        task('a', 'x', {
          ...good,
          RedirectInfo: { StderrRedirectPath: 'cos://b-1.cos.ap-tokyo.myqcloud.com/l/' },
        }),
      ]),
      ['A bucket of another region ("a"): buckets must be in ap-guangzhou.'],
    ],
    [
      'machines that are retained',
      submissionOf([task('a', 'x', { ...good, FailedAction: 'FAST_INTERRUPT' })]),
      ['FailedAction ("a"): machines of failed instances are retained, and cost, until they are terminated.'],
    ],
    [
      'a discontinued queue service',
      submissionOf([task('a', 'x', good)], { Notifications: [{ TopicName: 't', EventConfigs: [] }] }),
      [expect.stringContaining('NotificationTarget TDMQ_CMQ is its successor')],
    ],
    [
      'machines that are not chosen',
      submissionOf([task('a', 'x', { ...good, ComputeEnv: { EnvData: {} } })]),
      ['task "a": no InstanceType, so neither stock nor price is known.'],
    ],
    [
      'an unavailable type among several',
      submissionOf([
        task('a', 'x', { ...good, ComputeEnv: { EnvData: { InstanceTypes: ['S5.SMALL2', 'S9.NONE'] } } }),
      ]),
      ['task "a": S9.NONE is not offered in ap-guangzhou-3.'],
    ],
  ])('%s', async (_, args, warnings) => {
    expect(await warningsOf(args)).toEqual(warnings);
  });
});

describe('a task in a compute environment', () => {
  test('has a plan with the number of nodes and rounds', async () => {
    const { EnvId } = await over.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-3' },
      ComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount: 0, EnvData: { InstanceType: 'S5.SMALL2' } },
    });
    const empty = await plan(submissionOf([env(EnvId ?? '', { TaskInstanceNum: 3 })]));
    expect(empty.fields).toMatchObject({
      submittable: true,
      warnings: [`task "on-env": ${EnvId} has no running node, so the task would wait.`],
      stages: [`1: "on-env": 3 instances on ${EnvId} (0 nodes running, 3 rounds)`],
      machinesAtOnce: 0,
      checked: 'fields, names and dependences; zone and paths; 1 of 1 environments; limits of the operator',
    });
    expect(empty.fields.price).toBeUndefined();
    expect(empty.calls).toEqual(['DescribeComputeEnv']);
  });
});
