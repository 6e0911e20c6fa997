/** Each fault of the local engine × each kind of action: what is reported, how many requests are sent, what is carried out. */
import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import type { BatchClient } from '../../src/client/batch-client.ts';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { ApiError, TransportError } from '../../src/shared/errors.ts';
import {
  ComputeEnv,
  makeDataDir,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
} from '../engine/running-engine.ts';
import { headersWithFault } from '../engine/sign-fault.ts';
import { clientOf } from './client-under-test.ts';
import { submitThroughLosses } from './lost-answers.ts';

const template = { Application: { DeliveryForm: 'LOCAL' as const, Command: 'true' }, ComputeEnv };
const job = {
  Placement: { Zone: 'ap-guangzhou-7' },
  Job: { Tasks: [shellTask('a', 'true')] },
};

let engine: RunningEngine;
beforeAll(async () => {
  const dataDir = makeDataDir();
  // In a zone whose nodes are never ready no job runs, and termination is immediate.
  const zones = { 'ap-guangzhou-7': 'stuck' } as const;
  engine = await startRunningEngine({
    dataDir,
    faults: { zones },
  });
  return async () => {
    await engine.stop();
    removeDir(dataDir);
  };
});

interface Kind {
  /** Creates the target of the call. */
  prepare(): Promise<string>;
  call(client: BatchClient, id: string): Promise<{ readonly notices: readonly string[] }>;
  /** How many targets exist. */
  count(): Promise<unknown>;
}

const nothing = async () => '';
const jobs = async () => (await engine.call('DescribeJobs', { Limit: 1 })).TotalCount;
const templates = async () => (await engine.call('DescribeTaskTemplates', { Limit: 1 })).TotalCount;

/** One action of each kind: it reads, creates with a token, creates without one, changes, destroys. */
const kinds: Readonly<Record<string, Kind>> = {
  DescribeJobs: {
    prepare: nothing,
    call: (client) => client.call('DescribeJobs', { Limit: 1 }),
    count: jobs,
  },
  SubmitJob: {
    prepare: nothing,
    call: (client) => client.call('SubmitJob', job),
    count: jobs,
  },
  CreateTaskTemplate: {
    prepare: nothing,
    call: (client) =>
      client.call('CreateTaskTemplate', { TaskTemplateName: 't', TaskTemplateInfo: template }),
    count: templates,
  },
  RetryJobs: {
    prepare: () => ended(),
    call: (client, id) => client.call('RetryJobs', { JobIds: [id] }),
    count: jobs,
  },
  DeleteJob: {
    prepare: () => ended(),
    call: (client, id) => client.call('DeleteJob', { JobId: id }),
    count: jobs,
  },
};

const ended = async (): Promise<string> => {
  const { JobId } = await engine.call('SubmitJob', job);
  await engine.call('TerminateJob', { JobId: JobId ?? '' });
  await engine.settled(JobId ?? '');
  return JobId ?? '';
};

/** A client whose first `times` requests have a fault injected by the engine. */
const faultyClient = async (fault: string, times: number) => {
  const transport = createTransport(networkOf({ isLoopback: true }));
  let sent = 0;
  const client = await clientOf(
    { origin: engine.endpoint },
    {
      keys: engine,
      transport: {
        ...transport,
        send: (request) => {
          const headers = sent++ < times ? headersWithFault(request, fault, engine) : request.headers;
          return transport.send({ ...request, headers });
        },
      },
    },
  );
  return { client, sent: () => sent };
};

/** How a call ended. */
const outcomeOf = async (call: Promise<{ readonly notices: readonly string[] }>): Promise<string> => {
  try {
    const { notices } = await call;
    return notices.length === 0 ? 'answered' : 'answered: probably done by the first';
  } catch (error) {
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(engine.secretKey);
    if (error instanceof ApiError) return error.code;
    if (!(error instanceof TransportError)) throw error;
    if (!error.mayHaveExecuted) return 'nothing was sent';
    if (error.message.includes('It is unconfirmed')) return 'unconfirmed';
    return error.message.includes('It only reads') ? 'no answer' : 'not known whether done';
  }
};

const tableOf = async (faults: readonly string[], times: number) => {
  const table: Record<string, Record<string, string>> = {};
  for (const fault of faults) {
    const row: Record<string, string> = {};
    for (const [name, kind] of Object.entries(kinds)) {
      const id = await kind.prepare();
      const before = Number(await kind.count());
      const { client, sent } = await faultyClient(fault, times);
      const outcome = await outcomeOf(kind.call(client, id));
      const more = Number(await kind.count()) - before;
      row[name] = `${outcome}; ${sent()} sent${more === 0 ? '' : `; ${more > 0 ? '+' : ''}${more}`}`;
    }
    table[fault] = row;
  }
  return table;
};

const faults = [
  'latency; milliseconds=1',
  'throttling',
  'internal-error',
  'internal-error-after',
  'error; code=UnauthorizedOperation',
  'reset-before',
  'reset-after',
  'half-answer',
  'garbage',
  'wrong-content-type',
  'too-large; bytes=21000000',
];

test('one fault at the first request: what is reported, sent and carried out', async () => {
  expect(await tableOf(faults, 1)).toMatchInlineSnapshot(`
    {
      "error; code=UnauthorizedOperation": {
        "CreateTaskTemplate": "UnauthorizedOperation; 1 sent",
        "DeleteJob": "UnauthorizedOperation; 1 sent",
        "DescribeJobs": "UnauthorizedOperation; 1 sent",
        "RetryJobs": "UnauthorizedOperation; 1 sent",
        "SubmitJob": "UnauthorizedOperation; 1 sent",
      },
      "garbage": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 1 sent; -1",
        "DescribeJobs": "no answer; 1 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 1 sent; +1",
      },
      "half-answer": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "answered: probably done by the first; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "internal-error": {
        "CreateTaskTemplate": "InternalError; 1 sent",
        "DeleteJob": "answered; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "InternalError; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "internal-error-after": {
        "CreateTaskTemplate": "InternalError; 1 sent; +1",
        "DeleteJob": "answered: probably done by the first; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "InternalError; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "latency; milliseconds=1": {
        "CreateTaskTemplate": "answered; 1 sent; +1",
        "DeleteJob": "answered; 1 sent; -1",
        "DescribeJobs": "answered; 1 sent",
        "RetryJobs": "answered; 1 sent",
        "SubmitJob": "answered; 1 sent; +1",
      },
      "reset-after": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "answered: probably done by the first; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "reset-before": {
        "CreateTaskTemplate": "not known whether done; 1 sent",
        "DeleteJob": "answered; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "throttling": {
        "CreateTaskTemplate": "RequestLimitExceeded; 1 sent",
        "DeleteJob": "answered; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "RequestLimitExceeded; 1 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "too-large; bytes=21000000": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 1 sent; -1",
        "DescribeJobs": "no answer; 1 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 1 sent; +1",
      },
      "wrong-content-type": {
        "CreateTaskTemplate": "answered; 1 sent; +1",
        "DeleteJob": "answered; 1 sent; -1",
        "DescribeJobs": "answered; 1 sent",
        "RetryJobs": "answered; 1 sent",
        "SubmitJob": "answered; 1 sent; +1",
      },
    }
  `);
});

test('a fault at every request: what is reported, sent and carried out', async () => {
  expect(
    await tableOf([...faults, 'clock-skew; seconds=900'], Number.POSITIVE_INFINITY),
  ).toMatchInlineSnapshot(`
    {
      "clock-skew; seconds=900": {
        "CreateTaskTemplate": "answered; 2 sent; +1",
        "DeleteJob": "answered; 2 sent; -1",
        "DescribeJobs": "answered; 2 sent",
        "RetryJobs": "answered; 2 sent",
        "SubmitJob": "answered; 2 sent; +1",
      },
      "error; code=UnauthorizedOperation": {
        "CreateTaskTemplate": "UnauthorizedOperation; 1 sent",
        "DeleteJob": "UnauthorizedOperation; 1 sent",
        "DescribeJobs": "UnauthorizedOperation; 1 sent",
        "RetryJobs": "UnauthorizedOperation; 1 sent",
        "SubmitJob": "UnauthorizedOperation; 1 sent",
      },
      "garbage": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 1 sent; -1",
        "DescribeJobs": "no answer; 1 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 1 sent; +1",
      },
      "half-answer": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 4 sent; -1",
        "DescribeJobs": "no answer; 4 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 4 sent; +1",
      },
      "internal-error": {
        "CreateTaskTemplate": "InternalError; 1 sent",
        "DeleteJob": "InternalError; 4 sent",
        "DescribeJobs": "InternalError; 4 sent",
        "RetryJobs": "InternalError; 1 sent",
        "SubmitJob": "InternalError; 4 sent",
      },
      "internal-error-after": {
        "CreateTaskTemplate": "InternalError; 1 sent; +1",
        "DeleteJob": "InternalError; 4 sent; -1",
        "DescribeJobs": "InternalError; 4 sent",
        "RetryJobs": "InternalError; 1 sent",
        "SubmitJob": "InternalError; 4 sent; +1",
      },
      "latency; milliseconds=1": {
        "CreateTaskTemplate": "answered; 1 sent; +1",
        "DeleteJob": "answered; 1 sent; -1",
        "DescribeJobs": "answered; 1 sent",
        "RetryJobs": "answered; 1 sent",
        "SubmitJob": "answered; 1 sent; +1",
      },
      "reset-after": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 4 sent; -1",
        "DescribeJobs": "no answer; 4 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 4 sent; +1",
      },
      "reset-before": {
        "CreateTaskTemplate": "not known whether done; 1 sent",
        "DeleteJob": "not known whether done; 4 sent",
        "DescribeJobs": "no answer; 4 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 4 sent",
      },
      "throttling": {
        "CreateTaskTemplate": "RequestLimitExceeded; 1 sent",
        "DeleteJob": "RequestLimitExceeded; 4 sent",
        "DescribeJobs": "RequestLimitExceeded; 4 sent",
        "RetryJobs": "RequestLimitExceeded; 1 sent",
        "SubmitJob": "RequestLimitExceeded; 4 sent",
      },
      "too-large; bytes=21000000": {
        "CreateTaskTemplate": "not known whether done; 1 sent; +1",
        "DeleteJob": "not known whether done; 1 sent; -1",
        "DescribeJobs": "no answer; 1 sent",
        "RetryJobs": "not known whether done; 1 sent",
        "SubmitJob": "unconfirmed; 1 sent; +1",
      },
      "wrong-content-type": {
        "CreateTaskTemplate": "answered; 1 sent; +1",
        "DeleteJob": "answered; 1 sent; -1",
        "DescribeJobs": "answered; 1 sent",
        "RetryJobs": "answered; 1 sent",
        "SubmitJob": "answered; 1 sent; +1",
      },
    }
  `);
});

test('500 submissions with randomly lost responses, from clients that are restarted, create exactly 500 jobs', async () => {
  const { confirmed, exist, unconfirmed } = await submitThroughLosses(500);
  expect([confirmed, exist, unconfirmed > 20]).toEqual([500, 500, true]);
});
