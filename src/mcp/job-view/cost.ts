/** What the machines of a job cost: run seconds × hourly price ÷ 3600, by today's price list. Pure. */
import { highestPriceOf, offeringsFor, requirementOf } from '../jobs/instance-offerings.ts';
import { quoted } from '../render/untrusted.ts';
import type { JobCost, TaskCost, TaskCourse } from './course.ts';
import type { CourseFacts } from './facts.ts';
import type { SubmittedTask, TaskOutline } from './outline.ts';
import { countIn, countsOf } from './states.ts';
import { type PlacedAttempt, ranSecondsOf } from './statistics.ts';

export const costLabel = 'estimate, machines only, disks and traffic not included';
const localCostLabel = `invented prices of the local engine; ${costLabel}`;

const sumOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** @param read until when running attempts count */
export const taskCostOf = (
  { submitted }: Pick<TaskOutline, 'submitted'>,
  attempts: readonly PlacedAttempt[],
  read: number,
  facts: Pick<CourseFacts, 'offerings' | 'job'>,
): TaskCost => {
  const runSeconds = sumOf(attempts.map((attempt) => ranSecondsOf(attempt, read)));
  const repeated = attempts.filter(({ isRepeated }) => isRepeated);
  const retrySeconds = sumOf(repeated.map((attempt) => ranSecondsOf(attempt, read)));
  const priced = priceOf(submitted, facts);
  const { hourly } = priced;
  return {
    ...priced,
    runSeconds,
    retrySeconds,
    ...(hourly !== undefined && { amount: roundedAmountOf((runSeconds * hourly) / 3600) }),
  };
};

/** Exact to a millionth: sums of rounded amounts stay equal in every form. */
const roundedAmountOf = (amount: number): number => Math.round(amount * 1e6) / 1e6;

const priceOf = (
  task: SubmittedTask | undefined,
  { offerings, job }: Pick<CourseFacts, 'offerings' | 'job'>,
): Pick<TaskCost, 'price' | 'hourly' | 'EnvId' | 'machine'> => {
  if (task?.EnvId) return { price: 'environment', EnvId: task.EnvId };
  const requirement = requirementOfTask(task, job.Zone ?? '');
  const machine = requirement?.types?.join(' or ') ?? sizeTextOf(requirement?.size);
  const named = machine === undefined ? {} : { machine };
  if (requirement === undefined || offerings === undefined) return { price: 'unknown', ...named };
  // A bid limits the price but is not it: the list price of spot instances counts.
  const { bid: _, ...listed } = requirement;
  const hourly = highestPriceOf(listed, offerings);
  if (hourly === undefined) return { price: 'unknown', ...named };
  const prices = new Set(offeringsFor(listed, offerings).map((offering) => offering.price));
  const price = prices.size > 1 ? 'highest' : requirement.charge === 'SPOTPAID' ? 'spot' : 'listed';
  return { price, hourly, ...named };
};

type EnvData = NonNullable<Parameters<typeof requirementOf>[0]>;

/** The machines that a submitted task asks for; undefined where it is not known, or runs in an environment. */
export const requirementOfTask = (task: SubmittedTask | undefined, zone: string) => {
  const data = task?.ComputeEnv?.EnvData;
  // As it was submitted: the same fields, of which the service returns those that are not set as null.
  return data ? requirementOf(withoutNulls(data), zone) : undefined;
};

const withoutNulls = (data: object): EnvData =>
  // The fields stay those of EnvData.
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)) as EnvData;

const sizeTextOf = (
  size: { readonly CPU: number; readonly Memory: number } | undefined,
): string | undefined => size && `${size.CPU} cores, ${size.Memory} GB`;

/** The sum over the tasks, and what is missing from it. */
export const jobCostOf = (
  tasks: readonly Pick<TaskCourse, 'name' | 'cost' | 'readInstances' | 'instances' | 'state'>[],
  { isLocal, job, submission }: Pick<CourseFacts, 'isLocal' | 'job' | 'submission'>,
): JobCost => {
  const amounts = tasks.flatMap(({ cost }) => cost.amount ?? []);
  return {
    runSeconds: sumOf(tasks.map(({ cost }) => cost.runSeconds)),
    retrySeconds: sumOf(tasks.map(({ cost }) => cost.retrySeconds)),
    ...(amounts.length > 0 && { amount: roundedAmountOf(sumOf(amounts)) }),
    label: isLocal ? localCostLabel : costLabel,
    notes: [
      ...environmentNotesOf(tasks),
      ...notesOf(tasks, 'unknown', (names) => `The price of ${names} is unknown.`),
      ...notesOf(
        tasks,
        'spot',
        (names) => `${names}: spot at the listed price; the market price may be lower.`,
      ),
      ...notesOf(tasks, 'highest', (names) => `${names}: at the highest price of the types it may use.`),
      ...partialNotesOf(tasks, job),
      ...(!isLocal && (submission?.Tasks ?? []).some((task) => (task?.MaxRetryCount ?? 0) > 0)
        ? ['Attempts before the last one are not included.']
        : []),
    ],
  };
};

type Priced = Pick<TaskCourse, 'name' | 'cost'>;

const maxNamed = 3;

const namesOf = (tasks: readonly Priced[]): string => {
  const names = tasks.slice(0, maxNamed).map(({ name }) => quoted(name, 40));
  return tasks.length > maxNamed
    ? `${names.join(', ')} and ${tasks.length - maxNamed} more`
    : names.join(', ');
};

const notesOf = (
  tasks: readonly Priced[],
  price: TaskCost['price'],
  textOf: (names: string) => string,
): readonly string[] => {
  const own = tasks.filter(({ cost }) => cost.price === price);
  return own.length === 0 ? [] : [textOf(namesOf(own))];
};

const environmentNotesOf = (tasks: readonly Priced[]): readonly string[] => {
  const envs = [...new Set(tasks.flatMap(({ cost }) => cost.EnvId ?? []))];
  const names = envs.slice(0, maxNamed).join(', ');
  const more = envs.length > maxNamed ? ` and ${envs.length - maxNamed} more` : '';
  return envs.length === 0
    ? []
    : [`Nodes of ${names}${more} cost per environment, not per job; they are not included.`];
};

const partialNotesOf = (
  tasks: readonly Pick<TaskCourse, 'readInstances'>[],
  job: CourseFacts['job'],
): readonly string[] => {
  const all = countIn(countsOf(job.TaskInstanceMetrics));
  const read = sumOf(tasks.map(({ readInstances }) => readInstances));
  return read < all ? [`Of the ${read} of ${all} instances that were read.`] : [];
};
