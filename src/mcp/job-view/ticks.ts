/** Marks of a time axis. Pure. */

// Steps that people count time in: seconds, minutes, hours, days.
const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/**
 * The marks from zero to a duration.
 * @param seconds the length of the axis
 * @param most how many marks there is room for
 * @returns seconds from the beginning
 */
export const ticksOf = (seconds: number, most: number): readonly number[] => {
  const largest = steps[steps.length - 1] ?? 1;
  const step = steps.find((one) => seconds / one <= most) ?? Math.ceil(seconds / most / largest) * largest;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
};
