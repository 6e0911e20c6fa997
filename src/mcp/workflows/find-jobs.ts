/** FindJobs: jobs by what people ask for, with what a list does not say about them. */
import * as z from 'zod';
import { jobStates } from '../../catalogue/job-states.ts';
import { EnvId } from '../../catalogue/shapes/common.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { createCallBudget } from '../jobs/call-budget.ts';
import { compilePattern, maxPatternLength } from '../logs/pattern.ts';
import { allOf, counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { millisecondsOf } from '../render/times.ts';
import { columns, matchesTextOf, matchingLinesOf, rowOf, runningTimeOf } from './find-jobs-table.ts';
import { type FoundJob, foundJobOf, readProgress, readSubmissions } from './job-details.ts';
import { ageOfText, isWanted, type JobFilter, tagConditionsOf } from './job-filter.ts';
import { readJobs } from './job-list.ts';

/** Twenty seconds at the two reads a second that DescribeJob allows. */
export const maxDetailReads = 40;
/** Fits into one answer even with long names and many tags; most answers have a third of its tokens. */
const maxRows = 30;
/** A script sums them up; details of some are left out then. */
const maxScriptRows = 500;

/** The API writes SUCCEED, which most people and models complete. */
const stateNamed = (text: string): string | undefined => {
  const name = text
    .trim()
    .toUpperCase()
    .replace(/^SUCCEEDED$/, 'SUCCEED');
  return jobStates.find((state) => state === name);
};

const input = z.strictObject({
  name: z.string().max(100).optional().describe('Part of it.'),
  // Not an enum: a list of eight states costs as much as the rest of the arguments.
  states: z
    .array(
      z
        .string()
        .refine((text) => stateNamed(text) !== undefined, `A state is one of ${jobStates.join(', ')}.`),
    )
    .max(jobStates.length)
    .optional(),
  tags: z
    .array(z.string().max(300))
    .max(10)
    .optional()
    .describe('All hold: k=v, k!=v, k (present), !k (absent).'),
  EnvId: z
    .string()
    .refine((id) => EnvId.safeParse(id).success, 'It has the form env-1a2b3c4d.')
    .optional(),
  command: z.string().min(1).max(maxPatternLength).optional().describe('RE2 in the command of a task.'),
  olderThan: z.string().optional().describe('30m, 12h, 7d since submission.'),
  newerThan: z.string().optional(),
  sort: z.enum(['newest', 'oldest', 'running-time']).optional(),
  Offset: z.int().min(0).max(100_000).optional(),
});
export type FindJobsArguments = z.output<typeof input>;

export const FindJobs: Tool = {
  name: 'FindJobs',
  title: 'Find jobs',
  description:
    'Finds jobs; a table of state, times, tasks, instances by state, why it ended, environments, tags.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  returns:
    'jobs[JobId JobName JobState created began ran ended tasks instances reason environments command tags]',
  run: async (args, context) =>
    // The arguments were checked against this schema.
    answerOf(args as FindJobsArguments, await findJobs(args as FindJobsArguments, context), context),
};

/** What was found, and what was considered. */
export interface FoundJobs {
  /** In the order asked for; details are absent where they were not read. */
  readonly jobs: readonly FoundJob[];
  /** Jobs that meet the conditions; undefined where not all of those that may meet them were read. */
  readonly matched: number | undefined;
  /** Jobs that were listed, and how many there are. */
  readonly listed: number;
  readonly total: number;
  /** What was considered, and what was not read. */
  readonly coverage: string;
  /** Where to continue. */
  readonly nextOffset?: number;
}

/**
 * Finds jobs. Everything a list says is used before anything else is read.
 * @throws InputError for a condition that cannot be read; the service's error for the list
 */
const findJobs = async (args: FindJobsArguments, context: ToolContext): Promise<FoundJobs> => {
  const filter: JobFilter = {
    name: args.name,
    states: args.states?.map((text) => stateNamed(text) ?? text),
    tags: tagConditionsOf('FindJobs', args.tags ?? []),
    minAge: ageOfText('FindJobs', 'olderThan', args.olderThan),
    maxAge: ageOfText('FindJobs', 'newerThan', args.newerThan),
  };
  const bySubmission = submissionFilterOf(args);
  const { jobs: listed, total } = await readJobs(filter, context);
  const wanted = listed.filter((job) => isWanted(job, filter, context.now())).map(foundJobOf);
  // The oldest may have run for longest, so they are read first.
  const ordered = args.sort === undefined || args.sort === 'newest' ? wanted : [...wanted].reverse();
  const page = ordered.slice(args.Offset ?? 0, (args.Offset ?? 0) + pageSizeOf(args, bySubmission, context));
  const found = await withDetails(page, { sort: args.sort, bySubmission }, context);
  const end = (args.Offset ?? 0) + page.length;
  const isComplete = end >= ordered.length;
  const region = context.region === undefined ? 'the region' : context.region;
  const selection = selectionOf(filter);
  return {
    jobs: found.jobs,
    matched: matchedOf(args, bySubmission, isComplete, ordered, found.jobs),
    listed: listed.length,
    total,
    coverage: [
      listed.length < total
        ? `${listed.length} of ${total} jobs of ${region}${selection} were listed, the newest; narrow the states or tags for the others.`
        : `${allOf(total, 'job', `of ${region}${selection}`, 'listed')}.`,
      ...(bySubmission && isComplete && found.notes.length === 0
        ? ['Every task of each was considered.']
        : []),
      ...found.notes,
      ...(isComplete ? [] : [`${page.length} of ${ordered.length} were considered.`]),
      ...(args.sort === 'running-time' ? longestOf(found.jobs, ordered[end], context.now()) : []),
    ].join(' '),
    ...(!isComplete && { nextOffset: end }),
  };
};

/** What the service has selected, as the end of `jobs of the region`. */
const selectionOf = ({ states, tags = [] }: JobFilter): string => {
  const isTagged = tags.some(({ value, isNegated }) => value !== undefined && !isNegated);
  return [...(states ? ['in these states'] : []), ...(isTagged ? ['with these tags'] : [])]
    .map((part) => ` ${part}`)
    .join('');
};

/** Whether a job is wanted by what it was submitted with. */
type SubmissionFilter = (job: FoundJob) => boolean;

const submissionFilterOf = ({ EnvId: env, command }: FindJobsArguments): SubmissionFilter | undefined => {
  const pattern = command === undefined ? undefined : compilePattern('FindJobs', command, 'command');
  if (env === undefined && pattern === undefined) return undefined;
  return ({ environments = [], commands = [] }) =>
    (env === undefined || environments.includes(env)) &&
    (pattern === undefined || matchingLinesOf(pattern, commands).length > 0);
};

/** How many jobs meet all conditions; undefined as long as not all that may meet them were considered. */
const matchedOf = (
  { Offset = 0 }: FindJobsArguments,
  bySubmission: SubmissionFilter | undefined,
  isComplete: boolean,
  ordered: readonly FoundJob[],
  jobs: readonly FoundJob[],
): number | undefined => {
  if (bySubmission === undefined) return ordered.length;
  return isComplete && Offset === 0 ? jobs.length : undefined;
};

/** A job cannot have run for longer than it exists, and those that were not read are younger. */
const longestOf = (
  [longest]: readonly FoundJob[],
  next: FoundJob | undefined,
  now: number,
): readonly string[] => {
  const created = millisecondsOf(next?.CreateTime);
  const ran = longest && runningTimeOf(longest, now);
  return created !== undefined && ran !== undefined && ran >= now - created
    ? ['None of the others can have run for longer than the first.']
    : [];
};

/** Jobs for which everything that the answer depends on can be read in one call. */
const pageSizeOf = (
  { sort }: FindJobsArguments,
  bySubmission: SubmissionFilter | undefined,
  { detail }: ToolContext,
): number => {
  const most = detail === 'full' ? maxScriptRows : maxRows;
  const perJob = (sort === 'running-time' ? 2 : 0) + (bySubmission ? 1 : 0);
  return perJob === 0 ? most : Math.min(most, Math.floor(maxDetailReads / perJob));
};

const withDetails = async (
  page: readonly FoundJob[],
  {
    sort,
    bySubmission,
  }: { readonly sort: FindJobsArguments['sort']; readonly bySubmission: SubmissionFilter | undefined },
  context: ToolContext,
): Promise<{ readonly jobs: readonly FoundJob[]; readonly notes: readonly string[] }> => {
  const budget = createCallBudget(context, maxDetailReads);
  const reading = { budget, context };
  const selected = bySubmission ? (await readSubmissions(page, reading)).filter(bySubmission) : page;
  // One read for each is worth more than three for a third of them.
  const withBegin = sort === 'running-time' || selected.length * 2 <= budget.remaining();
  const known = await readProgress(selected, withBegin, reading);
  const complete =
    !bySubmission && known.length <= budget.remaining() ? await readSubmissions(known, reading) : known;
  const jobs = sort === 'running-time' ? [...complete].sort(byRunningTime(context.now())) : complete;
  return { jobs, notes: [...notesOf(jobs), ...budget.skipped().map((what) => `Not read: ${what}.`)] };
};

/** What was not read of the jobs that are shown. */
const notesOf = (jobs: readonly FoundJob[]): readonly string[] => {
  const missing = [
    ['instances and reason', jobs.filter(({ instances }) => instances === undefined).length],
    ['begin', jobs.filter(({ began }) => began === undefined).length],
    ['environments', jobs.filter(({ environments }) => environments === undefined).length],
  ] as const;
  const parts = missing.filter(([, count]) => count > 0).map(([what, count]) => `${what} of ${count}`);
  return parts.length === 0
    ? []
    : [`Not read (at most ${maxDetailReads} details a call): ${parts.join(', ')}.`];
};

const byRunningTime =
  (now: number) =>
  (one: FoundJob, other: FoundJob): number =>
    (runningTimeOf(other, now) ?? -1) - (runningTimeOf(one, now) ?? -1);

const answerOf = (
  { EnvId: env, command, Offset: offset = 0 }: FindJobsArguments,
  found: FoundJobs,
  context: ToolContext,
): ToolAnswer => {
  const { jobs, matched, coverage, nextOffset } = found;
  const isPage = env === undefined && command === undefined && matched !== undefined && matched > offset;
  const pattern = command === undefined ? undefined : compilePattern('FindJobs', command, 'command');
  const rows = jobs.map((job) => ({
    ...rowOf(job, context.now()),
    command: pattern && matchesTextOf(pattern, job.commands ?? []),
  }));
  const used = columns.filter((column) => rows.some((row) => row[column] !== undefined));
  return {
    summary: `${matched === undefined ? `${counted(jobs.length, 'job')} found so far` : `${counted(matched, 'job')} found`}. ${coverage}`,
    fields: {
      ...(used.includes('tags') && { note: 'Names and tags are text of users.' }),
      jobs: tableOf(used, rows),
    },
    // Of jobs selected by their submissions it is not known how many follow, so their page is a page of what was considered.
    ...(isPage
      ? { page: { tool: 'FindJobs', list: 'jobs', offset, total: matched } }
      : nextOffset !== undefined && {
          next: [`For the others call FindJobs again with the same arguments and Offset ${nextOffset}.`],
        }),
  };
};
