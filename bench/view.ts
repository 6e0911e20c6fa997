/** The view of a job with 100,000 instances: its data, its page, and the reading at the documented rates. */
import { brotliCompressSync } from 'node:zlib';
import type { JobCourse } from '../src/mcp/job-view/course.ts';
import { readViewPage } from '../src/mcp/job-view/view-page.ts';
import { jobDataTool } from '../src/mcp/job-view/view-resource.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../test/mcp/harness.ts';
import { inventCourse } from '../test/mcp/job-view/course-facts.ts';
import { browserProgram, createHostPage, noBrowser, openBrowser } from '../test/view/browser.ts';
import { isMain, type Measurement, medianOf, printMeasurements } from './measurement.ts';

const instances = 100_000;
const rounds = 5;
const limit = 500_000;

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const sizeOf = (course: JobCourse): number => Buffer.byteLength(JSON.stringify({ course }));

/** States that hardly repeat are the most data; states in long runs are what most jobs have. */
const courses = {
  usual: inventCourse({ tasks: 10, instances, at: 600, failEvery: 500, retryEvery: 50 }),
  scattered: inventCourse({ tasks: 10, instances, failEvery: 2, retryEvery: 3 }),
};

const dataSizes = (): readonly Measurement[] =>
  Object.entries(courses).map(([name, course]) => ({
    what: `data of the view, ${name === 'usual' ? 'a running job with few failures' : 'every second instance failed'}`,
    figure: kilobytes(sizeOf(course)),
    reference: `${instances} instances as DescribeTask returns them: ${kilobytes(instances * instanceBytes)}`,
    ratio: sizeOf(course) / (instances * instanceBytes),
    goal: 'below 500 kB',
    isMet: sizeOf(course) < limit,
  }));

/** An instance in an answer of DescribeTask, without its redirect paths. */
const instanceBytes = JSON.stringify({
  TaskInstanceIndex: 12_345,
  TaskInstanceState: 'SUCCEED',
  ExitCode: 0,
  StateReason: '',
  ComputeNodeInstanceId: 'ins-1a2b3c4d',
  CreateTime: '2026-11-20T08:00:00Z',
  LaunchTime: '2026-11-20T08:00:10Z',
  RunningTime: '2026-11-20T08:00:12Z',
  EndTime: '2026-11-20T08:01:12Z',
  StateDetailedReason: '',
}).length;

const pageSize = async (): Promise<Measurement> => {
  const page = await readViewPage();
  const packed = brotliCompressSync(page).length;
  return {
    what: 'page of the view',
    figure: kilobytes(Buffer.byteLength(page)),
    reference: `in the package ${kilobytes(packed)}`,
    ratio: undefined,
    goal: 'at most 100 kB',
    isMet: Buffer.byteLength(page) <= 100_000,
  };
};

/** From the answer with the data to the drawn page, in the frame of a host. */
const paint = async (): Promise<readonly Measurement[]> => {
  if (browserProgram === undefined) {
    console.error(`The first paint was not measured: ${noBrowser}.`);
    return [];
  }
  const browser = await openBrowser();
  const open = createHostPage(browser);
  const first: number[] = [];
  const refresh: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const answered: number[] = [];
      const [running, ended] = [
        { ...courses.usual, isFinal: false },
        { ...courses.scattered, isFinal: true },
      ];
      const view = await open({
        arguments: { JobId: running.JobId },
        callServer: async () => {
          answered.push(Date.now());
          return { content: [], structuredContent: { course: answered.length === 1 ? running : ended } };
        },
      });
      await view.frame.locator('canvas').first().waitFor();
      first.push(Date.now() - (answered[0] ?? 0));
      await view.frame.locator(`[data-field="state"]:text-is("failed")`).waitFor();
      refresh.push(Date.now() - (answered[1] ?? 0));
      await view.close();
    }
  } finally {
    await browser.close();
  }
  const measured = (what: string, values: readonly number[]): Measurement => ({
    what,
    figure: `${medianOf(values).toFixed(0)} ms`,
    reference: `${instances} instances, ${rounds} pages`,
    ratio: undefined,
    goal: 'below 2,000 ms',
    isMet: medianOf(values) < 2_000,
  });
  return [measured('first paint, from the data to the page', first), measured('refresh', refresh)];
};

/** The readings of a view, of an engine that enforces the rates of the API. */
const readings = async (): Promise<readonly Measurement[]> => {
  const engine = await startTestEngine({ rateLimit: 'cn', slots: 1 });
  const toolbox = toolboxOver(engine, ['--confirm', 'none', '--max-instances', String(instances)]);
  const caller = { name: 'bench', signal: new AbortController().signal };
  const call = async (name: string, args: object) => {
    const outcome = await toolbox.call(name, { ...args }, caller);
    if (outcome.kind !== 'answer' || outcome.answer.isError) throw new Error(JSON.stringify(outcome));
    return outcome.answer.structuredContent;
  };
  try {
    const { JobId } = await call('SubmitJob', jobOf('sleep 600', { TaskInstanceNum: instances }));
    // The engine creates the instances after its answer.
    await until(
      () => call('DescribeJob', { JobId, detail: 'full' }),
      ({ JobState }) => JobState === 'RUNNING',
      120_000,
    );
    const read = async () => {
      const [start, before] = [performance.now(), engine.requests.length];
      // The tool returns this type.
      const course = (await call(jobDataTool, { JobId })).course as JobCourse;
      const rejected = engine.requests.slice(before).filter(({ code }) => code?.startsWith('RequestLimit'));
      return {
        seconds: (performance.now() - start) / 1000,
        calls: engine.requests.length - before - rejected.length,
        rejected: rejected.length,
        course,
      };
    };
    const first = await read();
    // A reading within two seconds of the last one returns what is stored.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const again = await read();
    return [measuredReading('first view', first, 60), measuredReading('refresh', again, 6)];
  } finally {
    await toolbox.close();
    await engine.stop();
  }
};

interface ReadingResult {
  readonly seconds: number;
  readonly calls: number;
  readonly rejected: number;
  readonly course: JobCourse;
}

const measuredReading = (
  what: string,
  { seconds, calls, rejected, course }: ReadingResult,
  most: number,
): Measurement => ({
  what: `${what} at the documented rates (DescribeTask 3 a second)`,
  figure: `${seconds.toFixed(1)} s, ${calls} calls, ${course.coverage.readInstances} instances read, ${kilobytes(sizeOf(course))}`,
  reference: `the rates alone: ${(calls / 3).toFixed(1)} s; ${rejected} calls rejected and repeated`,
  ratio: seconds / (calls / 3),
  goal: `at most ${most} calls`,
  isMet: calls <= most,
});

/** @returns sizes, paint times and readings */
export const benchView = async (): Promise<readonly Measurement[]> => [
  ...dataSizes(),
  await pageSize(),
  ...(await paint()),
  ...(await readings()),
];

if (isMain(import.meta.url)) printMeasurements('View of a job', await benchView());
