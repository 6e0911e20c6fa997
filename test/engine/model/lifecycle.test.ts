import { expect, test } from 'vitest';
import { assertTransition, canTransition, isWaiting, states } from '../../../src/engine/model/lifecycle.ts';

test('an instance can make these transitions and no others', () => {
  const moves = states.flatMap((from) =>
    states.filter((to) => canTransition(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(moves).toEqual([
    'SUBMITTED > PENDING',
    'SUBMITTED > RUNNABLE',
    'PENDING > RUNNABLE',
    'PENDING > FAILED',
    'RUNNABLE > STARTING',
    'RUNNABLE > FAILED',
    'STARTING > RUNNABLE',
    'STARTING > RUNNING',
    'STARTING > FAILED',
    'STARTING > FAILED_INTERRUPTED',
    'RUNNING > RUNNABLE',
    'RUNNING > SUCCEED',
    'RUNNING > FAILED',
    'RUNNING > FAILED_INTERRUPTED',
    'FAILED > PENDING',
    'FAILED_INTERRUPTED > FAILED',
  ]);
});

test('a transition that is not allowed throws', () => {
  expect(() => assertTransition('SUCCEED', 'RUNNING')).toThrow(
    'An instance cannot go from SUCCEED to RUNNING.',
  );
});

test('an instance waits until it has a slot', () => {
  expect(states.filter(isWaiting)).toEqual(['SUBMITTED', 'PENDING', 'RUNNABLE']);
});
