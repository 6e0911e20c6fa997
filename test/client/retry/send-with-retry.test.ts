/** Handling of lost responses and clock skew. */
import { expect, test } from 'vitest';
import type { BatchClient } from '../../../src/client/batch-client.ts';
import { clientOf, failureOf, serve, temporaryDir } from '../client-under-test.ts';
import { cut, errorReply, type Received, type Reply } from '../loopback-service.ts';

const job = {
  Placement: { Zone: 'ap-guangzhou-2' },
  Job: { Tasks: [{ TaskName: 'a', Application: { DeliveryForm: 'LOCAL' as const, Command: 'true' } }] },
};
const submitJob = (client: BatchClient) => client.call('SubmitJob', job);

const messageOf = (error: unknown): string => String(error).replace(/:\d{4,5}\b/g, ':PORT');

/** A service that records its actions and is idempotent by ClientToken. */
const createDoer = () => {
  const done: string[] = [];
  const byToken = new Map<unknown, Reply>();
  const act = ({ action, input }: Received): Reply => {
    const known = byToken.get(input.ClientToken);
    if (known && input.ClientToken !== undefined) return known;
    if (action === 'DeleteJob' && done.includes(action)) return errorReply('ResourceNotFound.Job');
    done.push(action);
    const reply = { JobId: `job-${done.length}` };
    if (input.ClientToken !== undefined) byToken.set(input.ClientToken, reply);
    return reply;
  };
  return { done, act };
};

test('repeating a call with a lost response returns the original job, also after a restart, with a notice', async () => {
  const { done, act } = createDoer();
  let isLosing = true;
  const service = await serve((received) => {
    const reply = act(received);
    return isLosing ? cut : reply;
  });
  const dataDir = await temporaryDir();
  const first = await clientOf(service, { dataDir });
  expect(messageOf(await failureOf(submitJob(first)))).toMatchInlineSnapshot(
    `"TransportError: SubmitJob: the connection to http://127.0.0.1:PORT was lost before the response was complete (UND_ERR_SOCKET). It is unconfirmed: it may have been carried out. To find out, repeat the call with the same arguments within 24 hours: it carries the same ClientToken, and the service does not do it twice."`,
  );
  isLosing = false;
  const restarted = await clientOf(service, { dataDir });
  const { output, notices } = await submitJob(restarted);
  expect([output.JobId, done]).toEqual(['job-1', ['SubmitJob']]);
  expect(notices.map((text) => text.replace(/\d{4}-[\d:.T-]+Z/, 'TIME'))).toMatchInlineSnapshot(`
    [
      "An equal SubmitJob of TIME was never confirmed. This call carried the same ClientToken, so the service treats both as one: this is the only result. To create a second one on purpose, repeat the call.",
    ]
  `);
  await submitJob(restarted);
  expect(done).toEqual(['SubmitJob', 'SubmitJob']);
});

test('a ClientToken of the caller is sent unchanged', async () => {
  const service = await serve(() => ({ JobId: 'job-1' }));
  const client = await clientOf(service);
  await client.call('SubmitJob', { ...job, ClientToken: 'mine' });
  await submitJob(client);
  expect(service.received.map(({ input }) => input.ClientToken)).toEqual([
    'mine',
    expect.stringMatching(/^[\w-]{36}$/),
  ]);
});

test('DeleteJob of a missing job succeeds with a notice only if the response of an earlier call was lost', async () => {
  const { act } = createDoer();
  let reply: Reply | undefined = (response) => void response.end('garbage');
  const service = await serve((received) => {
    const right = act(received);
    return reply ?? right;
  });
  const client = await clientOf(service);
  const deleteJob = () => client.call('DeleteJob', { JobId: 'job-12345678' });
  await expect(deleteJob()).rejects.toMatchObject({ mayHaveHappened: true });
  reply = undefined;
  expect(await deleteJob()).toMatchObject({
    output: { RequestId: 'request-2' },
    notices: [expect.stringMatching(/^DeleteJob was probably carried out by an earlier request/)],
  });
  await expect(deleteJob()).rejects.toMatchObject({ code: 'ResourceNotFound.Job' });
});

test('a lost first request is reported even if its retry was rejected', async () => {
  const service = await serve((_received, count) =>
    count === 1 ? cut : errorReply('UnauthorizedOperation'),
  );
  const client = await clientOf(service);
  const error = await failureOf(client.call('TerminateJob', { JobId: 'job-12345678' }));
  expect(messageOf(error)).toMatchInlineSnapshot(
    `"TransportError: TerminateJob: the response to an earlier request was lost, and a further one failed (TerminateJob was refused with UnauthorizedOperation: as the test requests (RequestId request-2)). It may have been carried out: read the state before repeating it."`,
  );
});

test('clock skew is corrected from the time of the service, for all later calls', async () => {
  const service = await serve(() => ({}), { now: () => Date.now() + 7200_000 });
  const client = await clientOf(service);
  await client.call('RetryJobs', { JobIds: ['job-12345678'] });
  await client.call('RetryJobs', { JobIds: ['job-12345678'] });
  expect(service.received).toHaveLength(3);
});

test('concurrent calls with clock skew are all corrected', async () => {
  const service = await serve(() => ({}), { now: () => Date.now() - 7200_000 });
  const client = await clientOf(service);
  await Promise.all(Array.from({ length: 5 }, () => client.call('DescribeJobs', {})));
  expect(service.received).toHaveLength(10);
});

test('a service with inconsistent times is not retried forever', async () => {
  const service = await serve(() => errorReply('AuthFailure.SignatureExpire'), {
    now: () => Date.now() + 7200_000,
  });
  const client = await clientOf(service);
  await expect(client.call('DescribeJobs', {})).rejects.toMatchObject({
    code: 'AuthFailure.SignatureExpire',
  });
  expect(service.received).toHaveLength(2);
});

test('retry delays are reported, and end when the caller cancels', async () => {
  const controller = new AbortController();
  const service = await serve(() => errorReply('InternalError'));
  const client = await clientOf(service);
  const waits: unknown[] = [];
  const sent = client.call(
    'DescribeJobs',
    {},
    {
      signal: controller.signal,
      onWait: (wait) => {
        waits.push(wait);
        controller.abort();
      },
    },
  );
  await expect(sent).rejects.toMatchObject({ name: 'TransportError' });
  expect([waits, service.received.length]).toEqual([
    [{ reason: 'the service failed with InternalError; retrying', milliseconds: 0 }],
    1,
  ]);
});
