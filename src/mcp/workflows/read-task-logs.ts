/** ReadTaskLogs: the same part of the logs of many instances in one answer. */
import * as z from 'zod';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import { InputError } from '../../shared/errors.ts';
import type { Fields, Tool, ToolAnswer } from '../contract/tool.ts';
import { type UntrustedText, untrustedText } from '../contract/untrusted-text.ts';
import { coverageTextOf } from '../logs/log-coverage.ts';
import type { Stream } from '../logs/log-source.ts';
import { withTask } from '../logs/only-task.ts';
import type { LogPart } from '../logs/read-lines.ts';
import { type LogsToRead, type ReadLogs, readLogs, type StreamPart } from '../logs/read-logs.ts';
import { instancesArgument, selectInstances } from '../logs/select-instances.ts';
import { readUnended, unendedTextOf } from '../logs/unended-instances.ts';
import { counted } from '../render/counted.ts';
import { rangesOf } from '../render/ranges.ts';
import { sizeTextOf } from '../render/size.ts';
import { quoted } from '../render/untrusted.ts';

// In a list that is read with every request, this name explains itself.
const input = z.strictObject({
  JobId: JobId.meta({ description: undefined }),
  TaskName: ExistingTaskName.optional().describe('Default: the only task.'),
  stream: z.enum(['both', 'stdout', 'stderr']).optional(),
  instances: instancesArgument,
  part: z.string().max(60).optional().describe('tail N, head N, lines A-B, bytes A-B.'),
});

type Arguments = z.output<typeof input> & { readonly TaskName: string };

const streams: readonly Stream[] = ['stdout', 'stderr'];
const streamsOf = (stream: Arguments['stream']): readonly Stream[] =>
  stream === undefined || stream === 'both' ? streams : [stream];
/** Some 4,000 tokens: half of the limit of an answer. */
const maxLength = 14_000;
/** Of many instances a line is one of hundreds. */
const maxLineLength = { ofMany: 300, ofOne: 2000 };
const defaultLines = { ofMany: 10, ofOne: 100 };
/** A script sums up what it reads, so it gets all of it; what it returns has a limit. */
const scriptLength = 2_000_000;
/** More lines do not fit into an answer. */
const maxLines = 2000;

export const ReadTaskLogs: Tool = {
  name: 'ReadTaskLogs',
  title: 'Read the logs of a task',
  description: 'Reads the logs of all or some instances of a task.',
  group: 'workflow',
  returns: 'coverage empty lines[instance stream line text]',
  unlistedArguments: ['stream'],
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const named = await withTask('ReadTaskLogs', args as z.output<typeof input>, context);
    const instances = await selectInstances('ReadTaskLogs', named.instances, named, context);
    // A script reads all columns by their names, and as much as it asks for.
    const isScript = context.detail === 'full';
    const isOne = instances?.length === 1 || isScript;
    const part = partOf(named.part ?? `tail ${isOne ? defaultLines.ofOne : defaultLines.ofMany}`);
    if (instances?.length === 0) return noInstances(named);
    const wanted: LogsToRead = {
      ...{ JobId: named.JobId, TaskName: named.TaskName, from: 0 },
      ...{
        instances,
        streams: streamsOf(named.stream),
        part,
        maxLength: isScript ? scriptLength : maxLength,
      },
      maxLineLength: isOne ? maxLineLength.ofOne : maxLineLength.ofMany,
    };
    const read = await readLogs(wanted, context);
    const silent = named.instances === 'failed' ? [] : read.coverage.silent;
    const unended = await readUnended(named, silent, context);
    return answerOf(named, wanted, read, unended, isScript);
  },
};

/** @throws InputError */
const partOf = (text: string): LogPart => {
  const [, count, first, last] =
    /^(?:(?:tail|head)\s+(\d{1,9})|(?:lines|bytes)\s+(\d{1,15})\s*-\s*(\d{1,15}))$/.exec(text.trim()) ?? [];
  const kind = text.trim().slice(0, text.trim().search(/\s/));
  if ((kind === 'tail' || kind === 'head') && Number(count) >= 1)
    return { kind, lines: Math.min(maxLines, Number(count)) };
  const range = { first: Number(first), last: Number(last) };
  if (
    (kind === 'lines' || kind === 'bytes') &&
    range.first <= range.last &&
    (kind === 'bytes' || range.first >= 1)
  )
    return { kind, ...range };
  const message =
    'It has to be tail N, head N, lines A-B (from 1) or bytes A-B (from 0), such as tail 20 or lines 1400-1480.';
  throw new InputError('ReadTaskLogs', [{ path: 'part', message }]);
};

const noInstances = ({ TaskName, JobId: job }: Arguments): ToolAnswer => ({
  summary: `No instance of task ${quoted(TaskName)} of ${job} has failed, so there is no log to read.`,
  fields: { coverage: 'DescribeTask lists no failed instance.' },
});

const answerOf = (
  named: Arguments,
  wanted: LogsToRead,
  read: ReadLogs,
  unended: readonly number[],
  isScript: boolean,
): ToolAnswer => {
  const { parts, coverage, next } = read;
  const shown = parts.reduce((sum, { lines }) => sum + lines.length, 0);
  const bytes = parts.reduce((sum, { end, first }) => sum + Math.max(0, end - first), 0);
  const all = parts.reduce((sum, { length }) => sum + length, 0);
  const left = next === undefined ? undefined : leftOf(next, wanted, read);
  const isComplete = bytes === all && coverage.partial.length === 0 && coverage.cuts.length === 0;
  const asked = counted(read.wanted, named.instances === 'failed' ? 'failed instance' : 'instance');
  return {
    summary: `${counted(shown, 'line')}, ${sizeTextOf(bytes)} of ${sizeTextOf(all)}, of ${coverage.instances} of ${asked}: task ${quoted(named.TaskName)} of ${named.JobId}.`,
    fields: {
      coverage: [
        left === undefined
          ? `All of ${asked} read${read.wanted < read.total ? `, of ${read.total} of the task` : ''}.`
          : `${coverage.instances} of ${asked} read; not read: ${left}.`,
        isComplete
          ? 'Every log is shown completely.'
          : coverage.partial.length === 0
            ? 'The logs are complete; shown is the part that was asked for.'
            : '',
        coverageTextOf(coverage),
      ]
        .filter(Boolean)
        .join(' '),
      ...emptyFieldsOf(parts, unended),
      ...(shown > 0 && { lines: linesOf(parts, wanted, isScript) }),
    },
    next: [
      ...(left === undefined ? [] : [`ReadTaskLogs with instances "${left}" and the same part continues.`]),
      ...parts.flatMap((part) => restOf(part, wanted)).slice(0, 2),
    ],
  };
};

/** The instances from the first one that was not read. */
const leftOf = (next: number, { instances }: LogsToRead, { total }: ReadLogs): string =>
  instances === undefined
    ? `${next}-${total - 1}`
    : rangesOf(
        instances.filter((index) => index >= next),
        maxRanges,
      );

/** As many as an argument has room for. */
const maxRanges = 100;

/** Which streams are empty: they have no line, so without a note nothing would say that they were read. */
const emptyFieldsOf = (parts: readonly StreamPart[], unended: readonly number[]): Fields => {
  const texts = streams.flatMap((stream) => {
    const empty = parts.filter((part) => part.stream === stream && part.length === 0);
    return empty.length === 0
      ? []
      : [
          `${stream} of ${rangesOf(
            empty.map(({ index }) => index),
            maxRanges,
          )}`,
        ];
  });
  return texts.length === 0
    ? {}
    : { empty: `${texts.join('; ')}${unended.length === 0 ? '' : ` (${unendedTextOf(unended)})`}` };
};

/** The columns of a line: what all lines have in common is in the label. */
interface Columns {
  readonly instance: boolean;
  readonly stream: boolean;
  /** The number of a line, where the part was not asked for by its position in every log. */
  readonly line: boolean;
}

const linesOf = (parts: readonly StreamPart[], wanted: LogsToRead, isScript: boolean): UntrustedText => {
  const { instances, part } = wanted;
  const used = new Set(parts.filter(({ lines }) => lines.length > 0).map(({ stream }) => stream));
  const isOne = instances?.length === 1;
  const columns: Columns = isScript
    ? { instance: true, stream: true, line: true }
    : {
        instance: !isOne,
        stream: used.size > 1,
        line: isOne || part.kind === 'lines' || part.kind === 'bytes',
      };
  return untrustedText(textOf(parts, columns), labelOf(wanted, columns, [...used]), lineForm);
};

/** As a script sees a line. */
const lineForm = /^(?<instance>\d+) (?<stream>out|err)(?: (?<line>\d+))?\| (?<text>.*)$/s;

const labelOf = ({ instances }: LogsToRead, columns: Columns, used: readonly Stream[]): string => {
  const names = [
    ...(columns.instance ? ['INSTANCE'] : []),
    ...(columns.stream ? ['STREAM'] : []),
    ...(columns.line ? ['LINE'] : []),
  ];
  const of = [
    ...(columns.stream ? [] : used),
    ...(columns.instance ? [] : [`instance ${instances?.[0]}`]),
  ].join(' of ');
  return `${names.length === 0 ? '' : `${names.join(' ')}| `}text${of === '' ? '' : `, ${columns.stream ? 'of' : 'all'} ${of}`}`;
};

const textOf = (parts: readonly StreamPart[], columns: Columns): string =>
  parts
    .flatMap(({ index, stream, lines, firstLine }) =>
      lines.map((line, at) => {
        const cells = [
          ...(columns.instance ? [index] : []),
          ...(columns.stream ? [stream === 'stdout' ? 'out' : 'err'] : []),
          ...(columns.line && firstLine !== undefined ? [firstLine + at] : []),
        ];
        return cells.length === 0 ? line : `${cells.join(' ')}| ${line}`;
      }),
    )
    .join('\n');

/** How the rest of a part that was not read completely is read. */
const restOf = ({ index, stream, stoppedAt }: StreamPart, { part }: LogsToRead): readonly string[] => {
  if (stoppedAt === undefined || part.kind === 'tail') return [];
  const last = 'lines' in part ? part.lines : part.last;
  const first = part.kind === 'bytes' ? stoppedAt.byte : stoppedAt.lines + 1;
  return [
    `ReadTaskLogs with instances "${index}" and part "${part.kind === 'bytes' ? 'bytes' : 'lines'} ${first}-${last}" returns the rest of its ${stream}.`,
  ];
};
