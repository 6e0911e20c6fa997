/** ListEvents: the events of jobs since a cursor, also those of a time without a client. */
import * as z from 'zod';
import { ConfigError } from '../../shared/errors.ts';
import { type LoggedEvent, readEventCursor } from '../../shared/job-event.ts';
import type { Tool, ToolAnswer } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { timeWithAge } from '../render/times.ts';
import { cleanText } from '../render/untrusted.ts';

/** Some 2,000 tokens; the cursor continues. */
const maxEvents = 50;
/** Without a cursor: enough for a night of jobs. */
const maxNewest = 20;
/** A name or a reason in a table. */
const maxTextLength = 80;

const input = z.strictObject({
  since: z
    .string()
    .refine((text) => readEventCursor(text) !== undefined, 'It has to be a cursor of an earlier answer.')
    .optional()
    .describe('cursor of the last answer; default: the newest.'),
});

export const ListEvents: Tool = {
  name: 'ListEvents',
  title: 'List events of jobs',
  description:
    'Events of jobs since a cursor, also while you were away: end, first failure, long wait, cost.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  isClientOnly: true,
  run: async (args, context) => {
    // The arguments were checked against this schema.
    const { since } = args as z.output<typeof input>;
    const source = await context.events?.();
    if (source === undefined) throw new ConfigError('There is no log of events here.');
    const limit = since === undefined ? maxNewest : maxEvents;
    const { region } = context;
    const call: typeof context.call = (action, request) => context.call(action, request);
    const { events, cursor, hasMore, gap } = await source.read({ since, limit }, { region, call });
    return answerOf({ events, cursor, hasMore, gap, isSince: since !== undefined }, context.now());
  },
};

interface Found {
  readonly events: readonly LoggedEvent[];
  readonly cursor: string;
  readonly hasMore: boolean;
  readonly gap: string | undefined;
  readonly isSince: boolean;
}

const answerOf = ({ events, cursor, hasMore, gap, isSince }: Found, now: number): ToolAnswer => {
  const count = counted(events.length, 'event');
  const rows = events.map((event) => ({
    time: String(timeWithAge(`${new Date(event.time).toISOString().slice(0, 19)}Z`, now)),
    event: event.kind,
    JobId: event.jobId,
    JobName: textOf(event.jobName),
    JobState: event.state,
    detail: textOf(event.detail),
  }));
  return {
    summary: `${isSince ? `${count} since the cursor` : events.length === 0 ? 'No event was recorded' : `The newest ${count}`}${hasMore ? '; more follow' : ''}.${gap === undefined ? '' : ` ${gap}`}`,
    fields: {
      cursor,
      ...(rows.length > 0 && {
        note: 'Names and details are text of users.',
        events: tableOf(['time', 'event', 'JobId', 'JobName', 'JobState', 'detail'], rows),
      }),
    },
    next: [`ListEvents with since ${cursor} ${hasMore ? 'continues' : 'returns what happens after this'}.`],
  };
};

const textOf = (text: string): string | undefined => {
  const line = cleanText(text).replace(/\s+/g, ' ').trim();
  return (line.length > maxTextLength ? `${line.slice(0, maxTextLength)}…` : line) || undefined;
};
