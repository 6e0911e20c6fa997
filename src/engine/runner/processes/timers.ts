/** Timers that end together. */

export interface Timers {
  later(work: () => void, milliseconds: number): void;
  /** The same, unless a timer of that name is waiting. */
  once(name: string, work: () => void, milliseconds: number): void;
  stop(): void;
}

export const createTimers = (): Timers => {
  const waiting = new Set<NodeJS.Timeout>();
  const names = new Set<string>();
  let isStopped = false;
  const later = (work: () => void, milliseconds: number): void => {
    if (isStopped) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      work();
    }, milliseconds);
    waiting.add(timer);
  };
  return {
    later,
    once: (name, work, milliseconds) => {
      if (names.has(name)) return;
      names.add(name);
      later(() => {
        names.delete(name);
        work();
      }, milliseconds);
    },
    stop: () => {
      isStopped = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
};
