/** The table of FindJobs: what one line says about a job. */

import { maskCredentials } from '../../shared/mask-credentials.ts';
import type { Pattern } from '../logs/pattern.ts';
import { redact } from '../render/redact.ts';
import { pairTextOf } from '../render/tabulate.ts';
import { durationOf, millisecondsOf, timeWithAge } from '../render/times.ts';
import { quoted } from '../render/untrusted.ts';
import type { FoundJob } from './job-details.ts';

/** Milliseconds since its first command started; undefined where that is not known. */
export const runningTimeOf = ({ began, EndTime }: FoundJob, now: number): number | undefined => {
  const start = millisecondsOf(began);
  return start === undefined ? undefined : (millisecondsOf(EndTime) ?? now) - start;
};

/** In their order; empty ones are left out. */
export const columns = [
  'JobId',
  'JobName',
  'JobState',
  'created',
  'began',
  'ran',
  'ended',
  'tasks',
  'instances',
  'reason',
  'environments',
  'command',
  'tags',
] as const;

type Row = Partial<Record<(typeof columns)[number], string | undefined>>;

/** One line of the table. */
export const rowOf = (job: FoundJob, now: number): Row => {
  const ran = runningTimeOf(job, now);
  const tags = tagsTextOf(job.Tags);
  return {
    JobId: job.JobId,
    JobName: job.JobName,
    JobState: [job.JobState, job.NextAction].filter(Boolean).join(', '),
    created: timeWithAge(job.CreateTime ?? undefined, now),
    began: job.began === null ? 'not yet' : timeWithAge(job.began, now),
    ran: ran === undefined ? undefined : durationOf(ran / 1000),
    ended: timeWithAge(job.EndTime ?? undefined, now),
    tasks: job.tasks && tasksTextOf(job.tasks),
    instances: job.instances && instancesTextOf(job.instances),
    reason: job.StateReason ? reasonTextOf(job.StateReason) : undefined,
    environments: job.environments?.join(', '),
    tags: tags || undefined,
  };
};

/** More are counted; DescribeJob lists them all. */
const maxTasks = 5;

/** `label=SUCCEED, train=RUNNING`; names alone where all tasks are in one state. */
const tasksTextOf = (tasks: NonNullable<FoundJob['tasks']>): string => {
  const isMixed = new Set(tasks.map(({ state }) => state)).size > 1;
  return shortListOf(
    tasks.map(({ name, state }) => (isMixed ? `${plainName(name)}=${state}` : plainName(name))),
  );
};

/** The first of a list of tasks, and how many there are beside them. */
const shortListOf = (texts: readonly string[]): string =>
  `${texts.slice(0, maxTasks).join(', ')}${texts.length > maxTasks ? ` and ${texts.length - maxTasks} more` : ''}`;

const plainName = (name: string): string => (/^[\w.-]+$/.test(name) ? name : quoted(name));

/** A job that a user ended looks like a failure; the local engine gives this reason. */
const reasonTextOf = (reason: string): string =>
  /^terminated\b/i.test(reason) ? `${reason} on purpose (TerminateJob)` : reason;

/** The lines that match; a command may have several lines, and a pattern is for one. */
export const matchingLinesOf = (pattern: Pattern, commands: readonly string[]): readonly string[] => [
  ...new Set(commands.flatMap((command) => command.split('\n')).filter((line) => pattern.test(line))),
];

// A job of many tasks may have as many commands that differ in a number.
const maxShownLines = 3;

/** The lines that match, of all tasks. */
export const matchesTextOf = (pattern: Pattern, commands: readonly string[]): string => {
  const lines = matchingLinesOf(pattern, commands);
  const shown = lines.slice(0, maxShownLines).map((line) => aroundMatchOf(pattern, line));
  return [...shown, ...(lines.length > shown.length ? [`${lines.length - shown.length} more`] : [])].join(
    ' | ',
  );
};

const maxCommandLength = 120;
/** Shown before the match in a line that is too long. */
const leadLength = 40;

const aroundMatchOf = (pattern: Pattern, line: string): string => {
  // Masked as a whole: a secret is recognised by what is before it.
  const text = maskCredentials(line.trim());
  if (text.length <= maxCommandLength) return text;
  const match = pattern.matcher(text);
  const start = match.find() ? Math.max(0, match.start() - leadLength) : 0;
  const end = start + maxCommandLength;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
};

const instancesTextOf = (instances: Readonly<Record<string, number>>): string =>
  Object.entries(instances)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

/** Tags as one text. A tag may hold a secret, which its name shows. */
export const tagsTextOf = (tags: FoundJob['Tags']): string =>
  redact(tags)
    .map((tag) => pairTextOf(tag))
    .join(', ');

/** An unfinished job with a task in an environment. */
export interface EnvUser extends Pick<FoundJob, 'JobId' | 'JobName' | 'JobState' | 'taskStates'> {
  /** The tasks that use the environment. */
  readonly tasks: readonly string[];
}

/** `job-1a2b3c4d survey RUNNING (scan RUNNABLE)`; where its tasks are in several states, `(scan; all tasks: 1 RUNNING, 1 PENDING)`. */
export const userTextOf = ({ JobId, JobName, JobState, tasks, taskStates }: EnvUser): string => {
  const states = Object.entries(taskStates);
  const stateText =
    states.length === 1
      ? ` ${states[0]?.[0]}`
      : states.map(([state, count], at) => `${at === 0 ? '; all tasks: ' : ', '}${count} ${state}`).join('');
  return `${JobId} ${plainName(JobName)} ${JobState} (${shortListOf(tasks.map(plainName))}${stateText})`;
};
