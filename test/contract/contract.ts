/** The contract: the vendor's documentation as tests that run against any target. */
import { describe, expect, test } from 'vitest';
import type { Case } from './cases/case.ts';
import { computeEnvCases } from './cases/compute-envs.ts';
import { jobCases } from './cases/jobs.ts';
import { taskTemplateCases } from './cases/task-templates.ts';
import { examples } from './examples.ts';
import { createFixtures, type Fixtures } from './fixtures.ts';
import { lifecycles } from './lifecycles.ts';
import { call, outcomeOf, type Target } from './target.ts';
import { unreachable, unreachableEverywhere } from './unreachable.ts';
import { type ActionName, actionNames, actions } from './vocabulary.ts';

const cases: readonly Case[] = [...jobCases, ...taskTemplateCases, ...computeEnvCases];

/** Tests that every documented error code of an action is either provoked by a case or explained, exactly once. */
export const coverage = (): void => {
  test.each(actionNames)('every documented error code of %s is provoked or explained', (action) => {
    const provoked = cases.filter((one) => one.action === action).map((one) => one.code);
    const explained = explainedCodesOf(action);
    expect([...provoked, ...explained].sort()).toEqual([...actions[action].errors].sort());
  });
};

const explainedCodesOf = (action: ActionName): readonly string[] => {
  const documented: readonly string[] = actions[action].errors;
  const own = Object.keys(unreachable[action] ?? {});
  return [...Object.keys(unreachableEverywhere).filter((code) => documented.includes(code)), ...own];
};

/**
 * Defines the tests of the contract for a target.
 * @param start starts the target; called once, by the first test that needs it
 */
export const contract = (name: string, start: () => Promise<Target>): void => {
  let started: Promise<Fixtures> | undefined;
  const ready = (): Promise<Fixtures> => {
    started ??= start().then(createFixtures);
    return started;
  };
  const mayRun = (one: Case, { maySpend, faultyZones }: Target): boolean =>
    one.needs === 'nothing' || (one.needs === 'resources' ? maySpend : faultyZones !== undefined);

  describe(`${name}: error codes`, () => {
    test.for(cases)('$action is rejected with $code', async (one, { skip }) => {
      const fixtures = await ready();
      if (!mayRun(one, fixtures.target)) skip(`requires ${one.needs}`);
      const input = await one.input(fixtures);
      expect(await outcomeOf(call(fixtures.target, one.action, input, one.region))).toBe(one.code);
    });
  });

  describe(`${name}: authentication and regions`, () => {
    const calls = async (access: Partial<Target['access']>, action = 'DescribeJobs', region?: string) => {
      const { target } = await ready();
      return outcomeOf(
        call({ ...target, access: { ...target.access, ...access } }, action as ActionName, {}, region),
      );
    };
    test('an unknown SecretId is rejected', async () => {
      expect(await calls({ secretId: 'AKIDunknown' })).toBe('AuthFailure.SecretIdNotFound');
    });
    test('a wrong SecretKey is rejected', async () => {
      expect(await calls({ secretKey: 'wrong' })).toBe('AuthFailure.SignatureFailure');
    });
    test('an unknown region is rejected', async () => {
      expect(await calls({}, 'DescribeJobs', 'ap-nowhere')).toBe('UnsupportedRegion');
    });
  });

  examples(name, ready);
  lifecycles(name, ready);
};
