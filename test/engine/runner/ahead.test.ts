import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAhead } from '../../../src/engine/runner/ahead.ts';
import { type RunningEngine, removeDir, shellTask, startRunningEngine, until } from '../running-engine.ts';

describe('the row of what stands ready', () => {
  const item = (name: string, task = 1) => ({ name, attempt: { task } });
  const rowOf = (places: number) => {
    const clock = { time: 1000 };
    const timers: { work: () => void; at: number }[] = [];
    const withdrawn: string[] = [];
    const later = (work: () => void, milliseconds: number) => {
      timers.push({ work, at: clock.time + milliseconds });
    };
    const ahead = createAhead<ReturnType<typeof item>>(
      places,
      () => clock.time,
      later,
      ({ name }) => withdrawn.push(name),
    );
    const pass = (milliseconds: number): void => {
      clock.time += milliseconds;
      for (const timer of timers.splice(0)) {
        if (timer.at <= clock.time) timer.work();
        else timers.push(timer);
      }
    };
    return { ahead, pass, withdrawn, timers };
  };

  test('is open to a task whose last command was short, and to no other', () => {
    const { ahead } = rowOf(2);
    expect([ahead.most(), ahead.isFor(1)]).toEqual([0, false]);
    ahead.note(1, 49);
    expect([ahead.most(), ahead.isFor(1), ahead.isFor(2)]).toEqual([8, true, false]);
    ahead.note(1, 50);
    expect([ahead.most(), ahead.isFor(1)]).toEqual([0, false]);
    const { ahead: wide } = rowOf(64);
    wide.note(1, 1);
    expect(wide.most()).toBe(64);
  });

  test('gives the oldest first, and each once', () => {
    const { ahead } = rowOf(2);
    const [one, two, three] = [item('one'), item('two'), item('three')] as const;
    for (const each of [one, two, three]) ahead.add(each);
    expect([ahead.remove(two), ahead.remove(two), ahead.size()]).toEqual([true, false, 2]);
    expect([ahead.next(), ahead.next(), ahead.next()]).toEqual([one, three, undefined]);
  });

  test('lets go of what has stood too long, and is closed to its task then', () => {
    const { ahead, pass, withdrawn, timers } = rowOf(2);
    ahead.note(1, 1);
    ahead.add(item('early'));
    pass(30);
    ahead.add(item('late'));
    pass(20);
    expect([withdrawn, ahead.size(), ahead.isFor(1)]).toEqual([['early'], 1, false]);
    pass(50);
    expect([withdrawn, ahead.size(), timers.length]).toEqual([['early', 'late'], 0, 0]);
  });
});

describe('an engine with two places', () => {
  let engine: RunningEngine;
  beforeAll(async () => {
    engine = await startRunningEngine({ slots: 2 });
  });
  afterAll(async () => {
    await engine.stop();
    removeDir(engine.dataDir);
  });
  const linesOf = (JobId: string): readonly string[] =>
    readFileSync(join(engine.dataDir, 'jobs', JobId, '0', 'lines'), 'utf8')
      .trim()
      .split('\n');

  test('runs no more than two short commands at a time, each once', async () => {
    const command = 'echo begin $BATCH_TASK_INSTANCE_INDEX >> ../lines; echo end >> ../lines';
    const JobId = await engine.submit({ Tasks: [shellTask('short', command, { TaskInstanceNum: 300 })] });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    let now = 0;
    let most = 0;
    for (const line of linesOf(JobId)) {
      now += line === 'end' ? -1 : 1;
      most = Math.max(most, now);
    }
    const begun = linesOf(JobId).filter((line) => line !== 'end');
    expect({ now, isWithin: most <= 2, begun: new Set(begun).size, times: begun.length }).toEqual({
      ...{ now: 0, isWithin: true, begun: 300, times: 300 },
    });
  });

  test('takes back what stands ready behind a command that turns out long', async () => {
    // The first ones are short; the places are then taken by two that wait.
    const command =
      'echo x >> ../lines; [ $BATCH_TASK_INSTANCE_INDEX -lt 20 ] || while [ ! -e ../go ]; do sleep 0.01; done';
    const JobId = await engine.submit({
      Tasks: [shellTask('turns', command, { TaskInstanceNum: 40 })],
    });
    const states = async () => {
      const { TaskInstanceMetrics } = await engine.call('DescribeTask', { JobId, TaskName: 'turns' });
      const { RunningCount, StartingCount, RunnableCount } = TaskInstanceMetrics ?? {};
      return [RunningCount, StartingCount, RunnableCount];
    };
    await until('two run and all others wait', async () => (await states()).join() === '2,0,18');
    expect(linesOf(JobId).length).toBe(22);
    await engine.call('TerminateJob', { JobId });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED');
    expect(linesOf(JobId).length).toBe(22);
  });

  test('begins nothing of a job that is terminated while its instances stand ready', async () => {
    const command = 'echo x >> ../lines';
    const JobId = await engine.submit({
      Tasks: [shellTask('short', command, { TaskInstanceNum: 20_000 })],
    });
    await until('some have run', async () => {
      const { TaskInstanceMetrics } = await engine.call('DescribeTask', { JobId, TaskName: 'short' });
      return (TaskInstanceMetrics?.SucceedCount ?? 0) > 50;
    });
    await engine.call('TerminateJob', { JobId });
    expect((await engine.settled(JobId)).JobState).toBe('FAILED');
    const lines = linesOf(JobId).length;
    const { TaskInstanceMetrics } = await engine.call('DescribeTask', { JobId, TaskName: 'short' });
    // What had run and was not yet written down counts as terminated; there is little of it.
    const ran = TaskInstanceMetrics?.SucceedCount ?? 0;
    expect(lines - ran).toBeGreaterThanOrEqual(0);
    expect(lines - ran).toBeLessThanOrEqual(10);
    await engine.settled(await engine.submit({ Tasks: [shellTask('after', 'true')] }));
    expect(linesOf(JobId).length).toBe(lines);
  });
});
