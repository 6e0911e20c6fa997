/** A clock that only advances in `pass`. */
import type { Clock } from '../../src/client/clock.ts';

export interface ManualClock extends Clock {
  /** Advances by so many milliseconds and runs what is due, each at its time. */
  pass(milliseconds: number): Promise<void>;
}

/** Runs everything that waits only for promises. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export const createManualClock = (start = Date.UTC(2026, 10, 22)): ManualClock => {
  let now = start;
  const due = new Set<{ readonly at: number; readonly act: () => void }>();
  return {
    now: () => now,
    after: (milliseconds, act) => {
      const entry = { at: now + milliseconds, act };
      due.add(entry);
      return () => due.delete(entry);
    },
    pass: async (milliseconds) => {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const next = [...due].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
        if (!next) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.act();
        await settle();
      }
      now = end;
    },
  };
};
