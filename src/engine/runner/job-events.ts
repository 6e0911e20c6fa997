/** What the events of jobs need beside the changes that record them: the check for long waits, and the sender. */
import type { EventQueue, EventSender } from '../../shared/job-event.ts';
import type { Log } from '../../shared/log.ts';
import type { EngineSettings } from '../settings.ts';
import type { Database } from '../store/database.ts';
import { createEventQueue } from '../store/job-event-log.ts';
import { recordLongWaits } from '../store/record-job-events.ts';

/** A long wait is reported half a minute late at most; for a short limit sooner. */
const maxCheckMs = 30_000;
const minCheckMs = 50;

/**
 * Starts both, as far as they are configured.
 * @param startSender undefined: events are only recorded
 */
export const startJobEvents = (
  {
    db,
    settings,
    now,
  }: { readonly db: Database; readonly settings: EngineSettings; readonly now: () => number },
  log: Log,
  startSender: ((queue: EventQueue) => EventSender) | undefined,
): EventSender => {
  const { longWaitMs } = settings;
  const check = (): void => {
    try {
      if (longWaitMs !== undefined) recordLongWaits(db, longWaitMs, now());
    } catch (error) {
      // On a full disk, for instance; the next check finds the same jobs.
      log.warn(`long waits could not be recorded: ${String(error)}`);
    }
  };
  const timer =
    longWaitMs === undefined
      ? undefined
      : setInterval(check, Math.min(Math.max(longWaitMs / 4, minCheckMs), maxCheckMs));
  const sender = startSender?.(createEventQueue(db));
  return {
    isBusy: () => sender?.isBusy() === true,
    stop: async () => {
      clearInterval(timer);
      await sender?.stop();
    },
  };
};
