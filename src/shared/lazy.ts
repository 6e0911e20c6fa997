/** Lazy values. */

export type Lazy<T> = () => Promise<T>;

/** Creates a value at the first call and caches it. A failure is not cached, because its cause may be fixed in the meantime. */
export const lazy = <T>(make: () => Promise<T>): Lazy<T> & { wasCalled(): boolean } => {
  let made: Promise<T> | undefined;
  const get: Lazy<T> = () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, { wasCalled: () => made !== undefined });
};
