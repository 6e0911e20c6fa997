/** RunScript through the built program, as clients of both protocol eras call it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Elicit, eras, jobOf, startTestEngine, type TestClient, until } from '../harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.stop());

const deletions = (): number => engine.requests.filter(({ action }) => action === 'DeleteJob').length;
const endedJob = async (client: TestClient): Promise<string> => {
  const { fields } = await client.call('SubmitJob', jobOf('true'));
  await until(
    () => client.call('DescribeJob', { JobId: fields.JobId }),
    (answer) => answer.fields.JobState === 'SUCCEED',
  );
  return String(fields.JobId);
};

test.each(eras)('a %s client confirms the recorded calls of a script in one form', async (era) => {
  const messages: string[] = [];
  const elicit: Elicit = async ({ message, requestedSchema }) => {
    messages.push(message);
    const [field = ''] = Object.keys(requestedSchema.properties as object);
    return { action: 'accept', content: { [field]: '2 jobs' } };
  };
  const client = await connect(era, engine, elicit);
  try {
    const ids = [await endedJob(client), await endedJob(client)];
    const before = deletions();
    const script = `for (const JobId of ${JSON.stringify(ids)}) await DeleteJob({ JobId }); return 'done'`;
    const shown = await client.call('RunScript', { script });
    expect(shown.isError).toBe(true);
    expect([deletions(), messages.length]).toEqual([before, 0]);
    const { code } = shown.fields.preview as { readonly code: string };
    const sent = await client.call('RunScript', { confirm: true, preview: code });
    expect(sent.isError).toBe(false);
    for (const id of ids) expect(messages[0]).toContain(id);
    expect([deletions(), messages.length]).toEqual([before + 2, 1]);
  } finally {
    await client.close();
  }
});

test('a script ends with the session', async () => {
  const client = await connect('legacy', engine);
  const from = engine.requests.length;
  const running = client.call('RunScript', { script: 'for (;;) await DescribeJobs({ Limit: 1 })' }).then(
    ({ fields }) => fields.reason,
    // The connection may be closed before the answer arrives.
    () => 'closing',
  );
  await until(
    async () => engine.requests.length,
    (count) => count > from + 3,
  );
  await client.close();
  expect(await running).toBe('closing');
  const after = engine.requests.length;
  const other = await connect('legacy', engine);
  await other.call('DescribeJobs', { Limit: 1 });
  await other.close();
  expect(engine.requests.length).toBe(after + 1);
});
