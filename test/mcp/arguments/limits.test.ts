/** The operator's limits, checked against a real engine. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Limits } from '../../../src/mcp/arguments/limits.ts';
import { enforceLimits } from '../../../src/mcp/arguments/limits.ts';
import type { Fields, ToolContext } from '../../../src/mcp/contract/tool.ts';
import { connect, type TestClient } from '../harness.ts';
import { startOverEngine, submissionOf, task } from '../workflows/over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let EnvId: string;
beforeAll(async () => {
  over = await startOverEngine();
  const env = await over.call('CreateComputeEnv', createEnv(3));
  EnvId = env.EnvId ?? '';
});
afterAll(() => over.stop());

const createEnv = (DesiredComputeNodeCount: number, InstanceType = 'S5.SMALL2') => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  ComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount, EnvData: { InstanceType } },
});

const refusalOf = async (tool: string, args: Fields, limits: Limits): Promise<string | undefined> => {
  const context: ToolContext = {
    region: undefined,
    signal: new AbortController().signal,
    detail: 'concise',
    now: Date.now,
    call: (action, input) => over.call(action, input),
    progress: () => undefined,
  };
  try {
    await enforceLimits(tool, args, context, limits);
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfirmationError' });
    return error instanceof Error ? error.message : String(error);
  }
};

const job = (more: object = {}, type = 'S5.SMALL2') =>
  submissionOf([
    task('a', 'true', { TaskInstanceNum: 10, ComputeEnv: { EnvData: { InstanceType: type } }, ...more }),
  ]);

describe('a job submission', () => {
  test.each<[string, Fields, Limits, string | undefined]>([
    [
      'within all limits is accepted',
      job(),
      { maxInstances: 10, maxNodes: 10, maxHourlyPrice: 1.2 },
      undefined,
    ],
    [
      'with too many instances is rejected',
      job(),
      { maxInstances: 9 },
      'SubmitJob: Task instances: 10, and the operator allows at most 9 (--max-instances); only the user can change that.',
    ],
    [
      'with too many machines is rejected',
      job(),
      { maxNodes: 9 },
      'SubmitJob: Machines at one time: 10, and the operator allows at most 9 (--max-nodes); only the user can change that.',
    ],
    [
      'that creates its machines in sequence is accepted',
      job({ MaxConcurrentNum: 5 }),
      { maxNodes: 5 },
      undefined,
    ],
    [
      'that is too expensive is rejected',
      job(),
      { maxHourlyPrice: 1 },
      'SubmitJob: Price of an hour: 1.2, and the operator allows at most 1 (--max-hourly-price); only the user can change that.',
    ],
    [
      'of unknown price is rejected',
      job({}, 'S9.NONE'),
      { maxHourlyPrice: 1000 },
      'SubmitJob: The price is not known, and the operator allows at most 1000 an hour (--max-hourly-price). Name an InstanceType that DescribeCvmZoneInstanceConfigInfos lists with a price.',
    ],
    [
      'of unknown price is accepted without a price limit',
      job({}, 'S9.NONE'),
      { maxInstances: 10 },
      undefined,
    ],
  ])('%s', async (_, args, limits, refusal) => {
    expect(await refusalOf('SubmitJob', args, limits)).toBe(refusal);
  });
});

describe('a limit counts', () => {
  const priced = { maxHourlyPrice: 1000 };
  const withData = (more: object) => job({ ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL2', ...more } } });
  const withDisk = withData({ DataDisks: [{ DiskSize: 100 }] });
  const unpriced = (tool: string, what: string) =>
    `${tool}: The price list has no price of ${what}, and the operator allows at most 1000 an hour (--max-hourly-price). Leave it out.`;
  const env = createEnv(1);

  test.each<[string, Fields, Limits, string | undefined]>([
    [
      'retries of a job as instances',
      job({ MaxRetryCount: 2 }),
      { maxInstances: 29 },
      'SubmitJob: Task instances with their retries: 30, and the operator allows at most 29 (--max-instances); only the user can change that.',
    ],
    ['exactly the possible retries', job({ MaxRetryCount: 2 }), { maxInstances: 30 }, undefined],
    ['data disks as an unknown price', withDisk, priced, unpriced('SubmitJob', 'DataDisks')],
    ['no data disks of size 0', withData({ DataDisks: [{ DiskSize: 0 }] }), priced, undefined],
    [
      'a larger system disk as an unknown price',
      withData({ SystemDisk: { DiskSize: 500 } }),
      priced,
      unpriced('SubmitJob', 'SystemDisk.DiskSize above 50'),
    ],
    ['no system disk of the default size', withData({ SystemDisk: { DiskSize: 50 } }), priced, undefined],
    [
      'bandwidth as an unknown price',
      withData({ InternetAccessible: { InternetMaxBandwidthOut: 100 } }),
      priced,
      unpriced('SubmitJob', 'InternetAccessible'),
    ],
    [
      'a public address as an unknown price',
      withData({ InternetAccessible: { PublicIpAssigned: true } }),
      priced,
      unpriced('SubmitJob', 'InternetAccessible'),
    ],
    ['disks only where prices are limited', withDisk, { maxInstances: 10 }, undefined],
  ])('%s', async (_, args, limits, refusal) => {
    expect(await refusalOf('SubmitJob', args, limits)).toBe(refusal);
  });

  test('disks of a new environment as an unknown price', async () => {
    const EnvData = { ...env.ComputeEnv.EnvData, DataDisks: [{ DiskSize: 100 }] };
    const args = { ...env, ComputeEnv: { ...env.ComputeEnv, EnvData } };
    expect(await refusalOf('CreateComputeEnv', args, priced)).toBe(unpriced('CreateComputeEnv', 'DataDisks'));
  });

  test('attached machines as nodes', async () => {
    const attach = (...ids: string[]) => ({ EnvId, Instances: ids.map((InstanceId) => ({ InstanceId })) });
    expect(await refusalOf('AttachInstances', attach('ins-11111111'), { maxNodes: 3 })).toBe(
      'AttachInstances: Machines at one time: 4, and the operator allows at most 3 (--max-nodes); only the user can change that.',
    );
    expect(
      await refusalOf('AttachInstances', attach('ins-11111111', 'ins-11111111'), { maxNodes: 4, ...priced }),
    ).toBeUndefined();
  });

  test('the instances that RetryJobs runs again, of all its jobs together', async () => {
    const failing = (count: number) =>
      over.finish(submissionOf([task('a', 'exit 1', { TaskInstanceNum: count }), task('b', 'true')]));
    const JobIds = [await failing(2), await failing(1)];
    expect(await refusalOf('RetryJobs', { JobIds }, { maxInstances: 2 })).toBe(
      'RetryJobs: Task instances: 3, and the operator allows at most 2 (--max-instances); only the user can change that.',
    );
    expect(
      await refusalOf('RetryJobs', { JobIds }, { maxInstances: 3, maxNodes: 3, ...priced }),
    ).toBeUndefined();
    expect(await refusalOf('RetryJobs', { JobIds }, { maxNodes: 2 })).toContain('--max-nodes');
    expect(await refusalOf('RetryJobs', { JobIds }, { maxHourlyPrice: 0.1 })).toContain('Price of an hour');
  });
});

describe('a new compute environment', () => {
  test.each<[string, Fields, Limits, string | undefined]>([
    ['within the limits is accepted', createEnv(10), { maxNodes: 10, maxHourlyPrice: 1.2 }, undefined],
    [
      'that is too large and too expensive is rejected with both reasons',
      createEnv(11),
      { maxNodes: 10, maxHourlyPrice: 1.2 },
      'CreateComputeEnv: Machines at one time: 11, and the operator allows at most 10 (--max-nodes); only the user can change that.; Price of an hour: 1.32, and the operator allows at most 1.2 (--max-hourly-price); only the user can change that.',
    ],
    ['is not subject to the limit of instances', createEnv(10), { maxInstances: 1 }, undefined],
  ])('%s', async (_, args, limits, refusal) => {
    expect(await refusalOf('CreateComputeEnv', args, limits)).toBe(refusal);
  });
});

describe('a modification of a compute environment of three nodes', () => {
  test.each<[string, Fields, Limits, string | undefined]>([
    [
      'that grows above the limit is rejected',
      { DesiredComputeNodeCount: 4 },
      { maxNodes: 2 },
      'ModifyComputeEnv: Machines at one time: 4, and the operator allows at most 2 (--max-nodes); only the user can change that.',
    ],
    [
      'that becomes too expensive is rejected',
      { DesiredComputeNodeCount: 100 },
      { maxHourlyPrice: 1 },
      'ModifyComputeEnv: Price of an hour: 12, and the operator allows at most 1 (--max-hourly-price); only the user can change that.',
    ],
    [
      'that uses more expensive machines is rejected',
      { EnvData: { InstanceTypes: ['S5.8XLARGE64'] } },
      { maxHourlyPrice: 1 },
      expect.stringContaining('ModifyComputeEnv: Price of an hour: ') as unknown as string,
    ],
    [
      'that shrinks is accepted even if it remains above the limit',
      { DesiredComputeNodeCount: 2 },
      { maxNodes: 1 },
      undefined,
    ],
    ['of the name only is accepted', { EnvName: 'other' }, { maxNodes: 1, maxHourlyPrice: 0 }, undefined],
  ])('%s', async (_, args, limits, refusal) => {
    expect(await refusalOf('ModifyComputeEnv', { EnvId, ...args }, limits)).toEqual(refusal);
  });
});

test('without limits, and for other tools, the limits cause no API calls', async () => {
  const before = over.engine.requests.length;
  expect(await refusalOf('SubmitJob', job(), {})).toBeUndefined();
  expect(
    await refusalOf('DeleteJob', { JobId: 'job-aaaaaaaa' }, { maxNodes: 1, maxHourlyPrice: 1 }),
  ).toBeUndefined();
  expect(over.engine.requests.length).toBe(before);
});

describe('in the server', () => {
  let client: TestClient;
  beforeAll(async () => {
    client = await connect('modern', {
      ...over.engine,
      flags: ['--max-instances', '9', '--max-hourly-price', '1'],
    });
  });
  afterAll(() => client.close());

  test('a job above the limits is rejected before submission, and PlanJob reports it', async () => {
    const before = over.engine.requests.length;
    const refused = await client.call('SubmitJob', { ...job() });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain('--max-instances');
    expect(refused.text).toContain('--max-hourly-price');
    const plan = await client.call('PlanJob', { ...job() });
    expect(plan.fields).toMatchObject({
      submittable: false,
      problems: [
        'Task instances: 10, and the operator allows at most 9 (--max-instances); only the user can change that.',
        'Price of an hour: 1.2, and the operator allows at most 1 (--max-hourly-price); only the user can change that.',
      ],
    });
    expect(over.engine.requests.slice(before).map(({ action }) => action)).toEqual([
      'DescribeCvmZoneInstanceConfigInfos',
      'DescribeCvmZoneInstanceConfigInfos',
    ]);
  });
});
