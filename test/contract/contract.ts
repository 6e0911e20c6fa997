/** The contract: what the vendor documents, as tests that hold whatever answers to them. */
import { describe, expect, test } from 'vitest';
import type { Case } from './cases/case.ts';
import { computeEnvCases } from './cases/compute-envs.ts';
import { jobCases } from './cases/jobs.ts';
import { taskTemplateCases } from './cases/task-templates.ts';
import { examples } from './examples.ts';
import { createWorld, type World } from './fixtures.ts';
import { lives } from './lifecycles.ts';
import { call, outcomeOf, type Target } from './target.ts';
import { unreachable, unreachableEverywhere } from './unreachable.ts';
import { type ActionName, actionNames, actions } from './vocabulary.ts';

export const cases: readonly Case[] = [...jobCases, ...taskTemplateCases, ...computeEnvCases];

/** Every code an action documents is either provoked by a case or explained; no more, no less, none twice. */
export const coverage = (): void => {
  test.each(actionNames)('every documented code of %s is provoked or explained', (action) => {
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
 * Holds a target to the contract.
 * @param start makes the target ready; called once, in the first test that needs it
 */
export const contract = (name: string, start: () => Promise<Target>): void => {
  let world: Promise<World> | undefined;
  const ready = (): Promise<World> => {
    world ??= start().then(createWorld);
    return world;
  };
  const mayRun = (one: Case, { maySpend, faultyZones }: Target): boolean =>
    one.needs === 'nothing' || (one.needs === 'resources' ? maySpend : faultyZones !== undefined);

  describe(`${name}: a request is refused`, () => {
    test.for(cases)('$action with $code', async (one, { skip }) => {
      const made = await ready();
      if (!mayRun(one, made.target)) skip(`it needs ${one.needs}`);
      const input = await one.input(made);
      expect(await outcomeOf(call(made.target, one.action, input, one.region))).toBe(one.code);
    });
  });

  describe(`${name}: who calls and what is called`, () => {
    const calls = async (access: Partial<Target['access']>, action = 'DescribeJobs', region?: string) => {
      const { target } = await ready();
      return outcomeOf(
        call({ ...target, access: { ...target.access, ...access } }, action as ActionName, {}, region),
      );
    };
    test('an unknown SecretId is refused', async () => {
      expect(await calls({ secretId: 'AKIDnobodyhasthis' })).toBe('AuthFailure.SecretIdNotFound');
    });
    test('a wrong SecretKey is refused', async () => {
      expect(await calls({ secretKey: 'wrong' })).toBe('AuthFailure.SignatureFailure');
    });
    test('a region that does not exist is refused', async () => {
      expect(await calls({}, 'DescribeJobs', 'ap-nowhere')).toBe('UnsupportedRegion');
    });
  });

  examples(name, ready);
  lives(name, ready);
};
