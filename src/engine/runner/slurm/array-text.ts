/** Lists of array elements as Slurm writes them: `0-4,6,8-1000%3`. */

/** Numbers in ascending order as a list of ranges. */
export const arrayTextOf = (numbers: readonly number[]): string => {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open !== undefined && open.last === number - 1) open.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
};

/** More elements than any cluster allows in an array. */
const maxNumber = 4_000_000;

/**
 * The numbers of a list. Steps (`0-10:2`) and the limit of elements that run at a time (`%3`) are understood.
 * @returns an empty list for a text of another form, such as `N/A`
 */
export const numbersOf = (text: string): readonly number[] => {
  const [list = ''] = text.split('%');
  return list.split(',').flatMap((part) => {
    const [, first, last = first, step = '1'] = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part) ?? [];
    if (first === undefined) return [];
    const [from, to, by] = [Number(first), Number(last), Number(step)];
    if (to < from || to > maxNumber || by < 1) return [];
    return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, at) => from + at * by);
  });
};
