/** Metrics of an instance, aggregated from samples: the longer the requested time span, the longer the period. */

export interface MonitorSample {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly cpu: number;
  readonly memory: number;
}

/** Seconds between two points, and the largest span (in seconds) it is used for: about 360 points at most. */
const periods: readonly { readonly period: number; readonly span: number }[] = [
  { period: 10, span: 3600 },
  { period: 60, span: 6 * 3600 },
  { period: 300, span: 24 * 3600 },
  { period: 3600, span: Number.POSITIVE_INFINITY },
];

/**
 * Aggregates samples to one point for each period that has any, with their mean.
 * @param spanMs the requested time span
 * @returns period in seconds; points with times in seconds since 1970. `value` is null for what is not measured here
 */
export const monitorPointsOf = (
  samples: readonly MonitorSample[],
  metric: string,
  spanMs: number,
): {
  readonly period: number;
  readonly points: readonly { readonly time: number; readonly value: number | null }[];
} => {
  const period = periods.find(({ span }) => spanMs / 1000 <= span)?.period ?? 3600;
  const groups = new Map<number, MonitorSample[]>();
  for (const sample of samples) {
    const time = Math.floor(sample.time / 1000 / period) * period;
    const group = groups.get(time);
    if (group === undefined) groups.set(time, [sample]);
    else group.push(sample);
  }
  const points = [...groups].map(([time, group]) => ({ time, value: meanOf(group, metric) }));
  return { period, points };
};

/** Network and disk are measured for the whole machine only, so there is no figure for one instance. */
const meanOf = (group: readonly MonitorSample[], metric: string): number | null => {
  if (metric !== 'CpuUsage' && metric !== 'MemUsage') return null;
  const sum = group.reduce((total, { cpu, memory }) => total + (metric === 'CpuUsage' ? cpu : memory), 0);
  return Math.round((100 * sum) / group.length) / 100;
};
