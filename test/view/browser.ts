/** A real browser for the tests of the view, with the official host page around it. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';
import { type ReportData, reportPageOf } from '../../src/mcp/job-view/report-data.ts';
import { readViewPage } from '../../src/mcp/job-view/view-page.ts';
import { until } from '../mcp/harness.ts';
import { root } from '../paths.ts';

const candidates = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The program of a browser; undefined where none is installed. */
export const browserProgram = candidates.find((file) => existsSync(file));
export const noBrowser = 'neither Chromium nor Chrome is installed';

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(browserProgram !== undefined && { executablePath: browserProgram }),
    args: [
      // The sandbox of Chromium does not work for root, which tests in a container are.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      // The same pixels on machines with and without a graphics card.
      ...['--disable-gpu', '--font-render-hinting=none', '--force-color-profile=srgb', '--disable-lcd-text'],
    ],
  });

/** The headers with which a host serves a view that declares no origins. */
const viewHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'unsafe-inline'",
    "style-src 'unsafe-inline'",
    "img-src data:; media-src data:; connect-src 'none'; frame-src 'none'; object-src 'none'; base-uri 'none'",
  ].join('; '),
};

export interface HostSettings {
  readonly theme?: 'light' | 'dark';
  /** The arguments of the call that opens the view. */
  readonly arguments: object;
  /** The result of that call. */
  readonly result?: object;
  /** The page of the view; by default the one that was built. */
  readonly html?: string;
  readonly width?: number;
  /** Whether the test advances the time of the page. */
  readonly hasClock?: boolean;
  callServer(params: { readonly name: string; readonly arguments?: object }): Promise<object>;
}

export interface HostedView {
  readonly page: Page;
  /** The frame of the view. */
  readonly frame: Frame;
  /** What the view wrote to the model. */
  readonly messages: readonly string[];
  /** Requests other than those for the two pages. */
  readonly requests: readonly string[];
  /** Errors of scripts, violations of the policy, and dialogs. */
  readonly problems: readonly string[];
  /** Waits until the job is shown and the frame is as high as its content: a click hits what it was aimed at only then. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const hostScript = async (): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'page', 'host.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'chrome110',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
};

/** Observes what a page requests, and what goes wrong in it. */
const observe = (page: Page, isOwn: (url: string) => boolean) => {
  const requests: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => {
    if (!isOwn(request.url())) requests.push(request.url());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { requests, problems };
};

/** Creates a function that opens the view in a host page; the script of the page is bundled at the first use. */
export const createHostPage = (browser: Browser) => {
  let script: Promise<string> | undefined;
  return async (settings: HostSettings): Promise<HostedView> => {
    script ??= hostScript();
    const [text, html] = [await script, settings.html ?? (await readViewPage())];
    const context = await browser.newContext({
      viewport: { width: settings.width ?? 900, height: 700 },
      reducedMotion: 'reduce',
    });
    // Playwright waits 30 seconds, which is not enough on a loaded machine.
    context.setDefaultTimeout(120_000);
    if (settings.hasClock === true) await context.clock.install();
    const page = await context.newPage();
    const messages: string[] = [];
    const observed = observe(page, (url) => /^http:\/\/(?:host|view)\.test\/$/.test(url));
    await page.exposeFunction('callServer', settings.callServer);
    await page.exposeFunction('receiveMessage', (message: string) => void messages.push(message));
    const given = {
      theme: settings.theme ?? 'light',
      arguments: settings.arguments,
      result: settings.result ?? { content: [{ type: 'text', text: 'shown' }] },
    };
    await context.route('**/*', (route) => {
      const url = route.request().url();
      if (url === 'http://view.test/') return route.fulfill({ headers: viewHeaders, body: html });
      if (url === 'http://host.test/')
        return route.fulfill({ contentType: 'text/html', body: hostHtml(given, text) });
      return route.abort();
    });
    await page.goto('http://host.test/');
    const element = await page.waitForSelector('iframe[src="http://view.test/"]');
    const frame = await element.contentFrame();
    if (frame === null) throw new Error('The frame of the view is missing.');
    const settle = async (): Promise<void> => {
      await frame.locator('footer').waitFor();
      const heights = () =>
        Promise.all([
          frame.evaluate("Math.ceil(document.getElementById('page').getBoundingClientRect().height)"),
          page.evaluate("document.querySelector('iframe').offsetHeight"),
        ]);
      await until(heights, ([content, shown]) => content === shown);
    };
    return { page, frame, messages, ...observed, settle, close: () => context.close() };
  };
};

const hostHtml = (
  settings: object,
  script: string,
): string => `<!doctype html><html lang="en"><title>Host</title>
<style>body{margin:0}iframe{border:0;width:100%;height:100px;display:block}</style>
<main><h1 style="position:absolute;clip-path:inset(50%)">Host</h1><iframe title="Job" sandbox="allow-scripts"></iframe></main>
<script>var settings=${JSON.stringify(settings).replaceAll('<', '\\u003c')}</script>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script></html>`;

/**
 * Writes a report and opens it from the file.
 * @param change of the page, for tests of its policy
 */
export const openReport = async (
  browser: Browser,
  data: ReportData,
  change: (html: string) => string = (html) => html,
) => {
  const folder = await mkdtemp(join(tmpdir(), 'batch-mcp-report-'));
  const file = join(folder, 'job.html');
  await writeFile(file, change(reportPageOf(await readViewPage(), data)));
  const page = await browser.newPage();
  const url = pathToFileURL(file).href;
  const observed = observe(page, (one) => one === url);
  await page.goto(url);
  const close = async (): Promise<void> => {
    await page.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { page, ...observed, close };
};
