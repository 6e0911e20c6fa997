/** SearchTaskLogs: searches the logs of all instances of a task, and reports what was covered. */
import * as z from 'zod';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import { logBytes } from '../actions/task-logs.ts';
import type { Fields, Tool, ToolAnswer } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { counted } from '../render/counted.ts';
import { rangesOf } from '../render/ranges.ts';
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import { type MatchingInstance, readPages, type SearchResult, type Stream } from './log-pages.ts';
import { compilePattern, maxPatternLength } from './pattern.ts';

const maxContext = 10;
/** One answer is a page: as many instances as can be read at a glance, and text of some 3,000 tokens. */
const maxShown = 20;
const maxTextLength = 10_000;

const input = z.strictObject({
  JobId,
  TaskName: ExistingTaskName,
  pattern: z.string().min(1).max(maxPatternLength).describe('RE2 syntax, line by line; (?i) ignores case.'),
  stream: z.enum(['both', 'stdout', 'stderr']).optional().describe('Default both.'),
  context: z.int().min(0).max(maxContext).optional().describe('Lines around a match.'),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'It has to be the cursor of the previous answer.')
    .optional()
    .describe('From the previous answer.'),
});

export const SearchTaskLogs: Tool = {
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
    // The arguments were checked against this schema.
    const search = args as z.output<typeof input>;
    const pattern = compilePattern('SearchTaskLogs', search.pattern);
    const from = Number(search.cursor ?? 0);
    const streams: readonly Stream[] =
      search.stream === undefined || search.stream === 'both' ? ['stdout', 'stderr'] : [search.stream];
    const searched = await readPages(
      {
        JobId: search.JobId,
        TaskName: search.TaskName,
        from,
        streams,
        pattern,
        context: search.context ?? 0,
      },
      context,
    );
    return answerOf(search, searched, from);
  },
};

const answerOf = (search: z.output<typeof input>, searched: SearchResult, from: number): ToolAnswer => {
  const { found, total, until } = searched;
  const shown = pageOf(found);
  const next =
    shown.length < found.length ? (shown.at(-1)?.index ?? from) + 1 : until < total ? until : undefined;
  return {
    summary: summaryOf(search, searched, from),
    fields: {
      coverage: coverageOf(searched, from),
      ...(found.length > 0 && matchFieldsOf(found, shown)),
      ...(next !== undefined && { cursor: String(next) }),
    },
    next: [
      ...(next === undefined
        ? []
        : [`SearchTaskLogs with the same arguments and cursor "${next}" continues.`]),
      ...(searched.stoppedAfterMs === undefined
        ? []
        : [`The search was stopped after ${durationOf(Math.round(searched.stoppedAfterMs / 1000))}.`]),
    ],
  };
};

const summaryOf = (
  { TaskName, JobId: job }: z.output<typeof input>,
  { found, total, until }: SearchResult,
  from: number,
): string => {
  const task = `task ${quoted(TaskName)} of ${job}`;
  if (from > 0 && from >= total) return `There is nothing after instance ${total - 1} of ${task}.`;
  const scope = from > 0 || until < total ? `, instances ${from} to ${until - 1}` : '';
  if (found.length === 0) return `No matching line: ${task}${scope}.`;
  const lines = found.reduce((sum, { count }) => sum + count, 0);
  return `${counted(lines, 'matching line')} in ${found.length} of ${total} instances: ${task}${scope}.`;
};

const matchFieldsOf = (found: readonly MatchingInstance[], shown: readonly MatchingInstance[]): Fields => ({
  matchingInstances: rangesOf(found.map(({ index }) => index)),
  ...(shown.length < found.length && {
    shown: `the first ${shown.length} of ${found.length} that match`,
  }),
  matches: untrustedText(
    shown.flatMap((one) => one.lines).join('\n'),
    'INSTANCE STREAM:LINE: text (a dash instead of colons: a line beside a match)',
  ),
});

/** Complete instances until the page is full; at least one, so that a cursor always advances. */
const pageOf = (found: readonly MatchingInstance[]): readonly MatchingInstance[] => {
  let length = 0;
  return found.slice(0, maxShown).filter(({ lines }, at) => {
    length += lines.reduce((sum, line) => sum + line.length + 1, 0);
    return at === 0 || length <= maxTextLength;
  });
};

const coverageOf = ({ total, until, read, empty, failed }: SearchResult, from: number): string => {
  const range = from > 0 || until < total ? ` (instances ${from} to ${until - 1})` : '';
  return [
    `Searched ${read} of ${total} instances${range}, at most ${logBytes} bytes of each stream; the complete logs are at the redirect path, where the task has one.`,
    ...(empty > 0
      ? [`${empty} of them have no output, or none yet: the cloud has no log before an instance has ended.`]
      : []),
    ...failed.map(({ instances, reason }) => `${instances} could not be read: ${reason}.`),
  ].join(' ');
};
