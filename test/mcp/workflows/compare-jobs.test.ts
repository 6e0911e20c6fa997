/** DiagnoseJob with compareTo, over a real engine: only what differs between two jobs is shown. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOverEngine, submissionOf, task } from './over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
beforeAll(async () => {
  over = await startOverEngine();
});
afterAll(() => over.stop());

const align = (quality: number) =>
  `i=$BATCH_TASK_INSTANCE_INDEX; q=${quality}; echo begin; if [ $q = 30 ] && [ $i = 2 ]; then echo "mapped=1"; exit 7; fi; echo "mapped=9"; true --min-quality ${quality}`;

const night = (quality: number, Timeout: number, Value: string) =>
  submissionOf(
    [task('main', align(quality), { TaskInstanceNum: 4, Timeout, EnvVars: [{ Name: 'TOKEN', Value }] })],
    { JobName: 'align' },
  );

test('the differing fields, instances and lines of two jobs are shown, and that nothing else differs', async () => {
  // One after the other: the order of their submission counts.
  const was = await over.finish(night(20, 600, 'first-value'));
  const now = await over.finish(night(30, 900, 'other-value'));
  const { fields, text, calls } = await over.run('DiagnoseJob', { JobId: was, compareTo: now });
  expect(fields).toMatchObject({
    // Which was submitted first is only said of jobs of different seconds.
    summary: expect.stringMatching(
      new RegExp(
        `^${was} \\("align"\\) \\(was(, submitted first)?\\) and ${now} \\("align"\\) \\(now\\): 3 fields of the definition differ, nothing else that the API returns\\. … at the beginning or end: equal text\\.$`,
      ),
    ),
    definition: {
      columns: ['path', 'was', 'now'],
      rows: [
        ['Tasks[main].Application.Command', expect.any(String), expect.any(String)],
        ['Tasks[main].EnvVars[TOKEN].Value', '(hidden)', '(hidden, another)'],
        ['Tasks[main].Timeout', '600', '900'],
      ],
    },
    runs: { columns: ['JobId', 'state', 'instances', 'from submission to end'] },
    instances: { rows: [['main', '2', 'SUCCEED', 'FAILED, exit code 7']] },
    output: [{ task: 'main', compared: 'all lines of 4 instances', differs: 'instances 2' }],
  });
  expect(text).toMatch(/\n2\| mapped=9 → mapped=1\nDATA-/);
  expect(text).not.toMatch(/first-value|other-value/);
  expect(calls.length).toBeLessThanOrEqual(12);
});

test('two equal jobs have no differences', async () => {
  const [one, other] = await Promise.all([
    over.finish(night(20, 600, 'a')),
    over.finish(night(20, 600, 'a')),
  ]);
  const { fields } = await over.run('DiagnoseJob', { JobId: one, compareTo: other });
  expect(fields).toMatchObject({
    summary: expect.stringMatching(/0 fields of the definition differ\.$/),
    definition: 'equal',
    instances: 'equal states and exit codes',
    output: [{ task: 'main', differs: 'nowhere' }],
  });
});

test('of a long command only the part that differs is shown', async () => {
  const long = (end: string) =>
    submissionOf([task('main', `true ${'x'.repeat(300)} --lot ${end} ${'y'.repeat(300)}`)]);
  const one = await over.finish(long('6'));
  const other = await over.finish(long('7'));
  const { fields } = await over.run('DiagnoseJob', { JobId: one, compareTo: other });
  expect(fields.definition).toMatchObject({
    rows: [
      [
        'Tasks[main].Application.Command',
        `… ${'x'.repeat(13)} --lot 6 ${'y'.repeat(19)} …`,
        `… ${'x'.repeat(13)} --lot 7 ${'y'.repeat(19)} …`,
      ],
    ],
  });
});

test('the job that was submitted first is the former one in either order of the arguments', async () => {
  const submittedAt = async (JobId: string) => (await over.call('DescribeJob', { JobId })).CreateTime;
  const was = await over.finish(submissionOf([task('main', 'seq 1 60')]));
  const first = await submittedAt(was);
  let now = was;
  // Times of the API are in seconds.
  while ((await submittedAt(now)) === first)
    now = await over.finish(submissionOf([task('main', 'seq 2 60')]));
  const { fields } = await over.run('DiagnoseJob', { JobId: now, compareTo: was });
  expect(fields.summary).toMatch(new RegExp(`^${was} .*was, submitted first.* and ${now} .*now`));
  expect(fields).toMatchObject({ output: [{ compared: 'the last 50 lines of each stream of 1 instance' }] });
});

test('a job that does not exist cannot be compared', async () => {
  const one = await over.finish(night(20, 600, 'a'));
  await expect(over.run('DiagnoseJob', { JobId: one, compareTo: 'job-00000000' })).rejects.toMatchObject({
    code: 'ResourceNotFound.Job',
  });
});
