/** The committed report of the evaluations. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { currentReport, reportFile } from '../../evals/harness/results.ts';

test('docs/evals.md is what the committed results of the evaluations give', () => {
  expect(readFileSync(reportFile, 'utf8')).toBe(currentReport());
});
