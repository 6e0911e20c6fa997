/** Ends an engine that nobody needs: nothing to run, and no call for a while. */

export interface IdleWatch {
  /** Somebody called. */
  touch(): void;
  stop(): void;
}

/**
 * Starts watching.
 * @param idleMs undefined: the engine stays for ever
 * @param onIdle called once
 */
export const startIdleWatch = (
  idleMs: number | undefined,
  isBusy: () => boolean,
  now: () => number,
  onIdle: () => void,
): IdleWatch => {
  if (idleMs === undefined) return { touch: () => undefined, stop: () => undefined };
  let last = now();
  // Four looks in the time make it at most a quarter too long.
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
