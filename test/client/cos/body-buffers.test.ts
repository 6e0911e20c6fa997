/** The memory of uploads: used again, and never by two bodies at the same time. */
import { expect, test } from 'vitest';
import { createBodyBuffers } from '../../../src/client/cos/body-buffers.ts';

test('Memory that was given back is used for the next body of the same size or a smaller one', () => {
  const buffers = createBodyBuffers();
  const first = buffers.take(1000);
  buffers.giveBack(first);
  const second = buffers.take(400);
  expect(second.buffer).toBe(first.buffer);
  expect(second).toHaveLength(400);
  buffers.giveBack(second);
  expect(buffers.take(1000).buffer).toBe(first.buffer);
});

test('Two bodies that are in use never share memory', () => {
  const buffers = createBodyBuffers();
  buffers.giveBack(buffers.take(100));
  const taken = [100, 100, 50, 200].map((bytes) => buffers.take(bytes));
  expect(taken.map(({ length }) => length)).toEqual([100, 100, 50, 200]);
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(4);
});

test('Memory that is too small for a body is not retained', () => {
  const buffers = createBodyBuffers();
  const small = buffers.take(10);
  buffers.giveBack(small);
  const large = buffers.take(100);
  expect(large).toHaveLength(100);
  expect(buffers.take(10).buffer).not.toBe(small.buffer);
});
