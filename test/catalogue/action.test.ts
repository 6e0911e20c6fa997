/** The helpers for catalogue entries: messages with error codes, secrets, constraints between fields. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { coded, codeOfMessage, defineAction, rule, secret } from '../../src/catalogue/action.ts';

test('codeOfMessage separates the error code that coded added to a message', () => {
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
])('codeOfMessage returns a message without an error code unchanged: %j', (message) => {
  expect(codeOfMessage(message)).toEqual({ text: message });
});

test('rule keeps the JSON schema flat and reports error code and path', () => {
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

test('secret marks a field in the JSON schema', () => {
  expect(z.toJSONSchema(z.object({ Password: secret('Password.') })).properties).toEqual({
    Password: { type: 'string', format: 'password', description: 'Password.' },
  });
});

test('defineAction freezes the entry and adds RequestId to its answer', () => {
  const action = defineAction({
    title: 'Read',
    summary: 'Reads.',
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
