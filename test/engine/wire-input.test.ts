/** What the parameters of a request are checked for, and in which order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWireEngine, type WireEngine } from './wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  engine = await startWireEngine();
});
afterAll(async () => {
  expect(engine.defects).toEqual([]);
  await engine.stop();
});

const errorOf = async (action: string, input: unknown) => (await engine.call(action, input)).response.Error;
const template = {
  TaskTemplateName: 't',
  TaskTemplateInfo: { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, EnvId: 'env-00000000' },
};

test.each([
  [{ Nonsense: 1 }, 'UnknownParameter', 'The parameter `Nonsense` is not recognized.'],
  [
    { Filters: [{ Name: 'tag-key', Values: ['a'], Extra: 1 }] },
    'UnknownParameter',
    'The parameter `Filters.0.Extra` is not recognized.',
  ],
  [
    { Filters: [{ Values: ['a'] }] },
    'MissingParameter',
    'The request is missing a required parameter `Filters.0.Name`.',
  ],
  [{ Limit: true }, 'InvalidParameter', 'The value type of parameter `Limit` is not valid.'],
  [{ Limit: 1.5 }, 'InvalidParameter', 'The value type of parameter `Limit` is not valid.'],
  [{ Limit: 'three' }, 'InvalidParameter', 'The value type of parameter `Limit` is not valid.'],
  [{ Offset: -1 }, 'InvalidParameter', 'The value type of parameter `Offset` is not valid.'],
  [{ Filters: {} }, 'InvalidParameter', 'The value type of parameter `Filters` is not valid.'],
  [
    { TaskTemplateIds: [7] },
    'InvalidParameter',
    'The value type of parameter `TaskTemplateIds.0` is not valid.',
  ],
])('DescribeTaskTemplates with %j is refused with %s', async (input, Code, Message) => {
  expect(await errorOf('DescribeTaskTemplates', input)).toEqual({ Code, Message });
});

test('an unknown parameter is reported before a missing one, that before a wrong type, and that before a wrong value', async () => {
  const wrongValue = { TaskTemplateIds: ['nonsense'] };
  const codes = [];
  for (const input of [
    { ...wrongValue, Limit: true, Filters: [{ Values: ['a'] }], Nonsense: 1 },
    { ...wrongValue, Limit: true, Filters: [{ Values: ['a'] }] },
    { ...wrongValue, Limit: true },
    wrongValue,
  ]) {
    codes.push(((await errorOf('DescribeTaskTemplates', input)) as { Code: string }).Code);
  }
  expect(codes).toEqual([
    'UnknownParameter',
    'MissingParameter',
    'InvalidParameter',
    'InvalidParameter.TaskTemplateIdMalformed',
  ]);
});

describe('a value that arrives as text', () => {
  test.each([['3'], ['0003'], [3]])(
    'is converted to the type of the schema: Limit %j is 3',
    async (Limit) => {
      expect(await errorOf('DescribeTaskTemplates', { Limit })).toBeUndefined();
    },
  );
  test('is converted in nested objects before it is stored', async () => {
    const created = await engine.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-2' },
      ComputeEnv: {
        EnvName: 'texts',
        DesiredComputeNodeCount: '0',
        EnvData: { InternetAccessible: { PublicIpAssigned: 'TRUE', InternetMaxBandwidthOut: '50' } },
      },
    });
    const info = await engine.call('DescribeComputeEnvCreateInfo', { EnvId: created.response.EnvId });
    expect(info.response.EnvData).toEqual({
      InternetAccessible: { PublicIpAssigned: true, InternetMaxBandwidthOut: 50 },
    });
  });
  test('is not replaced by a number: a number where text is expected is refused', async () => {
    expect(await errorOf('CreateTaskTemplate', { ...template, TaskTemplateName: 7 })).toEqual({
      Code: 'InvalidParameter',
      Message: 'The value type of parameter `TaskTemplateName` is not valid.',
    });
  });
  test('null is treated as absent', async () => {
    expect(await errorOf('DescribeTaskTemplates', { Limit: null, Filters: null })).toBeUndefined();
    expect(await errorOf('DescribeComputeEnv', { EnvId: null })).toEqual({
      Code: 'MissingParameter',
      Message: 'The request is missing a required parameter `EnvId`.',
    });
  });
});

describe('a body that is not an object of parameters', () => {
  const nested = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  test.each([
    ['{', 'InvalidParameter'],
    ['[]', 'InvalidParameter'],
    ['null', 'InvalidParameter'],
    ['"text"', 'InvalidParameter'],
    [nested, 'InvalidParameter'],
    [`{"Filters":${nested}}`, 'InvalidParameter'],
    ['{"__proto__":{"Limit":1}}', 'UnknownParameter'],
    ['{"constructor":1}', 'UnknownParameter'],
    ['{"Filters":[{"__proto__":1,"Name":"tag-key","Values":["a"]}]}', 'UnknownParameter'],
    ['{"Limit":1e400}', 'InvalidParameter'],
    ['{"Limit":9007199254740993}', 'InvalidParameterValue'],
    ['', undefined],
    ['{"Limit":-0,"Limit":5}', undefined],
  ])('%.40s gives %s', async (body, code) => {
    expect((await engine.call('DescribeTaskTemplates', {}, { body })).code).toBe(code);
  });
  test('millions of brackets are refused without being parsed', async () => {
    const half = 4 * 1024 * 1024;
    const before = process.memoryUsage().rss;
    const body = '['.repeat(half) + ']'.repeat(half);
    expect((await engine.call('DescribeTaskTemplates', {}, { body })).response.Error).toEqual({
      Code: 'InvalidParameter',
      Message: 'The body nests more than 32 levels deep.',
    });
    // Parsed, this body takes some 400 MB; what is allowed here are the few copies that sending it makes.
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
  test('brackets and escapes within strings do not count as levels', async () => {
    const value = `\\"${'[{'.repeat(100)}\\`;
    const body = JSON.stringify({ Filters: [{ Name: 'tag-key', Values: [value] }] });
    expect((await engine.call('DescribeTaskTemplates', {}, { body })).code).toBeUndefined();
  });
  test('bytes that are not UTF-8 are refused instead of being replaced', async () => {
    const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect((await engine.call('DescribeTaskTemplates', {}, { body })).code).toBe('InvalidParameter');
  });
  test('none of these bodies pollutes a prototype', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).Limit).toBeUndefined();
  });
});

test('the message about an invalid password does not repeat it', async () => {
  const error = await errorOf('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-2' },
    ComputeEnv: {
      EnvName: 'e',
      DesiredComputeNodeCount: 0,
      EnvData: { LoginSettings: { Password: 'canary-1Aa!', KeyIds: ['skey-1'] } },
    },
  });
  expect(error).toMatchObject({ Code: 'InvalidParameter.CvmParameters' });
  expect(JSON.stringify(error)).not.toContain('canary');
});

test('Filters of DescribeComputeEnvActivities may be an object or a list of one', async () => {
  const filter = { Name: 'compute-node-id', Values: ['node-00000000'] };
  const codes = [];
  for (const Filters of [filter, [filter], [], [filter, filter]]) {
    codes.push((await engine.call('DescribeComputeEnvActivities', { EnvId: 'env-00000000', Filters })).code);
  }
  expect(codes).toEqual([
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeEnv',
    'ResourceNotFound.ComputeEnv',
    'InvalidParameterValue',
  ]);
});
