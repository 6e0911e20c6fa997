/** The building blocks of an entry: coded messages, secrets, rules between fields. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { coded, codeOfMessage, defineAction, rule, secret } from '../../src/catalogue/action.ts';

test('a code travels in front of a message and comes off again', () => {
  expect(codeOfMessage(coded('InvalidFilter', 'Use one of: zone, env-id.'))).toEqual({
    code: 'InvalidFilter',
    text: 'Use one of: zone, env-id.',
  });
});

test.each([
  ['Invalid input: expected string, received number'],
  ['toString: not a code'],
  ['ResourceNotFound.Job'],
  [''],
])('a message without a code stays whole: %j', (message) => {
  expect(codeOfMessage(message)).toEqual({ text: message });
});

test('a rule leaves the JSON schema flat and names code and place', () => {
  const schema = rule(z.strictObject({ Ids: z.string().optional(), Filters: z.string().optional() }), {
    code: 'InvalidParameter.InvalidParameterCombination',
    text: 'Not both.',
    path: 'Filters',
    holds: ({ Ids, Filters }) => Ids === undefined || Filters === undefined,
  });
  expect(z.toJSONSchema(schema)).not.toHaveProperty('allOf');
  expect(schema.safeParse({ Ids: 'a' }).success).toBe(true);
  expect(schema.safeParse({ Ids: 'a', Filters: 'b' }).error?.issues).toEqual([
    {
      code: 'custom',
      path: ['Filters'],
      message: 'InvalidParameter.InvalidParameterCombination: Not both.',
    },
  ]);
});

test('a secret is marked in the JSON schema', () => {
  expect(z.toJSONSchema(z.object({ Password: secret('Password.') })).properties).toEqual({
    Password: { type: 'string', format: 'password', description: 'Password.' },
  });
});

test('an action is frozen and its answer has a RequestId', () => {
  const action = defineAction({
    title: 'Look',
    summary: 'Looks.',
    group: 'job',
    effect: 'read',
    idempotent: true,
    rate: { documented: 1 },
    input: z.strictObject({}),
    output: z.looseObject({ Seen: z.boolean() }),
    errors: ['InternalError'],
    docs: 'https://www.tencentcloud.com/document/product/599',
    examples: [],
  });
  expect(Object.isFrozen(action)).toBe(true);
  expect(Object.keys(action.output.shape)).toEqual(['Seen', 'RequestId']);
});
