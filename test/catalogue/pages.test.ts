/** Reference pages for assistants: complete together, and each short enough to be read whole. */
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/catalogue/action.ts';
import { type ActionName, actionNames, actions } from '../../src/catalogue/index.ts';
import { actionPageOf, typePageOf } from '../../src/catalogue/pages.ts';
import { type TypeName, types } from '../../src/catalogue/shapes/index.ts';
import { visitsOf } from './walk.ts';

const maxTokens = 1_500;
const typeNames = Object.keys(types) as readonly TypeName[];
const linksIn = (page: string) =>
  [...page.matchAll(/batch:\/\/reference\/type\/(\w+)/g)].map(([, name = '']) => name);

const typePages = new Map(typeNames.map((name) => [name as string, typePageOf(name) ?? '']));

/** The pages that are reached from one. */
const reachedFrom = (page: string, seen = new Set<string>()): readonly string[] => [
  page,
  ...linksIn(page).flatMap((name) => {
    if (seen.has(name)) return [];
    seen.add(name);
    return reachedFrom(typePages.get(name) ?? '', seen);
  }),
];

test('the page of one action has its description, fields, example and error codes', () => {
  expect(actionPageOf('AttachInstances')).toMatchInlineSnapshot(`
    "# AttachInstances

    Adds running virtual machines of the user, not spot machines, to an environment. Reinstalls their operating system.

    - Effect: destructive, requires confirmation. Idempotent.
    - Warning: The operating system of these machines is reinstalled and their UserData reset: all data on them is lost.
    - Rate limit: 20 requests per second and region.
    - Vendor documentation: https://www.tencentcloud.com/document/product/599

    ## Input

    - \`EnvId\` (string, required): The compute environment.
    - \`Instances\` (list of batch://reference/type/Instance, required, 1 to 100 entries): {InstanceId, ImageId, LoginSettings}; at most 100.

    ## Example

    One machine, with the image to install on it:
    \`AttachInstances {"EnvId":"env-2m8fjq4x","Instances":[{"InstanceId":"ins-dz3t81pw","ImageId":"img-eb30mz89"}]}\`

    ## Answer

    - \`RequestId\` (string): Id of this request, for support by the vendor.

    ## Error codes

    \`InternalError\`, \`InternalError.CallCvm\`, \`InvalidParameter.EnvIdMalformed\`, \`InvalidParameterValue.InstanceIdDuplicated\`, \`ResourceNotFound.ComputeEnv\`, \`UnsupportedOperation\`, \`UnsupportedOperation.InstancesNotAllowToAttach\`.
    "
  `);
});

describe.each(actionNames)('the page of %s', (name: ActionName) => {
  const page = actionPageOf(name);
  const action: Action = actions[name];

  test('has at most 1,500 tokens', () => {
    expect(encode(page).length).toBeLessThanOrEqual(maxTokens);
  });

  test('leads to every field, by itself or by the pages of its types', () => {
    const pages = reachedFrom(page).join('\n');
    const names = [action.input, action.output].flatMap((schema) =>
      visitsOf(schema).flatMap(({ path }) =>
        path === '' || path.endsWith('[]') ? [] : [path.split('.').at(-1)],
      ),
    );
    expect(names.filter((field) => !pages.includes(`- \`${field?.replaceAll('[]', '')}\` (`))).toEqual([]);
  });

  test('has every example on one line', () => {
    const calls = action.examples.map(({ input }) => `\`${name} ${JSON.stringify(input)}\``);
    expect(calls.filter((call) => !page.split('\n').includes(call))).toEqual([]);
  });

  test('contains no undefined values', () => {
    expect(page).not.toMatch(/undefined|\[object|NaN| {3,}$/m);
  });
});

test.each(typeNames)('the page of the type %s has at most 1,500 tokens, and no broken link', (name) => {
  const page = typePageOf(name) ?? '';
  expect(page.split('\n')[0]).toBe(`# ${name}`);
  expect(encode(page).length).toBeLessThanOrEqual(maxTokens);
  expect(linksIn(page).filter((link) => typePageOf(link) === undefined)).toEqual([]);
});

test('there is no page of an unknown type', () => {
  expect(typePageOf('toString')).toBeUndefined();
});

test('a page marks secret fields and the limits of a nullable field', () => {
  expect(typePageOf('Authentication')).toContain('`SecretKey` (string, required, secret)');
  expect(typePageOf('DataDisk')).toMatch(/`ThroughputPerformance` \(integer, may be null, at least 0\)/);
});
