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

/** A job that runs until it is ended. */
const runningJob = async (client: TestClient): Promise<string> => {
  const { fields, text } = await client.call('SubmitJob', jobOf('sleep 300'));
  expect(fields.JobId, text).toMatch(/^job-/);
  await until(
    () => client.call('DescribeJob', { JobId: fields.JobId }),
    ({ fields: job }) => job.JobState === 'RUNNING',
  );
  return String(fields.JobId);
};

/** A client of that era, with a person who answers as given, or without one. */
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

describe.each(eras)('a %s client whose person', (era) => {
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
    ['types the id goes through', (JobId) => ({ action: 'accept', content: { id: JobId } }), 'done'],
    [
      'types the id with spaces goes through',
      (JobId) => ({ action: 'accept', content: { id: ` ${JobId} ` } }),
      'done',
    ],
    ['declines is refused', () => ({ action: 'decline' }), 'declined'],
    ['closes the form is refused', () => ({ action: 'cancel' }), 'cancelled'],
    ['types something else is refused', () => ({ action: 'accept', content: { id: 'yes' } }), 'wrong_text'],
    ['accepts an empty form is refused', () => ({ action: 'accept', content: {} }), 'wrong_text'],
    ['accepts without content is refused', () => ({ action: 'accept' }), 'wrong_text'],
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
      properties: { id: { type: 'string', title: `Type ${JobId} to go on`, minLength: 1, maxLength: 200 } },
      required: ['id'],
    });
    if (outcome === 'done') return;
    const again = await client.call('TerminateJob', { JobId, confirm: true });
    expect(decisionOf(again)).toBe('blocked');
    expect(sent()).toBe(before);
    expect(asked).toHaveLength(1);
  });

  test('is asked is not replaced by a code: the form opens all the same', async () => {
    const JobId = await runningJob(client);
    answer = { action: 'decline' };
    const { fields } = await client.call('TerminateJob', { JobId });
    const { code } = fields.preview as { code: string };
    expect(asked).toHaveLength(0);
    const before = sent();
    const refused = await client.call('TerminateJob', { JobId, confirm: true, preview: code });
    expect(decisionOf(refused)).toBe('declined');
    expect(asked).toHaveLength(1);
    expect(sent()).toBe(before);
  });
});

describe.each(eras)('a %s client that cannot ask', (era) => {
  test('gets a preview, and goes through with its code', async () => {
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

  test('is refused where only a person counts', async () => {
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

  test('goes through at once where the operator switched the gate off', async () => {
    await withClient(era, ['--confirm', 'none'], undefined, async (client, JobId) => {
      const before = sent();
      expect(decisionOf(await client.call('TerminateJob', { JobId }))).toBe('done');
      expect(sent()).toBe(before + 1);
    });
  });
});

test.each(eras)('a %s client that can ask is not asked where the policy is flag', async (era) => {
  const elicit: Elicit = async () => {
    throw new Error('Nobody may be asked here.');
  };
  await withClient(era, ['--confirm', 'flag'], elicit, async (client, JobId) => {
    const { fields } = await client.call('TerminateJob', { JobId });
    const { code } = fields.preview as { code: string };
    expect(decisionOf(await client.call('TerminateJob', { JobId, confirm: true, preview: code }))).toBe(
      'done',
    );
  });
});

test('a client that waits for its person hears that the server waits, too', async () => {
  const heard: (string | undefined)[] = [];
  const elicit: Elicit = async () => {
    // The person answers only after the client has heard of the waiting.
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

test('a form that a client fails to show counts as a no, and blocks the call', async () => {
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

test('a client that claims it can ask and never answers is refused when the time is over', async () => {
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

test('a call that is given up while its person is asked sends nothing', async () => {
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

test('a client of 2026 that fails to show the form never comes back with an answer, and nothing is sent', async () => {
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
