/** The answer of DescribeTaskLogs: decoded, cleaned, fenced, with what it covers and where the rest lies. */
import type { InputOf, OutputOf } from '../../catalogue/index.ts';
import type { Fields } from '../contract/tool.ts';
import { fence, fenceMarkOf, fenceNoteOf } from '../render/untrusted.ts';

/** What the API gives of one stream of one instance. The vendor does not say whether it is the head or the tail. */
export const logBytes = 2048;

/**
 * Decodes a log as the API gives it: `data:text/plain;charset=utf-8;base64,…`.
 * @returns the text; what has another form comes back as it is
 */
export const decodeLog = (log: string | null | undefined): string => {
  if (!log) return '';
  const match = /^data:[^,]*;base64,([A-Za-z0-9+/=\s]*)$/.exec(log);
  return match?.[1] === undefined ? log : Buffer.from(match[1], 'base64').toString('utf8');
};

/**
 * Makes the fields of the answer.
 * @param random where the mark of the fence comes from
 */
export const taskLogFieldsOf = (
  input: InputOf<'DescribeTaskLogs'>,
  output: OutputOf<'DescribeTaskLogs'>,
  random: (bytes: number) => Uint8Array,
): Fields => {
  const mark = fenceMarkOf(random);
  const logs = output.TaskInstanceLogSet ?? [];
  const set = logs.map((log) => ({
    ...log,
    StdoutLog: fencedLogOf(log.StdoutLog, mark, `stdout of instance ${log.TaskInstanceIndex}`),
    StderrLog: fencedLogOf(log.StderrLog, mark, `stderr of instance ${log.TaskInstanceIndex}`),
  }));
  const hasText = set.some((log) => log.StdoutLog !== '' || log.StderrLog !== '');
  return {
    ...(hasText && { untrusted: fenceNoteOf(mark) }),
    coverage: coverageOf(logs.length, output.TotalCount ?? 0, input),
    ...output,
    TaskInstanceLogSet: set,
  };
};

const fencedLogOf = (log: string | null | undefined, mark: string, what: string): string => {
  const text = decodeLog(log);
  if (text === '') return '';
  const bytes = Buffer.byteLength(text);
  const isCut = bytes >= logBytes - 3; // A cut inside a character of several bytes leaves up to three fewer.
  return fence(text, mark, `${what}, ${bytes} bytes${isCut ? ', not all of it' : ''}`);
};

const coverageOf = (shown: number, total: number, input: InputOf<'DescribeTaskLogs'>): string => {
  const offset = Number(input.Offset ?? 0) + shown;
  const rest =
    shown < total && input.TaskInstanceIndexes === undefined && offset < total
      ? ` Go on with Offset ${offset}.`
      : '';
  return `${shown} of ${total} instances, at most ${logBytes} bytes of each stream; the whole log lies at the redirect path, where the task has one. The cloud has no log of an instance before it ends, so an empty one may belong to an instance that still runs.${rest}`;
};
