/** How the client handles lost responses, a wrong clock, and checks before sending. */
import { describe, expect, test } from 'vitest';
import type { BatchClient, BeforeSend } from '../../../src/client/batch-client.ts';
import { createClockSkew } from '../../../src/client/clock.ts';
import { fixedCredentials } from '../../../src/client/credentials/credentials.ts';
import { createRateLimiter } from '../../../src/client/rate-limit/rate-limiter.ts';
import { sendWithRetry } from '../../../src/client/retry/send-with-retry.ts';
import type { Transport } from '../../../src/client/transport.ts';
import { ConfirmationError } from '../../../src/shared/errors.ts';
import { derivedKey } from '../../../src/tc3/signature.ts';
import { clientOf, failureOf, serve, temporaryDir } from '../client-under-test.ts';
import { cut, errorReply, type Received, type Reply } from '../loopback-service.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

const job = {
  Placement: { Zone: 'ap-guangzhou-2' },
  Job: { Tasks: [{ TaskName: 'a', Application: { DeliveryForm: 'LOCAL' as const, Command: 'true' } }] },
};
const submitJob = (client: BatchClient) => client.call('SubmitJob', job);

const messageOf = (error: unknown): string => String(error).replace(/:\d{4,5}\b/g, ':PORT');

/** Counts what it executes; a token makes it execute a request only one time. */
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

test('a lost response is resolved by repeating the call, also after a restart, with a notice', async () => {
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

test('a ClientToken given by the caller is sent unchanged', async () => {
  const service = await serve(() => ({ JobId: 'job-1' }));
  const client = await clientOf(service);
  await client.call('SubmitJob', { ...job, ClientToken: 'mine' });
  await submitJob(client);
  expect(service.received.map(({ input }) => input.ClientToken)).toEqual([
    'mine',
    expect.stringMatching(/^[\w-]{36}$/),
  ]);
});

test('a DeleteJob that finds nothing was probably carried out by an earlier call with a lost response, and only then', async () => {
  const { act } = createDoer();
  let reply: Reply | undefined = (response) => void response.end('garbage');
  const service = await serve((received) => {
    const right = act(received);
    return reply ?? right;
  });
  const client = await clientOf(service);
  const deleteJob = () => client.call('DeleteJob', { JobId: 'job-12345678' });
  await expect(deleteJob()).rejects.toMatchObject({ mayHaveExecuted: true });
  reply = undefined;
  expect(await deleteJob()).toMatchObject({
    output: { RequestId: 'request-2' },
    notices: [expect.stringMatching(/^DeleteJob was probably carried out by an earlier request/)],
  });
  await expect(deleteJob()).rejects.toMatchObject({ code: 'ResourceNotFound.Job' });
});

test('a lost first request is not hidden by a refused second one', async () => {
  const service = await serve((_received, count) =>
    count === 1 ? cut : errorReply('UnauthorizedOperation'),
  );
  const client = await clientOf(service);
  const error = await failureOf(client.call('TerminateJob', { JobId: 'job-12345678' }));
  expect(messageOf(error)).toMatchInlineSnapshot(
    `"TransportError: TerminateJob: an earlier request may have been carried out (no response, or an internal error), and a further one failed (TerminateJob was refused with UnauthorizedOperation: as the test requests (RequestId request-2)). It may have been carried out: read the state before repeating it."`,
  );
});

test('a wrong clock is corrected once by the time of the service, for all further calls', async () => {
  const service = await serve(() => ({}), { now: () => Date.now() + 7200_000 });
  const client = await clientOf(service);
  await client.call('RetryJobs', { JobIds: ['job-12345678'] });
  await client.call('RetryJobs', { JobIds: ['job-12345678'] });
  expect(service.received).toHaveLength(3);
});

test('concurrent calls with a wrong clock are all corrected', async () => {
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

test('a wait before a retry is reported, and ends when the call is cancelled', async () => {
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

describe('a check before sending', () => {
  const terminate = (client: BatchClient, beforeSend: BeforeSend) =>
    client.call('TerminateJob', { JobId: 'job-12345678' }, { beforeSend });

  test('runs before every request and knows whether an earlier one may have been carried out', async () => {
    const service = await serve((_received, count) => (count === 1 ? cut : {}));
    const requests: object[] = [];
    await terminate(await clientOf(service), async ({ requestNumber, mayHaveExecuted }) => {
      requests.push({ requestNumber, mayHaveExecuted, received: service.received.length });
      return 'send';
    });
    expect(requests).toEqual([
      { requestNumber: 1, mayHaveExecuted: false, received: 0 },
      { requestNumber: 2, mayHaveExecuted: true, received: 1 },
    ]);
  });

  test('that throws ends the call, and nothing is sent', async () => {
    const service = await serve(() => ({}));
    const changed = new ConfirmationError('The target has changed.', 'target_changed');
    const error = await failureOf(terminate(await clientOf(service), () => Promise.reject(changed)));
    expect([error, service.received]).toEqual([changed, []]);
  });

  test('that throws after a lost request leaves the call unconfirmed', async () => {
    const service = await serve(() => cut);
    const error = await failureOf(
      terminate(await clientOf(service), ({ mayHaveExecuted }) =>
        mayHaveExecuted
          ? Promise.reject(new ConfirmationError('The target has changed.', 'target_changed'))
          : Promise.resolve('send'),
      ),
    );
    expect(error).toMatchObject({ name: 'TransportError', mayHaveExecuted: true });
    expect(service.received).toHaveLength(1);
  });

  test('that finds the effect reached after a lost request ends the call with a notice', async () => {
    const service = await serve(() => cut);
    const { notices } = await terminate(await clientOf(service), async ({ mayHaveExecuted }) =>
      mayHaveExecuted ? 'already-done' : 'send',
    );
    expect(notices).toEqual([expect.stringMatching(/^TerminateJob was probably carried out by an earlier/)]);
    expect(service.received).toHaveLength(1);
  });

  test('whose read is lost is reported as not sent', async () => {
    const service = await serve(({ action }) => (action === 'DescribeJob' ? cut : {}));
    const client = await clientOf(service);
    const error = await failureOf(
      terminate(client, async ({ signal }) => {
        await client.call('DescribeJob', { JobId: 'job-12345678' }, { signal });
        return 'send';
      }),
    );
    expect(error).toMatchObject({ mayHaveExecuted: false });
    expect(service.received.every(({ action }) => action === 'DescribeJob')).toBe(true);
  });

  test('holds the rate permit, so that the rate counts from the sending', async () => {
    const clock = createManualClock(0);
    const { sent, call } = rateLimited(clock);
    call(1000);
    call(0);
    await clock.pass(5000);
    // The second waits for the permit of the first, which was sent after a second of reads.
    expect(sent).toEqual([1000, 2015]);
  });

  test('that takes longer than five seconds releases the permit and is repeated with another one', async () => {
    const clock = createManualClock(0);
    const { sent, checks, call } = rateLimited(clock);
    call(7000, 0);
    call(0);
    await clock.pass(20_000);
    expect({ sent, checks }).toEqual({ sent: [5000, 7000], checks: [0, 5000, 7000] });
  });

  test('that does not end in time ends the call before anything is sent', async () => {
    const clock = createManualClock(0);
    const { sent, errors, call } = rateLimited(clock);
    call(Number.POSITIVE_INFINITY);
    await clock.pass(70_000);
    expect(sent).toEqual([]);
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'TerminateJob: its target could not be inspected in time. Nothing was sent.',
      }),
    ]);
  });
});

/** Calls at one per second whose check takes so many milliseconds, one figure for each check. */
const rateLimited = (clock: ManualClock) => {
  const [sent, checks, errors]: [number[], number[], unknown[]] = [[], [], []];
  const rateLimiter = createRateLimiter(clock);
  const transport: Transport = {
    send: async () => {
      sent.push(clock.now());
      return { status: 200, headers: {}, body: '{"Response":{}}' };
    },
    stream: () => Promise.reject(new Error('not used')),
    close: async () => undefined,
  };
  const sender = {
    ...{ rateLimiter, transport, clock, skew: createClockSkew(clock.now), random: () => 0, version: '0' },
    ...{
      credentials: fixedCredentials({ secretId: 'AKID', secretKey: 'key' }, 'a test'),
      deriveKey: derivedKey,
    },
  };
  const call = (...durations: readonly number[]): void => {
    const left = [...durations];
    const beforeSend: BeforeSend = ({ signal }) => {
      checks.push(clock.now());
      const duration = left.shift() ?? 0;
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (Number.isFinite(duration)) clock.after(duration, () => resolve('send'));
      });
    };
    const operation = { name: 'TerminateJob', changes: true, isRetryable: true };
    const target = { origin: 'http://127.0.0.1:1', region: 'ap-guangzhou', account: 'AKID', body: '{}' };
    void sendWithRetry({ operation, ...target, perSecond: 1, timeoutMs: 60_000, beforeSend }, sender).then(
      (outcome) => outcome.kind === 'error' && errors.push(outcome.error),
    );
  };
  return { sent, checks, errors, call };
};
