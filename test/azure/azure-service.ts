/**
 * A test service of Azure Batch on a loopback address: signatures, versions, conditions, job states, tasks, files, pages,
 * and the documented errors. It shares no code with the program under test, and logs every request it receives.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Account, createAccount, type StoredJob, type StoredTask } from './azure-account.ts';
import { sharedKeyProblem } from './shared-key-check.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Status of the response; 0 if the connection was cut. */
  status: number;
}

/** A fault that affects the next matching request only. */
export interface Fault {
  readonly method?: string;
  readonly path?: RegExp;
  /** `stop`: the connection is cut and no new one is accepted. */
  readonly kind: 'cut-before' | 'cut-after' | 'stop' | 'answer';
  /** For `answer`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface AzureService {
  readonly endpoint: string;
  readonly account: Account;
  readonly log: readonly LoggedRequest[];
  /** `GET /jobs/a`, in order of arrival. */
  calls(): readonly string[];
  fail(fault: Fault): void;
  setNow(now: number): void;
  /** Makes the links to next pages point to another host. */
  setLinkOrigin(origin: string): void;
  stop(): Promise<void>;
}

export const accountName = 'acct';
export const accountKey = Buffer.from('a key of an account that exists only in tests').toString('base64');
export const startTime = Date.UTC(2026, 10, 22, 10, 0, 0);

const versions = ['2024-07-01.20.0', '2025-06-01', '2026-10-01'];
const knownParameters = [
  'api-version',
  'timeout',
  'force',
  'maxresults',
  '$filter',
  '$select',
  '$expand',
  '$skiptoken',
  'recursive',
];

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Options; by default the service accepts signatures over http. */
export interface ServiceOptions {
  /** The token that it accepts instead of a signature. */
  readonly bearer?: string;
  /** Key and certificate in PEM; the service then uses https. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts the service on a free port. */
export const startAzureService = async ({ bearer, tls }: ServiceOptions = {}): Promise<AzureService> => {
  let time = startTime;
  let linkOrigin: string | undefined;
  const now = () => time;
  const account = createAccount(now);
  const log: LoggedRequest[] = [];
  const faults: Fault[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://service');
    const entry: LoggedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(chunks).toString('utf8'),
      status: 0,
    };
    log.push(entry);
    const at = faults.findIndex(
      ({ method = entry.method, path = /(?:)/ }) => method === entry.method && path.test(entry.path),
    );
    const fault = at < 0 ? undefined : faults.splice(at, 1)[0];
    if (fault?.kind === 'stop') server.close();
    if (fault?.kind === 'cut-before' || fault?.kind === 'stop') return void request.socket.destroy();
    if (fault?.kind === 'answer') {
      entry.status = fault.status ?? 500;
      response.writeHead(entry.status, { ...fault.headers });
      return void response.end(fault.body ?? '');
    }
    const requestId = randomUUID();
    const base = {
      'request-id': requestId,
      dataserviceversion: '3.0',
      date: new Date(now()).toUTCString(),
      ...(entry.headers['return-client-request-id'] === 'true' &&
        entry.headers['client-request-id'] !== undefined && {
          'client-request-id': entry.headers['client-request-id'],
        }),
    };
    let answer: Answer;
    try {
      answer = route(entry, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer = { status: error.status, body: errorBodyOf(error, requestId, now()) };
    }
    if (fault?.kind === 'cut-after') return void request.socket.destroy();
    entry.status = answer.status;
    const bytes =
      answer.body === undefined || Buffer.isBuffer(answer.body)
        ? (answer.body ?? Buffer.alloc(0))
        : Buffer.from(JSON.stringify(answer.body));
    const type = Buffer.isBuffer(answer.body)
      ? 'application/octet-stream'
      : 'application/json; odata=minimalmetadata';
    response.writeHead(answer.status, {
      ...base,
      ...(answer.body !== undefined && { 'content-type': type }),
      ...(request.method !== 'HEAD' && { 'content-length': String(bytes.length) }),
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };

  const route = (entry: LoggedRequest, request: IncomingMessage): Answer => {
    authenticate(request);
    const query = new Map(Object.entries(entry.query).map(([name, value]) => [name.toLowerCase(), value]));
    checkQuery(query);
    checkHeaders(entry);
    const [root, jobId, part, taskId, files, ...rest] = entry.path
      .split('/')
      .slice(1)
      .map(decodeURIComponent);
    if (root !== 'jobs')
      throw new Refusal(400, 'InvalidUri', 'The requested URI does not represent any resource.');
    if (jobId === undefined) return listJobs(query);
    const job = account.jobs.get(jobId.toLowerCase());
    if (!job) throw new Refusal(404, 'JobNotFound', 'The specified job does not exist.');
    if (entry.method === 'POST') return change(job, part ?? '', entry, query);
    if (part === undefined) return getJob(job, entry);
    if (part === 'taskcounts')
      return { status: 200, body: { taskCounts: countsOf(job), taskSlotCounts: countsOf(job) } };
    if (part !== 'tasks')
      throw new Refusal(400, 'InvalidUri', 'The requested URI does not represent any resource.');
    if (taskId === undefined) return listTasks(job, query);
    const task = job.tasks.get(taskId);
    if (!task) throw new Refusal(404, 'TaskNotFound', 'The specified task does not exist.');
    if (files !== 'files') return { status: 200, body: taskJsonOf(task) };
    if (task.isCleaned) {
      throw new Refusal(409, 'TaskFilesCleanedup', 'The files of the specified task are cleaned up.');
    }
    return rest.length === 0 ? listFiles(task, entry) : readFile(task, rest.join('/'), entry);
  };

  const authenticate = (request: IncomingMessage): void => {
    const problem =
      bearer === undefined
        ? sharedKeyProblem(request, accountName, accountKey, now())
        : request.headers.authorization === `Bearer ${bearer}`
          ? undefined
          : 'The token is not the expected one.';
    if (problem === undefined) return;
    throw new Refusal(
      403,
      'AuthenticationFailed',
      'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
      { AuthenticationErrorDetail: problem },
    );
  };

  const checkQuery = (query: ReadonlyMap<string, string>): void => {
    for (const name of query.keys()) {
      if (!knownParameters.includes(name)) {
        throw new Refusal(400, 'UnsupportedQueryParameter', 'A query parameter is not supported.', {
          QueryParameterName: name,
        });
      }
    }
    const version = query.get('api-version');
    if (version === undefined || !versions.includes(version)) {
      throw new Refusal(400, 'UnsupportedRequestVersion', 'The specified api version string is invalid.');
    }
    const [timeOut, force, most] = [query.get('timeout'), query.get('force'), query.get('maxresults')];
    if (timeOut !== undefined && !/^\d{1,10}$/.test(timeOut)) {
      throw new Refusal(400, 'InvalidQueryParameterValue', 'A query parameter has a wrong value.', {
        QueryParameterName: 'timeOut',
      });
    }
    if (force !== undefined && !['true', 'false'].includes(force)) {
      throw new Refusal(400, 'InvalidQueryParameterValue', 'A query parameter has a wrong value.', {
        QueryParameterName: 'force',
      });
    }
    if (most !== undefined && !(Number(most) >= 1 && Number(most) <= 1000)) {
      throw new Refusal(400, 'OutOfRangeQueryParameterValue', 'A query parameter is out of range.', {
        QueryParameterName: 'maxresults',
      });
    }
  };

  const checkHeaders = ({ method, headers }: LoggedRequest): void => {
    if (method === 'POST' && headers['content-length'] === undefined) {
      throw new Refusal(411, 'MissingContentLengthHeader', 'The Content-Length header was not specified.');
    }
    const id = headers['client-request-id'];
    if (id !== undefined && !/^[0-9a-f-]{36}$/i.test(id)) {
      throw new Refusal(400, 'InvalidHeaderValue', 'A header has a wrong value.', {
        HeaderName: 'client-request-id',
      });
    }
    const conditions = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'].filter(
      (name) => headers[name] !== undefined,
    );
    const pairs = ['if-match+if-unmodified-since', 'if-none-match+if-modified-since'];
    if (conditions.length > 1 && !pairs.includes(conditions.join('+'))) {
      throw new Refusal(
        400,
        'MultipleConditionHeadersNotSupported',
        'Multiple condition headers are not supported.',
      );
    }
  };

  /** Whether the conditions hold; the ETag takes precedence over the time. */
  const holds = (job: StoredJob, { headers }: LoggedRequest): boolean => {
    const seconds = Math.floor(job.lastModified / 1000) * 1000;
    const match = headers['if-match'];
    const noneMatch = headers['if-none-match'];
    const modified = headers['if-modified-since'];
    const unmodified = headers['if-unmodified-since'];
    if (match !== undefined) return match === '*' || match === job.eTag;
    if (noneMatch !== undefined) return noneMatch !== '*' && noneMatch !== job.eTag;
    if (modified !== undefined) return seconds > Date.parse(modified);
    if (unmodified !== undefined) return seconds <= Date.parse(unmodified);
    return true;
  };

  const stampOf = (job: StoredJob) => ({
    etag: job.eTag,
    'last-modified': new Date(job.lastModified).toUTCString(),
  });

  const getJob = (job: StoredJob, entry: LoggedRequest): Answer => {
    account.noteRead(job);
    if (!holds(job, entry)) return { status: 304, headers: stampOf(job) };
    return { status: 200, headers: stampOf(job), body: jobJsonOf(job) };
  };

  const change = (
    job: StoredJob,
    verb: string,
    entry: LoggedRequest,
    query: ReadonlyMap<string, string>,
  ): Answer => {
    if (!holds(job, entry)) {
      throw new Refusal(
        412,
        'ConditionNotMet',
        'The condition specified using HTTP conditional header(s) is not met.',
      );
    }
    const body = bodyOf(
      entry,
      verb === 'disable' ? ['disableTasks'] : verb === 'terminate' ? ['terminateReason'] : [],
    );
    switch (verb) {
      case 'terminate': {
        if (job.state === 'terminating')
          throw new Refusal(409, 'JobBeingTerminated', 'The specified job is being terminated.');
        if (job.state === 'completed')
          throw new Refusal(409, 'JobCompleted', 'The specified job is already in a completed state.');
        if (job.state === 'deleting')
          throw new Refusal(409, 'JobBeingDeleted', 'The specified job is being deleted.');
        account.terminate(job, body.terminateReason ?? 'UserTerminate', query.get('force') === 'true');
        break;
      }
      case 'disable': {
        if (!['requeue', 'terminate', 'wait'].includes(body.disableTasks ?? '')) {
          throw new Refusal(400, 'InvalidPropertyValue', 'The value of a property is invalid.', {
            PropertyName: 'disableTasks',
          });
        }
        if (!['active', 'disabling', 'disabled'].includes(job.state)) throw invalidState();
        job.state = 'disabling';
        account.touch(job.id);
        for (const task of job.tasks.values()) {
          if (task.state !== 'running' || body.disableTasks === 'wait') continue;
          task.state = body.disableTasks === 'requeue' ? 'active' : 'completed';
        }
        break;
      }
      case 'enable':
        if (!['disabling', 'disabled'].includes(job.state)) throw invalidState();
        job.state = 'enabling';
        account.touch(job.id);
        break;
      default:
        throw new Refusal(400, 'InvalidUri', 'The requested URI does not represent any resource.');
    }
    return { status: 202, headers: { ...stampOf(job), dataserviceid: `${endpoint}/jobs/${job.id}/${verb}` } };
  };

  const listJobs = (query: ReadonlyMap<string, string>): Answer =>
    pageOf('/jobs', [...account.jobs.values()].map(jobJsonOf), query);

  const listTasks = (job: StoredJob, query: ReadonlyMap<string, string>): Answer =>
    pageOf(`/jobs/${encodeURIComponent(job.id)}/tasks`, [...job.tasks.values()].map(taskJsonOf), query);

  const pageOf = (
    path: string,
    all: readonly Record<string, unknown>[],
    query: ReadonlyMap<string, string>,
  ): Answer => {
    const filtered = all.filter((item) => isSelected(item, query.get('$filter')));
    const offset = Number(query.get('$skiptoken') ?? 0);
    const most = Number(query.get('maxresults') ?? 1000);
    const fields = query.get('$select')?.split(',');
    const value = filtered
      .slice(offset, offset + most)
      .map((item) => (fields ? Object.fromEntries(fields.map((field) => [field, item[field]])) : item));
    const next = new URLSearchParams({ ...Object.fromEntries(query), $skiptoken: String(offset + most) });
    return {
      status: 200,
      body: {
        'odata.metadata': `${endpoint}/$metadata`,
        value,
        ...(offset + most < filtered.length && {
          'odata.nextLink': `${linkOrigin ?? endpoint}${path}?${next}`,
        }),
      },
    };
  };

  const listFiles = (task: StoredTask, { query }: LoggedRequest): Answer => ({
    status: 200,
    body: {
      value: [...task.files]
        .filter(([path]) => query.recursive === 'true' || !path.includes('/'))
        .map(([name, bytes]) => ({
          name,
          isDirectory: bytes === null,
          ...(bytes && {
            properties: { contentLength: String(bytes.length), lastModified: new Date(now()).toISOString() },
          }),
        })),
    },
  });

  const readFile = (task: StoredTask, path: string, { method, headers }: LoggedRequest): Answer => {
    const bytes = task.files.get(path);
    if (bytes === undefined) throw new Refusal(404, 'FileNotFound', 'The specified file does not exist.');
    const about = {
      'last-modified': new Date(now()).toUTCString(),
      'ocp-batch-file-isdirectory': bytes === null ? 'True' : 'False',
    };
    if (bytes === null || method === 'HEAD') {
      return { status: 200, headers: { ...about, 'content-length': String(bytes?.length ?? 0) } };
    }
    const [, from, to] = headers['ocp-range']?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
    if (from === undefined || to === undefined) return { status: 200, headers: about, body: bytes };
    if (Number(from) >= bytes.length)
      throw new Refusal(
        416,
        'InvalidRange',
        'The range specified is invalid for the current size of the resource.',
      );
    return { status: 206, headers: about, body: bytes.subarray(Number(from), Number(to) + 1) };
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The address of a server that listens on a port is an AddressInfo.
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    endpoint,
    account,
    log,
    calls: () => log.map(({ method, path }) => `${method} ${path}`),
    fail: (fault) => void faults.push(fault),
    setNow: (wanted) => {
      time = wanted;
    },
    setLinkOrigin: (origin) => {
      linkOrigin = origin;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const invalidState = () =>
  new Refusal(
    409,
    'OperationInvalidForCurrentState',
    'The operation is invalid for the current state of the resource.',
  );

const bodyOf = (
  { body, headers }: LoggedRequest,
  known: readonly string[],
): Record<string, string | undefined> => {
  if (body === '') return {};
  if (!headers['content-type']?.startsWith('application/json')) {
    throw new Refusal(400, 'InvalidRequestBody', 'The content type is not supported.');
  }
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'InvalidRequestBody', 'The specified request body is not syntactically valid.');
  }
  for (const [name, value] of Object.entries(parsed)) {
    if (!known.includes(name)) {
      throw new Refusal(400, 'UnsupportedProperty', 'The specified property is unsupported.', {
        PropertyName: name,
      });
    }
    if (typeof value !== 'string') {
      throw new Refusal(400, 'InvalidPropertyValue', 'The value of a property is invalid.', {
        PropertyName: name,
      });
    }
  }
  return parsed as Record<string, string>;
};

const errorBodyOf = (refusal: Refusal, requestId: string, now: number) => ({
  'odata.metadata':
    'http://service/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element',
  code: refusal.code,
  message: {
    lang: 'en-US',
    value: `${refusal.message}\nRequestId:${requestId}\nTime:${new Date(now).toISOString()}`,
  },
  ...(Object.keys(refusal.values).length > 0 && {
    values: Object.entries(refusal.values).map(([key, value]) => ({ key, value })),
  }),
});

const jobJsonOf = (job: StoredJob): Record<string, unknown> => ({
  id: job.id,
  eTag: job.eTag,
  lastModified: new Date(job.lastModified).toISOString(),
  creationTime: new Date(job.createdAt).toISOString(),
  state: job.state,
  stateTransitionTime: new Date(job.lastModified).toISOString(),
  ...(job.previousState && { previousState: job.previousState }),
  priority: 0,
  onAllTasksComplete: 'noaction',
  ...(job.hasReleaseTask && { jobReleaseTask: { id: 'jobrelease', commandLine: '/bin/true' } }),
  poolInfo: job.autoPool
    ? { autoPoolSpecification: { poolLifetimeOption: job.autoPool, keepAlive: false } }
    : { poolId: 'pool-1' },
  executionInfo: {
    startTime: new Date(job.createdAt).toISOString(),
    poolId: 'pool-1',
    ...(job.terminateReason !== undefined && { terminateReason: job.terminateReason }),
    ...(job.endTime !== undefined && { endTime: new Date(job.endTime).toISOString() }),
  },
  ...job.extra,
});

const taskJsonOf = (task: StoredTask): Record<string, unknown> => ({
  id: task.id,
  state: task.state,
  executionInfo: {
    retryCount: 0,
    requeueCount: 0,
    ...(task.exitCode !== undefined && { exitCode: task.exitCode }),
    ...(task.result && { result: task.result }),
    ...(task.failure && { failureInfo: task.failure }),
  },
  nodeInfo: { poolId: 'pool-1', nodeId: 'tvm-1' },
});

const countsOf = (job: StoredJob) => {
  const tasks = [...job.tasks.values()];
  const count = (fits: (task: StoredTask) => boolean) => tasks.filter(fits).length;
  return {
    active: count(({ state }) => state === 'active'),
    running: count(({ state }) => state === 'running' || state === 'preparing'),
    completed: count(({ state }) => state === 'completed'),
    succeeded: count(({ state, result }) => state === 'completed' && result === 'success'),
    failed: count(({ state, result }) => state === 'completed' && result !== 'success'),
  };
};

/** Supports the two forms of filters that the tests use. */
const isSelected = (item: Record<string, unknown>, filter: string | undefined): boolean => {
  if (filter === undefined) return true;
  const [, name = '', wanted = ''] = filter.match(/^(\w+) eq '(.*)'$/) ?? [];
  if (name !== '') return item[name] === wanted.replaceAll("''", "'");
  const [, field = '', start = ''] = filter.match(/^startswith\((\w+),'(.*)'\)$/) ?? [];
  if (field !== '') return String(item[field]).startsWith(start.replaceAll("''", "'"));
  throw new Refusal(400, 'InvalidQueryParameterValue', 'The filter is not understood.', {
    QueryParameterName: '$filter',
  });
};
