/** One figure of a benchmark, with the reference that was measured in the same run. */
export interface Measurement {
  readonly what: string;
  readonly figure: string;
  readonly reference: string;
  /** Figure divided by reference. */
  readonly ratio: number | undefined;
  /** The target of the ratio or the figure; `-` for none. */
  readonly goal: string;
  /** Whether the goal was reached; absent where there is none. */
  readonly isMet?: boolean;
}

export const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

export const printMeasurements = (title: string, measurements: readonly Measurement[]): void => {
  console.log(`\n${title}`);
  for (const { what, figure, reference, ratio, goal, isMet } of measurements) {
    const factor = ratio === undefined ? '' : `; ratio ${ratio.toFixed(2)}`;
    console.log(
      `  ${what}: ${figure}; reference: ${reference}${factor}; goal: ${goal}${isMet === false ? ' (missed)' : ''}`,
    );
  }
};

/** Whether this file is the program that was started. */
export const isMain = (url: string): boolean =>
  process.argv[1] !== undefined && url === new URL(`file://${process.argv[1]}`).href;
