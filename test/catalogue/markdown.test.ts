/** The generated reference is complete, and its links resolve. */
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/catalogue/error-codes.ts';
import { actionNames, actions } from '../../src/catalogue/index.ts';
import { fullReference, replaceSection, toolTable } from '../../src/catalogue/markdown.ts';
import { types } from '../../src/catalogue/shapes/index.ts';

describe('the full reference', () => {
  const text = fullReference();
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

  test('has one section for every action and every type', () => {
    const named = headings.filter((heading) => heading in actions || heading in types);
    expect(named.sort()).toEqual([...actionNames, ...Object.keys(types)].sort());
  });

  test('has no broken link', () => {
    const anchors = new Set(headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-')));
    const targets = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = '']) => target);
    expect(targets.length).toBeGreaterThan(100);
    expect(targets.filter((target) => !anchors.has(target))).toEqual([]);
  });

  test('contains no undefined values', () => {
    expect(text).not.toMatch(/undefined|\[object|NaN| {3,}$/m);
  });

  test('has the input and the answer of every example', () => {
    const examples = actionNames.flatMap((name) => [...actions[name].examples]);
    const parts = examples.flatMap(({ title, input, output }) => [
      `#### Example: ${title}`,
      JSON.stringify(input, null, 2),
      JSON.stringify(output, null, 2),
    ]);
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });

  test('explains every error code exactly once', () => {
    const counts = Object.keys(errorCodes).map((code) => text.split(`\n- \`${code}\`: `).length - 1);
    expect(new Set(counts)).toEqual(new Set([1]));
  });
});

test('the table of tools has a row for each action and shows which require confirmation', () => {
  const rows = toolTable().split('\n').slice(2);
  expect(rows).toHaveLength(actionNames.length);
  expect(rows.every((row) => row.split('|').length === 5)).toBe(true);
  const confirmed = rows
    .filter((row) => row.includes('requires confirmation'))
    .map((row) => row.match(/`(\w+)`/)?.[1]);
  expect(confirmed).toEqual(actionNames.filter((name) => 'warning' in actions[name]));
});

test('replaceSection replaces a generated section and leaves the surrounding text unchanged', () => {
  const text = 'Before\n<!-- generated:tools -->\nold\n<!-- /generated:tools -->\nAfter';
  const replaced = replaceSection(text, 'tools', 'new $& text');
  expect(replaced).toBe('Before\n<!-- generated:tools -->\nnew $& text\n<!-- /generated:tools -->\nAfter');
  expect(replaceSection(replaced, 'tools', 'new $& text')).toBe(replaced);
});

test.each(['', '<!-- generated:tools -->', '<!-- /generated:tools --><!-- generated:tools -->'])(
  'replaceSection throws if a marker is missing: %j',
  (text) => {
    expect(() => replaceSection(text, 'tools', 'new')).toThrow(/The section tools is missing/);
  },
);
