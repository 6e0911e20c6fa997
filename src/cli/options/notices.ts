/** Options of notices: which events of jobs are sent, and where. */
import type { Option } from '../option.ts';

const day = 86_400;

export const noticeOptions = {
  notify: {
    kind: 'string',
    isSafety: true,
    format: 'notify',
    value: 'PROGRAM|URL',
    group: 'notices',
    help: 'Program or webhook to notify of the events of jobs. See docs/notifications.md.',
  },
  notifyWait: {
    kind: 'number',
    value: 'SECONDS',
    min: 1,
    max: 30 * day,
    default: 3600,
    group: 'notices',
    help: 'When a job that has not started is an event.',
  },
  notifyCost: {
    kind: 'number',
    value: 'PRICE',
    min: 0,
    max: 1_000_000,
    group: 'notices',
    help: 'When what a job can have cost is an event; cloud only.',
  },
  once: {
    kind: 'boolean',
    group: 'notices',
    help: 'With `notify`: send what is due, and exit.',
  },
} as const satisfies Readonly<Record<string, Option>>;
