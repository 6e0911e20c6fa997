import { describe, expect, test } from 'vitest';
import { parseProfiles } from '../../src/cli/profiles-file.ts';
import { ConfigError } from '../../src/shared/errors.ts';

const parse = (content: unknown) =>
  parseProfiles(typeof content === 'string' ? content : JSON.stringify(content), 'p.json');
const refusalOf = (content: unknown): string => {
  try {
    parse(content);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).not.toMatch(/canary/);
    return error instanceof Error ? error.message : '';
  }
};

test('a file of profiles is read with its policies, in its order', () => {
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

test('the only profile is the default one, and of several none is unless it is named', () => {
  expect(parse({ profiles: { one: {} } }).default).toBe('one');
  expect(parse({ profiles: { one: {}, two: {} } }).default).toBeUndefined();
});

describe('a file is refused with the place of each mistake and no value', () => {
  const bad = 'p.json is not a valid file of profiles:';
  test.each([
    ['which is not JSON', '{\n  "profiles": {,\n}', 'p.json is not valid JSON at line 2, column 16.'],
    ['which ends early', '{"profiles": "canary', 'p.json is not valid JSON at line 1, column 21.'],
    [
      'which holds keys',
      { profiles: { one: { credentials: { source: 'environment', secretKey: 'canary' } } } },
      `${bad} profiles.one.credentials: Unrecognized key: "secretKey".`,
    ],
    [
      'whose default is none of its profiles',
      { default: 'x', profiles: { one: {} } },
      `${bad} default: is not the name of a profile in this file.`,
    ],
    ['without profiles', { profiles: {} }, `${bad} profiles: needs at least one profile.`],
    [
      'with a name that is no name',
      { profiles: { 'a b': {} } },
      `${bad} profiles.a b: Invalid key in record.`,
    ],
    [
      'with several mistakes',
      { profiles: { one: { site: 'canary', region: 'ap-tokyo' }, two: { local: true, site: 'cn' } } },
      `${bad} profiles.one.site: Invalid option: expected one of "cn"|"intl"; profiles.two.local: local stands alone: the local engine has an address and keys of its own.`,
    ],
    [
      'whose region its own policy forbids',
      { profiles: { one: { region: 'ap-tokyo', policy: { regions: ['ap-seoul'] } } } },
      `${bad} profiles.one.region: must be one of policy.regions.`,
    ],
  ])('%s', (_title, content, message) => {
    expect(refusalOf(content)).toBe(message);
  });
});
