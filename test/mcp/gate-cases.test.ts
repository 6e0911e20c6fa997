import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Answer,
  type CallSettings,
  connect,
  type Elicit,
  type ElicitParams,
  type Era,
  eras,
  jobOf,
  startTestEngine,
  type TestClient,
  until,
} from './harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const sent = () => engine.requests.filter(({ action }) => action === 'TerminateJob').length;

/** Submits a job that runs until it is terminated. */
const runningJob = async (client: TestClient): Promise<string> => {
  const { fields, text } = await client.call('SubmitJob', jobOf('sleep 300'));
  expect(fields.JobId, text).toMatch(/^job-/);
  await until(
    () => client.call('DescribeJob', { JobId: fields.JobId }),
    ({ fields: job }) => job.JobState === 'RUNNING',
  );
  return String(fields.JobId);
};

/** Runs `use` with a client of the given era and a running job. @param elicit answers the confirmation form; undefined: the client cannot elicit */
const withClient = async <T>(
  era: Era,
  flags: readonly string[],
  elicit: Elicit | undefined,
  use: (client: TestClient, JobId: string) => Promise<T>,
  formTimeoutMs?: number,
): Promise<T> => {
  const client = await connect(
    era,
    { ...engine, flags, ...(formTimeoutMs !== undefined && { formTimeoutMs }) },
    elicit,
  );
  try {
    return await use(client, await runningJob(client));
  } finally {
    await client.close();
  }
};

const decisionOf = ({ fields, isError }: Answer) => (isError ? (fields.decision ?? 'preview') : 'done');

describe.each(eras)('with a %s client, TerminateJob', (era) => {
  let client: TestClient;
  let answer: Awaited<ReturnType<Elicit>>;
  let asked: ElicitParams[] = [];
  beforeAll(async () => {
    client = await connect(era, engine, async (params) => {
      asked.push(params);
      return answer;
    });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => client.close());

  test.each<readonly [string, (JobId: string) => Awaited<ReturnType<Elicit>>, string]>([
    ['is sent when the user types the id', (JobId) => ({ action: 'accept', content: { id: JobId } }), 'done'],
    [
      'is sent when the user types the id with spaces',
      (JobId) => ({ action: 'accept', content: { id: ` ${JobId} ` } }),
      'done',
    ],
    ['is rejected when the user declines', () => ({ action: 'decline' }), 'declined'],
    ['is rejected when the user closes the form', () => ({ action: 'cancel' }), 'cancelled'],
    [
      'is rejected when the user types another text',
      () => ({ action: 'accept', content: { id: 'yes' } }),
      'wrong_text',
    ],
    [
      'is rejected when the user accepts an empty form',
      () => ({ action: 'accept', content: {} }),
      'wrong_text',
    ],
    ['is rejected when the form is accepted without content', () => ({ action: 'accept' }), 'wrong_text'],
  ])('%s', async (_, answerFor, outcome) => {
    const JobId = await runningJob(client);
    answer = answerFor(JobId);
    const before = sent();
    const first = await client.call('TerminateJob', { JobId, confirm: true });
    expect(decisionOf(first), first.text).toBe(outcome);
    expect(sent() - before).toBe(outcome === 'done' ? 1 : 0);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.message).toContain(JobId);
    expect(asked[0]?.message).toContain('1 instance is running or starting and would be killed');
    expect(asked[0]?.requestedSchema).toEqual({
      type: 'object',
      properties: { id: { type: 'string', title: `Type ${JobId} to confirm`, minLength: 1, maxLength: 200 } },
      required: ['id'],
    });
    if (outcome === 'done') return;
    const again = await client.call('TerminateJob', { JobId, confirm: true });
    expect(decisionOf(again)).toBe('blocked');
    expect(sent()).toBe(before);
    expect(asked).toHaveLength(1);
  });

  test('has no code in its preview, and asks the user whatever code the call has', async () => {
    const JobId = await runningJob(client);
    answer = { action: 'decline' };
    const { fields } = await client.call('TerminateJob', { JobId });
    expect(fields.preview).not.toHaveProperty('code');
    expect(asked).toHaveLength(0);
    const before = sent();
    const code = 'zzzzzzzzzzzzzzzzzzzzzzzzz';
    const refused = await client.call('TerminateJob', { JobId, confirm: true, preview: code });
    expect(decisionOf(refused)).toBe('declined');
    // This client answered in place of the user, which the refusal says, with the way out for the operator.
    expect(refused.text).toMatch(/^The client declined the confirmation form after \d+ ms/);
    expect(refused.text).toContain('--confirm flag');
    expect(asked).toHaveLength(1);
    expect(sent()).toBe(before);
  });
});

describe.each(eras)('with a %s client without elicitation, TerminateJob', (era) => {
  test('returns a preview and is sent with its code', async () => {
    await withClient(era, [], undefined, async (client, JobId) => {
      const before = sent();
      expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true }))).toBe('preview');
      const { fields } = await client.call('TerminateJob', { JobId });
      const { code } = fields.preview as { code: string };
      expect(sent()).toBe(before);
      const other = await client.call('DeleteJob', { JobId, confirm: true, preview: code });
      expect(decisionOf(other)).toBe('preview');
      const spent = await client.call('TerminateJob', { JobId, confirm: true, preview: code });
      expect(decisionOf(spent)).toBe('preview');
      const fresh = (spent.fields.preview as { code: string }).code;
      expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true, preview: fresh }))).toBe(
        'done',
      );
      expect(sent()).toBe(before + 1);
    });
  });

  test('is rejected with --confirm ask', async () => {
    await withClient(era, ['--confirm', 'ask'], undefined, async (client, JobId) => {
      const before = sent();
      const preview = await client.call('TerminateJob', { JobId });
      expect(preview.fields.preview).not.toHaveProperty('code');
      expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true }))).toBe('cannot_ask');
      expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true, preview: 'x' }))).toBe(
        'cannot_ask',
      );
      expect(sent()).toBe(before);
    });
  });

  test('is sent at once with --confirm none', async () => {
    await withClient(era, ['--confirm', 'none'], undefined, async (client, JobId) => {
      const before = sent();
      expect(decisionOf(await client.call('TerminateJob', { JobId }))).toBe('done');
      expect(sent()).toBe(before + 1);
    });
  });
});

test.each(eras)('with --confirm flag, a %s client with elicitation is not asked', async (era) => {
  const elicit: Elicit = async () => {
    throw new Error('The user must not be asked.');
  };
  await withClient(era, ['--confirm', 'flag'], elicit, async (client, JobId) => {
    const { fields } = await client.call('TerminateJob', { JobId });
    const { code } = fields.preview as { code: string };
    expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true, preview: code }))).toBe(
      'done',
    );
  });
});

test('a client receives a progress notification while the server waits for the user', async () => {
  const heard: (string | undefined)[] = [];
  const elicit: Elicit = async () => {
    // The user answers only after the client has received the notification.
    await until(
      async () => heard.length,
      (count) => count > 0,
    );
    return { action: 'decline' };
  };
  await withClient('legacy', [], elicit, async (client, JobId) => {
    const onprogress: CallSettings['onprogress'] = ({ message }) => heard.push(message);
    const answer = await client.call('TerminateJob', { JobId, confirm: true }, { onprogress });
    expect(decisionOf(answer)).toBe('declined');
    expect(heard[0]).toBe('Waiting for the user to answer.');
  });
});

test('a form that the client fails to show counts as declined and blocks the call', async () => {
  const elicit: Elicit = async () => {
    throw new Error('no window');
  };
  await withClient('legacy', [], elicit, async (client, JobId) => {
    const before = sent();
    expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true }))).toBe('not_shown');
    expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true }))).toBe('blocked');
    expect(sent()).toBe(before);
  });
});

test('a confirmation form that is never answered times out, and the call is rejected', async () => {
  const elicit: Elicit = () => new Promise(() => undefined);
  await withClient(
    'legacy',
    [],
    elicit,
    async (client, JobId) => {
      const before = sent();
      expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true }))).toBe('not_shown');
      expect(sent()).toBe(before);
    },
    500,
  );
});

test('a call that is cancelled while the user is asked is not sent', async () => {
  const stop = new AbortController();
  const elicit: Elicit = () => {
    stop.abort(new Error('given up'));
    return new Promise(() => undefined);
  };
  await withClient('legacy', [], elicit, async (client, JobId) => {
    const before = sent();
    await expect(
      client.call('TerminateJob', { JobId, confirm: true }, { signal: stop.signal }),
    ).rejects.toThrow();
    expect((await client.call('DescribeJob', { JobId })).fields.JobState).toBe('RUNNING');
    expect(sent()).toBe(before);
  });
});

test('a modern client that fails to show the form receives an error, and nothing is sent', async () => {
  const elicit: Elicit = async () => {
    throw new Error('no window');
  };
  await withClient('modern', [], elicit, async (client, JobId) => {
    const before = sent();
    await expect(client.call('TerminateJob', { JobId, confirm: true })).rejects.toThrow('no window');
    expect((await client.call('DescribeJob', { JobId })).fields.JobState).toBe('RUNNING');
    expect(sent()).toBe(before);
  });
});
