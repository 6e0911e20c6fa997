/** Compares the catalogue with the facts of the API; the test names every difference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Action } from '../../src/catalogue/action.ts';
import { errorCodes } from '../../src/catalogue/error-codes.ts';
import { actions } from '../../src/catalogue/index.ts';
import { types } from '../../src/catalogue/shapes/index.ts';
import { root } from '../paths.ts';
import { countsOf, differencesOf, type Facts } from './compare-facts.ts';

const readFacts = (): Facts =>
  JSON.parse(readFileSync(join(root, 'test/fixtures/batch-2017-03-12.json'), 'utf8'));

test('the catalogue agrees with the recorded facts of the API', () => {
  expect(differencesOf(readFacts(), actions, types)).toEqual([]);
});

test('the catalogue has 30 actions, 60 types and 522 fields', () => {
  expect(countsOf(actions, types)).toEqual({
    actions: 30,
    types: 60,
    requests: 78,
    responses: 102,
    inTypes: 342,
    fields: 522,
  });
});

test('the actions list 72 error codes, and the catalogue explains each', () => {
  const listed = new Set(Object.values(readFacts().actions).flatMap(({ errors }) => errors));
  expect(listed.size).toBe(72);
  expect([...listed].filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
});

test('every explained error code is listed by an action or common to all APIs', () => {
  const listed = new Set(Object.values(readFacts().actions).flatMap(({ errors }) => errors));
  const unused = Object.entries(errorCodes).filter(([code, is]) => !('common' in is) && !listed.has(code));
  expect(unused.map(([code]) => code)).toEqual([]);
});

test('the comparison reports every kind of difference', () => {
  const facts: Facts = {
    actions: {
      Read: {
        group: 'job',
        requestsPerSecond: 2,
        request: {
          JobId: { type: 'string', required: true },
          Limit: { type: 'integer' },
          Gone: { type: 'string' },
        },
        response: { Places: { type: 'Place[]', nullable: true }, RequestId: { type: 'string' } },
        errors: ['InternalError', 'ResourceNotFound.Job'],
      },
      Write: { group: 'job', requestsPerSecond: 1, request: {}, response: {}, errors: [] },
    },
    types: { Place: { Zone: { type: 'string', required: true } } },
  };
  const Place = z.looseObject({ Zone: z.string().optional() });
  const read: Action = {
    title: 'Read',
    summary: 'Reads.',
    group: 'task-template',
    effect: 'read',
    idempotent: true,
    rate: { documented: 3, mainland: 4 },
    input: z.strictObject({ JobId: z.string().optional(), Limit: z.number(), New: z.string() }),
    output: z.looseObject({ Places: z.array(Place), RequestId: z.string() }),
    errors: ['InternalError', 'InvalidFilter'],
    docs: '',
    examples: [],
  };
  expect(differencesOf(facts, { Read: read }, { Place })).toEqual([
    'actions: Write is missing in the catalogue',
    'Read request.New: not in the facts',
    'Read request.JobId: is not required',
    'Read request.Limit: is float, expected integer',
    'Read request.Limit: is required',
    'Read request.Gone: missing in the catalogue',
    'Read response.Places: is not nullable',
    'Read errors: InvalidFilter is not in the facts',
    'Read errors: ResourceNotFound.Job is missing in the catalogue',
    'Read: group is task-template, expected job',
    'Read: rate is 3, expected 2',
    'Read: mainland rate is 4, expected undefined',
  ]);
});
