/** Memory and CPU that a task used against its machine, and a better instance type where the difference is clear. Pure. */
import { type InstanceOffering, offeringsFor } from '../jobs/instance-offerings.ts';
import { requirementOfTask } from './cost.ts';
import type { Use } from './course.ts';
import type { CourseFacts, UsageFacts } from './facts.ts';
import { coresTextOf, moneyTextOf } from './figures.ts';
import type { TaskOutline } from './outline.ts';
import type { PlacedAttempt } from './statistics.ts';

const gib = 2 ** 30;

export const useOf = (
  { facts: { usage }, submitted }: Pick<TaskOutline, 'facts' | 'submitted'>,
  attempts: readonly PlacedAttempt[],
  { offerings, job, isLocal }: Pick<CourseFacts, 'offerings' | 'job' | 'isLocal'>,
): Use => {
  const started = attempts.filter(({ began }) => began !== undefined).length;
  if (usage === undefined || usage.measured === 0)
    return { isMeasured: false, why: usage?.why ?? whyNotOf(started, submitted?.EnvId, isLocal) };
  const requirement = requirementOfTask(submitted, job.Zone ?? '');
  const machines = requirement && offerings ? offeringsFor(requirement, offerings) : [];
  // Of several types it is not known which one was used.
  const machine = new Set(machines.map(({ type }) => type)).size === 1 ? machines[0] : undefined;
  const used = usedOf(usage, machine);
  const advice = machine && adviceOf({ ...used, usage, machine }, offerings ?? []);
  return {
    isMeasured: true,
    measured: usage.measured,
    started: Math.max(started, usage.measured),
    ...used,
    ...(machine && { memoryBytes: machine.memory * gib, cores: machine.cpu }),
    ...(advice !== undefined && { advice }),
  };
};

/** The use alone, where nothing is known of the machine. */
export const measuredUseOf = (usage: UsageFacts): Use =>
  usage.measured === 0
    ? { isMeasured: false, why: usage.why ?? 'no samples were read' }
    : { isMeasured: true, measured: usage.measured, started: usage.measured, ...usedOf(usage, undefined) };

const whyNotOf = (started: number, EnvId: string | null | undefined, isLocal: boolean): string => {
  if (started === 0) return 'no command has started, as far as instances were read';
  if (EnvId && !isLocal) return `the API measures only tasks with ComputeEnv, and this one runs in ${EnvId}`;
  return 'no samples were read';
};

interface Used {
  readonly peakMemoryBytes?: number;
  readonly meanCores?: number;
}

const usedOf = (usage: UsageFacts, machine: InstanceOffering | undefined): Used => {
  const { cpuSeconds, measuredSeconds, cpuPercent, memoryPercent } = usage;
  const peak =
    usage.peakMemoryBytes ??
    (memoryPercent !== undefined && machine ? (memoryPercent / 100) * machine.memory * gib : undefined);
  const cores =
    cpuSeconds !== undefined && measuredSeconds !== undefined && measuredSeconds > 0
      ? cpuSeconds / measuredSeconds
      : cpuPercent !== undefined && machine
        ? (cpuPercent / 100) * machine.cpu
        : undefined;
  return {
    ...(peak !== undefined && { peakMemoryBytes: Math.round(peak) }),
    ...(cores !== undefined && { meanCores: Math.round(cores * 100) / 100 }),
  };
};

/** A shorter measurement says little about what a program needs. */
const minMeasuredSeconds = 5;
/** From here on a machine is nearly full, */
const fullShare = 0.9;
/** and below this much of it is unused. */
const idleShare = 0.4;
/** What a suggested machine has beyond what was used: peaks between two samples are not measured. */
const reserve = 1.5;

/** @param offerings of the same zones; types that are not for sale are not suggested */
const adviceOf = (
  {
    peakMemoryBytes: peak,
    meanCores,
    usage,
    machine,
  }: Used & { readonly usage: UsageFacts; readonly machine: InstanceOffering },
  offerings: readonly InstanceOffering[],
): string | undefined => {
  const isLong = (usage.measuredSeconds ?? Number.POSITIVE_INFINITY) / usage.measured >= minMeasuredSeconds;
  if (peak === undefined || !isLong) return undefined;
  const others = offerings
    .filter(({ zone, charge }) => zone === machine.zone && charge === machine.charge)
    .filter(({ isForSale, type, price }) => isForSale && type !== machine.type && price !== undefined)
    .sort((a, b) => (a.price ?? 0) - (b.price ?? 0) || a.type.localeCompare(b.type));
  const own = machine.memory * gib;
  if (peak >= own * fullShare) {
    const larger = others.find(({ memory, cpu }) => memory * gib >= peak * reserve && cpu >= machine.cpu);
    return larger && `Nearly all memory was used: ${typeTextOf(larger)} has more.`;
  }
  // Without a figure for CPU a smaller machine may be too slow.
  if (meanCores === undefined || peak > own * idleShare || meanCores > machine.cpu * idleShare)
    return undefined;
  const smaller = others.find(
    ({ memory, cpu, price }) =>
      memory * gib >= peak * reserve && cpu >= meanCores * reserve && (price ?? 0) < (machine.price ?? 0),
  );
  return (
    smaller &&
    `${typeTextOf(smaller)} would be enough, at ${moneyTextOf(smaller.price ?? 0)} instead of ${moneyTextOf(machine.price ?? 0)} an hour.`
  );
};

const typeTextOf = ({ type, cpu, memory }: InstanceOffering): string =>
  `${type} (${coresTextOf(cpu)}, ${memory} GB)`;
