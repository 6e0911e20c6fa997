/** Sizes of transfers: limited, and written for people. */
import type { ToolAnswer } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1.5 MB`: decimal, as storage is sold. */
export const sizeTextOf = (bytes: number): string => {
  const at = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** at;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
};

/** Without the argument; a transfer that a user waits for without having been asked. */
export const defaultMaxMb = 200;
/** With the argument: 50 GB. */
export const highestMaxMb = 50_000;

export const totalOf = (files: readonly { readonly size: number }[]): number =>
  files.reduce((sum, { size }) => sum + size, 0);

/** The answer to a transfer above the limit: nothing was done. */
export const tooLargeAnswer = (
  tool: string,
  files: readonly { readonly path: string; readonly size: number }[],
  maxMb: number,
): ToolAnswer => {
  const total = totalOf(files);
  return {
    isError: true,
    summary: `${tool}: ${counted(files.length, 'file')} with ${sizeTextOf(total)} are above the limit of ${sizeTextOf(maxMb * 1_000_000)}. Nothing was transferred.`,
    fields: {
      files: files.length,
      bytes: total,
      largest: [...files]
        .sort((one, other) => other.size - one.size)
        .slice(0, 5)
        .map(({ path, size }) => `${path} (${sizeTextOf(size)})`),
    },
    next: [
      `If the user agrees, call it again with maxMb: ${Math.min(highestMaxMb, Math.ceil(total / 1_000_000))}; otherwise name a smaller part.`,
    ],
  };
};
