import { describe, expect, test } from 'vitest';
import { ageOfText, isWanted, tagConditionsOf } from '../../../src/mcp/workflows/job-filter.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const job = {
  JobName: 'Night-Render',
  JobState: 'FAILED',
  CreateTime: '2026-11-26T10:00:00Z',
  Tags: [
    { Key: 'owner', Value: 'anna' },
    { Key: 'keep', Value: '' },
  ],
};
const hour = 3_600_000;

describe('a job', () => {
  test.each([
    ['by no condition', {}, true],
    ['by part of its name in another case', { name: 'render' }, true],
    ['not by another name', { name: 'daily' }, false],
    ['by one of several states', { states: ['SUCCEED', 'FAILED'] }, true],
    ['not by another state', { states: ['SUCCEED'] }, false],
    ['by a minimum age that it has', { minAge: 2 * hour }, true],
    ['not by a minimum age that it lacks', { minAge: 3 * hour }, false],
    ['by a maximum age', { maxAge: 2 * hour }, true],
    ['not by a lower maximum age', { maxAge: hour }, false],
    ['not by one of two conditions that fails', { name: 'render', states: ['RUNNING'] }, false],
  ])('is wanted or not: %s', (_, filter, expected) => {
    expect(isWanted(job, filter, now)).toBe(expected);
  });

  test('without a known age is not left out by its age', () => {
    expect(isWanted({ ...job, CreateTime: null }, { minAge: hour }, now)).toBe(true);
  });

  test.each([
    ['owner=anna', true],
    ['owner=ben', false],
    ['owner!=anna', false],
    ['owner!=ben', true],
    ['owner', true],
    ['!owner', false],
    ['team', false],
    ['!team', true],
    ['team!=red', true],
    ['keep=', true],
    ['keep', true],
    ['keep!=', false],
    ['owner = anna', true],
    ['owner=Anna', false],
    ['owner=an', false],
  ])('with owner=anna and an empty keep meets the tag condition %s or not', (text, expected) => {
    expect(isWanted(job, { tags: tagConditionsOf('FindJobs', [text]) }, now)).toBe(expected);
  });

  test('without tags meets only conditions that something is absent', () => {
    const bare = { JobName: 'x', Tags: null };
    const meets = (text: string) => isWanted(bare, { tags: tagConditionsOf('FindJobs', [text]) }, now);
    expect(['owner', 'owner=', '!owner', 'owner!=anna'].map(meets)).toEqual([false, false, true, true]);
  });
});

test.each([['=x'], ['!'], [''], ['!owner=anna']])('the tag condition "%s" is refused', (text) => {
  expect(() => tagConditionsOf('FindJobs', [text])).toThrow(/tags\[0\].*KEY!=VALUE/);
});

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['12h', 12 * hour],
  ['7 d', 7 * 24 * hour],
])('%s is an age', (text, expected) => {
  expect(ageOfText('FindJobs', 'olderThan', text)).toBe(expected);
});

test.each([['yesterday'], ['7'], ['-1h'], ['1.5h'], ['7w'], ['']])('"%s" is no age', (text) => {
  expect(() => ageOfText('FindJobs', 'olderThan', text)).toThrow(
    /olderThan: It has to be a number and a unit/,
  );
});
