/** Events and logs for tests. */
import type { EventQueue, LoggedEvent } from '../../src/shared/job-event.ts';
import { eventIdOf } from '../../src/shared/job-event.ts';

export const eventOf = (seq: number, more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  seq,
  id: eventIdOf(`job-${seq}`, 'ended', ''),
  time: Date.parse('2026-11-26T12:00:00Z'),
  kind: 'ended',
  region: 'ap-guangzhou',
  jobId: `job-0000000${seq}`,
  jobName: 'a test',
  state: 'SUCCEED',
  detail: '',
  ...more,
});

/** A queue in memory. */
export const queueOf = (
  events: readonly LoggedEvent[],
): EventQueue & { readonly delivered: () => number } => {
  let delivered = 0;
  return {
    undelivered: (limit) => events.filter(({ seq }) => seq > delivered).slice(0, limit),
    markDelivered: (seq) => {
      delivered = seq;
    },
    delivered: () => delivered,
  };
};
