/** One figure of the benchmarks, always with what stood beside it in the same run. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly beside: string;
  /** Figure over what stands beside it. */
  readonly ratio: number | undefined;
  /** What the ratio, or the figure, is meant to be. */
  readonly goal: string;
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export const printRows = (title: string, rows: readonly Row[]): void => {
  console.log(`\n${title}`);
  for (const { what, figure, beside, ratio, goal } of rows) {
    console.log(
      `  ${what}: ${figure}; beside: ${beside}${ratio === undefined ? '' : `; ratio ${ratio.toFixed(2)}`}; goal: ${goal}`,
    );
  }
};

/** Whether this file is the one that was started. */
export const isMain = (url: string): boolean =>
  process.argv[1] !== undefined && url === new URL(`file://${process.argv[1]}`).href;
