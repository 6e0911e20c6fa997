/** Sizes in words. */

const units = ['bytes', 'KB', 'MB', 'GB'] as const;

/** `812 bytes`, `204.8 KB`, `2.1 GB`: powers of 1,000, as object storage counts. */
export const sizeTextOf = (bytes: number): string => {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : Math.round(value * 10) / 10} ${units[power]}`;
};
