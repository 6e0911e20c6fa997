/** Sizes of transfers are limited. */
import type { ToolAnswer } from '../contract/tool.ts';
import { counted } from '../render/counted.ts';
import { sizeTextOf } from '../render/size.ts';

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
      total > highestMaxMb * 1_000_000
        ? `Name a smaller part: one call transfers at most ${sizeTextOf(highestMaxMb * 1_000_000)}. The user can transfer all of it with the vendor's tool, coscli.`
        : `If the user agrees, call it again with maxMb: ${Math.ceil(total / 1_000_000)}; otherwise name a smaller part.`,
    ],
  };
};
