/** The page of the view as a file, and how its data is embedded. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { embeddedJsonOf, reportPageOf } from '../../src/mcp/job-view/report-data.ts';
import { readViewPage } from '../../src/mcp/job-view/view-page.ts';
import { root } from '../paths.ts';
import { courseOf, hostileText, runningCourse, taskOf } from './sample-course.ts';

test('the page of the view has at most 100 kB, and 20 kB in the package', async () => {
  const page = await readViewPage();
  expect(Buffer.byteLength(page)).toBeLessThan(100_000);
  expect(brotliCompressSync(page).length).toBeLessThan(20_000);
  expect(statSync(join(root, 'dist', 'job-view.html.br')).size).toBeLessThan(20_000);
});

test('the page of the view refers to nothing outside, and sets neither color-scheme nor viewport heights', async () => {
  const page = await readViewPage();
  expect(page.match(/\b(?:src|href)\s*=|@import|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull();
  expect(page.match(/(?<!prefers-)color-scheme|\d(?:vh|dvh|svh)\b/g)).toBeNull();
  expect(
    page.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/g),
  ).toBeNull();
});

test('embedded data ends no element and no line, and is the same data when it is read', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom(hostileText, '</script>', '<!--', '\u2028'),
      (value, text) => {
        const embedded = embeddedJsonOf({ value, text });
        expect(embedded).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(embedded)).toEqual(JSON.parse(JSON.stringify({ value, text })));
      },
    ),
  );
});

test('a report lets only its own script and style run', async () => {
  const page = reportPageOf(await readViewPage(), { course: runningCourse() });
  const hashes = ['script', 'style'].map((element) => {
    const content = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)?.[1] ?? '';
    return createHash('sha256').update(content).digest('base64');
  });
  expect(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)?.[1]).toBe(
    `default-src 'none'; script-src 'sha256-${hashes[0]}'; style-src 'sha256-${hashes[1]}'; base-uri 'none'; form-action 'none'`,
  );
});

test('a report has the elements of the page and no more, whatever its data is', async () => {
  const course = courseOf([taskOf({ name: hostileText, letters: ['f'] })], { JobName: hostileText });
  const tagsOf = (page: string) => page.match(/<\/?(?:script|style|img|svg|main|body)\b/gi);
  const view = await readViewPage();
  const logs = [
    { task: 0, instance: 0, attempt: 1, stdout: hostileText, stderr: hostileText, note: hostileText },
  ];
  expect(tagsOf(reportPageOf(view, { course, logs }))).toEqual(
    tagsOf(reportPageOf(view, { course: runningCourse() })),
  );
});
