/** Reads resources: the same answers as the tools give, under addresses that stay. */
import {
  type ActionName,
  actions,
  type InputOf,
  isActionName,
  type OutputOf,
} from '../../catalogue/index.ts';
import { regions } from '../../catalogue/regions.ts';
import type { BatchClient } from '../../client/batch-client.ts';
import { ApiError } from '../../shared/errors.ts';
import { decodeLog, logBytes } from '../actions/task-logs.ts';
import type { Fields } from '../contract/tool.ts';
import { redact } from '../render/redact.ts';
import { maxTokens, truncateToTokens } from '../render/truncate.ts';
import { cleanDeep, fence, fenceMarkOf, fenceNoteOf } from '../render/untrusted.ts';
import type { UndoStore } from '../undo/undo-store.ts';
import type { ResourceContent } from './resource-text.ts';
import { parseResourceUri, type ResourceAddress } from './resource-uri.ts';

export interface ReadOptions {
  readonly connect: () => Promise<BatchClient>;
  readonly signal: AbortSignal;
  readonly undo: UndoStore;
  readonly random: (bytes: number) => Uint8Array;
}

// What has ended does not change any more; a minute keeps a deleted job from being shown for long.
const finishedTtl = 60_000;
const referenceTtl = 3_600_000;
const finalStates: readonly unknown[] = ['SUCCEED', 'FAILED'];
const maxListed = 100;

/**
 * Reads one resource.
 * @returns nothing where there is no such resource
 * @throws what the service says otherwise
 */
export const readResource = async (
  uri: string,
  options: ReadOptions,
): Promise<ResourceContent | undefined> => {
  const address = parseResourceUri(uri);
  if (address === undefined) return undefined;
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
  const answerOf = async <A extends ActionName>(
    action: A,
    region: string,
    input: InputOf<A>,
  ): Promise<OutputOf<A>> =>
    (await (await options.connect()).call(action, input, { region, signal: options.signal })).output;
  const asJson = async <A extends ActionName>(
    action: A,
    region: string,
    input: InputOf<A>,
    // An answer is an object, whichever action it is of.
    pick: (output: OutputOf<A>) => object | undefined = (output) => output as object,
  ): Promise<ResourceContent | undefined> => {
    // Masked by the schema of the whole answer before a part of it is picked.
    const output = cleanDeep(redact(await answerOf(action, region, input), actions[action].output));
    const picked = pick(output);
    return picked && jsonContentOf(uri, picked);
  };
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
    case 'task':
      return asJson('DescribeTask', address.region, {
        JobId: address.JobId,
        TaskName: address.TaskName,
        Limit: maxListed,
      });
    case 'compute-env':
      return asJson('DescribeComputeEnv', address.region, { EnvId: address.EnvId });
    case 'activities':
      return asJson('DescribeComputeEnvActivities', address.region, {
        EnvId: address.EnvId,
        Limit: maxListed,
      });
    case 'task-template':
      return asJson(
        'DescribeTaskTemplates',
        address.region,
        { TaskTemplateIds: [address.TaskTemplateId] },
        (output) => output.TaskTemplateSet?.[0] ?? undefined,
      );
    case 'log': {
      const { region, JobId, TaskName, index, stream } = address;
      const output = await answerOf('DescribeTaskLogs', region, {
        JobId,
        TaskName,
        TaskInstanceIndexes: [index],
      });
      const log = output.TaskInstanceLogSet?.find((one) => one.TaskInstanceIndex === index);
      if (log === undefined) return undefined;
      const text = decodeLog(stream === 'stdout' ? log.StdoutLog : log.StderrLog);
      const mark = fenceMarkOf(options.random);
      return {
        uri,
        mimeType: 'text/plain',
        text: `${fenceNoteOf(mark)} At most ${logBytes} bytes are given.\n${fence(text, mark, `${stream} of instance ${index}`)}\n`,
        ttlMs: 0,
      };
    }
    case 'reference':
      return referenceContentOf(uri, address.action);
    case 'undo': {
      const entry = await options.undo.read(address.id);
      return (
        entry && {
          uri,
          mimeType: 'application/json',
          text: JSON.stringify(cleanDeep(entry), null, 1),
          ttlMs: 0,
        }
      );
    }
    default:
      return address satisfies never;
  }
};

const referenceContentOf = async (uri: string, action: string): Promise<ResourceContent | undefined> => {
  if (!isActionName(action)) return undefined;
  const { referenceOf } = await import('../../catalogue/markdown.ts');
  return { uri, mimeType: 'text/markdown', text: referenceOf(action), ttlMs: referenceTtl };
};

/** JSON within the ceiling; what was cut is said inside it, so that it stays JSON. */
const jsonContentOf = (uri: string, value: object): ResourceContent => {
  const fields: Fields = { ...value };
  const { fields: fitted, truncated: cut } = truncateToTokens(fields, maxTokens);
  const isFinal = finalStates.includes(fields.JobState) || finalStates.includes(fields.TaskState);
  return {
    uri,
    mimeType: 'application/json',
    text: JSON.stringify(cut.length > 0 ? { ...fitted, cut } : fitted, null, 1),
    ttlMs: isFinal ? finishedTtl : 0,
  };
};
