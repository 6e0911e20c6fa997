/** Whether the machines a submission wants are there: offers and stock for new ones, nodes of environments. */
import type { InputOf } from '../../catalogue/index.ts';
import { ApiError } from '../../shared/errors.ts';
import { rounded } from '../arguments/limits.ts';
import type { ToolContext } from '../contract/tool.ts';
import {
  type InstanceOffering,
  type InstanceRequirement,
  isSpecific,
  offeringsFor,
  readOfferings,
} from '../jobs/instance-offerings.ts';
import { instancesOf, nameOfTask, requirementsOf } from '../jobs/job-cost.ts';
import { counted } from '../render/counted.ts';
import { quoted } from '../render/untrusted.ts';

type Submission = InputOf<'SubmitJob'>;

export interface Supply {
  readonly offerings: readonly InstanceOffering[];
  /** For each task, where it runs: `200 instances on S5.SMALL2 (in stock, 0.24 an hour each)`. */
  readonly placements: readonly string[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** What was asked, for the line of coverage. */
  readonly checked: readonly string[];
}

interface Env {
  readonly EnvId: string;
  readonly zone: string;
  readonly running: number;
  readonly isDeleting: boolean;
}

// A job that is spread over more environments than this is rare; those left are named as not looked at.
const maxEnvs = 3;
const maxNamed = 5;

/**
 * Asks the service. What it refuses is a problem of the plan; what cannot be asked at all is an error.
 * @throws TransportError where there is no answer
 */
export const readSupply = async (submission: Submission, context: ToolContext): Promise<Supply> => {
  const { Tasks } = submission.Job;
  const wishes = requirementsOf(submission);
  const envIds = [...new Set(Tasks.flatMap((task) => task.EnvId ?? []))];
  const problems: string[] = [];
  const specific = wishes.filter((wish) => wish !== undefined).filter(isSpecific);
  const offers = await refusedAs(problems, [], () => readOfferings(specific, context.call));
  const envs: Env[] = [];
  for (const EnvId of envIds.slice(0, maxEnvs)) {
    const env = await refusedAs(problems, undefined, () => readEnv(EnvId, context));
    if (env !== undefined) envs.push(env);
  }
  const couldAsk = problems.length === 0;
  const perTask = Tasks.map((task, index) => {
    const wish = wishes[index];
    const name = quoted(nameOfTask(task, index));
    return wish === undefined
      ? ofEnv(name, instancesOf(task), task.EnvId ?? '', envs, submission.Placement.Zone)
      : ofWish(name, instancesOf(task), wish, couldAsk ? offers : undefined);
  });
  const asked = [
    ...(specific.length > 0 ? ['stock and prices'] : []),
    ...(envIds.length > 0 ? [`${Math.min(envIds.length, maxEnvs)} of ${envIds.length} environments`] : []),
  ];
  return {
    offerings: offers,
    placements: perTask.map(({ place }) => place),
    problems: [...problems, ...(couldAsk ? perTask.flatMap(({ problem }) => problem ?? []) : [])],
    warnings: perTask.flatMap(({ warning }) => warning ?? []),
    checked: asked,
  };
};

const refusedAs = async <T>(problems: string[], instead: T, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const said = [...new Set([error.serviceMessage, error.meaning])].join(' ');
    problems.push(`${error.action}: ${error.code}: ${said}`);
    return instead;
  }
};

const readEnv = async (EnvId: string, context: ToolContext): Promise<Env> => {
  const env = await context.call('DescribeComputeEnv', { EnvId });
  return {
    EnvId,
    zone: env.Placement?.Zone ?? '',
    running: env.ComputeNodeMetrics?.RunningCount ?? 0,
    isDeleting: env.NextAction === 'DELETING',
  };
};

interface Judged {
  readonly place: string;
  readonly problem?: string;
  readonly warning?: string;
}

const ofEnv = (name: string, count: number, EnvId: string, envs: readonly Env[], zone: string): Judged => {
  const env = envs.find((one) => one.EnvId === EnvId);
  if (env === undefined) return { place: `${name}: ${counted(count, 'instance')} on ${EnvId}` };
  const turns = Math.ceil(count / Math.max(1, env.running));
  const place = `${name}: ${counted(count, 'instance')} on ${EnvId} (${counted(env.running, 'node')} running${turns > 1 ? `, ${turns} turns` : ''})`;
  if (env.isDeleting) return { place, problem: `task ${name}: ${EnvId} is being deleted.` };
  if (env.running === 0)
    return { place, warning: `task ${name}: ${EnvId} has no running node, so the task would wait.` };
  return env.zone !== '' && env.zone !== zone
    ? { place, warning: `task ${name}: ${EnvId} is in ${env.zone}, not in ${zone}.` }
    : { place };
};

const ofWish = (
  name: string,
  count: number,
  wish: InstanceRequirement,
  offers: readonly InstanceOffering[] | undefined,
): Judged => {
  const wanted =
    wish.types?.join(' or ') ?? (wish.size ? `${wish.size.CPU} cores, ${wish.size.Memory} GB` : '');
  if (!isSpecific(wish)) {
    return {
      place: `${name}: ${counted(count, 'instance')} on machines the service chooses`,
      warning: `task ${name}: no InstanceType, so neither stock nor price can be told.`,
    };
  }
  if (offers === undefined) {
    return { place: `${name}: ${counted(count, 'instance')} on ${wanted} (stock and price not known)` };
  }
  const fitting = offeringsFor(wish, offers);
  const sold = fitting.filter((offer) => offer.isForSale);
  const missing = (wish.types ?? []).filter((type) => !fitting.some((offer) => offer.type === type));
  const prices = [...new Set(sold.flatMap(({ price }) => (price === undefined ? [] : [rounded(price)])))];
  const costs =
    prices.length === 0
      ? ''
      : `, ${Math.min(...prices)}${prices.length > 1 ? ` to ${Math.max(...prices)}` : ''} an hour each`;
  const place = `${name}: ${counted(count, 'instance')} on ${wanted} (${sold.length > 0 ? `in stock: ${stockOf(sold, wish)}` : 'not in stock'}${costs})`;
  const where = wish.zones.join(', ');
  if (fitting.length === 0)
    return { place, problem: `task ${name}: ${wanted} is not offered in ${where} for ${wish.charge}.` };
  if (sold.length === 0) return { place, problem: `task ${name}: ${wanted} is sold out in ${where}.` };
  if (missing.length > 0)
    return { place, warning: `task ${name}: ${missing.join(', ')} is not offered in ${where}.` };
  return sold.every((offer) => offer.stock === 'UnderStock')
    ? { place, warning: `task ${name}: ${wanted} is nearly sold out in ${where}.` }
    : { place };
};

/** The types with their stock; of a single type, which was named before, only the stock. */
const stockOf = (offers: readonly InstanceOffering[], wish: InstanceRequirement): string => {
  const isOne = wish.types?.length === 1;
  const names = [...new Set(offers.map(({ type, stock }) => (isOne ? stock : `${type} ${stock}`.trim())))];
  return names.length > maxNamed
    ? `${names.slice(0, maxNamed).join(', ')} and ${names.length - maxNamed} more`
    : names.join(', ');
};
