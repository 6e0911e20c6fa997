/**
 * Draws the pictures of the README from real runs: `npm run picture` docs/demo.svg, an image of a terminal, and
 * `npm run picture -- view` docs/job-light.png and docs/job-dark.png.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawView } from './view-picture.ts';

const root = join(import.meta.dirname, '..');
const columns = 104;

/** Lines to show, by the number of the step; the title of a step is always shown. */
const shownLines: Readonly<Record<string, readonly RegExp[]>> = {
  1: [/^ {5}\d+ tools/],
  3: [/→ SubmitJob/, /← /, / SUCCEED: /],
  4: [/→ DescribeTaskLogs/, /← Logs of/, /→ read .*sound/, /^ {5}one channel/],
  5: [
    /→ TerminateJob \{"JobId":"[^"]*"\}/,
    /← Nothing/,
    / (preview|code|target|consequences):/,
    / - \d+ instances are running/,
    /^ +undo: /,
    /→ TerminateJob .*confirm/,
    /← .* is being terminated/,
    / {5}FAILED: /,
  ],
  6: [/→ read/, /^ {5}input\.csv is missing/],
  7: [/→ RetryJobs/, /← .* run again/, / SUCCEED: /],
  9: [
    /→ StageFiles/,
    /← \d+ files .* stored/,
    /→ SubmitJob/,
    /← job-\S+ was submitted/,
    / SUCCEED: /,
    /→ FetchFiles/,
    /← \d+ files were fetched/,
    /^ {5}\d+ results/,
  ],
};

/** Replaces values that differ from run to run, so that the image changes only when the demo does. */
const withFixedValues = (text: string): string => {
  const ids = new Map<string, string>();
  return (
    text
      .replace(/job-[a-z0-9]{8}/g, (id) => {
        if (!ids.has(id)) ids.set(id, `job-demo000${ids.size + 1}`);
        return ids.get(id) ?? id;
      })
      .replace(/(code: |"preview":")[\w-]{20,}/g, '$1checked0by0hand0000000000')
      // The state right after a call.
      .replace(/ Now: .*$/gm, '')
      .replace(/the longest has run for \d+s/g, 'the longest has run for 1s')
  );
};

/** @returns the selected lines, shortened to the width of the image, with an empty line between two steps */
const linesOf = (demo: string): readonly string[] =>
  demo
    .split(/\n(?=\d+\. )/)
    .flatMap((step) => {
      const [title = '', ...rest] = step.trim().split('\n');
      const wanted = shownLines[title.split('.')[0] ?? ''];
      if (wanted === undefined) return [];
      return ['', title, ...rest.filter((line) => wanted.some((pattern) => pattern.test(line)))];
    })
    .slice(1)
    .map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));

const classOf = (line: string): string => {
  if (/^\d/.test(line)) return 'title';
  if (/^ {2}→/.test(line)) return 'call';
  if (/^ {2}← Nothing/.test(line)) return 'held';
  return /^ {2}←/.test(line) ? 'answer' : 'detail';
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const svgOf = (lines: readonly string[]): string => {
  const [lineHeight, left, top] = [19, 22, 62];
  const [width, height] = [900, top + lines.length * lineHeight + 8];
  const text = lines
    .map((line, index) => [line, top + index * lineHeight] as const)
    .filter(([line]) => line !== '')
    .map(
      ([line, y]) =>
        `  <text xml:space="preserve" class="${classOf(line)}" x="${left}" y="${y}">${escaped(line)}</text>`,
    )
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="The demo in a terminal: a job of four tasks runs, a termination is previewed and confirmed, a failed job is retried, a folder is run over 25 parameters.">
  <style>
    text { font: 13.5px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; }
    .title { fill: #f0f6fc; font-weight: 700; }
    .call { fill: #79c0ff; }
    .answer { fill: #7ee787; }
    .held { fill: #e3b341; }
    .detail { fill: #9da7b3; }
  </style>
  <rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
  <circle cx="24" cy="22" r="6" fill="#ff5f57"/><circle cx="44" cy="22" r="6" fill="#febc2e"/><circle cx="64" cy="22" r="6" fill="#28c840"/>
  <text class="detail" x="${width / 2}" y="27" text-anchor="middle">npm run demo</text>
${text}
</svg>
`;
};

const drawDemo = (): void => {
  const demo = execFileSync(process.execPath, [join(root, 'dist', 'batch-mcp.js'), 'demo'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = linesOf(withFixedValues(demo));
  writeFileSync(join(root, 'docs', 'demo.svg'), svgOf(lines));
  console.log(`docs/demo.svg: ${lines.length} lines`);
};

if (process.argv.includes('view')) console.log((await drawView()).join('\n'));
else drawDemo();
