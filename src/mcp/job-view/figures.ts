/** Figures as every form of a course writes them. Pure. */

/** `0.42`, `12.50`, `1,250`: amounts of money, in the currency of the price list. */
export const moneyTextOf = (amount: number): string => {
  if (amount === 0) return '0';
  if (amount >= 1000) return Math.round(amount).toLocaleString('en-US');
  if (amount >= 1) return amount.toFixed(2);
  // Small amounts with two significant digits; less than that is not worth a figure.
  return amount < 0.000_01 ? 'less than 0.00001' : String(Number(amount.toPrecision(2)));
};

/** `512 MiB`, `1.5 GiB`. */
export const bytesTextOf = (bytes: number): string => {
  const [size, unit] = bytes >= 2 ** 30 ? [bytes / 2 ** 30, 'GiB'] : [bytes / 2 ** 20, 'MiB'];
  return `${size >= 10 ? Math.round(size) : Math.round(size * 10) / 10} ${unit}`;
};

/** `1 core`, `0.35 cores`. */
export const coresTextOf = (cores: number): string => `${cores} ${cores === 1 ? 'core' : 'cores'}`;

/** `12 %`; below one percent `<1 %`. @param part of `whole`, which is above zero */
export const shareTextOf = (part: number, whole: number): string => {
  const percent = (part / whole) * 100;
  return percent > 0 && percent < 1 ? '<1 %' : `${Math.round(percent)} %`;
};

/** `950`, `12,000`. */
export const countTextOf = (count: number): string => count.toLocaleString('en-US');

/** A name of at most `max` characters: the end stays, because it distinguishes names such as `align-01` and `align-02`. */
export const shortenedInside = (name: string, max: number): string => {
  const letters = [...name];
  if (letters.length <= max) return name;
  const end = Math.floor((max - 1) / 2);
  return `${letters.slice(0, max - 1 - end).join('')}…${letters.slice(-end).join('')}`;
};
