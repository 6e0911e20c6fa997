/** FindJobs and FindComputeEnvs over a real engine. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableRowsOf } from '../table-rows.ts';
import { startOverEngine, submissionOf, task } from './over-engine.ts';

let over: Awaited<ReturnType<typeof startOverEngine>>;
let EnvId: string;
const ids: Record<string, string> = {};
beforeAll(async () => {
  over = await startOverEngine();
  const env = await over.call('CreateComputeEnv', {
    Placement: { Zone: 'ap-guangzhou-3' },
    ComputeEnv: {
      EnvName: 'pool',
      DesiredComputeNodeCount: 2,
      EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-31tjrtph' },
    },
  });
  EnvId = env.EnvId ?? '';
  const submit = async (name: string, command: string, Tags: { Key: string; Value: string }[], more = {}) => {
    ids[name] = await over.submit(submissionOf([task('work', command, more)], { JobName: name, Tags }));
  };
  await submit('render-old', 'sleep 300', [{ Key: 'owner', Value: 'anna' }]);
  await until('render-old', 'RUNNING');
  await submit('render-new', 'sleep 300', [{ Key: 'owner', Value: 'ben' }]);
  await submit('done', 'true', [{ Key: 'owner', Value: 'anna' }], { TaskInstanceNum: 3 });
  await submit('broken', 'exit 3', []);
  await submit('stopped', 'sleep 300', [
    { Key: 'owner', Value: 'ben' },
    { Key: 'keep', Value: '' },
  ]);
  const { ComputeEnv: _, ...pooled } = task('work', 'sleep 300');
  ids.pooled = await over.submit(submissionOf([{ ...pooled, EnvId }], { JobName: 'pooled' }));
  await until('stopped', 'RUNNING');
  await over.call('TerminateJob', { JobId: ids.stopped ?? '' });
  await Promise.all([
    until('render-new', 'RUNNING'),
    until('done', 'SUCCEED'),
    until('broken', 'FAILED'),
    until('stopped', 'FAILED'),
    until('pooled', 'RUNNING'),
  ]);
});
afterAll(() => over.stop());

const until = (name: string, state: string) =>
  over.run('WaitForJob', { JobId: ids[name], until: [state], timeout: 60 });

const find = async (args: object, on = over) => {
  const ran = await on.run('FindJobs', { ...args });
  return { ...ran, jobs: tableRowsOf(ran.fields.jobs) };
};
/** Runs a test that submits more jobs on another engine, because the other tests count those of this one. */
const withEngine = async (act: (other: typeof over) => Promise<void>): Promise<void> => {
  const other = await startOverEngine();
  try {
    await act(other);
  } finally {
    await other.stop();
  }
};
const namesOf = (jobs: readonly Readonly<Record<string, unknown>>[]) => jobs.map(({ JobName }) => JobName);

test('FindJobs shows every job with what its list lacks, and says that all were listed', async () => {
  const { jobs, fields } = await find({});
  expect(fields.note).toBe('Names and tags are text of users.');
  expect((await find({ name: 'broken' })).fields.note).toBeUndefined();
  expect(fields.summary).toBe('6 jobs found. All 6 jobs of the region were listed.');
  const byName = new Map(jobs.map((job) => [job.JobName, job]));
  expect(byName.get('done')).toMatchObject({
    JobState: 'SUCCEED',
    tasks: 'work',
    instances: '3 SUCCEED',
    tags: 'owner=anna',
    environments: 'own machines',
  });
  expect(byName.get('broken')?.reason).not.toMatch(/TerminateJob/);
  expect(byName.get('stopped')).toMatchObject({ JobState: 'FAILED', instances: '1 FAILED' });
  expect(byName.get('stopped')?.reason).toMatch(/TerminateJob/);
  expect(byName.get('pooled')).toMatchObject({ environments: EnvId });
  expect(byName.get('render-new')?.began).toMatch(/^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d/);
});

test.each([
  ['part of the name', { name: 'RENDER' }, ['render-new', 'render-old']],
  ['state', { states: ['succeeded', 'FAILED'] }, ['stopped', 'broken', 'done']],
  ['a tag that is another', { states: ['SUCCEED', 'FAILED'], tags: ['owner!=anna'] }, ['stopped', 'broken']],
  ['an equal tag', { tags: ['owner=ben'] }, ['stopped', 'render-new']],
  ['a tag that is present', { tags: ['keep'] }, ['stopped']],
  ['a tag that is absent', { tags: ['!owner'] }, ['pooled', 'broken']],
  ['a minimum age', { olderThan: '1h' }, []],
  [
    'a maximum age and order',
    { newerThan: '1h', sort: 'oldest', name: 'r' },
    ['render-old', 'render-new', 'broken'],
  ],
])('FindJobs selects by %s before it reads details', async (_, args, expected) => {
  const { jobs, calls } = await find(args);
  expect(namesOf(jobs)).toEqual(expected);
  expect(calls.filter((action) => action === 'DescribeJob')).toHaveLength(expected.length);
});

test('FindJobs by environment reads submissions, and only details of those in it', async () => {
  const { jobs, calls } = await find({ EnvId });
  expect(namesOf(jobs)).toEqual(['pooled']);
  expect(calls).toEqual([
    'DescribeJobs',
    ...Array(6).fill('DescribeJobSubmitInfo'),
    'DescribeJob',
    'DescribeTask',
  ]);
});

test('FindJobs by command reads submissions and shows the line that matches', async () => {
  const { jobs } = await find({ command: String.raw`exit \d$` });
  expect(jobs.map(({ JobName, command }) => [JobName, command])).toEqual([['broken', 'exit 3']]);
  await expect(over.run('FindJobs', { command: '(?=x)' })).rejects.toThrow(
    /command: This is not an RE2 pattern/,
  );
});

test('FindJobs by command shows the part that matches, of every task and in a long line', () =>
  withEngine(async (other) => {
    const lot = (number: number) => task(`lot-${number}`, `true ${'x'.repeat(150)} --lot ${number} end`);
    await other.finish(submissionOf([lot(6), lot(7), lot(8), lot(9)], { JobName: 'lots' }));
    const commandFor = async (command: string) =>
      (await find({ name: 'lots', command }, other)).jobs.map((job) => String(job.command));
    expect(await commandFor('--lot 7')).toEqual([`…${'x'.repeat(39)} --lot 7 end`]);
    expect(await commandFor('--lot')).toEqual([
      [6, 7, 8]
        .map((number) => `…${'x'.repeat(39)} --lot ${number} end`)
        .join(' | ')
        .concat(' | 1 more'),
    ]);
  }));

test('FindJobs sorted by running time has the job first that has run for longest', async () => {
  const { jobs } = await find({ states: ['RUNNING'], sort: 'running-time' });
  expect(jobs[0]).toMatchObject({ JobName: 'render-old', ran: expect.stringMatching(/s$/) });
  expect(jobs).toHaveLength(3);
});

test('FindJobs refuses a condition that it cannot read, before it reads anything', async () => {
  const before = over.engine.requests.length;
  await expect(over.run('FindJobs', { tags: ['=x'] })).rejects.toThrow(/tags\[0\]/);
  await expect(over.run('FindJobs', { olderThan: 'yesterday' })).rejects.toThrow(/olderThan.*30m, 12h or 7d/);
  await expect(over.run('FindJobs', { states: ['DONE'] })).rejects.toThrow(/states\[0\].*SUCCEED/);
  expect(over.engine.requests.length).toBe(before);
});

test('FindComputeEnvs shows idle and busy nodes, the jobs in it and the price', async () => {
  const { fields } = await over.run('FindComputeEnvs', {});
  const [env] = tableRowsOf(fields.environments);
  expect(env).toMatchObject({
    EnvId,
    EnvName: 'pool',
    wanted: 2,
    busy: 1,
    idle: 1,
    starting: 0,
    jobs: `${ids.pooled} pooled RUNNING (work RUNNING)`,
    InstanceType: 'S5.SMALL2',
  });
  expect(env?.['idle nodes']).toMatch(/^node-/);
  expect(env?.['total price/h']).toBeGreaterThan(0);
  expect(env).not.toHaveProperty('list price/h');
  expect(fields.summary).toContain(
    'Prices are per hour of all existing nodes, list prices; no discount applies.',
  );
  expect(fields.summary).toMatch(
    /^1 environment found\. The only environment of the region was listed\. All 3 unfinished jobs of the region were considered, with every task\./,
  );
  expect(tableRowsOf((await over.run('FindComputeEnvs', { idle: false })).fields.environments)).toEqual([]);
});

test('FindJobs shows the state of each task where they differ, and FindComputeEnvs which of them use an environment', () =>
  withEngine(async (other) => {
    const { EnvId: id } = await other.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-3' },
      ComputeEnv: { EnvName: 'empty', DesiredComputeNodeCount: 0, EnvData: { InstanceType: 'S5.SMALL2' } },
    });
    const { ComputeEnv: _, ...onEnv } = task('scan', 'true', { EnvId: id ?? '' });
    const submit = (JobName: string, tasks: Parameters<typeof submissionOf>[0], more = {}) =>
      other.submit(submissionOf(tasks, { JobName, ...more }));
    const waiting = await submit('waiting', [onEnv]);
    const mixed = await submit('a, b', [onEnv, task('merge', 'true')], {
      Dependences: [{ StartTask: 'scan', EndTask: 'merge' }],
    });
    for (const JobId of [waiting, mixed]) await other.run('WaitForJob', { JobId, until: ['RUNNABLE'] });
    const { jobs } = await find({}, other);
    expect(jobs.map(({ JobId, tasks }) => [JobId, tasks])).toEqual([
      [mixed, 'scan=RUNNABLE, merge=PENDING'],
      [waiting, 'scan'],
    ]);
    const { fields } = await other.run('FindComputeEnvs', {});
    expect(tableRowsOf(fields.environments)[0]?.jobs).toBe(
      `${mixed} "a, b" RUNNABLE (scan; all tasks: 1 PENDING, 1 RUNNABLE), ${waiting} waiting RUNNABLE (scan RUNNABLE)`,
    );
  }));

test('FindJobs quotes a tag that could be read as two', () =>
  withEngine(async (other) => {
    await other.submit(
      submissionOf([task('work', 'true')], {
        Tags: [
          { Key: 'note', Value: 'x, owner=anna | FAILED' },
          { Key: 'owner', Value: 'ben' },
        ],
      }),
    );
    expect((await find({}, other)).jobs[0]?.tags).toBe('note="x, owner=anna | FAILED", owner=ben');
  }));

test('FindComputeEnvs shows the list price beside the price with a discount', () =>
  withEngine(async (other) => {
    const EnvData = {
      InstanceType: 'S5.SMALL2',
      ImageId: 'img-31tjrtph',
      InstanceChargeType: 'SPOTPAID',
    } as const;
    await other.call('CreateComputeEnv', {
      ComputeEnv: { EnvName: 'reclaimable', EnvType: 'MANAGED', DesiredComputeNodeCount: 1, EnvData },
      Placement: { Zone: 'ap-guangzhou-3' },
    });
    const { fields } = await other.run('FindComputeEnvs', {});
    const [env] = tableRowsOf(fields.environments);
    expect(Number(env?.['list price/h'])).toBeGreaterThan(Number(env?.['total price/h']));
    expect(fields.summary).toContain('after the discount of the account.');
  }));

test('FindJobs says what it did not read of more jobs than one call can read, and where to continue', () =>
  withEngine(async (other) => {
    for (let index = 0; index < 46; index += 1) {
      await other.submit(submissionOf([task('work', 'true')], { JobName: `bulk-${index}` }));
    }
    const first = await find({ name: 'bulk' }, other);
    expect(first.jobs).toHaveLength(30);
    expect(first.calls.filter((action) => action === 'DescribeJob')).toHaveLength(30);
    expect(first.fields.summary).toBe(
      '46 jobs found. All 46 jobs of the region were listed. Not read (at most 40 details a call): begin of 30, environments of 30. 30 of 46 were considered.',
    );
    expect(first.fields.next).toEqual(['16 more: FindJobs with Offset 30 and otherwise the same arguments.']);
    const last = await find({ name: 'bulk', Offset: 30 }, other);
    expect(new Set([...namesOf(first.jobs), ...namesOf(last.jobs)]).size).toBe(46);
    expect(last.fields.next).toBeUndefined();
    expect(last.fields.summary).toBe(
      '46 jobs found. All 46 jobs of the region were listed. Not read (at most 40 details a call): environments of 16.',
    );
    const none = await find({ name: 'bulk', EnvId }, other);
    expect(none.jobs).toEqual([]);
    expect(none.fields.summary).toBe(
      '0 jobs found so far. All 46 jobs of the region were listed. 30 of 46 were considered.',
    );
    expect(none.fields.next).toEqual([
      'For the others call FindJobs again with the same arguments and Offset 30.',
    ]);
    const rest = await find({ name: 'bulk', EnvId, Offset: 30 }, other);
    expect(rest.calls.filter((action) => action === 'DescribeJobSubmitInfo')).toHaveLength(16);
    expect(rest.fields.next).toBeUndefined();
    const longest = await find({ name: 'bulk', sort: 'running-time' }, other);
    expect(longest.jobs).toHaveLength(20);
    expect(longest.fields.next).toEqual([
      '26 more: FindJobs with Offset 20 and otherwise the same arguments.',
    ]);
  }));
