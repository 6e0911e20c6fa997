/** Numbers with their noun: `1 node`, `2 nodes`, `3 activities`. */

/** @param plural where it is not formed with an s */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count} ${count === 1 ? singular : plural}`;
