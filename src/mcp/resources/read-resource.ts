/** Reads resources: the same data as the answers of tools, under stable addresses. */
import {
  type ActionName,
  actions,
  type InputOf,
  isActionName,
  type OutputOf,
} from '../../catalogue/index.ts';
import { isFinal } from '../../catalogue/job-states.ts';
import { actionPageOf, typePageOf } from '../../catalogue/pages.ts';
import { regions } from '../../catalogue/regions.ts';
import type { BatchClient } from '../../client/batch-client.ts';
import type { Storage } from '../../client/cos/storage.ts';
import { ApiError } from '../../shared/errors.ts';
import type { Fields, ListableTool } from '../contract/tool.ts';
import { untrustedText } from '../contract/untrusted-text.ts';
import { cutTextOf } from '../logs/log-coverage.ts';
import {
  type ApiLog,
  type LogSource,
  type LogsTarget,
  limitationTextOf,
  logsOf,
  type Stream,
} from '../logs/log-source.ts';
import { readLines } from '../logs/read-lines.ts';
import { isReachable, type ReachableTools } from '../render/reachable.ts';
import { maskValues } from '../render/redact.ts';
import { type Disclosure, safeFieldsOf } from '../render/render.ts';
import { sizeTextOf } from '../render/size.ts';
import { maxTokens, truncateToTokens } from '../render/truncate.ts';
import { cleanDeep, fenceMarkOf, fenceNoteOf, fenceOf } from '../render/untrusted.ts';
import type { UndoStore } from '../undo/undo-store.ts';
import type { ResourceContent } from './resource-content.ts';
import { isReadable, type ListedTools } from './resource-list.ts';
import { parseResourceUri, type ResourceAddress } from './resource-uri.ts';
import { toolReferenceOf } from './tool-reference.ts';

export interface ReadOptions {
  readonly connect: () => Promise<BatchClient>;
  /** Object storage, in which complete logs are. */
  readonly storage: () => Promise<Storage>;
  readonly signal: AbortSignal;
  readonly undo: UndoStore;
  readonly tools: ListedTools;
  /** Tools that a script can call have a page as well. */
  readonly reachable: ReachableTools;
  /** Facts about a tool, for its reference page. */
  readonly toolNamed: (name: string) => ListableTool | undefined;
  /** The reference page of RunScript, which depends on the tools that the operator allows. */
  readonly scriptReference: () => Promise<string>;
  readonly disclosure: Disclosure;
}

// A job that has ended does not change any more; a minute limits how long a deleted one is still shown.
const finishedTtlMs = 60_000;
const referenceTtlMs = 3_600_000;
const maxListed = 100;

/**
 * Reads one resource.
 * @returns undefined where there is no such resource, or where its tool is not listed
 * @throws other errors of the service
 */
export const readResource = async (
  uri: string,
  options: ReadOptions,
): Promise<ResourceContent | undefined> => {
  const address = parseResourceUri(uri);
  if (address === undefined || !isReadable(address.kind, options.tools)) return undefined;
  if ('region' in address && !Object.hasOwn(regions, address.region)) return undefined;
  try {
    return await contentOf(uri, address, options);
  } catch (error) {
    if (error instanceof ApiError && /^ResourceNotFound\b|Malformed$/.test(error.code)) return undefined;
    throw error;
  }
};

const contentOf = async (
  uri: string,
  address: ResourceAddress,
  options: ReadOptions,
): Promise<ResourceContent | undefined> => {
  const asJson = jsonReader(uri, options);
  switch (address.kind) {
    case 'jobs':
      return asJson('DescribeJobs', address.region, { Limit: maxListed });
    case 'compute-envs':
      return asJson('DescribeComputeEnvs', address.region, { Limit: maxListed });
    case 'task-templates':
      return asJson('DescribeTaskTemplates', address.region, { Limit: maxListed });
    case 'job':
      return asJson('DescribeJob', address.region, { JobId: address.JobId });
    case 'submission':
      return asJson('DescribeJobSubmitInfo', address.region, { JobId: address.JobId });
    case 'task': {
      const { JobId, TaskName } = address;
      return asJson('DescribeTask', address.region, { JobId, TaskName, Limit: maxListed });
    }
    case 'compute-env':
      return asJson('DescribeComputeEnv', address.region, { EnvId: address.EnvId });
    case 'activities': {
      const { EnvId } = address;
      return asJson('DescribeComputeEnvActivities', address.region, { EnvId, Limit: maxListed });
    }
    case 'task-template':
      return asJson(
        'DescribeTaskTemplates',
        address.region,
        { TaskTemplateIds: [address.TaskTemplateId] },
        (output) => output.TaskTemplateSet?.[0] ?? undefined,
      );
    case 'stdout':
    case 'stderr':
      return logContentOf(uri, address, options);
    case 'reference':
      return referenceContentOf(uri, address.tool, options);
    case 'type': {
      const text = typePageOf(address.type);
      return text === undefined ? undefined : { uri, mimeType: 'text/markdown', text, ttlMs: referenceTtlMs };
    }
    case 'undo': {
      const entry = await options.undo.read(address.id);
      return entry && { uri, mimeType: 'application/json', text: jsonOf(cleanDeep(entry)), ttlMs: 0 };
    }
    default:
      return address satisfies never;
  }
};

const answerOf = async <A extends ActionName>(
  action: A,
  region: string,
  input: InputOf<A>,
  { connect, signal }: ReadOptions,
): Promise<OutputOf<A>> => (await (await connect()).call(action, input, { region, signal })).output;

/** Reads the answer of an action, or a part of it, as JSON. */
const jsonReader =
  (uri: string, options: ReadOptions) =>
  async <A extends ActionName>(
    action: A,
    region: string,
    input: InputOf<A>,
    // An answer is an object, whichever action it is of.
    pick: (output: OutputOf<A>) => object | undefined = (output) => output as object,
  ): Promise<ResourceContent | undefined> => {
    const answer = await answerOf(action, region, input, options);
    // Masked by the schema of the complete answer before a part of it is picked.
    const picked = pick(safeFieldsOf(answer, actions[action].output, options.disclosure));
    return picked && jsonContentOf(uri, picked);
  };

const logContentOf = async (
  uri: string,
  { region, JobId, TaskName, index, kind }: Extract<ResourceAddress, { kind: 'stdout' | 'stderr' }>,
  options: ReadOptions,
): Promise<ResourceContent | undefined> => {
  const input = { JobId, TaskName, TaskInstanceIndexes: [index] };
  const output = await answerOf('DescribeTaskLogs', region, input, options);
  const log = output.TaskInstanceLogSet?.find((one) => one.TaskInstanceIndex === index);
  if (log === undefined) return undefined;
  const source = await openLog(
    log,
    kind,
    { region, JobId, TaskName, total: output.TotalCount ?? 1 },
    options,
  );
  const { lines, first, end } = await readLines(
    source.bytes,
    { kind: 'tail', lines: maxLogLines },
    { maxBytes: maxLogBytes, mayRead: () => true },
  );
  const { secrets, random } = options.disclosure;
  const mark = fenceMarkOf(random);
  const text = maskValues(lines.join('\n'), secrets);
  const fenced = fenceOf(untrustedText(text, `${kind} of instance ${index}`), mark);
  return {
    uri,
    mimeType: 'text/plain',
    text: `${fenceNoteOf(mark)} ${extentOf(source, end - first)}\n${fenced}\n`,
    ttlMs: 0,
  };
};

/** The end of a log, as long as half of an answer of a tool may be. */
const maxLogBytes = 16 * 1024;
// Empty lines alone reach this before the limit of bytes.
const maxLogLines = 1000;

const openLog = (
  log: ApiLog,
  stream: Stream,
  { region, ...target }: LogsTarget & { readonly region: string },
  { connect, storage, signal }: ReadOptions,
): Promise<LogSource> =>
  logsOf([log], target, {
    ...{ region, storage, signal },
    engine: async () => (await connect()).engine,
  })(log, stream);

/** How much of a log a resource contains, and why not more. */
const extentOf = ({ from, bytes, limitation, cut }: LogSource, shown: number): string => {
  const extent =
    limitation !== undefined
      ? `A part of the log, ${shown} bytes: ${limitationTextOf(limitation)}.`
      : shown < bytes.size
        ? `The last ${shown} of ${bytes.size} bytes (${sizeTextOf(bytes.size)}); ReadTaskLogs reads any part of it.`
        : `The complete log, ${bytes.size} bytes.`;
  const source = from === 'stored' ? ' It was read from object storage.' : '';
  return `${extent}${source}${cut === undefined ? '' : ` ${cutTextOf('It', cut)}.`}`;
};

/** A page of a tool that cannot be called does not exist: it would describe what cannot be called. */
const referenceContentOf = async (
  uri: string,
  name: string,
  { reachable, toolNamed, scriptReference }: ReadOptions,
): Promise<ResourceContent | undefined> => {
  const tool = isReachable(name, reachable) ? toolNamed(name) : undefined;
  if (tool === undefined) return undefined;
  const text =
    name === 'RunScript'
      ? await scriptReference()
      : isActionName(name)
        ? actionPageOf(name)
        : toolReferenceOf(tool);
  return { uri, mimeType: 'text/markdown', text, ttlMs: referenceTtlMs };
};

/** JSON within the limit of tokens; what was truncated is named inside, so that it stays JSON. */
const jsonContentOf = (uri: string, value: object): ResourceContent => {
  const fields: Fields = { ...value };
  const { fields: fitted, truncated } = truncateToTokens(fields, maxTokens);
  const state = fields.JobState ?? fields.TaskState;
  return {
    uri,
    mimeType: 'application/json',
    text: jsonOf(truncated.length > 0 ? { ...fitted, truncated } : fitted),
    ttlMs: typeof state === 'string' && isFinal(state) ? finishedTtlMs : 0,
  };
};

const jsonOf = (value: object): string => JSON.stringify(value, null, 1);
