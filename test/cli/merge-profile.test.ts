import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.ts';
import { mergeProfile } from '../../src/cli/merge-profile.ts';
import type { Profile } from '../../src/cli/profiles-file.ts';

const merge = (args: readonly string[], policy: Profile['policy'], env: Record<string, string> = {}) =>
  mergeProfile(loadConfig(args, env), 'one', { policy }, true);

describe('of an explicit --confirm and the policy of a profile, the stricter one applies:', () => {
  const order = ['ask', 'auto', 'flag', 'none'] as const;
  const pairs = order.flatMap((flag, i) =>
    order.map((policy, j) => [flag, policy, order[Math.min(i, j)]] as const),
  );
  test.each(pairs)('--confirm %s with the policy %s gives %s', (flag, confirm, expected) => {
    expect(merge(['--confirm', flag], { confirm }).confirm).toBe(expected);
    expect(merge([], { confirm }, { BATCH_MCP_CONFIRM: flag }).confirm).toBe(expected);
  });

  test.each(order)('without --confirm the policy %s applies, whatever the default is', (confirm) => {
    expect(merge([], { confirm }).confirm).toBe(confirm);
  });

  test('without a policy --confirm applies, and without both the default', () => {
    expect([merge(['--confirm', 'none'], {}).confirm, merge([], {}).confirm]).toEqual(['none', 'auto']);
  });
});

describe('of the limits of options and policy, the smaller one applies:', () => {
  test.each(['maxInstances', 'maxNodes', 'maxHourlyPrice'] as const)('%s', (name) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    expect([
      merge([flag, '2'], { [name]: 1000 })[name],
      merge([flag, '1000'], { [name]: 2 })[name],
      merge([flag, '2'], {})[name],
      merge([], { [name]: 2 })[name],
      merge([], {})[name],
    ]).toEqual([2, 2, 2, 2, undefined]);
  });
});

test('a profile is read-only if either the option or its policy says so', () => {
  expect([
    merge(['--read-only'], { readOnly: false }).readOnly,
    merge(['--read-only=false'], { readOnly: true }).readOnly,
    merge([], { readOnly: true }).readOnly,
    merge([], {}).readOnly,
  ]).toEqual([true, true, true, false]);
});

test('a tool has to be selected by the option and by the policy', () => {
  expect(merge(['--tools', 'job'], { tools: ['-DeleteJob'] }).toolSelections).toEqual([
    ['job'],
    ['-DeleteJob'],
  ]);
});

test('a region of the profile replaces an invalid default region', () => {
  const config = loadConfig([], { BATCH_MCP_REGION: '${REGION}' });
  expect(mergeProfile(config, 'one', { region: 'ap-tokyo' }, true).problems).toEqual([]);
  expect(mergeProfile(config, 'one', {}, true).problems).toHaveLength(1);
});
