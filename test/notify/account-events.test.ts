/** Events of an account, derived from its lists: the engine serves as the account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ActionName, InputOf, OutputOf } from '../../src/catalogue/index.ts';
import { type AccountEvents, openAccountEvents } from '../../src/notify/account-events.ts';
import type { EventLimits } from '../../src/notify/observe.ts';
import { ComputeEnv, removeDir, shellTask, startRunningEngine, until } from '../engine/running-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-account-'));
let engine: Awaited<ReturnType<typeof startRunningEngine>>;
let events: AccountEvents;
let clock = 0;
const calls: string[] = [];
const noLimits: EventLimits = { longWaitMs: undefined, maxCost: undefined };

const call = async <A extends ActionName>(action: A, input: InputOf<A>): Promise<OutputOf<A>> => {
  calls.push(action);
  return engine.call(action, input);
};
const open = (account: string, limits = noLimits) =>
  openAccountEvents(
    { dataDir: folder, endpoint: 'http://127.0.0.1', account, region: 'ap-guangzhou' },
    limits,
    () => Date.now() + clock,
  );
const poll = async () => {
  calls.length = 0;
  await events.poll(call);
};
const eventsOf = (jobId: string) =>
  events
    .read({ limit: 100 })
    .events.filter((event) => event.jobId === jobId)
    .map(({ kind, state, detail }) => [kind, state, detail]);
const untilFile = (name: string) =>
  shellTask('wait', 'until [ -e "$GO" ]; do sleep 0.05; done', {
    EnvVars: [{ Name: 'GO', Value: join(folder, name) }],
  });

beforeAll(async () => {
  engine = await startRunningEngine();
});
beforeEach(() => {
  clock = 0;
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
  rmSync(folder, { recursive: true, force: true });
});

describe('the log of an account', () => {
  test('begins with the first poll: what ended before is no event, what ends later is one', async () => {
    const before = await engine.submit({ Tasks: [shellTask('a', 'true')] });
    await engine.settled(before);
    const running = await engine.submit({ Tasks: [untilFile('begin')] });
    events = open('begin');
    await poll();
    expect(events.read({ limit: 10 }).events).toEqual([]);
    await engine.call('TerminateJob', { JobId: running });
    await engine.settled(running);
    const quick = await engine.submit({ Tasks: [shellTask('a', 'true', { TaskInstanceNum: 3 })] });
    await engine.settled(quick);
    await poll();
    // One request finds a job that was submitted and has ended since, and the end of another one.
    expect(calls).toEqual(['DescribeJobs']);
    expect(eventsOf(before)).toEqual([]);
    expect(eventsOf(running)).toEqual([['ended', 'FAILED', '']]);
    expect(eventsOf(quick)).toEqual([['ended', 'SUCCEED', '']]);
    await poll();
    expect(events.read({ limit: 10 }).events).toHaveLength(2);
    events.close();
  });

  test('has the same ids when two programs poll, and in a second log of the same account', async () => {
    events = open('one');
    const other = open('other');
    await Promise.all([events.poll(call), other.poll(call)]);
    const JobId = await engine.submit({ Tasks: [shellTask('a', 'true')] });
    await engine.settled(JobId);
    const same = open('one');
    await Promise.all([events.poll(call), same.poll(call), other.poll(call)]);
    const idsIn = (log: AccountEvents) => log.read({ limit: 10 }).events.map(({ id }) => id);
    expect(idsIn(events)).toHaveLength(1);
    expect(idsIn(same)).toEqual(idsIn(events));
    expect(idsIn(other)).toEqual(idsIn(events));
    for (const log of [events, same, other]) log.close();
  });

  test('has the first failure of a job that continues, and its second end after a retry', async () => {
    events = open('failures');
    await poll();
    const JobId = await engine.submit({
      Tasks: [shellTask('bad', 'exit 1; # of many', { TaskInstanceNum: 2 }), untilFile('failures')],
    });
    await until('an instance has failed', async () => {
      const { TaskInstanceMetrics } = await engine.call('DescribeJob', { JobId });
      return (TaskInstanceMetrics?.FailedCount ?? 0) > 0;
    });
    await poll();
    await poll();
    expect(eventsOf(JobId)).toEqual([['first-failure', expect.any(String), 'a part of it failed']]);
    await engine.call('TerminateJob', { JobId });
    const first = await engine.settled(JobId);
    await poll();
    // Another second, by which the two ends differ in the API.
    await until('a second has passed', () => Date.now() - Date.parse(first.EndTime ?? '') > 1100);
    await engine.call('RetryJobs', { JobIds: [JobId] });
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
    await poll();
    expect(eventsOf(JobId).map(([kind]) => kind)).toEqual(['first-failure', 'ended', 'ended']);
    events.close();
  });

  test('says that a job is gone which was deleted before its end was seen', async () => {
    events = open('deleted');
    const JobId = await engine.submit({ Tasks: [untilFile('deleted')] });
    await poll();
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
    await engine.call('DeleteJob', { JobId });
    await poll();
    await poll();
    expect(eventsOf(JobId)).toEqual([['ended', 'UNKNOWN', 'it was deleted before its end was seen']]);
    events.close();
  });

  test('has one event for a job that waits too long, and one for a job that becomes expensive', async () => {
    events = open('limits', { longWaitMs: 600_000, maxCost: 5 });
    const { EnvId } = await engine.call('CreateComputeEnv', {
      Placement: { Zone: 'ap-guangzhou-2' },
      ComputeEnv: { EnvName: 'empty', DesiredComputeNodeCount: 0, EnvData: ComputeEnv.EnvData },
    });
    const waiting = await engine.submit({ Tasks: [shellTask('a', 'true', { EnvId: EnvId ?? '' })] });
    const running = await engine.submit({ Tasks: [untilFile('limits')] });
    await until('it runs', async () => {
      const { JobState } = await engine.call('DescribeJob', { JobId: running });
      return JobState === 'RUNNING';
    });
    await poll();
    await poll();
    expect([...eventsOf(waiting), ...eventsOf(running)]).toEqual([]);
    clock = 10_000 * 3_600_000;
    await poll();
    await poll();
    expect(eventsOf(waiting)).toEqual([
      ['waiting', 'RUNNABLE', 'nothing of it has started within 10 minutes'],
    ]);
    expect(eventsOf(running)).toEqual([['cost', 'RUNNING', 'it can have cost more than 5, and continues']]);
    for (const JobId of [waiting, running]) {
      await engine.call('TerminateJob', { JobId });
      await engine.settled(JobId);
    }
    events.close();
  });

  test('finds every end among more jobs than one page holds, with few requests', async () => {
    events = open('many');
    await poll();
    const ids = await Promise.all(
      Array.from({ length: 120 }, () => engine.submit({ Tasks: [shellTask('a', 'true')] })),
    );
    await Promise.all(ids.map((id) => engine.settled(id)));
    await poll();
    expect(calls.length).toBeLessThanOrEqual(3);
    const seen: string[] = [];
    let cursor = `${events.read({ limit: 1 }).cursor.split('-')[0]}-0`;
    for (let more = true; more; ) {
      const page = events.read({ since: cursor, limit: 50 });
      seen.push(...page.events.map(({ jobId }) => jobId));
      ({ cursor, hasMore: more } = page);
    }
    expect([...seen].sort()).toEqual([...ids].sort());
    events.close();
  });
});
