/** Machines and maximum cost of a job. */
import { describe, expect, test } from 'vitest';
import type { InputOf } from '../../../src/catalogue/index.ts';
import {
  highestPriceOf,
  type InstanceOffering,
  isSpecific,
  offeringsFor,
  requirementOf,
} from '../../../src/mcp/jobs/instance-offerings.ts';
import { costOf } from '../../../src/mcp/jobs/job-cost.ts';
import { submissionOf, task } from '../workflows/over-engine.ts';

const offer = (
  type: string,
  price: number | undefined,
  more: Partial<InstanceOffering> = {},
): InstanceOffering => ({
  zone: 'ap-guangzhou-3',
  type,
  charge: 'POSTPAID_BY_HOUR',
  cpu: 1,
  memory: 2,
  isForSale: true,
  stock: 'EnoughStock',
  ...(price !== undefined && { price }),
  ...more,
});
const offers = [
  offer('S5.SMALL2', 0.5),
  offer('S5.LARGE8', 2, { cpu: 4, memory: 8 }),
  offer('SA2.LARGE8', 3, { cpu: 4, memory: 8, isForSale: false }),
  offer('S5.SMALL2', 9, { zone: 'ap-guangzhou-4' }),
  offer('S5.SMALL2', 0.1, { charge: 'SPOTPAID' }),
  offer('S5.FREE', undefined),
];
type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];
const on = (EnvData: NonNullable<Task['ComputeEnv']>['EnvData']) => ({ ComputeEnv: { EnvData } });

describe('the cost of a job', () => {
  test.each<[string, InputOf<'SubmitJob'>, object]>([
    [
      'is that of all concurrent instances for their timeout',
      submissionOf([task('a', 'x', { TaskInstanceNum: 10, Timeout: 7200 })]),
      { instances: 10, machines: 10, hourly: 5, total: 10, unknown: [] },
    ],
    [
      'is limited by MaxConcurrentNum',
      submissionOf([task('a', 'x', { TaskInstanceNum: 10, MaxConcurrentNum: 2, Timeout: 3600 })]),
      { instances: 10, machines: 2, hourly: 1, total: 5, unknown: [] },
    ],
    [
      'includes retries',
      submissionOf([task('a', 'x', { MaxRetryCount: 3, Timeout: 3600 })]),
      { instances: 1, machines: 1, hourly: 0.5, total: 2, unknown: [] },
    ],
    [
      'assumes a day without a timeout',
      submissionOf([task('a', 'x')]),
      { instances: 1, machines: 1, hourly: 0.5, total: 12, unknown: [] },
    ],
    [
      'is that of the most expensive of several types',
      submissionOf([task('a', 'x', { Timeout: 3600, ...on({ InstanceTypes: ['S5.SMALL2', 'S5.LARGE8'] }) })]),
      { instances: 1, machines: 1, hourly: 2, total: 2, unknown: [] },
    ],
    [
      'is that of the most expensive type of a size, even if it is sold out',
      submissionOf([
        task('a', 'x', { Timeout: 3600, ...on({ InstanceTypeOptions: { CPU: 4, Memory: 8 } }) }),
      ]),
      { instances: 1, machines: 1, hourly: 3, total: 3, unknown: [] },
    ],
    [
      'is that of the spot bid',
      submissionOf([
        task('a', 'x', {
          Timeout: 3600,
          ...on({
            InstanceType: 'S5.SMALL2',
            InstanceChargeType: 'SPOTPAID',
            InstanceMarketOptions: { SpotOptions: { MaxPrice: '0.3' } },
          }),
        }),
      ]),
      { instances: 1, machines: 1, hourly: 0.3, total: 0.3, unknown: [] },
    ],
    [
      'is zero in a compute environment',
      submissionOf([
        {
          TaskName: 'a',
          Application: { DeliveryForm: 'LOCAL', Command: 'x' },
          EnvId: 'env-aaaaaaaa',
          TaskInstanceNum: 5,
        },
      ]),
      { instances: 5, machines: 0, hourly: 0, total: 0, unknown: [] },
    ],
    [
      'counts tasks in sequence one at a time',
      submissionOf(
        [task('a', 'x', { TaskInstanceNum: 4, Timeout: 3600 }), task('b', 'x', { Timeout: 3600 })],
        {
          Dependences: [{ StartTask: 'a', EndTask: 'b' }],
        },
      ),
      { instances: 5, machines: 4, hourly: 2, total: 2.5, unknown: [] },
    ],
    [
      'adds up tasks in sequence if failed ones retain their machines',
      submissionOf(
        [
          task('a', 'x', { TaskInstanceNum: 4, Timeout: 3600, FailedAction: 'INTERRUPT' }),
          task('b', 'x', { Timeout: 3600 }),
        ],
        { Dependences: [{ StartTask: 'a', EndTask: 'b' }] },
      ),
      { instances: 5, machines: 5, hourly: 2.5, total: 2.5, unknown: [] },
    ],
    [
      'is unknown for a type that is unavailable, has no price, or is missing',
      submissionOf([
        task('a', 'x', on({ InstanceType: 'S9.NONE' })),
        task('b', 'x', on({ InstanceType: 'S5.FREE' })),
        task('c', 'x', on({})),
        task('d', 'x'),
      ]),
      { instances: 4, machines: 4, unknown: ['a', 'b', 'c'] },
    ],
  ])('%s', (_, submission, cost) => {
    expect(costOf(submission, offers)).toEqual(cost);
  });
});

describe('an instance requirement', () => {
  test('takes its zones from the machine settings, otherwise from the placement', () => {
    expect(requirementOf({ Zones: ['ap-guangzhou-4'] }, 'ap-guangzhou-3').zones).toEqual(['ap-guangzhou-4']);
    expect(requirementOf(undefined, 'ap-guangzhou-3')).toEqual({
      zones: ['ap-guangzhou-3'],
      charge: 'POSTPAID_BY_HOUR',
    });
  });

  test('is specific if it has a type or size', () => {
    expect(isSpecific(requirementOf({ InstanceType: 'S5.SMALL2' }, 'z'))).toBe(true);
    expect(isSpecific(requirementOf({ InstanceTypeOptions: { CPU: 1, Memory: 1 } }, 'z'))).toBe(true);
    expect(isSpecific(requirementOf({}, 'z'))).toBe(false);
  });

  test('has its offerings in the order of its types', () => {
    const wish = requirementOf({ InstanceTypes: ['S5.LARGE8', 'S5.SMALL2'] }, 'ap-guangzhou-3');
    expect(offeringsFor(wish, offers).map(({ type, price }) => `${type} ${price}`)).toEqual([
      'S5.LARGE8 2',
      'S5.SMALL2 0.5',
    ]);
    expect(highestPriceOf(wish, offers)).toBe(2);
  });
});
