/** SearchTaskLogs: searches the logs of all instances of a task, and reports what was covered. */
import * as z from 'zod';
import { ExistingTaskName, JobId } from '../../catalogue/shapes/common.ts';
import type { Fields, Tool, ToolAnswer } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { coverageTextOf } from '../logs/log-coverage.ts';
import type { Stream } from '../logs/log-source.ts';
import { withTask } from '../logs/only-task.ts';
import { compilePattern, maxPatternLength } from '../logs/pattern.ts';
import { requiredTextOf } from '../logs/required-text.ts';
import {
  type MatchingInstance,
  maxSearchBytes,
  type SearchPosition,
  type SearchResult,
  searchLogs,
} from '../logs/search-logs.ts';
import { cursorForm, cursorOf, positionOf } from '../logs/search-position.ts';
import { instancesArgument, selectInstances } from '../logs/select-instances.ts';
import { readUnended, unendedTextOf } from '../logs/unended-instances.ts';
import { counted } from '../render/counted.ts';
import { rangesOf } from '../render/ranges.ts';
import { sizeTextOf } from '../render/size.ts';
import { durationOf } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';

const maxContext = 10;
/** One answer is a page: as many instances as can be read at a glance, and text of some 3,000 tokens. */
const maxShown = 20;
const maxTextLength = 10_000;
/** Of one stream: enough to see what matches, few enough that many instances fit. Of a single instance, a page. */
const maxMatches = { ofMany: 5, ofOne: 100 };
/** What is shown on one page. A script sums up what it finds, so it gets all instances. */
const pages = {
  shown: { instances: maxShown, length: maxTextLength },
  script: { instances: 1_000, length: 2_000_000 },
};
type PageSize = (typeof pages)['shown'];

const input = z.strictObject({
  JobId,
  TaskName: ExistingTaskName.optional().describe('Default: the only task.'),
  pattern: z.string().min(1).max(maxPatternLength).describe('RE2; (?i) ignores case.'),
  stream: z.enum(['both', 'stdout', 'stderr']).optional(),
  context: z.int().min(0).max(maxContext).optional().describe('Lines around.'),
  instances: instancesArgument,
  cursor: z.string().regex(cursorForm, 'It has to be the cursor of the previous answer.').optional(),
});

type Search = z.output<typeof input> & { readonly TaskName: string };

export const SearchTaskLogs: Tool = {
  name: 'SearchTaskLogs',
  title: 'Search the logs of a task',
  description: `Greps the logs of all instances of a task; shows ${maxShown} instances with ${maxMatches.ofMany} matches each, ${maxMatches.ofOne} of one.`,
  group: 'workflow',
  returns: 'coverage matchingInstances matches[instance stream line text] cursor',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const search = await withTask('SearchTaskLogs', args as z.output<typeof input>, context);
    const pattern = compilePattern('SearchTaskLogs', search.pattern);
    const from = positionOf(search.cursor ?? '0');
    const isScript = context.detail === 'full';
    const instances = await selectInstances('SearchTaskLogs', search.instances, search, context);
    if (instances?.length === 0) return noInstances(search);
    const streams: readonly Stream[] =
      search.stream === undefined || search.stream === 'both' ? ['stdout', 'stderr'] : [search.stream];
    const searched = await searchLogs(
      {
        ...{ JobId: search.JobId, TaskName: search.TaskName, from, instances, streams, pattern },
        required: requiredTextOf(search.pattern),
        context: search.context ?? 0,
        maxMatches: instances?.length === 1 || isScript ? maxMatches.ofOne : maxMatches.ofMany,
      },
      context,
    );
    const silent = search.instances === 'failed' ? [] : searched.coverage.silent;
    const unended = await readUnended(search, silent, context);
    const shown = pageOf(searched.found, isScript ? pages.script : pages.shown);
    return answerOf({ search, searched, shown, from, instances, unended });
  },
};

const noInstances = ({ TaskName, JobId: job }: Search): ToolAnswer => ({
  summary: `No instance of task ${quoted(TaskName)} of ${job} has failed, so nothing was searched.`,
  fields: {},
});

interface Answer {
  readonly search: Search;
  readonly searched: SearchResult;
  readonly shown: readonly MatchingInstance[];
  readonly from: SearchPosition;
  readonly instances: readonly number[] | undefined;
  readonly unended: readonly number[];
}

const answerOf = ({ search, searched, shown, from, instances, unended }: Answer): ToolAnswer => {
  const { found, limit } = searched;
  const next = nextOf(searched, shown, instances);
  return {
    summary: summaryOf(search, searched, from, instances),
    fields: {
      coverage: coverageOf(searched, from, unended),
      ...(found.length > 0 && matchFieldsOf(searched, shown, search.context ?? 0)),
      ...(next !== undefined && { cursor: cursorOf(next) }),
    },
    next: [
      ...(next === undefined
        ? []
        : [`SearchTaskLogs with the same arguments and cursor "${cursorOf(next)}" continues.`]),
      ...(shown.some(({ more }) => more !== undefined) && instances?.length !== 1
        ? ['SearchTaskLogs with `instances` of one instance shows its other matches.']
        : []),
      ...(limit === undefined ? [] : [limitTextOf(searched, limit)]),
    ],
  };
};

/** Where the next call begins: after what is shown, or else after what was searched. */
const nextOf = (
  { found, next }: SearchResult,
  shown: readonly MatchingInstance[],
  instances: readonly number[] | undefined,
): SearchPosition | undefined => {
  if (instances?.length === 1 && shown[0]?.more !== undefined) return shown[0].more;
  const hidden = found[shown.length];
  return hidden === undefined ? next : { index: hidden.index };
};

const limitTextOf = ({ elapsedMs }: SearchResult, limit: 'time' | 'bytes'): string =>
  limit === 'time'
    ? `The search was stopped after ${durationOf(Math.round(elapsedMs / 1000))}.`
    : `The search was stopped after ${sizeTextOf(maxSearchBytes)} of stored logs.`;

const summaryOf = (
  { TaskName, JobId: job }: Search,
  { found, total, next }: SearchResult,
  from: SearchPosition,
  instances: readonly number[] | undefined,
): string => {
  const task = `task ${quoted(TaskName)} of ${job}`;
  if (from.index > 0 && from.index >= total)
    return `There is nothing after instance ${total - 1} of ${task}.`;
  const scope = instances === undefined ? '' : `, instances ${rangesOf(instances)}`;
  const range = rangeTextOf(from, next);
  if (found.length === 0) return `No matching line: ${task}${scope}${range}.`;
  const lines = found.reduce((sum, { count }) => sum + count, 0);
  return `${counted(lines, 'matching line')} in ${found.length} of ${instances?.length ?? total} instances: ${task}${scope}${range}.`;
};

const matchFieldsOf = (
  { found, coverage }: SearchResult,
  shown: readonly MatchingInstance[],
  around: number,
): Fields => ({
  matchingInstances: rangesOf(found.map(({ index }) => index)),
  ...(shown.length < found.length && {
    shown: `the first ${shown.length} of ${found.length} that match`,
  }),
  matches: untrustedText(
    shown.flatMap((one) => one.lines).join('\n'),
    [
      'INSTANCE STREAM:LINE: text',
      ...(around > 0 ? ['with dashes a line beside a match'] : []),
      ...(coverage.partial.length > 0 ? ['+LINE is counted in the part that the API returned'] : []),
    ].join('; '),
    lineForm,
  ),
});

/** As a script sees a line. */
const lineForm = /^(?<instance>\d+) (?<stream>std(?:out|err))[:-]\+?(?<line>\d+)[:-] (?<text>.*)$/s;

/** Complete instances until the page is full; at least one, so that a cursor always advances. */
const pageOf = (found: readonly MatchingInstance[], size: PageSize): readonly MatchingInstance[] => {
  let length = 0;
  return found.slice(0, size.instances).filter(({ lines }, at) => {
    length += lines.reduce((sum, line) => sum + line.length + 1, 0);
    return at === 0 || length <= size.length;
  });
};

const coverageOf = (
  { total, coverage, next, failed }: SearchResult,
  from: SearchPosition,
  unended: readonly number[],
): string =>
  [
    `Searched ${coverage.instances} of ${total} instances${rangeTextOf(from, next)}, complete logs${coverage.partial.length > 0 ? ' unless stated' : ''}.`,
    coverageTextOf(coverage),
    coverage.silent.length === 0
      ? ''
      : `${coverage.silent.length} of them have no output${unended.length === 0 ? '' : ` (${unendedTextOf(unended)})`}.`,
    ...failed.map(({ instances, reason }) => `${instances} could not be read: ${reason}.`),
  ]
    .filter(Boolean)
    .join(' ');

/** Which part of a task or of a log was searched; empty where it is everything. */
const rangeTextOf = (from: SearchPosition, next: SearchPosition | undefined): string => {
  const textOf = ({ index, within }: SearchPosition): string =>
    within === undefined
      ? `instance ${index}`
      : `${within.stream} of instance ${index}, line ${within.at.line} (byte ${within.at.byte})`;
  const parts = [
    ...(from.index > 0 || from.within ? [`from ${textOf(from)}`] : []),
    ...(next === undefined ? [] : [`up to ${textOf(next)}, which was not searched`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
};
