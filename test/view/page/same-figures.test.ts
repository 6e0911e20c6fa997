/** One job as text, view data, page, report, picture and terminal: each form is read back, and all have the same figures. */
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { JobCourse } from '../../../src/mcp/job-view/course.ts';
import { courseSvgOf } from '../../../src/mcp/job-view/course-svg.ts';
import { courseFieldsOf } from '../../../src/mcp/job-view/course-text.ts';
import { fitted, progressLinesOf } from '../../../src/mcp/job-view/progress.ts';
import { reportPageOf } from '../../../src/mcp/job-view/report-data.ts';
import { headlineOf } from '../../../src/mcp/job-view/sentences.ts';
import type { Child, Part } from '../../../src/view/draw/element.ts';
import { pageOf } from '../../../src/view/page.ts';
import type { PageState } from '../../../src/view/page-state.ts';
import { inventCourse } from '../../mcp/job-view/course-facts.ts';

interface TaskFigures {
  readonly name: string;
  readonly done: number;
  readonly running: number;
  readonly failed: number;
  readonly instances: number;
  readonly retries: number;
  readonly wait: string;
  readonly run: string;
  readonly cost: string;
}

interface Figures {
  readonly elapsed: string;
  readonly done: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  readonly instances: number;
  readonly cost: string;
  readonly tasks: readonly TaskFigures[];
}

const numberOf = (text: string | undefined): number => Number((text ?? '0').replaceAll(',', ''));
/** The number before a word in `27 of 30 done, 3 failed`. */
const before = (text: string, word: string): number =>
  numberOf(new RegExp(`([\\d,]+) ${word}`).exec(text)?.[1]);
const amongCounts = (text: string) => ({
  done: numberOf(/([\d,]+) of [\d,]+ done/.exec(text)?.[1]),
  running: before(text, 'running'),
  failed: before(text, 'failed'),
  instances: before(text, 'done'),
});
const elapsedIn = (headline: string): string => / (?:after|for) ([^:]+):/.exec(headline)?.[1] ?? '';

const textFigures = (course: JobCourse): Figures => {
  const headline = headlineOf(course);
  const { lanes, cost } = courseFieldsOf(course) as { lanes: readonly string[]; cost: string };
  return {
    elapsed: elapsedIn(headline),
    ...amongCounts(headline),
    waiting: before(headline, 'waiting'),
    cost: cost.split(' ')[0] ?? '',
    tasks: lanes.map((lane) => {
      const [, name = '', values = ''] = /\| "([^"]*)" (.*)$/.exec(lane) ?? [];
      const [done, running, failed, instances, retries, wait = '', run = '', amount = ''] = values.split(' ');
      const spaced = (text: string) => text.replace(/(?<=[dhm])(?=\d)/, ' ');
      return {
        ...{ name, done: numberOf(done), running: numberOf(running), failed: numberOf(failed) },
        ...{ instances: numberOf(instances), retries: numberOf(retries) },
        ...{ wait: spaced(wait), run: spaced(run), cost: amount },
      };
    }),
  };
};

/** The texts of a picture, in the order of the document. */
const textsIn = (svg: string): readonly string[] => {
  type Item = Readonly<Record<string, unknown>>;
  const walk = (items: readonly Item[]): readonly string[] =>
    items.flatMap((item) =>
      Object.entries(item).flatMap(([name, content]) => {
        if (name === 'text') return (content as readonly Item[]).map((one) => String(one['#text']));
        return Array.isArray(content) ? walk(content) : [];
      }),
    );
  return walk(new XMLParser({ preserveOrder: true, parseTagValue: false }).parse(svg));
};

const svgFigures = (course: JobCourse): Figures => {
  const texts = textsIn(courseSvgOf(course));
  const first = texts.findIndex((text) => text.startsWith('Submitted'));
  const headline = texts.slice(0, first).join(' ');
  const joined = texts.join(' ');
  return {
    elapsed: elapsedIn(headline),
    ...amongCounts(headline),
    waiting: before(headline, 'waiting'),
    cost: /Cost: (\S+)/.exec(joined)?.[1] ?? '',
    tasks: course.tasks.map(({ name }) => {
      const at = texts.indexOf(name);
      const line = texts.slice(at + 1, at + 3).join(' ');
      return {
        ...{ name, ...amongCounts(line), retries: numberOf(/([\d,]+) retr/.exec(line)?.[1]) },
        wait: /wait ([^,]+),/.exec(line)?.[1] ?? '-',
        run: /run ([^,]+),/.exec(line)?.[1] ?? '-',
        cost: /cost (\S+)/.exec(line)?.[1] ?? '-',
      };
    }),
  };
};

const isPart = (child: Child): child is Part => typeof child === 'object';
const partsIn = (children: readonly Child[]): readonly Part[] =>
  children.filter(isPart).flatMap((one) => [one, ...partsIn(one.children)]);
/** The text of a part without its small print. */
const ownText = (one: Part | undefined): string =>
  (one?.children ?? [])
    .map((child) => (isPart(child) ? (child.tag === 'small' ? '' : ownText(child)) : (child ?? '')))
    .join('');

const viewFigures = (course: JobCourse): Figures => {
  const state: PageState = {
    phase: 'ready',
    message: '',
    course,
    active: {},
    source: 'report',
    canAsk: false,
    isLive: false,
    announcement: '',
  };
  const parts = partsIn(pageOf(state).parts);
  const field = (name: string): string => ownText(parts.find((one) => one.attributes['data-field'] === name));
  const rows = parts.filter((one) => String(one.attributes['data-key']).startsWith('row-'));
  const [succeeded, running, waiting, failed] = ['succeeded', 'running', 'waiting', 'failed'].map((kind) =>
    numberOf(field(`count-${kind}`) || '0'),
  );
  const total = parts.find((one) => one.attributes['data-key'] === 'total');
  return {
    elapsed: field('elapsed'),
    ...{ done: succeeded ?? 0, running: running ?? 0, waiting: waiting ?? 0, failed: failed ?? 0 },
    instances: numberOf(ownText(total).split(' ')[0]),
    cost: field('cost'),
    tasks: rows.map((row) => {
      const [name, progress, wait, run, retries, , cost] = row.children.filter(isPart);
      const small = partsIn([progress]).find(({ tag }) => tag === 'small');
      return {
        ...{ name: ownText(name), ...amongCounts(ownText(small)), retries: numberOf(ownText(retries)) },
        ...{
          wait: ownText(wait).replace('–', '-'),
          run: ownText(run).replace('–', '-'),
          cost: ownText(cost),
        },
      };
    }),
  };
};

/** The course in a report, as a reader of the file finds it. */
const reportCourse = (course: JobCourse): JobCourse => {
  const page = '<meta charset="utf-8"><script>s</script><style>s</style><main id="page"></main>';
  const html = reportPageOf(page, { course });
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  return (JSON.parse(data) as { course: JobCourse }).course;
};

describe.each([
  ['that has ended', inventCourse()],
  ['that runs', inventCourse({ tasks: 4, instances: 200, at: 260, failEvery: 5 })],
  ['with thousands of instances', inventCourse({ tasks: 5, instances: 12_345, at: 700 })],
  ['of which a part was read', inventCourse({ tasks: 2, instances: 4_000, readUpTo: 1000 })],
  ['without failures', inventCourse({ failEvery: 0, retryEvery: 0 })],
])('of a job %s', (_, course) => {
  const figures = textFigures(course);

  test('the text has the figures of the data', () => {
    const { counts, tasks } = course;
    expect([figures.done, figures.failed]).toEqual([counts.s ?? 0, (counts.f ?? 0) + (counts.i ?? 0)]);
    expect(figures.instances).toBe(course.coverage.instances);
    expect(Math.abs(Number(figures.cost) - (course.cost.amount ?? 0))).toBeLessThan(
      0.06 * Number(figures.cost),
    );
    expect(figures.tasks.map(({ name, retries }) => [name, retries])).toEqual(
      tasks.map(({ name, retries }) => [name, retries]),
    );
  });

  test('the picture has the figures of the text', () => {
    expect(svgFigures(course)).toEqual(figures);
  });

  test('the page has the figures of the text', () => {
    expect(viewFigures(course)).toEqual(figures);
  });

  test('the report contains the data of the view', () => {
    expect(reportCourse(course)).toEqual(course);
    expect(viewFigures(reportCourse(course))).toEqual(figures);
  });

  test('the terminal has the counts of the text', () => {
    const [headline = '', ...lines] = progressLinesOf(course, { columns: 200, rows: 20 });
    expect(headline).toBe(headlineOf(course));
    const tasks = figures.tasks.map(({ done, running, failed, instances }) => ({
      done,
      running,
      failed,
      instances,
    }));
    expect(lines.slice(0, tasks.length).map(amongCounts)).toEqual(tasks);
  });
});

describe('the terminal', () => {
  test('cuts wide names to the columns they take, and has no control characters', () => {
    expect(fitted('作业作业作业', 7)).toBe('作业作…');
    expect(fitted('ab', 4)).toBe('ab  ');
    expect(fitted('e\u0301e\u0301', 2)).toBe('e\u0301e\u0301');
    expect(fitted('a\u001b[2Jb\u202ec\nd', 12)).toBe('a [2Jb c d  ');
  });

  test.each([20, 40, 80, 200])('of %i columns is never filled to the last one', (columns) => {
    const course = inventCourse({ tasks: 30, instances: 300, nameOf: (at) => `任务 ${at} `.repeat(12) });
    const lines = progressLinesOf(course, { columns, rows: 20 });
    expect(lines).toHaveLength(22);
    for (const line of lines) expect(fitted(line, columns - 1).trimEnd()).toBe(line);
  });
});
