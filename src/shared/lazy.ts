/** Something that is made when it is first asked for. */

/** Makes something at the first call, and keeps it. A failure is not kept: what was wrong may be mended meanwhile. */
export const lazy = <T>(make: () => Promise<T>): (() => Promise<T>) & { wasCalled(): boolean } => {
  let made: Promise<T> | undefined;
  const get = (): Promise<T> => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return Object.assign(get, { wasCalled: () => made !== undefined });
};
