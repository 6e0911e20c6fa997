import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isUntrustedText } from '../../src/mcp/contract/untrusted-text.ts';
import { mask } from '../../src/shared/mask-credentials.ts';
import { type AzureService, startAzureService } from './azure-service.ts';
import { type AzureUnderTest, createAzureUnderTest, settingsFor } from './azure-under-test.ts';

let service: AzureService;
let under: AzureUnderTest;
beforeEach(async () => {
  service = await startAzureService();
  under = createAzureUnderTest(settingsFor(service));
});
afterEach(() => service.stop());
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: unknown) => error,
  );

const textOf = (value: unknown): unknown => (isUntrustedText(value) ? value.text : value);

describe('AzureGetJob', () => {
  test('a job is returned with its state, its ETag and its task counts', async () => {
    const { eTag } = service.account.addJob({
      id: 'night',
      state: 'completed',
      terminateReason: 'over budget',
      tasks: [
        { id: 'a', state: 'completed', result: 'success' },
        { id: 'b', state: 'completed', result: 'failure' },
        { id: 'c' },
      ],
    });
    const answer = await under.run('AzureGetJob', { JobId: 'NIGHT' });
    expect(answer.fields).toMatchObject({
      id: 'night',
      state: 'completed',
      eTag,
      poolId: 'pool-1',
      hasReleaseTask: false,
      executionInfo: { terminateReason: 'over budget' },
      tasks: { active: 1, running: 0, completed: 2, succeeded: 1, failed: 1 },
      outcome:
        'Completed, which does not imply success. Tasks: 1 failed, 1 succeeded, 1 never ran and remain active.',
    });
  });

  test('detail full returns the whole job, with every secret masked', async () => {
    service.account.addJob({
      id: 'night',
      extra: {
        commonEnvironmentSettings: [{ name: 'DB', value: 'hunter2' }],
        jobManagerTask: {
          environmentSettings: [{ name: 'TOKEN', value: 'hunter2' }],
          containerSettings: { registry: { userName: 'me', password: 'hunter2' } },
          resourceFiles: [{ httpUrl: 'https://s.blob.core.windows.net/c/f?sv=1&sig=hunter2&se=2' }],
        },
      },
    });
    const { fields } = await under.run('AzureGetJob', { JobId: 'night' }, { detail: 'full' });
    expect(fields.job).toMatchObject({
      commonEnvironmentSettings: [{ name: 'DB', value: mask }],
      jobManagerTask: {
        environmentSettings: [{ name: 'TOKEN', value: mask }],
        containerSettings: { registry: { userName: 'me', password: mask } },
        resourceFiles: [{ httpUrl: `https://s.blob.core.windows.net/c/f?sv=1&sig=${mask}&se=2` }],
      },
    });
    expect(JSON.stringify(fields)).not.toContain('hunter2');
  });
});

describe('AzureListJobs', () => {
  test('following the cursors returns every job exactly once', async () => {
    for (let job = 1; job <= 5; job++) service.account.addJob({ id: `job-${job}` });
    const seen: unknown[] = [];
    let cursor: unknown;
    do {
      const { fields } = await under.run('AzureListJobs', {
        MaxResults: 2,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push((fields.jobs as { id: string }[]).map(({ id }) => id));
      cursor = fields.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([['job-1', 'job-2'], ['job-3', 'job-4'], ['job-5']]);
  });

  test('a filter is sent unchanged, and is part of the cursor', async () => {
    for (const id of ['a-1', 'a-2', 'b-1']) service.account.addJob({ id });
    const { fields } = await under.run('AzureListJobs', { Filter: "startswith(id,'a')", MaxResults: 1 });
    expect(service.log[0]?.query).toEqual({
      'api-version': '2025-06-01',
      $filter: "startswith(id,'a')",
      maxresults: '1',
    });
    const next = await under.run('AzureListJobs', { cursor: fields.cursor });
    expect(next.fields.jobs).toMatchObject([{ id: 'a-2' }]);
    await under.run('AzureListJobs', { cursor: 'api-version=1999-01-01&$skiptoken=0' });
    expect(service.log.at(-1)).toMatchObject({ query: { 'api-version': '2025-06-01' }, status: 200 });
  });
});

describe('AzureListTasks', () => {
  test('tasks are listed with their results and the task counts', async () => {
    service.account.addJob({
      id: 'night',
      tasks: [
        { id: 'a', state: 'completed', result: 'failure', exitCode: 7 },
        { id: 'b', state: 'running' },
      ],
    });
    const answer = await under.run('AzureListTasks', { JobId: 'night', Filter: "state eq 'completed'" });
    expect(answer.summary).toBe(
      '1 tasks of night shown. In total: 1 task runs, 0 tasks wait, 1 task is done (0 succeeded, 1 failed).',
    );
    expect(answer.fields).toEqual({
      counts: { active: 0, running: 1, completed: 1, succeeded: 0, failed: 1 },
      tasks: [
        { id: 'a', state: 'completed', exitCode: 7, result: 'failure', retryCount: 0, nodeId: 'tvm-1' },
      ],
    });
  });
});

describe('AzureReadTaskFile', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  beforeEach(() => {
    service.account.addJob({
      id: 'night',
      tasks: [
        {
          id: 'a',
          state: 'running',
          files: {
            'stdout.txt': 'äöü€😀',
            'stderr.txt': '',
            wd: null,
            'wd/out put.bin': bytes,
            'wd/big.txt': 'x'.repeat(70_000),
          },
        },
        { id: 'gone', state: 'completed', isCleaned: true },
        { id: 'waiting' },
      ],
    });
  });
  const read = (args: object) => under.run('AzureReadTaskFile', { JobId: 'night', TaskId: 'a', ...args });
  const fileOf = async (args: object) => {
    const { fields } = await read({ FilePath: 'stdout.txt', ...args });
    return [fields.from, fields.to, fields.encoding, textOf(fields.content)];
  };

  test('the end of a file is read by default, with the range that was read', async () => {
    const { summary, fields, next } = await read({ FilePath: 'wd/big.txt' });
    expect(isUntrustedText(fields.content)).toBe(true);
    expect(summary).toBe('Bytes 53616 to 70000 of 70000 of the file.');
    expect(textOf(fields.content)).toBe('x'.repeat(16_384));
    expect(next).toEqual(['Use offset and length (up to 65536) to read another part.']);
  });

  test('a character cut at either end of the range is omitted', async () => {
    // 2 + 2 + 2 + 3 + 4 bytes
    expect(await fileOf({})).toEqual([0, 13, 'utf-8', 'äöü€😀']);
    expect(await fileOf({ tail: 6 })).toEqual([9, 13, 'utf-8', '😀']);
    expect(await fileOf({ offset: 1, length: 7 })).toEqual([2, 6, 'utf-8', 'öü']);
    expect(await fileOf({ offset: 2, length: 10 })).toEqual([2, 9, 'utf-8', 'öü€']);
  });

  test('bytes that are not text are returned completely, as base64', async () => {
    const { fields } = await read({ FilePath: 'wd/out put.bin' });
    expect(fields).toMatchObject({ from: 0, to: 256, encoding: 'base64', content: bytes.toString('base64') });
    const part = await read({ FilePath: 'wd/out put.bin', offset: 128, length: 3 });
    expect(part.fields).toMatchObject({ from: 128, to: 131, encoding: 'base64', content: 'gIGC' });
  });

  test('a range is requested with ocp-range, which is signed', async () => {
    await read({ FilePath: 'wd/out put.bin', offset: 10, length: 5 });
    expect(service.log.at(-1)).toMatchObject({
      path: '/jobs/night/tasks/a/files/wd%2Fout%20put.bin',
      headers: { 'ocp-range': 'bytes=10-14' },
      status: 206,
    });
  });

  test('an empty file is returned without requesting a range', async () => {
    expect(await fileOf({ FilePath: 'stderr.txt' })).toEqual([0, 0, 'utf-8', '']);
    expect(service.calls()).toEqual(['HEAD /jobs/night/tasks/a/files/stderr.txt']);
  });

  test('an offset beyond the end is rejected without a request for it', async () => {
    expect(await errorOf(read({ FilePath: 'stdout.txt', offset: 14 }))).toMatchObject({
      name: 'InputError',
      message: 'AzureReadTaskFile: offset: The file has only 13 bytes.',
    });
  });

  test('AzureReadTaskFile without FilePath lists the files', async () => {
    const { fields } = await read({});
    expect(
      (fields.files as { FilePath: string; size: number }[]).map(({ FilePath, size }) => [FilePath, size]),
    ).toEqual([
      ['stdout.txt', 13],
      ['stderr.txt', 0],
      ['wd/out put.bin', 256],
      ['wd/big.txt', 70_000],
    ]);
  });

  test('a directory, a missing file, removed files and a missing task have different errors', async () => {
    expect(await errorOf(read({ FilePath: 'wd' }))).toMatchObject({ name: 'InputError' });
    for (const [args, code] of [
      [{ FilePath: 'absent.txt' }, 'FileNotFound'],
      [{ TaskId: 'gone', FilePath: 'stdout.txt' }, 'TaskFilesCleanedup'],
      [{ TaskId: 'absent', FilePath: 'stdout.txt' }, 'TaskNotFound'],
      [{ TaskId: 'waiting', FilePath: 'stdout.txt' }, 'FileNotFound'],
    ] as const) {
      expect(await errorOf(read(args))).toMatchObject({ name: 'ApiError', code });
    }
  });

  test.each([['..'], ['../../../pools'], ['wd/../../x'], ['/etc/passwd'], ['wd//x'], ['a\\..\\b'], ['.']])(
    'the path %s is refused, and nothing is sent',
    async (FilePath) => {
      expect(await errorOf(read({ FilePath }))).toMatchObject({ name: 'InputError' });
      expect(service.log).toEqual([]);
    },
  );

  test('tail excludes offset and length, and all three need FilePath', async () => {
    expect(await errorOf(read({ FilePath: 'stdout.txt', tail: 5, offset: 1 }))).toMatchObject({
      message: 'AzureReadTaskFile: tail: Pass either tail, or offset and length.',
    });
    expect(await errorOf(read({ tail: 5 }))).toMatchObject({
      message: 'AzureReadTaskFile: FilePath: tail, offset and length need FilePath.',
    });
    expect(service.log).toEqual([]);
  });
});

describe('AzureDisableJob and AzureEnableJob', () => {
  beforeEach(() => {
    service.account.addJob({ id: 'night', tasks: [{ id: 'a', state: 'running' }, { id: 'b' }] });
  });

  test('a job can be disabled and enabled again', async () => {
    const disabled = await under.run('AzureDisableJob', { JobId: 'night', DisableTasks: 'requeue' });
    expect(disabled.summary).toBe(
      'AzureDisableJob: accepted for night. The job is disabling and will be disabled.',
    );
    expect(service.log.at(-1)?.body).toBe('{"disableTasks":"requeue"}');
    expect((await under.run('AzureGetJob', { JobId: 'night' })).fields.state).toBe('disabled');
    await under.run('AzureEnableJob', { JobId: 'night' });
    expect((await under.run('AzureGetJob', { JobId: 'night' })).fields.state).toBe('active');
  });

  test('stopping running tasks needs a confirmation, letting them finish does not', async () => {
    const { isNeeded, preview } = under.gateOf('AzureDisableJob');
    expect(await isNeeded?.({ JobId: 'night', DisableTasks: 'wait' }, under.context)).toBe(false);
    expect(await isNeeded?.({ JobId: 'night', DisableTasks: 'requeue' }, under.context)).toBe(true);
    const seen = await preview({ JobId: 'night', DisableTasks: 'terminate' }, under.context);
    expect(seen).toEqual({
      target: `job night at ${new URL(service.endpoint).host}`,
      confirmationText: 'night',
      state: {
        endpoint: service.endpoint,
        state: 'active',
        eTag: service.account.jobs.get('night')?.eTag,
      },
      impact: { running: 1 },
      consequences: [
        '1 task runs, 1 task waits, 0 tasks are done (0 succeeded, 0 failed). Counts may be slightly out of date.',
        '1 running: ended permanently, and completed with a failure.',
        'Waiting tasks wait until the job is enabled.',
      ],
      undo: 'AzureEnableJob resumes the job, but not the tasks that were ended.',
    });
    service.account.touch('night');
    const call = under.run(
      'AzureDisableJob',
      { JobId: 'night', DisableTasks: 'terminate' },
      { approved: seen },
    );
    expect(await errorOf(call)).toMatchObject({ code: 'ConditionNotMet' });
  });

  test('a completed job can be neither disabled nor enabled', async () => {
    service.account.addJob({ id: 'over', state: 'completed' });
    const code = 'OperationInvalidForCurrentState';
    expect(
      await errorOf(under.run('AzureDisableJob', { JobId: 'over', DisableTasks: 'wait' })),
    ).toMatchObject({ code });
    expect(await errorOf(under.run('AzureEnableJob', { JobId: 'over' }))).toMatchObject({ code });
  });
});
