/** The view in a real browser, inside the official host bridge, with courses that are the same in every run. */
import axe from 'axe-core';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobCourse } from '../../src/mcp/job-view/course.ts';
import { courseSvgOf } from '../../src/mcp/job-view/course-svg.ts';
import { courseFieldsOf } from '../../src/mcp/job-view/course-text.ts';
import { moneyTextOf } from '../../src/mcp/job-view/figures.ts';
import { countsTextOf, headlineOf } from '../../src/mcp/job-view/sentences.ts';
import { durationOf } from '../../src/mcp/render/times.ts';
import { until } from '../mcp/harness.ts';
import { inventCourse } from '../mcp/job-view/course-facts.ts';
import {
  browserProgram,
  createHostPage,
  type HostedView,
  noBrowser,
  openBrowser,
  openReport,
} from './browser.ts';
import { canCompare, differenceOf } from './pictures.ts';
import { courseOf, hostileCourse, hostileText, runningCourse, taskOf } from './sample-course.ts';

/** Violations of the rules of axe, with the elements they are in. */
const violationsIn = async (frame: Frame): Promise<unknown> => {
  await frame.evaluate(axe.source);
  return frame.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))',
  );
};

/** A server that has the given courses in turn, the last one from then on. */
const serverOf = (
  courses: readonly (JobCourse | Error)[],
  log: object = { stdout: 'first\nlast', stderr: '', note: 'The complete log.' },
) => {
  const calls: { readonly name: string; readonly arguments?: object }[] = [];
  let reads = 0;
  return {
    calls,
    callServer: async (params: { readonly name: string; readonly arguments?: object }): Promise<object> => {
      calls.push(params);
      if (params.name === 'JobViewLog') return { content: [], structuredContent: log };
      const course = courses[Math.min(reads, courses.length - 1)];
      reads += 1;
      return course instanceof Error
        ? { isError: true, content: [{ type: 'text', text: course.message }] }
        : { content: [], structuredContent: { course } };
    },
  };
};

const ended = (course: JobCourse): JobCourse => ({ ...course, JobState: 'FAILED', isFinal: true });

describe.skipIf(browserProgram === undefined)(
  `the view in a browser${browserProgram === undefined ? ` (${noBrowser})` : ''}`,
  () => {
    let browser: Browser;
    let open: ReturnType<typeof createHostPage>;
    const views: HostedView[] = [];
    const show = async (courses: readonly (JobCourse | Error)[], more: object = {}) => {
      const server = serverOf(courses, 'log' in more ? (more.log as object) : undefined);
      const view = await open({
        arguments: { JobId: 'job-1a2b3c4d' },
        callServer: server.callServer,
        ...more,
      });
      views.push(view);
      if (!('isOpening' in more)) await view.settle();
      return { ...view, calls: server.calls };
    };

    beforeAll(async () => {
      browser = await openBrowser();
      open = createHostPage(browser);
    });
    afterAll(async () => {
      await Promise.all(views.map((view) => view.close()));
      await browser.close();
    });

    test('shows state, counts, cost, graph, timeline, failures and instances of a running job', async () => {
      const { frame } = await show([runningCourse()]);
      await frame.waitForSelector('.timeline');
      const fieldOf = (name: string) => frame.locator(`[data-field="${name}"]`).innerText();
      expect([await fieldOf('state'), await fieldOf('elapsed'), await fieldOf('count-succeeded')]).toEqual([
        'running',
        '3m 20s',
        '227',
      ]);
      expect(await frame.locator('.cost, [data-field="cost"]').innerText()).toBe(
        '0.027\nestimate, machines only, disks and traffic not included',
      );
      expect(await frame.locator('h2').allInnerTexts()).toEqual([
        'Tasks',
        'Timeline',
        'Failures by cause',
        'Instances',
        'Cost and use of each task',
      ]);
      expect(await frame.locator('.graph [role="listitem"]').count()).toBe(5);
      expect(await frame.locator('.lane').count()).toBe(5);
      // Two attempts of one instance, each with the time that it waited.
      expect(await frame.locator('.lane').first().locator('rect').count()).toBe(4);
      expect(await frame.locator('.failures tbody tr').count()).toBe(2);
      expect(await frame.locator('canvas').count()).toBe(4);
    });

    test('changes on the screen while the job runs, and stops reading when it has ended', async () => {
      const later = { ...runningCourse(), counts: { s: 425 } };
      const { frame, page, calls } = await show([runningCourse(), later, ended(later)], { isOpening: true });
      await frame.waitForSelector('[data-field="count-running"]');
      await frame.evaluate("document.querySelector('h1').isFirst = true");
      await frame.waitForSelector('[data-field="count-running"]', { state: 'detached' });
      await frame.locator('[data-field="state"]', { hasText: 'failed' }).waitFor();
      // The element is the same: focus and selection survive a refresh.
      expect(await frame.evaluate("document.querySelector('h1').isFirst")).toBe(true);
      expect(await frame.locator('[data-key="live"]').innerText()).toBe('The job is FAILED.');
      expect(await frame.locator('footer').innerText()).not.toContain('read again');
      expect(calls.map(({ name }) => name)).toEqual(['JobViewData', 'JobViewData', 'JobViewData']);
      expect(calls[0]?.arguments).toEqual({ JobId: 'job-1a2b3c4d' });
      await page.evaluate('host.teardown()');
    });

    test('reads nothing while it is hidden, and at once when it is shown again', async () => {
      const { frame, page, calls } = await show([runningCourse()], { isOpening: true, hasClock: true });
      await frame.locator('footer').waitFor();
      const first = calls.length;
      await page.clock.runFor(20_000);
      // The time of the test drives the reads of the view.
      await until(
        async () => calls.length,
        (count) => count > first,
      );
      const setHidden = (isHidden: boolean) =>
        frame.evaluate(
          `Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
        );
      await setHidden(true);
      // A read that was under way ends.
      await page.clock.runFor(20_000);
      const before = calls.length;
      await page.clock.runFor(600_000);
      expect(calls.length).toBe(before);
      await setHidden(false);
      await until(
        async () => calls.length,
        (count) => count > before,
      );
    });

    test('shows the log of the instance that is clicked', async () => {
      const { frame, calls } = await show([ended(runningCourse())]);
      await frame.waitForSelector('.cells');
      const canvas = frame.locator('[data-cells="cells-2"]');
      // Cells of 400 instances are 12 pixels wide; the sixth one has failed.
      await canvas.click({ position: { x: 5 * 12 + 4, y: 4 } });
      await frame.waitForSelector('.log pre');
      expect(await frame.locator('.log h2').innerText()).toBe('Instance 5 of align');
      expect(await frame.locator('.log pre').innerText()).toBe('first\nlast');
      expect(await frame.locator('.attempts').innerText()).toBe(
        'Attempt 1: failed, exit code 137; waited 4s, ran 16s',
      );
      expect(calls.at(-1)).toEqual({
        name: 'JobViewLog',
        arguments: { JobId: 'job-1a2b3c4d', TaskName: 'align', instance: 5 },
      });
    });

    test('is used with the keyboard alone, and returns the focus when a log is closed', async () => {
      const { frame, page } = await show([ended(runningCourse())]);
      await frame.waitForSelector('.cells');
      const focused = (): Promise<unknown> =>
        frame.evaluate(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
        );
      const order: unknown[] = [];
      await frame.locator('body').focus();
      for (let step = 0; step < 9; step += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      expect(order).toEqual([
        'Ask for a diagnosis',
        'Ask to run it again',
        'Read again',
        'Graph of the tasks',
        'Table of failures',
        'Log of instance 5 of align',
        'Log of instance 0 of fetch',
        '3 instances of index-reference',
        '400 instances of align',
      ]);
      const active = () => frame.locator('[data-group="cells-2"] [role="option"]').innerText();
      expect(await active()).toBe('Instance 0: succeeded');
      await page.keyboard.press('ArrowRight');
      expect(await active()).toBe('Instance 1: succeeded');
      await page.keyboard.press('n');
      expect(await active()).toBe('Instance 5: failed');
      await page.keyboard.press('Enter');
      await frame.waitForSelector('.log pre');
      expect(await focused()).toBe('Instance 5 of align');
      await page.keyboard.press('Escape');
      await frame.waitForSelector('.log', { state: 'detached' });
      expect(await focused()).toBe('400 instances of align');
    });

    test.each(['light', 'dark'] as const)(
      'has no violations of the accessibility rules in the %s theme',
      async (theme) => {
        const { frame } = await show([ended(runningCourse())], { theme });
        await frame.waitForSelector('.cells');
        await frame.locator('.failures button').first().click();
        await frame.waitForSelector('.log pre');
        await frame.locator('summary').click();
        expect(await violationsIn(frame)).toEqual([]);
      },
    );

    test('follows the theme of the host', async () => {
      const { frame, page } = await show([ended(runningCourse())]);
      await frame.waitForSelector('.cells');
      const background = (): Promise<unknown> =>
        frame.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(await background()).toBe('rgb(255, 255, 255)');
      await page.evaluate("host.setTheme('dark')");
      await frame.waitForSelector(':root[data-theme="dark"]');
      expect(await background()).toBe('rgb(13, 17, 23)');
    });

    test('makes its frame as high as its content', async () => {
      const { frame, page } = await show([ended(runningCourse())]);
      await frame.waitForSelector('.tasks');
      const height = await frame.evaluate(
        "Math.ceil(document.getElementById('page').getBoundingClientRect().height)",
      );
      await page.waitForFunction(`document.querySelector('iframe').offsetHeight === ${height}`);
    });

    test.each([400, 900])('fits into a page of %d pixels, without parts that overlap', async (width) => {
      const { frame } = await show([ended(runningCourse())], { width });
      await frame.waitForSelector('.tasks');
      await frame.locator('.failures button').first().click();
      await frame.waitForSelector('.log pre');
      expect(await frame.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const edges = (await frame.evaluate(
        "[...document.querySelectorAll('main > :not(.hidden)')].map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom])",
      )) as [number, number][];
      expect(edges.length).toBeGreaterThan(8);
      expect(edges.every(([top], index) => index === 0 || top >= (edges[index - 1]?.[1] ?? 0))).toBe(true);
    });

    test('writes requests to the model, and calls no tool that changes something', async () => {
      const { frame, calls, messages } = await show([runningCourse()]);
      await frame.locator('button', { hasText: 'Ask to end the job' }).click();
      await frame.locator('[data-key="live"]:not(:empty)').waitFor({ state: 'attached' });
      expect(messages).toEqual([
        'Prepare the termination of job job-1a2b3c4d and show me what would be lost before you do it.',
      ]);
      expect(new Set(calls.map(({ name }) => name))).toEqual(new Set(['JobViewData']));
    });

    test('shows why nothing can be read, and that it tries again', async () => {
      const { frame } = await show([new Error('There is no job job-1a2b3c4d.'), ended(runningCourse())], {
        isOpening: true,
      });
      await frame
        .locator('.notice', { hasText: /^There is no job job-1a2b3c4d\. Trying again\.$/ })
        .waitFor();
      await frame.waitForSelector('.timeline');
      expect(await frame.locator('.notice').count()).toBe(0);
    });

    test('shows an error of the call that opens it, and a cancelled call', async () => {
      const failed = await show([], {
        isOpening: true,
        result: { isError: true, content: [{ type: 'text', text: 'The job does not exist.' }] },
      });
      await failed.frame.waitForSelector('[role="alert"]');
      expect(await failed.frame.locator('main').innerText()).toContain('The job does not exist.');
      const cancelled = await show([runningCourse()]);
      await cancelled.frame.waitForSelector('.timeline');
      await cancelled.page.evaluate("host.cancel('by the user')");
      await cancelled.frame.waitForSelector('.notice.cancelled');
      expect(await cancelled.frame.locator('.notice').innerText()).toBe(
        'The call was cancelled: by the user.',
      );
    });

    test('shows 100,000 instances as ranges', async () => {
      const letters = Array.from({ length: 100_000 }, (_, index) =>
        index % 1_000 === 7 ? ('f' as const) : ('s' as const),
      );
      const { frame } = await show([ended(courseOf([taskOf({ name: 'sweep', letters })]))]);
      await frame.waitForSelector('.cells');
      expect(await frame.locator('.cell-group h3').innerText()).toBe(
        '100,000 instances of sweep, 20 in each cell',
      );
    });

    test('runs and loads nothing of what a job writes, and shows it as text', async () => {
      const log = { stdout: hostileText, stderr: hostileText, note: hostileText };
      const { frame, page, requests, problems, messages } = await show([hostileCourse()], { log });
      await frame.waitForSelector('.failures button');
      await frame.locator('.failures button').first().click();
      await frame.waitForSelector('.log pre');
      await frame.locator('summary').click();
      await frame.locator('button', { hasText: 'Show in chat' }).click();
      await frame.locator('[data-key="live"]:not(:empty)').waitFor({ state: 'attached' });
      expect(await frame.evaluate('window.hasRun')).toBeUndefined();
      expect(await page.evaluate('window.hasRun')).toBeUndefined();
      expect(
        await frame
          .locator('img, iframe, object, embed, a, link, base, form, main script, main style')
          .count(),
      ).toBe(0);
      expect(await frame.locator('h1').textContent()).toBe(hostileText);
      expect(await frame.locator('.log pre').first().textContent()).toBe(hostileText);
      expect(messages.join('')).not.toContain('hasRun');
      expect({ requests, problems }).toEqual({ requests: [], problems: [] });
    });

    test.each(['light', 'dark'] as const)('looks as in the stored picture of the %s theme', async (theme) => {
      const { frame, page } = await show([ended(runningCourse())], { theme });
      await frame.waitForSelector('.tasks');
      const height = Number(
        await frame.evaluate("Math.ceil(document.getElementById('page').getBoundingClientRect().height)"),
      );
      // Parts of a frame outside the window are not drawn.
      await page.setViewportSize({ width: 900, height });
      await page.waitForFunction(`document.querySelector('iframe').offsetHeight === ${height}`);
      // The browser draws the frame after the window has grown; then two pictures in a row are the same.
      let before: Buffer = Buffer.alloc(0);
      const picture = await until(
        async () => page.screenshot(),
        (one) => {
          const isStill = one.equals(before);
          before = one;
          // An empty page has one colour, and a size of some kilobytes.
          return isStill && one.length > 60_000;
        },
      );
      if (!canCompare(browser)) return;
      const update = process.env.UPDATE_PICTURES === '1';
      expect(await differenceOf(browser, `job-${theme}`, picture, update)).toBeLessThan(0.01);
    });

    test('the report renders from a file, with its log and without violations of its policy', async () => {
      const { page, requests, problems, close } = await openReport(browser, {
        course: ended(runningCourse()),
        logs: [{ task: 2, instance: 5, attempt: 1, stdout: 'from the file', stderr: '', note: 'The end.' }],
      });
      try {
        await page.waitForSelector('.timeline');
        expect(await page.title()).toBe('variant calling (job-1a2b3c4d)');
        await page.locator('.failures button').first().click();
        expect(await page.locator('.log pre').innerText()).toBe('from the file');
        await page.locator('.failures button').nth(1).click();
        expect(await page.locator('.log').innerText()).toContain('and not this one');
        expect(await page.locator('button', { hasText: 'Ask' }).count()).toBe(0);
        expect(await violationsIn(page.mainFrame())).toEqual([]);
        expect({ requests, problems }).toEqual({ requests: [], problems: [] });
      } finally {
        await close();
      }
    });

    test('the report, the text, the picture and the data of one job show the same figures', async () => {
      const course = inventCourse({ tasks: 4, instances: 300, at: 200, failEvery: 40, retryEvery: 9 });
      const { page, close } = await openReport(browser, { course });
      try {
        await page.waitForSelector('.tasks tbody');
        const fieldOf = (name: string) => page.locator(`[data-field="${name}"]`);
        const countOf = async (kind: string) =>
          (await fieldOf(`count-${kind}`).count()) === 0 ? '0' : fieldOf(`count-${kind}`).innerText();
        const rows = (await page.evaluate(
          "[...document.querySelectorAll('.tasks tbody tr')].map((row) => [...row.children].map((cell) => cell.firstChild?.textContent ?? ''))",
        )) as string[][];
        const shown = {
          elapsed: await fieldOf('elapsed').innerText(),
          counts: `${await countOf('succeeded')} of 300 done, ${await countOf('running')} running, ${await countOf('waiting')} waiting`,
          cost: (await fieldOf('cost').innerText()).split('\n')[0],
          failures: await page.evaluate(
            "document.querySelector('.failures tbody td').firstChild.textContent",
          ),
        };
        const fields = courseFieldsOf(course);
        const picture = [...courseSvgOf(course).matchAll(/<text[^>]*>([^<]*)/g)]
          .map(([, text]) => text)
          .join(' ');
        // The data, which every form is drawn from.
        expect(shown).toEqual({
          elapsed: durationOf(course.read),
          counts: countsTextOf(course.counts, 300),
          cost: moneyTextOf(course.cost.amount ?? 0),
          failures: String(course.failures[0]?.count),
        });
        expect(headlineOf(course)).toContain(`for ${shown.elapsed}: ${shown.counts}`);
        expect(picture).toContain(`for ${shown.elapsed}: ${shown.counts}`);
        expect(fields.cost).toMatch(new RegExp(`^${shown.cost} `));
        expect(picture).toContain(`Cost: ${shown.cost} (`);
        expect(String(fields.failures)).toContain(`${shown.failures} attempts`);
        // Per task: name, retries and cost, as in the lanes of the text.
        const lanes = (fields.lanes as string[]).map((lane) =>
          /^\|[^|]*\| "([^"]*)" \d+ \d+ \d+ \d+ (\d+) \S+ \S+ ([\d.]+)/.exec(lane)?.slice(1),
        );
        expect(rows.map(([name, , , , retries, , cost]) => [name, retries, cost])).toEqual(lanes);
      } finally {
        await close();
      }
    });

    test('the report runs and loads nothing of what a job writes, and shows it as text', async () => {
      const { page, requests, problems, close } = await openReport(browser, {
        course: hostileCourse(),
        logs: [
          { task: 0, instance: 0, attempt: 1, stdout: hostileText, stderr: hostileText, note: hostileText },
        ],
      });
      try {
        await page.locator('.failures button').first().click();
        expect(await page.locator('.log pre').first().textContent()).toBe(hostileText);
        expect(await page.locator('h1').textContent()).toBe(hostileText);
        expect(await page.evaluate('window.hasRun')).toBeUndefined();
        expect(
          await page.locator('img, iframe, object, embed, a, link, base, form, main script').count(),
        ).toBe(0);
        expect({ requests, problems }).toEqual({ requests: [], problems: [] });
      } finally {
        await close();
      }
    });

    test('a script that a job could smuggle into a report would not run', async () => {
      const { page, problems, close } = await openReport(
        browser,
        { course: ended(runningCourse()) },
        (html) =>
          html.replace(
            '</body>',
            '<script>window.hasRun = 1</script><img src="x" onerror="window.hasRun = 1"></body>',
          ),
      );
      try {
        await page.waitForSelector('.timeline');
        expect(await page.evaluate('window.hasRun')).toBeUndefined();
        expect(problems.length).toBeGreaterThan(0);
      } finally {
        await close();
      }
    });

    test('no request left a page of these tests, and no script failed', () => {
      expect(views.length).toBeGreaterThan(10);
      expect(views.flatMap(({ requests, problems }) => [...requests, ...problems])).toEqual([]);
    });
  },
);
