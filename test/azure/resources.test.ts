import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isNotFound } from '../../src/azure/index.ts';
import { mask } from '../../src/shared/mask-credentials.ts';
import { type AzureService, startAzureService, startTime } from './azure-service.ts';
import { type AzureUnderTest, createAzureUnderTest, settingsFor } from './azure-under-test.ts';

let service: AzureService;
let under: AzureUnderTest;
const { signal } = new AbortController();
beforeEach(async () => {
  service = await startAzureService();
  under = createAzureUnderTest(settingsFor(service));
  service.account.addJob({
    id: 'sched:job-1',
    extra: { commonEnvironmentSettings: [{ name: 'DB', value: 'hunter2' }] },
    tasks: [
      {
        id: 'a',
        state: 'running',
        files: { 'stdout.txt': 'hello\n', 'wd/out.bin': Buffer.from([0, 1, 255]) },
      },
    ],
  });
});
afterEach(() => service.stop());
const read = (uri: string) => under.azure.resources.read(uri, signal);

describe('resources of Azure Batch', () => {
  test('the list of jobs, one job and a file of a task can be read by their URIs', async () => {
    const jobs = await read('batch-azure://jobs');
    expect(JSON.parse(jobs.text ?? '')).toMatchObject({ jobs: [{ id: 'sched:job-1' }], isComplete: true });
    const job = await read('batch-azure://jobs/sched%3Ajob-1');
    expect(JSON.parse(job.text ?? '')).toMatchObject({
      job: { id: 'sched:job-1', state: 'active', commonEnvironmentSettings: [{ name: 'DB', value: mask }] },
      tasks: { running: 1 },
    });
    expect(await read('batch-azure://jobs/sched:job-1/tasks/a/files/stdout.txt')).toEqual({
      uri: 'batch-azure://jobs/sched:job-1/tasks/a/files/stdout.txt',
      mimeType: 'text/plain',
      text: 'hello\n',
      isUntrusted: true,
    });
  });

  test.each([['wd%2Fout.bin'], ['wd/out.bin']])(
    'the file %s is read as base64, with its slash either way',
    async (path) => {
      const uri = `batch-azure://jobs/sched:job-1/tasks/a/files/${path}`;
      expect(await read(uri)).toEqual({
        uri,
        mimeType: 'application/octet-stream',
        blob: 'AAH/',
        isUntrusted: true,
      });
    },
  );

  test('the end of a long file is read, with a note of what is omitted', async () => {
    service.account.addJob({ id: 'long', tasks: [{ id: 'a', files: { 'stdout.txt': 'x'.repeat(65_546) } }] });
    const { text } = await read('batch-azure://jobs/long/tasks/a/files/stdout.txt');
    expect(text).toBe(`[10 of 65546 bytes before this are omitted]\n${'x'.repeat(65_536)}`);
  });

  test.each([
    ['batch-azure://jobs/absent'],
    ['batch-azure://jobs/sched:job-1/tasks/absent/files/stdout.txt'],
    ['batch-azure://jobs/sched:job-1/tasks/a/files/absent.txt'],
  ])('reading the resource %s fails with not found', async (uri) => {
    expect(await read(uri).catch(isNotFound)).toBe(true);
  });

  test.each([
    ['batch-azure://pools'],
    ['batch-azure://jobs/'],
    ['batch-azure://jobs/..'],
    ['batch-azure://jobs/a%2Fb'],
    ['batch-azure://jobs/%'],
    ['batch-azure://jobs/a/tasks/t/files/..%2F..%2Fx'],
    ['batch-azure://jobs/a/tasks/t/files/../../x'],
    ['batch-azure://jobs/a?x=y'],
  ])('%s is not a resource, and nothing is sent', async (uri) => {
    expect(await read(uri).catch(isNotFound)).toBe(true);
    expect(service.log).toEqual([]);
  });

  test('an authorisation failure is not reported as not found', async () => {
    service.fail({ kind: 'answer', status: 403, body: '' });
    expect(await read('batch-azure://jobs/sched:job-1').catch(isNotFound)).toBe(false);
  });

  test('template variables are completed from live data', async () => {
    const { complete } = under.azure.resources;
    service.setNow(startTime + 60_000);
    service.account.addJob({ id: 'other' });
    expect(await complete('id', '', {}, signal)).toEqual(['other', 'sched:job-1']);
    expect(await complete('id', 'sch', {}, signal)).toEqual(['sched:job-1']);
    expect(await complete('taskId', '', { id: 'sched:job-1' }, signal)).toEqual(['a']);
    expect(await complete('path', 'std', { id: 'sched:job-1', taskId: 'a' }, signal)).toEqual([
      'stdout.txt',
      'stderr.txt',
    ]);
    expect(await complete('taskId', '', { id: '../x' }, signal)).toEqual([]);
  });
});
