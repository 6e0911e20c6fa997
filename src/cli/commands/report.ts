/** `batch-mcp report`: writes a job as one file. */
import { dirname, extname, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Caller } from '../../mcp/contract/caller.ts';
import type { Fields } from '../../mcp/contract/tool.ts';
import type { JobCourse } from '../../mcp/job-view/course.ts';
import { courseSvgOf } from '../../mcp/job-view/course-svg.ts';
import { type ReportLog, reportPageOf } from '../../mcp/job-view/report-data.ts';
import { readViewPage } from '../../mcp/job-view/view-page.ts';
import { jobDataTool, jobLogTool } from '../../mcp/job-view/view-resource.ts';
import type { ToolService } from '../../mcp/tool-service.ts';
import { ConfigError } from '../../shared/errors.ts';
import { randomBytes, randomHex } from '../../shared/random.ts';
import { createFileAtomic } from '../../shared/write-file-atomic.ts';
import type { Command } from './command.ts';
import { jobArgumentOf } from './job-argument.ts';
import { withToolService } from './with-tool-service.ts';

const usage = 'Usage: batch-mcp report JobId --out FILE.html|FILE.svg [--logs] [--force]';

export const report: Command = async (config, terminal) => {
  const JobId = jobArgumentOf(config.rest, usage);
  if (config.out === undefined) throw new ConfigError(usage);
  const file = resolve(config.out);
  const form = extname(file).toLowerCase();
  if (form !== '.html' && form !== '.svg') {
    throw new ConfigError(`--out must end in .html or .svg, and is ${config.out}. ${usage}`);
  }
  const isLogged = config.logs && form === '.html';
  return withToolService(config, terminal, 'batch-mcp report', async (toolService, caller) => {
    const reader = { call: callerOf(toolService, caller), signal: caller.signal };
    const course = await readCourse(JobId, reader).catch((error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      terminal.printError(error.message);
      return undefined;
    });
    if (course === undefined) return 1;
    const logs = isLogged ? await readLogs(course, reader) : undefined;
    const content =
      form === '.svg'
        ? courseSvgOf(course)
        : reportPageOf(await readViewPage(), { course, ...(logs && { logs }) });
    await write(file, content, config.force);
    terminal.print(`${file}: job ${course.JobId}, ${course.JobState}, ${content.length} characters`);
    for (const note of course.coverage.notes) terminal.printError(note);
    return 0;
  });
};

/** The answer of a tool that refuses a call. */
class RefusedError extends Error {
  override readonly name = 'RefusedError' as const;
}

interface Reader {
  call(tool: string, args: Fields): Promise<Fields>;
  readonly signal: AbortSignal;
}

const callerOf =
  (toolService: ToolService, caller: Caller): Reader['call'] =>
  async (tool, args) => {
    const outcome = await toolService.call(tool, args, caller);
    if (outcome.kind === 'ask') throw new Error('The gate asked for a confirmation of a read.');
    const { isError, content, structuredContent } = outcome.answer;
    if (isError) throw new RefusedError(content.map(({ text }) => text).join('\n'));
    return structuredContent;
  };

// A reading makes at most 60 calls, which take 20 s at the documented rate: 100,000 instances need 1,000 calls.
const maxReadings = 200;
/** The server answers from what it has read where two readings follow each other at once. */
const pauseMs = 2_000;

/** Reads a job until everything is read; what is still missing then is in the notes of the course. */
const readCourse = async (JobId: string, { call, signal }: Reader): Promise<JobCourse> => {
  let read = -1;
  for (let count = 1; ; count += 1) {
    // The tool returns this type, and only this type.
    const course = (await call(jobDataTool, { JobId })).course as JobCourse;
    const { readInstances, instances } = course.coverage;
    // Where a reading adds nothing, another one will not either.
    if (readInstances >= instances || readInstances === read || count === maxReadings) return course;
    read = readInstances;
    await wait(pauseMs, undefined, { signal });
  }
};

/** The log of one instance for each cause of failure; one that cannot be read says so in its place. */
const readLogs = async (course: JobCourse, { call }: Reader): Promise<readonly ReportLog[]> => {
  const logs: ReportLog[] = [];
  for (const { sample } of course.failures) {
    const TaskName = course.tasks[sample.task]?.name ?? '';
    const { instance } = sample;
    // The API has only the last attempt, and refuses to read another one.
    const attempt = course.coverage.attempts === 'all' ? { attempt: sample.attempt } : {};
    try {
      const fields = await call(jobLogTool, { JobId: course.JobId, TaskName, instance, ...attempt });
      const textOf = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
      logs.push({ ...sample, stdout: textOf('stdout'), stderr: textOf('stderr'), note: textOf('note') });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      logs.push({ ...sample, stdout: '', stderr: '', note: error.message });
    }
  }
  return logs;
};

const write = async (file: string, content: string, mayReplace: boolean): Promise<void> => {
  try {
    await createFileAtomic(file, content, mayReplace, randomHex(randomBytes, 6));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST')
      throw new ConfigError(`${file} exists. Use another name, or --force to replace it.`);
    if (code === 'ENOENT') throw new ConfigError(`The directory ${dirname(file)} does not exist.`);
    if (code === 'EISDIR') throw new ConfigError(`${file} is a directory.`);
    throw error;
  }
};
