/**
 * Adds up JSON reports of vitest: `tsx scripts/test-report.ts FILE…`. A skipped test counts as failed unless
 * test/permitted-skips.json names it, because a missing program must not pass as success. The titles of all failures
 * come first, then the messages, so that the tail of a log shows why CI failed. The last line is the count.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

interface Failure {
  readonly title: string;
  readonly message: string;
}

// One cause usually fails many tests; twenty messages of forty lines still fit into the tail that CI systems show.
const maxMessages = 20;
const maxLines = 40;

/** Full titles of tests → why they may be skipped. */
const permitted = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'test', 'permitted-skips.json'), 'utf8'),
) as Readonly<Record<string, string>>;

/** The test files of all reports. `run`: the name of the report, such as `node-22-short`. */
const files = process.argv.slice(2).flatMap((path) => {
  const run = basename(path, '.json');
  const { testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
  return testResults.map((file) => ({ ...file, run }));
});
const tests = files.flatMap((file) =>
  file.assertionResults.map((test) => ({ ...test, run: file.run, path: pathOf(file.name) })),
);
const testsThat = (...states: readonly string[]) => tests.filter(({ status }) => states.includes(status));

const failures: readonly Failure[] = [
  ...testsThat('failed').map(({ run, path, fullName, failureMessages }) => ({
    title: `[${run}] ${path}: ${fullName}`,
    message: failureMessages.join('\n'),
  })),
  // A file that cannot be loaded, or whose hooks fail, has no failed tests.
  ...files
    .filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
    )
    .map(({ run, name, message }) => ({ title: `[${run}] ${pathOf(name)}`, message })),
];
const passed = testsThat('passed');
const skipped = testsThat('skipped', 'pending', 'todo', 'disabled');
const wronglySkipped = skipped.filter(({ fullName }) => !Object.hasOwn(permitted, fullName));

for (const { title } of failures) console.log(`failed: ${title}`);
for (const { run, fullName } of wronglySkipped)
  console.log(`skipped without permission: [${run}] ${fullName}`);
for (const { title, message } of failures.slice(0, maxMessages)) {
  console.log(`\n${title}\n${startOf(message)}`);
}
if (failures.length > maxMessages)
  console.log(`\n(${failures.length - maxMessages} more messages not shown)`);
console.log(`${skipped.length - wronglySkipped.length} skipped with permission`);
const failureCount = failures.length + wronglySkipped.length;
console.log(`${passed.length} passed, ${failureCount} failed`);
if (failureCount > 0 || passed.length === 0) process.exitCode = 1;

function pathOf(file: string): string {
  return file.replace(`${process.cwd()}/`, '');
}

/** The start of a message. Frames inside packages say nothing about the failure. */
function startOf(message: string): string {
  const lines = message.split('\n').filter((line) => !/^\s+at .*node_modules/.test(line));
  return lines.slice(0, maxLines).join('\n');
}
