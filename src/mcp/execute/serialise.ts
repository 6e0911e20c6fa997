/** Lets changes of one target run one after the other. */

/** @param keys of everything that `act` changes; calls that share a key do not overlap */
export type Serialise = <T>(keys: readonly string[], act: () => Promise<T>) => Promise<T>;

export const createSerialise = (): Serialise => {
  const last = new Map<string, Promise<unknown>>();
  return (keys, act) => {
    const running = Promise.all(keys.map((key) => last.get(key))).then(act);
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) last.set(key, ended);
    void ended.then(() => {
      for (const key of keys) if (last.get(key) === ended) last.delete(key);
    });
    return running;
  };
};
