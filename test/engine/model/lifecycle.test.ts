import { expect, test } from 'vitest';
import {
  assertMove,
  canMove,
  hasEnded,
  isFinished,
  isWaiting,
  states,
} from '../../../src/engine/model/lifecycle.ts';

test('an instance can make these transitions and no others', () => {
  const moves = states.flatMap((from) =>
    states.filter((to) => canMove(from, to)).map((to) => `${from} > ${to}`),
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
    'STARTING > FAILED_INTERRUPTED',
    'STARTING > FAILED',
    'RUNNING > RUNNABLE',
    'RUNNING > SUCCEED',
    'RUNNING > FAILED_INTERRUPTED',
    'RUNNING > FAILED',
    'FAILED_INTERRUPTED > FAILED',
    'FAILED > PENDING',
  ]);
});

test('a transition that is not allowed throws', () => {
  expect(() => assertMove('SUCCEED', 'RUNNING')).toThrow('An instance cannot go from SUCCEED to RUNNING.');
});

test('an instance waits before it has a slot, has ended when nothing runs, and is finished when nothing is retained', () => {
  expect(states.filter(isWaiting)).toEqual(['SUBMITTED', 'PENDING', 'RUNNABLE']);
  expect(states.filter(isFinished)).toEqual(['SUCCEED', 'FAILED']);
  expect(states.filter(hasEnded)).toEqual(['SUCCEED', 'FAILED_INTERRUPTED', 'FAILED']);
});
