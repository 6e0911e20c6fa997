/** FindComputeEnvs: which environments are busy or idle, which jobs use them, and what they cost. */
import pMap from 'p-map';
import * as z from 'zod';
import type { OutputOf } from '../../catalogue/index.ts';
import { hasEnded, jobStates } from '../../catalogue/job-states.ts';
import { isBusy } from '../actions/previews/env-facts.ts';
import type { Tool, ToolAnswer, ToolContext } from '../contract/tool.ts';
import { type CallBudget, createCallBudget } from '../jobs/call-budget.ts';
import {
  type EnvData,
  highestPriceOf,
  isSpecific,
  readOfferings,
  requirementOf,
} from '../jobs/instance-offerings.ts';
import { withoutNulls } from '../jobs/without-nulls.ts';
import { allOf, counted } from '../render/counted.ts';
import { tableOf } from '../render/table.ts';
import { maxDetailReads } from './find-jobs.ts';
import { type EnvUser, tagsTextOf, userTextOf } from './find-jobs-table.ts';
import { foundJobOf, readSubmissions } from './job-details.ts';
import { hasName, hasTags, tagConditionsOf } from './job-filter.ts';
import { readJobs } from './job-list.ts';

const input = z.strictObject({
  name: z.string().max(100).optional().describe('Part of it.'),
  tags: z.array(z.string().max(300)).max(10).optional().describe('As in FindJobs.'),
  idle: z.boolean().optional().describe('Has idle nodes.'),
});
export type FindComputeEnvsArguments = z.output<typeof input>;

export const FindComputeEnvs: Tool = {
  name: 'FindComputeEnvs',
  title: 'Find compute environments',
  description:
    'Finds compute environments; a table of nodes busy, idle and starting, unfinished jobs that use them, total price and list price per hour.',
  group: 'workflow',
  effect: 'read',
  idempotent: true,
  input,
  isRegional: true,
  hasDetail: false,
  returns:
    'environments[EnvId EnvName wanted busy idle starting "idle nodes" InstanceType zone "total price/h" jobs tags]',
  run: async (args, context) =>
    // The arguments were checked against this schema.
    answerOf(await findComputeEnvs(args as FindComputeEnvsArguments, context)),
};

export interface FoundComputeEnv {
  readonly EnvId: string;
  readonly EnvName: string;
  readonly NextAction: string;
  readonly zone: string;
  /** Nodes that are wanted. */
  readonly wanted: number;
  readonly busy?: number;
  readonly starting?: number;
  /** Ids of the nodes that run and have a free slot. */
  readonly idle?: readonly string[];
  /** Nodes that could not be created, or whose agent does not report. */
  readonly troubled?: number;
  readonly InstanceType?: string;
  /** Of all nodes that exist, in the currency of the price list. */
  readonly perHour?: number;
  /** The same without the discount of the account. */
  readonly listedPerHour?: number;
  /** Unfinished jobs with a task in it. */
  readonly jobs: readonly EnvUser[];
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
}

export interface FoundComputeEnvs {
  readonly environments: readonly FoundComputeEnv[];
  readonly coverage: string;
}

type EnvItem = NonNullable<NonNullable<OutputOf<'DescribeComputeEnvs'>['ComputeEnvSet']>[number]>;

/** Two reads a second: more at a time would only wait. */
const concurrency = 3;
const pageSize = 100;

/**
 * Finds environments.
 * @throws InputError for a condition that cannot be read; the service's error for the lists
 */
const findComputeEnvs = async (
  { name, tags, idle }: FindComputeEnvsArguments,
  context: ToolContext,
): Promise<FoundComputeEnvs> => {
  const region = context.region ?? 'the region';
  const conditions = tagConditionsOf('FindComputeEnvs', tags ?? []);
  const { ComputeEnvSet, TotalCount } = await context.call('DescribeComputeEnvs', { Limit: pageSize });
  const listed = (ComputeEnvSet ?? []).filter((env) => env !== null);
  const wanted = listed.filter((env) => hasName(env.EnvName, name) && hasTags(env, conditions));
  const budget = createCallBudget(context, maxDetailReads);
  const read = await pMap(
    wanted,
    async (env) => {
      const id = env.EnvId ?? '';
      const details =
        budget.remaining() === 0 ? undefined : await budget.tryCall('DescribeComputeEnv', { EnvId: id }, id);
      context.progress(budget.used(), wanted.length, `nodes of ${id}`);
      return { env, details };
    },
    { concurrency, signal: context.signal },
  );
  const selected = read.filter(
    ({ details }) => idle === undefined || details === undefined || idlesOf(details).length > 0 === idle,
  );
  const use = await readUse(budget, context, region);
  const prices = await readPrices(
    selected.map(({ env }) => env),
    context,
  );
  const environments = selected.map(({ env, details }) => foundOf(env, details, use.jobs, prices));
  return {
    environments,
    coverage: [
      listed.length < (TotalCount ?? 0)
        ? `${listed.length} of ${TotalCount} environments of ${region} were listed, the newest.`
        : `${allOf(listed.length, 'environment', `of ${region}`, 'listed')}.`,
      use.coverage,
      ...(environments.some(({ perHour }) => perHour !== undefined)
        ? [`Prices are per hour of all existing nodes, ${priceKindOf(environments)}.`]
        : []),
      ...budget.skipped().map((what) => `Not read: ${what}.`),
    ].join(' '),
  };
};

const priceKindOf = (environments: readonly FoundComputeEnv[]): string => {
  if (environments.some(isDiscounted)) return 'after the discount of the account';
  const isListed = environments.every((env) => env.perHour === undefined || env.listedPerHour !== undefined);
  return isListed ? 'list prices; no discount applies' : 'as far as the service lists them';
};

const isDiscounted = ({ perHour, listedPerHour }: FoundComputeEnv): boolean =>
  perHour !== undefined && listedPerHour !== undefined && perHour !== listedPerHour;

type JobsByEnv = ReadonlyMap<string, FoundComputeEnv['jobs']>;

const unfinishedStates = jobStates.filter((state) => !hasEnded(state) || state === 'FAILED_INTERRUPTED');

/** The unfinished jobs of each environment; a submission is read for each, newest first. */
const readUse = async (
  budget: CallBudget,
  context: ToolContext,
  region: string,
): Promise<{ readonly jobs: JobsByEnv; readonly coverage: string }> => {
  const { jobs } = await readJobs({ states: unfinishedStates }, context);
  const found = await readSubmissions(jobs.map(foundJobOf), { budget, context });
  const byEnv = new Map<string, FoundComputeEnv['jobs']>();
  for (const { environments = [], taskEnvironments = [], ...job } of found) {
    for (const id of environments) {
      const users = taskEnvironments.filter(({ environment }) => environment === id);
      byEnv.set(id, [...(byEnv.get(id) ?? []), { ...job, tasks: users.map(({ name }) => name) }]);
    }
  }
  const unread = found.filter(({ environments }) => environments === undefined).length;
  return {
    jobs: byEnv,
    coverage:
      unread === 0
        ? `${allOf(jobs.length, 'unfinished job', `of ${region}`, 'considered')}${jobs.length > 0 ? ', with every task' : ''}.`
        : `The submissions of ${jobs.length - unread} of ${jobs.length} unfinished jobs were read, the newest.`,
  };
};

interface Price {
  readonly InstanceType?: string;
  readonly perNode?: number;
  readonly listedPerNode?: number;
}

/** Machine type and price of a node of each environment. A price that cannot be read is left out. */
const readPrices = async (
  envs: readonly EnvItem[],
  context: ToolContext,
): Promise<ReadonlyMap<string, Price>> => {
  if (envs.length === 0) return new Map();
  const budget = createCallBudget(context, 3);
  const infos = await budget.tryCall('DescribeComputeEnvCreateInfos', { Limit: pageSize }, 'settings');
  const requirements = new Map(
    (infos?.ComputeEnvCreateInfoSet ?? []).flatMap((info) => {
      const env = envs.find(({ EnvId }) => EnvId === info?.EnvId);
      if (!info?.EnvId || env === undefined) return [];
      // An answer without its nulls can be read as an input.
      const data = withoutNulls(info.EnvData ?? {}) as EnvData;
      return [[info.EnvId, requirementOf(data, env.Placement?.Zone ?? '')] as const];
    }),
  );
  const offerings = await readOfferings([...requirements.values()], budget.call).catch((error: unknown) => {
    context.signal.throwIfAborted();
    if (error instanceof Error) return [];
    throw error;
  });
  return new Map(
    [...requirements].map(([id, requirement]) => {
      const perNode = isSpecific(requirement) ? highestPriceOf(requirement, offerings) : undefined;
      const listedPerNode = isSpecific(requirement)
        ? highestPriceOf(requirement, offerings, 'listPrice')
        : undefined;
      const [type] = requirement.types ?? [];
      return [
        id,
        {
          ...(type && { InstanceType: type }),
          ...(perNode !== undefined && { perNode }),
          ...(listedPerNode !== undefined && { listedPerNode }),
        },
      ];
    }),
  );
};

type Details = OutputOf<'DescribeComputeEnv'>;

const nodesOf = (env: Details) => (env.ComputeNodeSet ?? []).filter((node) => node !== null);
const idlesOf = (env: Details): readonly string[] =>
  nodesOf(env)
    .filter((node) => node.ComputeNodeState === 'RUNNING' && !isBusy(node))
    .map((node) => node.ComputeNodeId ?? '');
const startingStates = new Set(['PENDING', 'SUBMITTED', 'CREATING', 'CREATED']);
const troubledStates = new Set(['CREATION_FAILED', 'ABNORMAL']);

const foundOf = (
  env: EnvItem,
  details: Details | undefined,
  jobs: JobsByEnv,
  prices: ReadonlyMap<string, Price>,
): FoundComputeEnv => {
  const id = env.EnvId ?? '';
  const nodes = details === undefined ? [] : nodesOf(details);
  const inStates = (states: ReadonlySet<string>): number =>
    nodes.filter((node) => states.has(node.ComputeNodeState ?? '')).length;
  const { InstanceType, perNode, listedPerNode } = prices.get(id) ?? {};
  const paid = nodes.filter((node) => node.ComputeNodeState !== 'CREATION_FAILED').length;
  return {
    EnvId: id,
    EnvName: env.EnvName ?? '',
    NextAction: env.NextAction ?? '',
    zone: env.Placement?.Zone ?? '',
    wanted: env.DesiredComputeNodeCount ?? 0,
    ...(details && {
      busy: nodes.filter(isBusy).length,
      starting: inStates(startingStates),
      troubled: inStates(troubledStates),
      idle: idlesOf(details),
    }),
    ...(InstanceType !== undefined && { InstanceType }),
    ...(details && perNode !== undefined && { perHour: roundedPrice(perNode * paid) }),
    ...(details && listedPerNode !== undefined && { listedPerHour: roundedPrice(listedPerNode * paid) }),
    jobs: jobs.get(id) ?? [],
    Tags: (env.Tags ?? []).flatMap((tag) => (tag ? [{ Key: tag.Key ?? '', Value: tag.Value ?? '' }] : [])),
  };
};

const roundedPrice = (price: number): number => Math.round(price * 100) / 100;

/** More are counted; FindJobs and DescribeComputeEnv list them all. */
const maxNamed = 10;

const namesOf = (ids: readonly string[]): string | undefined =>
  ids.length === 0
    ? undefined
    : `${ids.slice(0, maxNamed).join(', ')}${ids.length > maxNamed ? ` and ${ids.length - maxNamed} more` : ''}`;

const answerOf = ({ environments, coverage }: FoundComputeEnvs): ToolAnswer => {
  const rows = environments.map(
    (env): Readonly<Record<string, string | number | undefined>> => ({
      EnvId: env.EnvId,
      EnvName: env.EnvName,
      wanted: env.wanted,
      busy: env.busy,
      idle: env.idle?.length,
      starting: env.starting,
      troubled: env.troubled || undefined,
      'idle nodes': namesOf(env.idle ?? []),
      InstanceType: env.InstanceType,
      zone: env.zone || undefined,
      'total price/h': env.perHour,
      'list price/h': isDiscounted(env) ? env.listedPerHour : undefined,
      jobs: namesOf(env.jobs.map(userTextOf)),
      tags: tagsTextOf(env.Tags) || undefined,
      NextAction: env.NextAction || undefined,
    }),
  );
  const [first = {}] = rows;
  const used = Object.keys(first).filter((column) => rows.some((row) => row[column] !== undefined));
  return {
    summary: `${counted(environments.length, 'environment')} found. ${coverage}`,
    fields: { environments: tableOf(used, rows) },
  };
};
