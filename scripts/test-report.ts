/**
 * Adds up JSON reports of vitest: `tsx scripts/test-report.ts FILE…`. A skipped test counts as failed unless
 * test/permitted-skips.json names it, because a missing program must not pass as success. The last line is the count.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Full titles of tests → why they may be skipped. */
const permitted = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'test', 'permitted-skips.json'), 'utf8'),
) as Readonly<Record<string, string>>;

const reports = process.argv
  .slice(2)
  .flatMap((file) => (JSON.parse(readFileSync(file, 'utf8')) as Report).testResults);
const tests = reports.flatMap((file) => file.assertionResults);
const titlesOf = (...states: readonly string[]): readonly string[] =>
  tests.filter(({ status }) => states.includes(status)).map(({ fullName }) => fullName);

const passed = titlesOf('passed');
const failed = titlesOf('failed');
const skipped = titlesOf('skipped', 'pending', 'todo', 'disabled');
const wronglySkipped = skipped.filter((title) => !Object.hasOwn(permitted, title));
// A file that cannot be loaded, or whose hooks fail, has no failed tests.
const brokenFiles = reports.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);

for (const title of failed) console.log(`failed: ${title}`);
for (const { name, message } of brokenFiles) console.log(`failed: ${name}: ${message}`);
for (const title of wronglySkipped) console.log(`skipped without permission: ${title}`);
const failures = failed.length + brokenFiles.length + wronglySkipped.length;
console.log(`${skipped.length - wronglySkipped.length} skipped with permission`);
console.log(`${passed.length} passed, ${failures} failed`);
if (failures > 0 || passed.length === 0) process.exitCode = 1;
