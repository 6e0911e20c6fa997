/** Numbers with their noun: `1 node`, `2 nodes`, `3 activities`. */

/** @param plural where it is not formed with an s */
export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count} ${count === 1 ? singular : plural}`;

/** `All 43 jobs of the region were listed`, `The only job of the region was listed`, `There is no job of the region`. */
export const allOf = (count: number, singular: string, where: string, verb: string): string => {
  if (count === 0) return `There is no ${singular} ${where}`;
  return count === 1
    ? `The only ${singular} ${where} was ${verb}`
    : `All ${counted(count, singular)} ${where} were ${verb}`;
};
