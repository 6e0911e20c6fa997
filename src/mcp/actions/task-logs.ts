/** The answer of DescribeTaskLogs: decoded logs, what they cover, and where the rest is. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import type { EngineLog, EngineLogSize } from '../../client/engine-requests.ts';
import { ApiError, InputError } from '../../shared/errors.ts';
import type { Fields, ToolContext } from '../contract/tool.ts';
import { type UntrustedText, untrustedText } from '../contract/untrusted-text.ts';
import { bytesOfLog, decodeLog, isPart, logBytes } from '../logs/api-log.ts';

/** The fields of the answer; the logs are untrusted text. @param lengths of the streams, where the engine reports them */
export const taskLogFieldsOf = (
  input: InputOf<'DescribeTaskLogs'>,
  output: OutputOf<'DescribeTaskLogs'>,
  lengths: readonly EngineLog[],
): Fields => {
  const logs = output.TaskInstanceLogSet ?? [];
  const set = logs.map((log) => {
    const length = lengths.find((each) => each.TaskInstanceIndex === log.TaskInstanceIndex);
    const of = `of instance ${log.TaskInstanceIndex}`;
    return {
      ...log,
      StdoutLog: logTextOf(log.StdoutLog, `stdout ${of}`, length?.Stdout),
      StderrLog: logTextOf(log.StderrLog, `stderr ${of}`, length?.Stderr),
    };
  });
  return {
    coverage: coverageOf(logs.length, output.TotalCount ?? 0, input),
    ...output,
    TaskInstanceLogSet: set,
  };
};

const logTextOf = (
  log: string | null | undefined,
  what: string,
  whole: EngineLogSize | undefined,
): UntrustedText | '' => {
  const text = decodeLog(log);
  if (text === '') return '';
  const bytes = Buffer.byteLength(text);
  const size = whole?.Size ?? 0;
  if (size <= bytes)
    return untrustedText(
      text,
      `${what}, ${bytes} bytes${isPart(bytes) && size === 0 ? ', perhaps not all of it' : ', complete'}`,
    );
  const cut = whole?.MissingBytes === undefined ? '' : `, and ${whole.MissingBytes} that were cut out of it`;
  return untrustedText(text, `${what}, ${bytes} bytes of ${size}${cut}`);
};

const coverageOf = (shown: number, total: number, input: InputOf<'DescribeTaskLogs'>): string => {
  const offset = Number(input.Offset ?? 0) + shown;
  const rest =
    shown < total && input.TaskInstanceIndexes === undefined && offset < total
      ? ` Continue with Offset ${offset}.`
      : '';
  return `${shown} of ${total} instances, at most ${logBytes} bytes of each stream. The cloud has no log of an instance before it ends, so an empty one may belong to an instance that still runs.${rest}`;
};

/**
 * The length of streams of which the API returned a part; nothing is asked where it returned all of them.
 * @returns nothing for the cloud, which does not report it
 */
export const logLengthsOf = async (
  { JobId, TaskName }: InputOf<'DescribeTaskLogs'>,
  { TaskInstanceLogSet }: OutputOf<'DescribeTaskLogs'>,
  { engine, region, attempt }: Pick<ToolContext, 'attempt' | 'engine' | 'region'>,
): Promise<readonly EngineLog[]> => {
  const long = longLogsOf(TaskInstanceLogSet ?? []);
  const requests = long.length > 0 ? await engine?.() : undefined;
  const TaskInstanceIndexes = long.map((log) => log.TaskInstanceIndex ?? 0);
  return (
    (await requests?.logs({ Region: region, JobId, TaskName, TaskInstanceIndexes, Attempt: attempt })) ?? []
  );
};

type Log = NonNullable<OutputOf<'DescribeTaskLogs'>['TaskInstanceLogSet']>[number];

const longLogsOf = (logs: readonly Log[]): readonly Log[] =>
  logs.filter((log) => [log.StdoutLog, log.StderrLog].some((text) => isPart(bytesOfLog(text).length)));

/** Where the rest of a long log is, and what reads it. */
export const restOfLogsOf = ({ TaskInstanceLogSet }: OutputOf<'DescribeTaskLogs'>): readonly string[] => {
  const long = longLogsOf(TaskInstanceLogSet ?? []);
  if (long.length === 0) return [];
  const stored = long.filter((log) => log.StdoutRedirectPath || log.StderrRedirectPath);
  const indexes = (logs: readonly Log[]) => logs.map((log) => log.TaskInstanceIndex).join(', ');
  return stored.length > 0
    ? [
        `Once ended, longer logs of instances ${indexes(stored)} are stored completely at their redirect paths: ReadTaskLogs reads any part of them, SearchTaskLogs searches them.`,
      ]
    : [
        `Logs of instances ${indexes(long)} may be longer. The task has no RedirectInfo, so the rest is not stored; a new submission with one stores it.`,
      ];
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
