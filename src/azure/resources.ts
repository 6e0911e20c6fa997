/** Azure Batch as MCP resources: `batch-azure://jobs`, one job, one file of a task. */
import { ApiError, InputError } from '../shared/errors.ts';
import { isNotFoundCode } from './http/error-codes.ts';
import { readPage } from './http/page.ts';
import type { Wire } from './http/wire.ts';
import { JobId, TaskId } from './tools/fields.ts';
import { type AzureJob, readCounts, readJob } from './tools/job.ts';
import { maskSecrets } from './tools/mask.ts';
import { FilePath } from './tools/read-task-file.ts';
import { type FileTarget, readFilePart } from './tools/task-file.ts';

export interface AzureResource {
  /** The URI, or its template (RFC 6570). */
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType?: string;
}

export interface AzureContent {
  readonly uri: string;
  readonly mimeType: string;
  readonly text?: string;
  /** Base64. */
  readonly blob?: string;
  /** Whether a job wrote it, so that it has to be marked as untrusted. */
  readonly isUntrusted: boolean;
}

export interface AzureResources {
  readonly list: readonly AzureResource[];
  readonly templates: readonly AzureResource[];
  /** @throws InputError for a URI that is no resource; ApiError (see `isNotFound`) if the object does not exist */
  read(uri: string, signal: AbortSignal): Promise<AzureContent>;
  /** Values of a template variable that begin with the given prefix, newest first. */
  complete(
    variable: string,
    typed: string,
    given: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}

export const azureResourceList: readonly AzureResource[] = [
  {
    uri: 'batch-azure://jobs',
    name: 'azure-jobs',
    title: 'Azure Batch jobs',
    description: 'The first 1,000 jobs of the configured Azure Batch account.',
    mimeType: 'application/json',
  },
];

export const azureResourceTemplates: readonly AzureResource[] = [
  {
    uri: 'batch-azure://jobs/{id}',
    name: 'azure-job',
    title: 'Azure Batch job',
    description: 'A job with its task counts.',
    mimeType: 'application/json',
  },
  {
    uri: 'batch-azure://jobs/{id}/tasks/{taskId}/files/{path}',
    name: 'azure-task-file',
    title: 'File of an Azure Batch task',
    description: 'Output of a task: stdout.txt, stderr.txt or wd/…; the last 64 KB of a long file.',
  },
];

const action = 'batch-azure';
// The same limit as AzureReadTaskFile, which can read any other part.
const maxBytes = 65_536;
// The maximum of the protocol.
const maxCompletions = 100;

/** Whether an error means that the resource does not exist. */
export const isNotFound = (error: unknown): boolean =>
  (error instanceof ApiError && isNotFoundCode(error.code)) ||
  (error instanceof InputError && error.subject === action);

export const createResources = (wire: Wire): AzureResources => ({
  list: azureResourceList,
  templates: azureResourceTemplates,
  read: async (uri, signal) => {
    const endpoint = wire.endpointOf(undefined);
    const at = readAddress(uri);
    const json = (value: unknown): AzureContent => ({
      uri,
      mimeType: 'application/json',
      text: JSON.stringify(value, null, 2),
      isUntrusted: false,
    });
    if (at.jobId === undefined) {
      const path = ['jobs'];
      const page = await readPage<AzureJob>(wire, { action, path }, endpoint, signal, { MaxResults: 1000 });
      return json({ jobs: maskSecrets(page.items), isComplete: page.cursor === undefined });
    }
    const target = { action, jobId: at.jobId, endpoint, signal };
    if (at.file === undefined) {
      const job = await readJob(wire, target);
      return json({ job: maskSecrets(job), tasks: await readCounts(wire, target) });
    }
    const fileTarget: FileTarget = { ...target, taskId: at.file.taskId };
    const part = await readFilePart(wire, fileTarget, at.file.path, { tail: maxBytes });
    if (part.encoding === 'base64') {
      return { uri, mimeType: 'application/octet-stream', blob: part.content, isUntrusted: true };
    }
    const cut = part.from > 0 ? `[${part.from} of ${part.size} bytes before this are omitted]\n` : '';
    return { uri, mimeType: 'text/plain', text: cut + part.content, isUntrusted: true };
  },
  complete: async (variable, typed, given, signal) => {
    const endpoint = wire.endpointOf(undefined);
    const { id } = given;
    const path = variable === 'id' ? ['jobs'] : ['jobs', id ?? '', 'tasks'];
    if (variable === 'path') return ['stdout.txt', 'stderr.txt'].filter((file) => file.startsWith(typed));
    if (variable !== 'id' && !JobId.safeParse(id).success) return [];
    const query = typed === '' ? {} : { $filter: `startswith(id,'${typed.replaceAll("'", "''")}')` };
    const page = await readPage<{ readonly id?: string; readonly creationTime?: string }>(
      wire,
      { action, path, query },
      endpoint,
      signal,
      { MaxResults: 1000 },
    );
    return [...page.items]
      .sort((a, b) => (b.creationTime ?? '').localeCompare(a.creationTime ?? ''))
      .flatMap((item) => (item.id === undefined ? [] : [item.id]))
      .slice(0, maxCompletions);
  },
});

interface Address {
  readonly jobId?: string;
  readonly file?: { readonly taskId: string; readonly path: string };
}

/** By pattern: a URL parser would resolve `..` before it could be rejected. */
const readAddress = (uri: string): Address => {
  const [, job, task, file] =
    uri.match(/^batch-azure:\/\/jobs(?:\/([^/?#]+)(?:\/tasks\/([^/?#]+)\/files\/([^?#]+))?)?$/) ?? fail(uri);
  if (job === undefined) return {};
  const jobId = checked(uri, job, (text) => JobId.safeParse(text).success);
  if (task === undefined || file === undefined) return { jobId };
  const taskId = checked(uri, task, (text) => TaskId.safeParse(text).success);
  return { jobId, file: { taskId, path: checked(uri, file, (text) => FilePath.safeParse(text).success) } };
};

const checked = (uri: string, part: string, isFine: (text: string) => boolean): string => {
  try {
    const text = decodeURIComponent(part);
    if (isFine(text)) return text;
  } catch {
    // A lone % is not valid in a URI of these templates.
  }
  return fail(uri);
};

const fail = (uri: string): never => {
  throw new InputError(action, [
    { path: '', message: `There is no resource ${JSON.stringify(uri.slice(0, 200))}.` },
  ]);
};
