/** Each fault of the way and of the service × each kind of action: what the caller is told, and what has happened. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { BatchClient, CallOptions } from '../../src/client/batch-client.ts';
import { ApiError, TransportError } from '../../src/errors.ts';
import { clientOf, serve, temporaryDir } from './client-under-test.ts';
import { cut, errorReply, half, type Received, type Reply } from './loopback-service.ts';

const job = {
  Placement: { Zone: 'ap-guangzhou-2' },
  Job: { Tasks: [{ TaskName: 'a', Application: { DeliveryForm: 'LOCAL' as const, Command: 'true' } }] },
};
const application = { Application: { DeliveryForm: 'LOCAL' as const, Command: 'true' } };

type Kind = (client: BatchClient, options?: CallOptions) => Promise<unknown>;

/** One action of each kind. */
const kinds: Readonly<Record<string, Kind>> = {
  DescribeJobs: (client, options) => client.call('DescribeJobs', {}, options),
  SubmitJob: (client, options) => client.call('SubmitJob', job, options),
  CreateTaskTemplate: (client, options) =>
    client.call('CreateTaskTemplate', { TaskTemplateName: 't', TaskTemplateInfo: application }, options),
  ModifyTaskTemplate: (client, options) =>
    client.call(
      'ModifyTaskTemplate',
      { TaskTemplateId: 'task-tmpl-12345678', TaskTemplateName: 'u' },
      options,
    ),
  DeleteJob: (client, options) => client.call('DeleteJob', { JobId: 'job-12345678' }, options),
};

/** A service of which only this is of interest: what was done how often, and that a token makes it once. */
const createDoings = () => {
  const done: string[] = [];
  const byToken = new Map<unknown, Reply>();
  const act = ({ action, input }: Received): Reply => {
    const known = byToken.get(input.ClientToken);
    if (known && input.ClientToken !== undefined) return known;
    if (action === 'DeleteJob' && done.includes(action)) return errorReply('ResourceNotFound.Job');
    done.push(action);
    const reply = { JobId: `job-${done.length}`, TaskTemplateId: 'task-tmpl-1', JobSet: [] };
    if (input.ClientToken !== undefined) byToken.set(input.ClientToken, reply);
    return reply;
  };
  return { done, act };
};

type Fault = (received: Received, act: (received: Received) => Reply) => Reply;
const after =
  (reply: Reply): Fault =>
  (received, act) => {
    act(received);
    return reply;
  };

const faults: Readonly<Record<string, Fault>> = {
  throttled: () => errorReply('RequestLimitExceeded'),
  'internal error': () => errorReply('InternalError'),
  'reset before it was done': () => cut,
  'reset after it was done': after(cut),
  'half an answer': after(half),
  'gateway time-out': after((response) =>
    response.writeHead(504, { 'content-type': 'text/html' }).end('<html>'),
  ),
  garbage: after((response) => response.end('Welcome to the guest network')),
  'wrong content type': (received, act) => (response) => {
    const value = JSON.stringify({ Response: { ...act(received), RequestId: 'r' } });
    response.writeHead(200, { 'content-type': 'text/html' }).end(value);
  },
  'refused for good': () => errorReply('UnauthorizedOperation'),
};

/** A word for how a call ended. */
const toldBy = async (call: Promise<unknown>, notices: readonly string[]): Promise<string> => {
  try {
    await call;
    return notices.length === 0 ? 'answered' : 'answered: probably done by the first';
  } catch (error) {
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary-/);
    if (error instanceof ApiError) return error.code;
    if (!(error instanceof TransportError)) throw error;
    if (!error.mayHaveHappened) return 'nothing was sent';
    if (error.message.includes('It is unconfirmed')) return 'unconfirmed';
    return error.message.includes('It only reads') ? 'no answer' : 'not known whether done';
  }
};

const runWith = async (
  isFaulty: (count: number) => boolean,
): Promise<Record<string, Record<string, string>>> => {
  const table: Record<string, Record<string, string>> = {};
  for (const [faultName, fault] of Object.entries(faults)) {
    const row: Record<string, string> = {};
    for (const [kindName, kind] of Object.entries(kinds)) {
      const { done, act } = createDoings();
      const service = await serve((received, count) =>
        isFaulty(count) ? fault(received, act) : act(received),
      );
      const notices: string[] = [];
      const client = await clientOf(service);
      const told = await toldBy(kind(client, { onNotice: (text) => notices.push(text) }), notices);
      const sent = service.received.length;
      row[kindName] = `${told}; ${sent} sent, ${done.length} done`;
    }
    table[faultName] = row;
  }
  return table;
};

describe('what the caller is told, how many requests went out, and how often it was done', () => {
  test('when the first request meets the fault', async () => {
    expect(await runWith((count) => count === 1)).toMatchInlineSnapshot(`
      {
        "garbage": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "not known whether done; 1 sent, 1 done",
          "DescribeJobs": "no answer; 1 sent, 1 done",
          "ModifyTaskTemplate": "not known whether done; 1 sent, 1 done",
          "SubmitJob": "unconfirmed; 1 sent, 1 done",
        },
        "gateway time-out": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "answered: probably done by the first; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 2 done",
          "ModifyTaskTemplate": "answered; 2 sent, 2 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "half an answer": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "answered: probably done by the first; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 2 done",
          "ModifyTaskTemplate": "answered; 2 sent, 2 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "internal error": {
          "CreateTaskTemplate": "InternalError; 1 sent, 0 done",
          "DeleteJob": "answered; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 1 done",
          "ModifyTaskTemplate": "answered; 2 sent, 1 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "refused for good": {
          "CreateTaskTemplate": "UnauthorizedOperation; 1 sent, 0 done",
          "DeleteJob": "UnauthorizedOperation; 1 sent, 0 done",
          "DescribeJobs": "UnauthorizedOperation; 1 sent, 0 done",
          "ModifyTaskTemplate": "UnauthorizedOperation; 1 sent, 0 done",
          "SubmitJob": "UnauthorizedOperation; 1 sent, 0 done",
        },
        "reset after it was done": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "answered: probably done by the first; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 2 done",
          "ModifyTaskTemplate": "answered; 2 sent, 2 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "reset before it was done": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 0 done",
          "DeleteJob": "answered; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 1 done",
          "ModifyTaskTemplate": "answered; 2 sent, 1 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "throttled": {
          "CreateTaskTemplate": "RequestLimitExceeded; 1 sent, 0 done",
          "DeleteJob": "answered; 2 sent, 1 done",
          "DescribeJobs": "answered; 2 sent, 1 done",
          "ModifyTaskTemplate": "answered; 2 sent, 1 done",
          "SubmitJob": "answered; 2 sent, 1 done",
        },
        "wrong content type": {
          "CreateTaskTemplate": "answered; 1 sent, 1 done",
          "DeleteJob": "answered; 1 sent, 1 done",
          "DescribeJobs": "answered; 1 sent, 1 done",
          "ModifyTaskTemplate": "answered; 1 sent, 1 done",
          "SubmitJob": "answered; 1 sent, 1 done",
        },
      }
    `);
  });

  test('when every request meets the fault', async () => {
    expect(await runWith(() => true)).toMatchInlineSnapshot(`
      {
        "garbage": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "not known whether done; 1 sent, 1 done",
          "DescribeJobs": "no answer; 1 sent, 1 done",
          "ModifyTaskTemplate": "not known whether done; 1 sent, 1 done",
          "SubmitJob": "unconfirmed; 1 sent, 1 done",
        },
        "gateway time-out": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "not known whether done; 4 sent, 1 done",
          "DescribeJobs": "no answer; 4 sent, 4 done",
          "ModifyTaskTemplate": "not known whether done; 4 sent, 4 done",
          "SubmitJob": "unconfirmed; 4 sent, 1 done",
        },
        "half an answer": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "not known whether done; 4 sent, 1 done",
          "DescribeJobs": "no answer; 4 sent, 4 done",
          "ModifyTaskTemplate": "not known whether done; 4 sent, 4 done",
          "SubmitJob": "unconfirmed; 4 sent, 1 done",
        },
        "internal error": {
          "CreateTaskTemplate": "InternalError; 1 sent, 0 done",
          "DeleteJob": "InternalError; 4 sent, 0 done",
          "DescribeJobs": "InternalError; 4 sent, 0 done",
          "ModifyTaskTemplate": "InternalError; 4 sent, 0 done",
          "SubmitJob": "InternalError; 4 sent, 0 done",
        },
        "refused for good": {
          "CreateTaskTemplate": "UnauthorizedOperation; 1 sent, 0 done",
          "DeleteJob": "UnauthorizedOperation; 1 sent, 0 done",
          "DescribeJobs": "UnauthorizedOperation; 1 sent, 0 done",
          "ModifyTaskTemplate": "UnauthorizedOperation; 1 sent, 0 done",
          "SubmitJob": "UnauthorizedOperation; 1 sent, 0 done",
        },
        "reset after it was done": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 1 done",
          "DeleteJob": "not known whether done; 4 sent, 1 done",
          "DescribeJobs": "no answer; 4 sent, 4 done",
          "ModifyTaskTemplate": "not known whether done; 4 sent, 4 done",
          "SubmitJob": "unconfirmed; 4 sent, 1 done",
        },
        "reset before it was done": {
          "CreateTaskTemplate": "not known whether done; 1 sent, 0 done",
          "DeleteJob": "not known whether done; 4 sent, 0 done",
          "DescribeJobs": "no answer; 4 sent, 0 done",
          "ModifyTaskTemplate": "not known whether done; 4 sent, 0 done",
          "SubmitJob": "unconfirmed; 4 sent, 0 done",
        },
        "throttled": {
          "CreateTaskTemplate": "RequestLimitExceeded; 1 sent, 0 done",
          "DeleteJob": "RequestLimitExceeded; 4 sent, 0 done",
          "DescribeJobs": "RequestLimitExceeded; 4 sent, 0 done",
          "ModifyTaskTemplate": "RequestLimitExceeded; 4 sent, 0 done",
          "SubmitJob": "RequestLimitExceeded; 4 sent, 0 done",
        },
        "wrong content type": {
          "CreateTaskTemplate": "answered; 1 sent, 1 done",
          "DeleteJob": "answered; 1 sent, 1 done",
          "DescribeJobs": "answered; 1 sent, 1 done",
          "ModifyTaskTemplate": "answered; 1 sent, 1 done",
          "SubmitJob": "answered; 1 sent, 1 done",
        },
      }
    `);
  });
});

test('a lost answer is resolved by the same call, also after a restart, and the answer says so', async () => {
  const { done, act } = createDoings();
  let isFaulty = true;
  const service = await serve((received) => {
    const reply = act(received);
    return isFaulty ? cut : reply;
  });
  const dataDir = await temporaryDir();
  const first = await clientOf(service, { dataDir });
  await expect(kinds.SubmitJob?.(first)).rejects.toThrow(/It is unconfirmed/);
  isFaulty = false;
  const notices: string[] = [];
  const restarted = await clientOf(service, { dataDir });
  const value = await kinds.SubmitJob?.(restarted, { onNotice: (text) => notices.push(text) });
  expect([value, done]).toEqual([expect.objectContaining({ JobId: 'job-1' }), ['SubmitJob']]);
  expect(notices).toEqual([
    expect.stringMatching(/^An equal SubmitJob of .* was never confirmed\. This call/),
  ]);
  await kinds.SubmitJob?.(restarted);
  expect(done).toEqual(['SubmitJob', 'SubmitJob']);
});

test("a caller's own ClientToken is sent as it is", async () => {
  const service = await serve(() => ({ JobId: 'job-1' }));
  const client = await clientOf(service);
  await client.call('SubmitJob', { ...job, ClientToken: 'mine' });
  await client.call('SubmitJob', job);
  expect(service.received.map(({ input }) => input.ClientToken)).toEqual([
    'mine',
    expect.stringMatching(/^[\w-]{36}$/),
  ]);
});

test('a DeleteJob that finds nothing is probably done by an earlier call whose answer was lost, and only then', async () => {
  const { act } = createDoings();
  let reply: Reply | undefined = (response) => void response.end('garbage');
  const service = await serve((received) => {
    const right = act(received);
    return reply ?? right;
  });
  const client = await clientOf(service);
  const notices: string[] = [];
  const deleteJob = () => kinds.DeleteJob?.(client, { onNotice: (text) => notices.push(text) });
  await expect(deleteJob()).rejects.toMatchObject({ mayHaveHappened: true });
  reply = undefined;
  expect(await deleteJob()).toEqual({ RequestId: 'request-2' });
  expect(notices).toEqual([expect.stringMatching(/^DeleteJob was probably done by the first request/)]);
  await expect(deleteJob()).rejects.toMatchObject({ code: 'ResourceNotFound.Job' });
});

test('a clock that is wrong is corrected once from the time of the service, for all calls after', async () => {
  const service = await serve(() => ({}), { now: () => Date.now() + 7200_000 });
  const client = await clientOf(service);
  await kinds.CreateTaskTemplate?.(client);
  await kinds.CreateTaskTemplate?.(client);
  expect(service.received).toHaveLength(3);
});

test('a service whose own time contradicts itself is not asked for ever', async () => {
  const service = await serve(() => errorReply('AuthFailure.SignatureExpire'), {
    now: () => Date.now() + 7200_000,
  });
  const client = await clientOf(service);
  await expect(kinds.DescribeJobs?.(client)).rejects.toMatchObject({ code: 'AuthFailure.SignatureExpire' });
  expect(service.received).toHaveLength(2);
});

test('500 jobs whose answers are lost at random, in clients that come and go, are exactly 500 jobs', async () => {
  let seed = 20_261_122;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const jobs = new Map<unknown, string>();
  const service = await serve(({ input }) => {
    const fate = random();
    if (fate < 0.2) return cut;
    const JobId = jobs.get(input.ClientToken) ?? `job-${jobs.size + 1}`;
    jobs.set(input.ClientToken, JobId);
    return fate < 0.7 ? (fate < 0.5 ? cut : half) : { JobId };
  });
  const dataDir = await temporaryDir();
  let client = await clientOf(service, { dataDir });
  let restarts = 0;
  const ids = new Set<unknown>();
  for (let n = 0; n < 500; n++) {
    const input = { ...job, Job: { ...job.Job, JobName: `job ${n}` } };
    for (;;) {
      const answer = await client.call('SubmitJob', input).catch((error: unknown) => {
        if (!(error instanceof TransportError)) throw error;
        return undefined;
      });
      if (answer) {
        ids.add(answer.JobId);
        break;
      }
      restarts++;
      if (restarts % 5 === 0) client = await clientOf(service, { dataDir });
    }
  }
  expect([ids.size, jobs.size, restarts > 50]).toEqual([500, 500, true]);
});
