/** The log of events that the engine records. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askEngine } from '../../src/engine/daemon/ask-engine.ts';
import { readAddress } from '../../src/engine/daemon/data-directory.ts';
import { openDatabase } from '../../src/engine/store/database.ts';
import { addJobEvent, createEventQueue, readJobEvents } from '../../src/engine/store/job-event-log.ts';
import { migrate } from '../../src/engine/store/migrations.ts';
import type { EventPage, EventRequest } from '../../src/shared/job-event.ts';
import { ComputeEnv, removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

let engine: Awaited<ReturnType<typeof startRunningEngine>>;
beforeAll(async () => {
  engine = await startRunningEngine();
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const read = async (request: EventRequest, { dataDir } = engine): Promise<EventPage> => {
  const address = readAddress(dataDir);
  if (address === undefined) throw new Error('no address');
  return (await askEngine(address, 'events', request)) as EventPage;
};

const eventsOf = async (jobId: string, from = engine) =>
  (await read({ limit: 100 }, from)).events
    .filter((event) => event.jobId === jobId)
    .map(({ kind, state, detail }) => [kind, state, detail]);

describe('the engine records', () => {
  test('one event for the end of an array, whatever the number of its instances', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('a', 'true', { TaskInstanceNum: 20 })] });
    await engine.settled(JobId);
    expect(await eventsOf(JobId)).toEqual([['ended', 'SUCCEED', '']]);
  });

  test('the first failure of a job that continues, and its end', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('bad', 'exit 1', { TaskInstanceNum: 3 }),
        shellTask('good', 'until [ -e "$GO" ]; do sleep 0.05; done', {
          EnvVars: [{ Name: 'GO', Value: join(engine.dataDir, 'go') }],
        }),
      ],
    });
    const first = await until('the first failure is recorded', async () => {
      const events = await eventsOf(JobId);
      return events.length > 0 ? events : undefined;
    });
    expect(first).toEqual([['first-failure', expect.any(String), 'an instance of task bad failed']]);
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
    expect(await eventsOf(JobId)).toEqual([...first, ['ended', 'FAILED', 'terminated']]);
  });

  test('only the end of a job that ends with its failure, and another one after each retry', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('bad', 'exit 1')] });
    await engine.settled(JobId);
    const end = ['ended', 'FAILED', 'task bad ended FAILED'];
    expect(await eventsOf(JobId)).toEqual([end]);
    await engine.call('RetryJobs', { JobIds: [JobId] });
    await until('it has ended again', async () => (await eventsOf(JobId)).length === 2);
    expect(await eventsOf(JobId)).toEqual([end, end]);
    const { events } = await read({ limit: 100 });
    const ids = events.filter((event) => event.jobId === JobId).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  test('no second end when a retained workspace is discarded', async () => {
    const JobId = await engine.submit({ Tasks: [shellTask('bad', 'exit 1', { FailedAction: 'INTERRUPT' })] });
    await until('it has ended', async () => (await eventsOf(JobId)).length > 0);
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
    expect(await eventsOf(JobId)).toEqual([
      ['ended', 'FAILED_INTERRUPTED', 'task bad ended FAILED_INTERRUPTED'],
    ]);
  });

  test('one event for a job that waits longer than the operator expects', async () => {
    const patient = await startRunningEngine({ longWaitMs: 200 });
    // An environment without nodes: its job waits for ever.
    const { EnvId } = await patient.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-1' },
      ComputeEnv: { EnvName: 'empty', DesiredComputeNodeCount: 0, EnvData: ComputeEnv.EnvData },
    });
    const JobId = await patient.submit({ Tasks: [shellTask('a', 'true', { EnvId: EnvId ?? '' })] });
    await until('the wait is recorded', async () => (await eventsOf(JobId, patient)).length > 0);
    await patient.call('TerminateJob', { JobId });
    await patient.settled(JobId);
    expect(await eventsOf(JobId, patient)).toEqual([
      ['waiting', 'RUNNABLE', 'nothing of it has started within 0.2 seconds'],
      ['ended', 'FAILED', 'terminated'],
    ]);
    await patient.stop();
    removeDir(patient.dataDir);
  });
});

describe('the log', () => {
  const openLog = () => {
    const db = openDatabase(':memory:');
    migrate(db);
    const add = (from: number, to: number) => {
      for (let number = from; number <= to; number += 1) {
        const event = {
          time: number,
          kind: 'ended',
          region: 'r',
          jobName: 'n',
          state: 'SUCCEED',
          detail: '',
        } as const;
        addJobEvent(db, { ...event, jobId: `job-${number}` }, '');
      }
    };
    return { db, add };
  };
  const logId = '0123456789ab';

  test('is read page by page, and each event once', () => {
    const { db, add } = openLog();
    add(1, 25);
    const seen: number[] = [];
    let since = `${logId}-0`;
    for (let pages = 1; ; pages += 1) {
      const { events, cursor, hasMore, gap } = readJobEvents(db, logId, { since, limit: 10 });
      expect(gap).toBeUndefined();
      seen.push(...events.map(({ seq }) => seq));
      since = cursor;
      if (!hasMore) break;
      expect(pages).toBeLessThan(3);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(readJobEvents(db, logId, { since, limit: 10 })).toEqual({
      events: [],
      cursor: since,
      hasMore: false,
    });
    add(26, 26);
    expect(readJobEvents(db, logId, { since, limit: 10 }).events.map(({ seq }) => seq)).toEqual([26]);
  });

  test('has an event with the same id one time', () => {
    const { db, add } = openLog();
    add(1, 3);
    add(1, 3);
    expect(readJobEvents(db, logId, { limit: 10 }).events).toHaveLength(3);
  });

  test('says that a cursor belongs to another log, and then begins anew', () => {
    const { db, add } = openLog();
    add(1, 2);
    expect(readJobEvents(db, logId, { since: 'ffffffffffff-7', limit: 10 })).toMatchObject({
      events: [{ seq: 1 }, { seq: 2 }],
      gap: 'The cursor belongs to another account, region or data directory.',
    });
  });

  test('retains the last 10,000 events and all that were not delivered, and says what is missing', () => {
    const { db, add } = openLog();
    const queue = createEventQueue(db);
    add(1, 10_500);
    expect(readJobEvents(db, logId, { since: `${logId}-0`, limit: 1 }).events[0]?.seq).toBe(1);
    queue.markDelivered(300);
    add(10_501, 11_000);
    const { events, gap } = readJobEvents(db, logId, { since: `${logId}-0`, limit: 1 });
    expect(events[0]?.seq).toBe(301);
    expect(gap).toContain('were deleted');
    expect(queue.undelivered(1)[0]?.seq).toBe(301);
  });

  test('gives a new sender only what follows', () => {
    const { db, add } = openLog();
    add(1, 5);
    const queue = createEventQueue(db);
    expect(queue.undelivered(10)).toEqual([]);
    add(6, 7);
    expect(queue.undelivered(10).map(({ seq }) => seq)).toEqual([6, 7]);
    queue.markDelivered(6);
    // Another sender of the same log continues there.
    expect(
      createEventQueue(db)
        .undelivered(10)
        .map(({ seq }) => seq),
    ).toEqual([7]);
  });
});
