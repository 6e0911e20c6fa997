/** Properties of all requests, tested with generated ones. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionNames, actions } from '../../src/catalogue/index.ts';
import { nest, parametersOf } from '../../src/engine/http/params.ts';
import { type RawTarget, sendForm, sendTc3 } from './raw-request.ts';
import { credential, startWireEngine, type WireEngine } from './wire-engine.ts';

let engine: WireEngine;
beforeAll(async () => {
  // Without a loop nothing is run, so commands may be anything.
  engine = await startWireEngine({
    sandbox: { mode: 'none', reason: 'nothing runs here', network: false, prefix: [] },
  });
});
afterAll(() => engine.stop());

const odd = fc.oneof(
  fc.constantFrom(
    null,
    true,
    -1,
    0,
    1e21,
    2 ** 53,
    '',
    ' ',
    '0',
    '-1',
    'TRUE',
    '__proto__',
    'a\u0000b',
    '../..',
    [],
    {},
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Every path in a value. */
const pathsOf = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [path, ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...path, name]))];

/** A copy with something else at a path. */
const replaced = (value: unknown, [step, ...rest]: readonly string[], by: unknown): unknown => {
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, at) => (String(at) === step ? replaced(item, rest, by) : item));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, member]) => [
      name,
      name === step ? replaced(member, rest, by) : member,
    ]),
  );
};

test('an example of the catalogue with one value replaced is carried out or refused with a documented code', async () => {
  const request = fc
    .constantFrom(...actionNames)
    .chain((action) =>
      fc.tuple(
        fc.constant(action),
        fc.constantFrom(...actions[action].examples.map((example) => example.input)),
      ),
    )
    .chain(([action, input]) =>
      fc.tuple(fc.constant(action), fc.constant(input), fc.constantFrom(...pathsOf(input)), odd),
    );
  await fc.assert(
    fc.asyncProperty(request, async ([action, input, path, value]) => {
      const reply = await engine.call(action, replaced(input, path, value));
      expect(reply.status).toBe(200);
      expect(reply.code).not.toBe('InternalError');
      expect(engine.defects).toEqual([]);
    }),
    { numRuns: 600 },
  );
});

describe('an example of the catalogue gets the same response as JSON, as a query and as a form', () => {
  const text = (value: unknown, path = ''): [string, string][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([step, member]) => text(member, path ? `${path}.${step}` : step))
      : [[path, String(value)]];

  test.each(actionNames)('%s', async (action) => {
    for (const { input } of actions[action].examples) {
      const target: RawTarget = { host: engine.host, now: engine.clock.now, ...credential };
      const pairs = text(input);
      const asJson = await engine.call(action, input);
      const asQuery = await sendTc3(target, {
        method: 'GET',
        action,
        query: new URLSearchParams(pairs).toString(),
      });
      const asForm = await sendForm(target, action, pairs);
      expect([asQuery.code, asForm.code]).toEqual([asJson.code, asJson.code]);
      if (actions[action].effect === 'read') {
        expect([asQuery.response, asForm.response]).toEqual([asJson.response, asJson.response]);
      }
    }
  });
});

/** Trees of text as a form can carry them: no empty level, no name with a dot, levels of numbers are lists. */
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
const { tree } = fc.letrec<{ tree: unknown; object: Record<string, unknown>; list: unknown[] }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.string({ unit: 'grapheme' }),
    tie('object'),
    tie('list'),
  ),
  object: fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 3 }),
  list: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
}));
const flatten = (value: unknown, path: string): [string, string][] =>
  typeof value === 'string'
    ? [[path, value]]
    : Object.entries(value as object).flatMap(([step, member]) =>
        flatten(member, path ? `${path}.${step}` : step),
      );

test('whatever is written as dotted names is read back as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4 }), (value) => {
      const pairs = flatten(value, '');
      const text = pairs.map(([path, leaf]) => `${path}=${encodeURIComponent(leaf)}`).join('&');
      expect(nest(parametersOf(text))).toEqual({ ...value });
    }),
  );
});
