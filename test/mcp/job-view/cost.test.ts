import { describe, expect, test } from 'vitest';
import { courseOf } from '../../../src/mcp/job-view/build-course.ts';
import { costLabel } from '../../../src/mcp/job-view/cost.ts';
import type { AttemptFacts, CourseFacts } from '../../../src/mcp/job-view/facts.ts';
import type { InstanceOffering } from '../../../src/mcp/jobs/instance-offerings.ts';
import { inventedOfferings, inventFacts } from './course-facts.ts';

/** One task with one instance that ran from 100 to 3,700 seconds: an hour. */
const hourLong: AttemptFacts = {
  index: 0,
  state: 's',
  launched: 90,
  began: 100,
  ended: 3700,
  ExitCode: 0,
  reason: '',
};

interface Case {
  readonly data?: object;
  readonly task?: object;
  readonly offerings?: readonly InstanceOffering[] | undefined;
  readonly instances?: readonly AttemptFacts[];
  readonly earlier?: readonly AttemptFacts[];
  readonly isLocal?: boolean;
}

const costOf = ({ data = { InstanceType: 'S5.LARGE8' }, task = {}, ...facts }: Case) => {
  const base = inventFacts({ tasks: 1, instances: 1 });
  const [name = ''] = base.tasks.keys();
  const submitted = { TaskName: name, ComputeEnv: { EnvType: 'MANAGED', EnvData: data }, ...task };
  const changed = {
    ...base,
    submission: { ...base.submission, Tasks: [submitted] },
    offerings: 'offerings' in facts ? facts.offerings : inventedOfferings,
    isLocal: facts.isLocal ?? false,
    tasks: new Map([[name, { instances: facts.instances ?? [hourLong], earlier: facts.earlier ?? [] }]]),
    // The invented submission has no more fields than the cost needs.
  } as unknown as CourseFacts;
  const { tasks, cost } = courseOf({ ...changed, now: base.now + 10_000_000 });
  return { task: tasks[0]?.cost, cost };
};

const spot = inventedOfferings.map((one) => ({ ...one, charge: 'SPOTPAID', price: (one.price ?? 0) / 4 }));

describe('the cost of a task', () => {
  test.each<[string, Case, object]>([
    [
      'is its run seconds by the hourly price',
      {},
      { price: 'listed', hourly: 0.72, runSeconds: 3600, amount: 0.72 },
    ],
    [
      'is at the listed price of spot instances where it uses them, not at its bid',
      {
        data: {
          InstanceType: 'S5.LARGE8',
          InstanceChargeType: 'SPOTPAID',
          InstanceMarketOptions: { SpotOptions: { MaxPrice: '9' } },
        },
        offerings: spot,
      },
      { price: 'spot', hourly: 0.18, amount: 0.18 },
    ],
    [
      'is at most the highest price of several types, of which one was used',
      { data: { InstanceTypes: ['S5.SMALL1', 'S5.LARGE8'] } },
      { price: 'highest', hourly: 0.72, amount: 0.72, machine: 'S5.SMALL1 or S5.LARGE8' },
    ],
    [
      'is that of a size where no type is named',
      { data: { InstanceTypeOptions: { CPU: 2, Memory: 4 } } },
      { hourly: 0.36 },
    ],
  ])('%s', (_, given, expected) => {
    expect(costOf(given).task).toMatchObject(expected);
  });

  test.each<[string, Case, string]>([
    ['of a type that is not listed', { data: { InstanceType: 'X9.HUGE' } }, 'unknown'],
    ['without a type', { data: {} }, 'unknown'],
    ['where prices could not be read', { offerings: undefined }, 'unknown'],
    [
      'of a type without an hourly price',
      { offerings: inventedOfferings.map(({ price: _, ...one }) => one) },
      'unknown',
    ],
    ['in an environment', { task: { EnvId: 'env-1a2b3c4d', ComputeEnv: undefined } }, 'environment'],
  ])('%s has no amount, and is not zero', (_, given, price) => {
    const { task, cost } = costOf(given);
    expect(task).toMatchObject({ price, runSeconds: 3600 });
    expect(task).not.toHaveProperty('amount');
    expect(cost).not.toHaveProperty('amount');
    expect(cost.notes).toHaveLength(1);
  });

  test('counts a running instance until it was read, and one that has not begun not at all', () => {
    const { now } = inventFacts({ tasks: 1, instances: 1 });
    const running: AttemptFacts = { index: 0, state: 'r', launched: 90, began: 100, reason: '' };
    const waiting: AttemptFacts = { index: 0, state: 'q', reason: '' };
    const read = Math.round((now + 10_000_000 - Date.parse('2026-11-20T08:00:00Z')) / 1000);
    expect(costOf({ instances: [running] }).task?.runSeconds).toBe(read - 100);
    expect(costOf({ instances: [waiting] }).task?.runSeconds).toBe(0);
  });

  test('includes repeated attempts, and says how much of it they are', () => {
    const first: AttemptFacts = {
      index: 0,
      attempt: 1,
      state: 'f',
      began: 10,
      ended: 100,
      ExitCode: 1,
      reason: '',
    };
    expect(costOf({ earlier: [first], isLocal: true }).task).toMatchObject({
      runSeconds: 3690,
      retrySeconds: 90,
      amount: 0.738,
    });
  });
});

describe('the cost of a job', () => {
  test('is labelled as an estimate of the machines only', () => {
    expect(costLabel).toBe('estimate, machines only, disks and traffic not included');
    expect(costOf({}).cost).toMatchObject({ amount: 0.72, label: costLabel, notes: [] });
  });

  test('is labelled as invented on the local engine', () => {
    expect(costOf({ isLocal: true }).cost.label).toBe(`invented prices of the local engine; ${costLabel}`);
  });

  test('says that nodes of an environment cost per environment', () => {
    const { cost } = costOf({ task: { EnvId: 'env-1a2b3c4d', ComputeEnv: undefined } });
    expect(cost.notes).toEqual([
      'Nodes of env-1a2b3c4d cost per environment, not per job; they are not included.',
    ]);
  });

  test('says that attempts before the last one are missing where the API has only the last', () => {
    const { cost } = costOf({ task: { MaxRetryCount: 2 } });
    expect(cost.notes).toEqual(['Attempts before the last one are not included.']);
  });

  test('says of how many instances it is where not all were read', () => {
    const { cost } = courseOf(inventFacts({ tasks: 1, instances: 40, readUpTo: 10 }));
    expect(cost.notes).toContain('Of the 10 of 40 instances that were read.');
  });
});
