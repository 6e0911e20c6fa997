/** SearchTaskLogs: a pattern over the logs of all instances of a task, with an honest line about what was covered. */
import * as z from 'zod';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import { logBytes } from '../actions/task-logs.ts';
import type { Tool, ToolAnswer } from '../contract/tool.ts';
import { durationOf } from '../render/compact.ts';
import { counted } from '../render/counted.ts';
import { fence, fenceMarkOf, fenceNoteOf, quoted } from '../render/untrusted.ts';
import { rangesOf } from './failure-clusters.ts';
import { type MatchingInstance, readPages, type SearchResult, type Stream } from './log-pages.ts';
import { compilePattern, maxPatternLength } from './pattern.ts';

export interface SearchTaskLogsOptions {
  readonly random: (bytes: number) => Uint8Array;
}

const maxContext = 10;
/** One answer is a page: as many instances with a match as one looks through, and text for some 3,000 tokens. */
const maxShown = 20;
const maxText = 10_000;

const input = z.strictObject({
  JobId,
  TaskName: ExistingTaskName,
  pattern: z.string().min(1).max(maxPatternLength).describe('RE2 syntax, line by line; (?i) ignores case.'),
  stream: z.enum(['both', 'stdout', 'stderr']).optional().describe('Default both.'),
  context: z.int().min(0).max(maxContext).optional().describe('Lines around a match.'),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'A cursor is what the answer before gave as cursor.')
    .optional()
    .describe('From the last answer.'),
});

export const createSearchTaskLogs = ({ random }: SearchTaskLogsOptions): Tool => ({
  name: 'SearchTaskLogs',
  title: 'Search the logs of a task',
  description: `Searches the logs of all instances of a task, like grep: ${logBytes} bytes of each stream, in the cloud only of ended instances.`,
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this very schema.
    const search = args as z.output<typeof input>;
    const pattern = await compilePattern('SearchTaskLogs', search.pattern);
    const from = Number(search.cursor ?? 0);
    const streams: readonly Stream[] =
      search.stream === undefined || search.stream === 'both' ? ['stdout', 'stderr'] : [search.stream];
    const searched = await readPages(
      { JobId: search.JobId, TaskName: search.TaskName, from, streams, pattern, around: search.context ?? 0 },
      context,
    );
    return answerOf(search, searched, from, random);
  },
});

const answerOf = (
  search: z.output<typeof input>,
  searched: SearchResult,
  from: number,
  random: SearchTaskLogsOptions['random'],
): ToolAnswer => {
  const { found, total, until } = searched;
  const shown = pageOf(found);
  const next =
    shown.length < found.length ? (shown.at(-1)?.index ?? from) + 1 : until < total ? until : undefined;
  const mark = fenceMarkOf(random);
  const task = `task ${quoted(search.TaskName)} of ${search.JobId}`;
  const scope = from > 0 || until < total ? `, instances ${from} to ${until - 1}` : '';
  const lines = found.reduce((sum, { count }) => sum + count, 0);
  return {
    summary:
      from > 0 && from >= total
        ? `There is nothing after instance ${total - 1} of ${task}.`
        : `${found.length === 0 ? 'No matching line' : counted(lines, 'matching line')}${found.length === 0 ? '' : ` in ${found.length} of ${total} instances`}: ${task}${scope}.`,
    fields: {
      coverage: coverageOf(searched, from),
      ...(found.length > 0 && {
        matchingInstances: rangesOf(found.map(({ index }) => index)),
        ...(shown.length < found.length && {
          shown: `the first ${shown.length} of ${found.length} that match`,
        }),
        untrusted: fenceNoteOf(mark),
        matches: fence(
          shown.flatMap((one) => one.lines).join('\n'),
          mark,
          'INSTANCE STREAM:LINE: text (a dash instead of colons: a line beside a match)',
        ),
      }),
      ...(next !== undefined && { cursor: String(next) }),
    },
    next: [
      ...(next === undefined ? [] : [`SearchTaskLogs with the same arguments and cursor "${next}" goes on.`]),
      ...(searched.stoppedAfterMs === undefined
        ? []
        : [
            `It was stopped after ${durationOf(Math.round(searched.stoppedAfterMs / 1000))}, so as not to keep you waiting.`,
          ]),
    ],
  };
};

/** Whole instances until the page is full; at least one, so that a cursor always moves. */
const pageOf = (found: readonly MatchingInstance[]): readonly MatchingInstance[] => {
  let text = 0;
  return found.slice(0, maxShown).filter(({ lines }, at) => {
    text += lines.reduce((sum, line) => sum + line.length + 1, 0);
    return at === 0 || text <= maxText;
  });
};

const coverageOf = ({ total, until, read, empty, failed }: SearchResult, from: number): string => {
  const range = from > 0 || until < total ? ` (instances ${from} to ${until - 1})` : '';
  return [
    `Searched ${read} of ${total} instances${range}, at most ${logBytes} bytes of each stream; the whole logs lie at the redirect path, where the task has one.`,
    ...(empty > 0
      ? [`${empty} of them have no output, or none yet: the cloud has no log before an instance has ended.`]
      : []),
    ...failed.map(({ instances, why }) => `${instances} could not be read: ${why}.`),
  ].join(' ');
};
