import { expect, test } from 'vitest';
import {
  assertMove,
  canMove,
  countsOf,
  isFinished,
  isWaiting,
  numberOf,
  stateOfNumber,
  states,
} from '../../../src/engine/model/lifecycle.ts';

test('the moves between states are these and no others', () => {
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

test('a move that is not in the table throws', () => {
  expect(() => assertMove('SUCCEED', 'RUNNING')).toThrow('An instance cannot go from SUCCEED to RUNNING.');
});

test('the numbers of the store are the ones every released database has', () => {
  expect(states.map((state) => [state, numberOf(state)])).toEqual([
    ['SUBMITTED', 0],
    ['PENDING', 1],
    ['RUNNABLE', 2],
    ['STARTING', 3],
    ['RUNNING', 4],
    ['SUCCEED', 5],
    ['FAILED_INTERRUPTED', 6],
    ['FAILED', 7],
  ]);
  expect(states.map((_, number) => stateOfNumber(number))).toEqual([...states]);
  expect(() => stateOfNumber(8)).toThrow('No state has the number 8.');
});

test('each state waits, has a place, or is finished', () => {
  expect(states.filter(isWaiting)).toEqual(['SUBMITTED', 'PENDING', 'RUNNABLE']);
  expect(states.filter(isFinished)).toEqual(['SUCCEED', 'FAILED']);
});

test('counts are read in the order of the numbers', () => {
  expect(countsOf([1, 2, 3, 4, 5, 6, 7, 8])).toEqual({
    SUBMITTED: 1,
    PENDING: 2,
    RUNNABLE: 3,
    STARTING: 4,
    RUNNING: 5,
    SUCCEED: 6,
    FAILED_INTERRUPTED: 7,
    FAILED: 8,
  });
});
