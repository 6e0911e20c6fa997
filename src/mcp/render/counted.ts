/** Numbers with their noun: `1 node`, `2 nodes`, `3 activities`. */

/** @param more the plural, where it is not made with an s */
export const counted = (count: number, one: string, more = `${one}s`): string =>
  `${count} ${count === 1 ? one : more}`;
