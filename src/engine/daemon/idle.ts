/** Stops an engine that is not needed: nothing to run, and no call for a while. */

export interface IdleWatch {
  /** Restarts the idle time. */
  touch(): void;
  stop(): void;
}

/**
 * Starts watching.
 * @param idleMs undefined: the engine never stops by itself
 * @param onIdle called at most once
 */
export const startIdleWatch = (
  idleMs: number | undefined,
  isBusy: () => boolean,
  now: () => number,
  onIdle: () => void,
): IdleWatch => {
  if (idleMs === undefined) return { touch: () => undefined, stop: () => undefined };
  let last = now();
  // With four checks in the idle time, the engine stops at most a quarter of it too late.
  const timer = setInterval(
    () => {
      if (isBusy()) last = now();
      if (now() - last < idleMs) return;
      clearInterval(timer);
      onIdle();
    },
    Math.min(Math.max(idleMs / 4, 50), 60_000),
  );
  return {
    touch: () => {
      last = now();
    },
    stop: () => clearInterval(timer),
  };
};
