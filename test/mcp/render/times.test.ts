import { expect, test } from 'vitest';
import { ageOf, durationOf, timeWithAge, waitedAndRanOf } from '../../../src/mcp/render/times.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

test.each([
  [-3, '0s'],
  [45, '45s'],
  [59.6, '1m 00s'],
  [725, '12m 05s'],
  [3_720, '1h 02m'],
  [274_000, '3d 04h'],
])('%d seconds last %j', (seconds, text) => {
  expect(durationOf(seconds)).toBe(text);
});

test.each([
  [40, '40s'],
  [720, '12m'],
  [108_000, '30h'],
  [518_400, '6d'],
])('%d seconds ago is %j ago', (seconds, text) => {
  expect(ageOf(seconds)).toBe(text);
});

test('a time has an absolute and a relative figure; one in the future has only the absolute one', () => {
  expect(timeWithAge('2026-11-22T11:56:00Z', now)).toBe('2026-11-22 11:56:00Z (4m ago)');
  expect(timeWithAge('2026-11-22T12:56:00Z', now)).toBe('2026-11-22 12:56:00Z');
  expect(timeWithAge('soon', now)).toBe('soon');
  expect(timeWithAge(null, now)).toBeNull();
});

test('an instance waits until its command starts and runs until it ends, or until now', () => {
  const CreateTime = '2026-11-22T11:00:00Z';
  const RunningTime = '2026-11-22T11:10:00Z';
  expect(waitedAndRanOf({ CreateTime, RunningTime, EndTime: '2026-11-22T11:11:30Z' }, now)).toEqual({
    waited: 600,
    ran: 90,
  });
  expect(waitedAndRanOf({ CreateTime, RunningTime }, now)).toEqual({ waited: 600, ran: 3_000 });
  expect(waitedAndRanOf({ CreateTime }, now)).toEqual({ waited: 3_600, ran: undefined });
  expect(waitedAndRanOf({ CreateTime, EndTime: '2026-11-22T11:05:00Z' }, now)).toEqual({
    waited: 300,
    ran: undefined,
  });
  expect(waitedAndRanOf({}, now)).toEqual({ waited: undefined, ran: undefined });
});
