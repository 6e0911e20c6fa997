/** `batch-mcp watch`: shows the progress of a job until it has ended. It only reads. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Caller } from '../../mcp/contract/caller.ts';
import type { JobCourse } from '../../mcp/job-view/course.ts';
import { changeLinesOf, progressLinesOf, progressTextOf } from '../../mcp/job-view/progress.ts';
import { costTextOf, headlineOf } from '../../mcp/job-view/sentences.ts';
import { jobDataTool } from '../../mcp/job-view/view-resource.ts';
import type { ToolService } from '../../mcp/tool-service.ts';
import { ConfigError } from '../../shared/errors.ts';
import type { Command, Terminal } from './command.ts';
import { jobArgumentOf } from './job-argument.ts';
import { withToolService } from './with-tool-service.ts';

/** Documented in docs/job-view.md. */
const exitCodes = { succeeded: 0, failed: 1, unreadable: 3, interrupted: 130 } as const;

/** Two seconds are within the rates of the API; longer while nothing changes. */
const pollMs = { min: 2_000, max: 10_000, growth: 1.5 } as const;
/** Readings that fail in a row before the command gives up: some two minutes. */
const maxFailures = 6;
const retryMs = 5_000;
/** Lines for tasks; more would not fit on most terminals. */
const maxRows = 20;

export const watch: Command = async (config, terminal) => {
  const JobId = jobArgumentOf(config.rest, 'Usage: batch-mcp watch JobId');
  return withToolService(config, terminal, 'batch-mcp watch', async (toolService, caller) => {
    if (!(await toolService.has(jobDataTool)))
      throw new ConfigError('watch needs the tool ShowJob, which --tools does not select.');
    const screen = createScreen(terminal);
    try {
      return await follow(JobId, screen, { toolService, caller });
    } catch (error) {
      if (!caller.signal.aborted) throw error;
      screen.print([`Interrupted. ${JobId} was not changed and continues.`]);
      return exitCodes.interrupted;
    }
  });
};

interface Reader {
  readonly toolService: ToolService;
  readonly caller: Caller;
}

/** @returns the exit code */
const follow = async (JobId: string, screen: WatchScreen, reader: Reader): Promise<number> => {
  let last: JobCourse | undefined;
  let failures = 0;
  let interval: number = pollMs.min;
  for (;;) {
    const course = await read(JobId, reader);
    if (typeof course === 'string') {
      failures += 1;
      screen.print([course]);
      // What cannot be read at all will not become readable by waiting.
      if (last === undefined || failures >= maxFailures) return exitCodes.unreadable;
      await wait(retryMs * failures, undefined, { signal: reader.caller.signal });
      continue;
    }
    failures = 0;
    const hasChanged = last === undefined || !isSame(last, course);
    screen.show(last, course, hasChanged);
    if (course.isFinal) {
      screen.print([headlineOf(course), `Cost: ${costTextOf(course)}`]);
      return course.JobState === 'SUCCEED' ? exitCodes.succeeded : exitCodes.failed;
    }
    interval = hasChanged ? pollMs.min : Math.min(pollMs.max, interval * pollMs.growth);
    last = course;
    await wait(interval, undefined, { signal: reader.caller.signal });
  }
};

/** @returns the course, or why it could not be read */
const read = async (JobId: string, { toolService, caller }: Reader): Promise<JobCourse | string> => {
  const outcome = await toolService.call(jobDataTool, { JobId }, caller);
  if (outcome.kind === 'ask') throw new Error('The gate asked for a confirmation of a read.');
  const { isError, content, structuredContent } = outcome.answer;
  // The tool returns this type.
  return isError ? content[0].text : (structuredContent.course as JobCourse);
};

const isSame = (a: JobCourse, b: JobCourse): boolean =>
  a.JobState === b.JobState &&
  JSON.stringify(a.counts) === JSON.stringify(b.counts) &&
  a.coverage.readInstances === b.coverage.readInstances;

interface WatchScreen {
  /** Shows a reading: bars that replace those before, or lines where there is no terminal. */
  show(before: JobCourse | undefined, course: JobCourse, hasChanged: boolean): void;
  /** Lines that stay. */
  print(lines: readonly string[]): void;
}

const createScreen = (terminal: Terminal): WatchScreen =>
  terminal.hasColours ? createLiveScreen(terminal) : createPlainScreen(terminal);

const createPlainScreen = ({ print }: Terminal): WatchScreen => ({
  show: (before, course, hasChanged) => {
    // What has ended is summed up afterwards.
    if (before === undefined && !course.isFinal) print(headlineOf(course));
    for (const line of changeLinesOf(before, course)) print(line);
    if (before !== undefined && hasChanged) print(progressTextOf(course));
  },
  print: (lines) => print(lines.join('\n')),
});

const createLiveScreen = ({ print, columns }: Terminal): WatchScreen => {
  let height = 0;
  // To the first of the lines shown before, and erases from there (ECMA-48 CUU and ED).
  const erase = (): string => (height === 0 ? '' : `\u001b[${height}A\u001b[0J`);
  return {
    show: (before, course) => {
      const changes = changeLinesOf(before, course);
      const bars = progressLinesOf(course, { columns: columns?.() ?? 80, rows: maxRows });
      print(erase() + [...changes, ...bars].join('\n'));
      height = bars.length;
    },
    print: (lines) => {
      print(erase() + lines.join('\n'));
      height = 0;
    },
  };
};
