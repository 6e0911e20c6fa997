/** Delivers the events of a log: in order, each until the receiver has accepted it, and again after a crash in between. */
import type { EventQueue, EventSender, LoggedEvent } from '../shared/job-event.ts';
import type { Log } from '../shared/log.ts';

/** Resolves when the receiver has accepted the event. @throws Error that says why it has not */
export type Deliver = (event: LoggedEvent, signal: AbortSignal) => Promise<void>;

export interface SenderOptions {
  readonly queue: EventQueue;
  readonly deliver: Deliver;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @throws when the signal is aborted */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** How often the log is checked for new events. */
  readonly checkMs: number;
}

const firstBackoffMs = 1_000;
const maxBackoffMs = 300_000;
/** A receiver that refuses an event for three days never accepts it, and the events behind it wait for it. */
const maxAgeMs = 3 * 86_400_000;
/** After so many failures in a row, waiting events do not prevent an idle engine from stopping; the next one sends them. */
const hopelessFailures = 5;
const batchSize = 50;
/** A delivery under way may end when the program ends, so that the event is not sent twice. */
const stopGraceMs = 2_000;

/** Milliseconds before the next attempt, after so many failures in a row. */
export const backoffOf = (failures: number): number =>
  Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 20));

/** Starts to send. */
export const startSender = (options: SenderOptions): EventSender => {
  const { queue, log, wait, checkMs } = options;
  const ending = new AbortController();
  const cutting = new AbortController();
  let failures = 0;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const failed = await sendWaiting(options, { ending: ending.signal, cutting: cutting.signal });
      failures = failed === undefined ? 0 : failures + 1;
      if (failed !== undefined && !ending.signal.aborted)
        log.warn(`${failed}; the event is sent again in ${backoffOf(failures) / 1000} s`);
      await wait(failures > 0 ? backoffOf(failures) : checkMs, ending.signal);
    }
  };
  const ended = run().catch((error: unknown) => {
    if (!ending.signal.aborted) log.error(`notices are no longer sent: ${String(error)}`);
  });
  return {
    isBusy: () => !ending.signal.aborted && failures < hopelessFailures && queue.undelivered(1).length > 0,
    stop: async () => {
      ending.abort();
      const timer = setTimeout(() => cutting.abort(), stopGraceMs);
      await ended;
      clearTimeout(timer);
    },
  };
};

export interface SendSignals {
  /** No further delivery begins. */
  readonly ending: AbortSignal;
  /** The delivery under way is interrupted. */
  readonly cutting: AbortSignal;
}

/**
 * Sends what waits.
 * @returns why an event was not accepted; undefined when all were
 */
export const sendWaiting = async (
  { queue, deliver, log, now }: Pick<SenderOptions, 'queue' | 'deliver' | 'log' | 'now'>,
  { ending, cutting }: SendSignals,
): Promise<string | undefined> => {
  for (;;) {
    const events = queue.undelivered(batchSize);
    if (events.length === 0) return undefined;
    for (const event of events) {
      if (ending.aborted) return undefined;
      try {
        await deliver(event, cutting);
      } catch (error) {
        const problem = `event ${event.id} of ${event.jobId} was not delivered: ${error instanceof Error ? error.message : String(error)}`;
        if (cutting.aborted || now() - event.time < maxAgeMs) return problem;
        log.error(`${problem}; it is given up after three days, and ListEvents shows it`);
      }
      // Before anything else is sent: after a crash here the event is sent again, with the same id.
      queue.markDelivered(event.seq);
    }
  }
};
