/** The data inside a report, and how it gets there. */
import { createHash } from 'node:crypto';
import type { JobCourse } from './course.ts';

export interface ReportData {
  readonly course: JobCourse;
  /** Absent where logs were not asked for. */
  readonly logs?: readonly ReportLog[];
}

export interface ReportLog {
  /** Position of the task. */
  readonly task: number;
  readonly instance: number;
  readonly attempt: number;
  /** The last lines. */
  readonly stdout: string;
  readonly stderr: string;
  /** How much of the log it is. */
  readonly note: string;
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON that cannot end its element, and is one line for every reader. */
export const embeddedJsonOf = (value: object): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? '');

/**
 * Puts data into the page of the view, with a policy that lets only the script and the style of that page run, and
 * nothing be loaded.
 * @param page as `readViewPage` returns it
 * @throws Error if the page is not that of the view
 */
export const reportPageOf = (page: string, data: ReportData): string => {
  const hashOf = (element: 'script' | 'style'): string => {
    const content = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)?.[1];
    if (content === undefined) throw new Error(`The page of the view has no ${element}.`);
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  };
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf('script')}`,
    `style-src ${hashOf('style')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return page
    .replace(
      '<meta charset="utf-8">',
      (meta) => `${meta}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    )
    .replace(
      '<main id="page"></main>',
      (main) =>
        `${main}\n<noscript>This report needs JavaScript.</noscript>\n<script type="application/json" id="data">${embeddedJsonOf(data)}</script>`,
    );
};
