import { describe, expect, test } from 'vitest';
import { regionNames } from '../../src/catalogue/regions.ts';
import { parseProfiles } from '../../src/cli/profiles-file.ts';
import { ConfigError } from '../../src/shared/errors.ts';

const parse = (content: unknown) =>
  parseProfiles(typeof content === 'string' ? content : JSON.stringify(content), 'p.json');
const refusalOf = (content: unknown): string => {
  try {
    return [...parse(content).invalid.values()][0]?.message ?? 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).not.toMatch(/canary/);
    return error instanceof Error ? error.message : '';
  }
};

test('parseProfiles returns the profiles with their policies, in the order of the file', () => {
  const production = {
    site: 'intl',
    region: 'ap-singapore',
    credentials: { source: 'tccli', profile: 'prod' },
    assumeRole: { roleArn: 'qcs::cam::uin/1:roleName/reader' },
    policy: { readOnly: true, tools: ['job', '-DeleteJob'], regions: ['ap-singapore', 'ap-tokyo'] },
  };
  const development = {
    credentials: { source: 'environment', prefix: 'DEV_' },
    policy: { confirm: 'none', maxInstances: 100, maxNodes: 0, maxHourlyPrice: 2.5 },
  };
  const profiles = parse({
    default: 'dev',
    profiles: { production, dev: development, here: { local: true } },
  });
  expect([profiles.default, [...profiles.byName]]).toEqual([
    'dev',
    [
      ['production', production],
      ['dev', development],
      ['here', { local: true }],
    ],
  ]);
});

test('the only profile of a file is the default; of several, none is unless the file names it', () => {
  expect(parse({ profiles: { one: {} } }).default).toBe('one');
  expect(parse({ profiles: { one: {}, two: {} } }).default).toBeUndefined();
});

test('ask-or-flag, the former name of the policy auto, is accepted', () => {
  const { byName } = parse({ profiles: { one: { policy: { confirm: 'ask-or-flag' } } } });
  expect(byName.get('one')?.policy?.confirm).toBe('auto');
});

describe('a profiles file is rejected with the path of each error and without any value: a file', () => {
  const bad = 'p.json is not a valid profiles file:';
  test.each([
    ['that is not JSON', '{\n  "profiles": {,\n}', 'p.json is not valid JSON at line 2, column 16.'],
    ['that is truncated', '{"profiles": "canary', 'p.json is not valid JSON at line 1, column 21.'],
    [
      'that contains keys',
      { profiles: { one: { credentials: { source: 'environment', secretKey: 'canary' } } } },
      `${bad} profiles.one.credentials: Unrecognized key: "secretKey".`,
    ],
    [
      'whose default is not one of its profiles',
      { default: 'x', profiles: { one: {} } },
      `${bad} default: is not the name of a profile in this file.`,
    ],
    ['without profiles', { profiles: {} }, `${bad} profiles: needs at least one profile.`],
    [
      'with an invalid profile name',
      { profiles: { 'a b': {} } },
      `${bad} profiles.a b: Invalid key in record.`,
    ],
    [
      'with several errors',
      { profiles: { one: { site: 'canary', region: 'canary' } } },
      `${bad} profiles.one.site: Invalid option: expected one of "cn"|"intl"; profiles.one.region: Invalid option: expected one of ${regionNames.map((name) => `"${name}"`).join('|')}.`,
    ],
    [
      'whose region is excluded by its policy',
      { profiles: { one: { region: 'ap-tokyo', policy: { regions: ['ap-seoul'] } } } },
      `${bad} profiles.one.region: must be one of policy.regions.`,
    ],
  ])('%s', (_title, content, message) => {
    expect(refusalOf(content)).toBe(message);
  });
});

test('an invalid profile does not affect the others, and an invalid or misspelt policy is marked', () => {
  const profiles = parse({
    default: 'good',
    profiles: {
      good: { region: 'ap-tokyo' },
      region: { region: 'ap-nowhere' },
      endpoint: { endpoint: '${ENDPOINT}' },
      policy: { policy: { confirm: 'yes' } },
      readonly: { policy: { readonly: true } },
      misspelt: { polciy: { readOnly: true } },
    },
  });
  expect([...profiles.byName.keys()]).toEqual(['good']);
  expect([...profiles.invalid].map(([name, { isPolicy }]) => [name, isPolicy])).toEqual([
    ['region', false],
    ['endpoint', false],
    ['policy', true],
    ['readonly', true],
    ['misspelt', true],
  ]);
});
