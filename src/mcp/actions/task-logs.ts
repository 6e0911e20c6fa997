/** The answer of DescribeTaskLogs: decoded logs, what they cover, and where the rest is. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import { ApiError, InputError } from '../../shared/errors.ts';
import type { Fields, ToolContext } from '../contract/tool.ts';
import { type UntrustedText, untrustedText } from '../contract/untrusted-text.ts';

/** What the API returns of one stream of one instance. The vendor does not document whether it is the head or the tail. */
export const logBytes = 2048;

/**
 * Decodes a log as the API returns it: `data:text/plain;charset=utf-8;base64,…`.
 * @returns the text; anything else unchanged
 */
export const decodeLog = (log: string | null | undefined): string => {
  if (!log) return '';
  const match = /^data:[^,]*;base64,([A-Za-z0-9+/=\s]*)$/.exec(log);
  return match?.[1] === undefined ? log : Buffer.from(match[1], 'base64').toString('utf8');
};

/** The fields of the answer; the logs are untrusted text. */
export const taskLogFieldsOf = (
  input: InputOf<'DescribeTaskLogs'>,
  output: OutputOf<'DescribeTaskLogs'>,
): Fields => {
  const logs = output.TaskInstanceLogSet ?? [];
  const set = logs.map((log) => ({
    ...log,
    StdoutLog: logTextOf(log.StdoutLog, `stdout of instance ${log.TaskInstanceIndex}`),
    StderrLog: logTextOf(log.StderrLog, `stderr of instance ${log.TaskInstanceIndex}`),
  }));
  return {
    coverage: coverageOf(logs.length, output.TotalCount ?? 0, input),
    ...output,
    TaskInstanceLogSet: set,
  };
};

const logTextOf = (log: string | null | undefined, what: string): UntrustedText | '' => {
  const text = decodeLog(log);
  if (text === '') return '';
  const bytes = Buffer.byteLength(text);
  // Truncation inside a character of several bytes leaves up to three bytes fewer.
  const isTruncated = bytes >= logBytes - 3;
  return untrustedText(text, `${what}, ${bytes} bytes${isTruncated ? ', not all of it' : ''}`);
};

const coverageOf = (shown: number, total: number, input: InputOf<'DescribeTaskLogs'>): string => {
  const offset = Number(input.Offset ?? 0) + shown;
  const rest =
    shown < total && input.TaskInstanceIndexes === undefined && offset < total
      ? ` Continue with Offset ${offset}.`
      : '';
  return `${shown} of ${total} instances, at most ${logBytes} bytes of each stream; the complete log is at the redirect path, where the task has one. The cloud has no log of an instance before it ends, so an empty one may belong to an instance that still runs.${rest}`;
};

/**
 * The attempts of an instance, where a local engine keeps more than one.
 * @throws InputError for `attempt` against the cloud; nothing has been sent then
 */
export const attemptFieldsOf = async (
  { JobId, TaskName, TaskInstanceIndexes = [] }: InputOf<'DescribeTaskLogs'>,
  { attempt, engine, region }: Pick<ToolContext, 'attempt' | 'engine' | 'region'>,
): Promise<Fields> => {
  const requests = await engine?.();
  if (requests === undefined) {
    if (attempt === undefined) return {};
    const message = 'The service keeps only the last attempt.';
    throw new InputError('DescribeTaskLogs', [{ path: 'attempt', message }]);
  }
  const [TaskInstanceIndex, ...others] = TaskInstanceIndexes;
  if (TaskInstanceIndex === undefined || others.length > 0) return {};
  try {
    const attempts = await requests.attempts({ Region: region, JobId, TaskName, TaskInstanceIndex });
    return attempts.length > 1 ? { attempts } : {};
  } catch (error) {
    // DescribeTaskLogs reports the same in the API's own words.
    if (error instanceof ApiError) return {};
    throw error;
  }
};
