/** Which instances of a task printed something else than those of the same task in another job. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { Fields, ToolContext } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { readLogs, type StreamPart } from '../logs/read-logs.ts';
import { counted } from '../render/counted.ts';
import { rangesOf } from '../render/ranges.ts';

/** The end of each stream: results are printed last. */
const linesRead = 50;
/** Characters read of each job, and of a line. */
const maxRead = 400_000;
const maxLine = 200;
/** Lines shown of all instances, and of one. */
const maxShown = 30;
const maxOfOne = 2;

/** The lines of an instance, both streams. */
interface Output {
  readonly lines: ReadonlyMap<number, readonly string[]>;
  /** Whether these are all lines that the instances wrote, in full. */
  readonly isWhole: boolean;
}

/** @returns fields for one task */
export const compareOutput = async (
  ids: readonly [string, string],
  TaskName: string,
  context: ToolContext,
): Promise<Fields> => {
  const outputs: Output[] = [];
  for (const read of await Promise.allSettled(ids.map((JobId) => outputOf(JobId, TaskName, context)))) {
    context.signal.throwIfAborted();
    // What else was compared must not be lost.
    if (read.status === 'rejected') return { task: TaskName, compared: `nothing: ${reasonOf(read.reason)}` };
    outputs.push(read.value);
  }
  const [one = new Map(), other = new Map()] = outputs.map(({ lines }) => lines);
  const shared: readonly number[] = [...one.keys()].filter((index) => other.has(index));
  const changed = shared.flatMap((index) => {
    const lines = differingLinesOf(one.get(index) ?? [], other.get(index) ?? []);
    return lines.length === 0 ? [] : [{ index, lines }];
  });
  const shown = changed.flatMap(({ index, lines }) =>
    lines.slice(0, maxOfOne).map(({ was, now }) => `${index}| ${was} → ${now}`),
  );
  return {
    task: TaskName,
    compared: `${outputs.every(({ isWhole }) => isWhole) ? 'all lines' : `the last ${linesRead} lines of each stream`} of ${counted(shared.length, 'instance')}`,
    differs:
      changed.length === 0
        ? 'nowhere'
        : `instances ${rangesOf(
            changed.map(({ index }) => index),
            100,
          )}`,
    ...(shown.length > 0 && {
      lines: untrustedText(
        shown.slice(0, maxShown).join('\n'),
        `INSTANCE| was → now, the first ${maxOfOne} lines that differ${shown.length > maxShown ? `, ${maxShown} of ${shown.length}` : ''}`,
      ),
    }),
  };
};

/** @throws the error itself where it is none of the service */
const reasonOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  if (error instanceof TransportError) return 'no response';
  throw error;
};

const outputOf = async (JobId: string, TaskName: string, context: ToolContext): Promise<Output> => {
  const { parts, next } = await readLogs(
    {
      ...{ JobId, TaskName, from: 0, instances: undefined, streams: ['stdout', 'stderr'] },
      ...{ part: { kind: 'tail', lines: linesRead }, maxLineLength: maxLine, maxLength: maxRead },
    },
    context,
  );
  const output = new Map<number, readonly string[]>();
  for (const { index, lines } of parts) output.set(index, [...(output.get(index) ?? []), ...lines]);
  return { lines: output, isWhole: next === undefined && parts.every(isWholeStream) };
};

const isWholeStream = ({ first, stoppedAt, limitation, cut, lines }: StreamPart): boolean =>
  first === 0 &&
  stoppedAt === undefined &&
  limitation === undefined &&
  cut === undefined &&
  lines.every((line) => line.length <= maxLine);

const differingLinesOf = (
  one: readonly string[],
  other: readonly string[],
): readonly { readonly was: string; readonly now: string }[] => {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, at) => ({ was: one[at] ?? '(none)', now: other[at] ?? '(none)' })).filter(
    ({ was, now }) => was !== now,
  );
};
