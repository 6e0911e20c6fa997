import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

test('the events that a job subscribes to are written once each, in their order', async () => {
  const engine = await startRunningEngine();
  const names = [
    'JOB_RUNNING',
    'JOB_FAILED',
    'TASK_SUCCEED',
    'TASK_FAILED',
    'TASK_INSTANCE_RUNNING',
    'TASK_INSTANCE_FAILED',
  ] as const;
  const JobId = await engine.submit({
    JobName: 'notified',
    Notifications: [
      {
        TopicName: 'news',
        EventConfigs: names.map((EventName) => ({ EventName, EventVars: [{ Name: 'who', Value: 'me' }] })),
      },
    ],
    Tasks: [
      shellTask('good', 'true'),
      shellTask('bad', 'false'),
      shellTask('never', 'true', { TaskInstanceNum: 2 }),
    ],
    Dependences: [
      { StartTask: 'good', EndTask: 'bad' },
      { StartTask: 'bad', EndTask: 'never' },
    ],
  });
  await engine.settled(JobId);
  const lines = await until('all are written', () => {
    const written = readFileSync(join(engine.dataDir, 'events.jsonl'), 'utf8').trim().split('\n');
    return written.at(-1)?.includes('JOB_FAILED') ? written : undefined;
  });
  const events = lines.map((line) => {
    const { TopicName, Events } = JSON.parse(line);
    const [{ EventName, Batch, EventVars }] = Events;
    return [TopicName, EventName, Batch.TaskName, Batch.TaskInstanceIndex, EventVars[0].Value];
  });
  expect(events).toEqual([
    ['news', 'TASK_INSTANCE_RUNNING', 'good', 0, 'me'],
    ['news', 'JOB_RUNNING', undefined, undefined, 'me'],
    ['news', 'TASK_SUCCEED', 'good', undefined, 'me'],
    ['news', 'TASK_INSTANCE_RUNNING', 'bad', 0, 'me'],
    ['news', 'JOB_RUNNING', undefined, undefined, 'me'],
    ['news', 'TASK_INSTANCE_FAILED', 'bad', 0, 'me'],
    ['news', 'TASK_FAILED', 'bad', undefined, 'me'],
    ['news', 'TASK_INSTANCE_FAILED', 'never', 0, 'me'],
    ['news', 'TASK_INSTANCE_FAILED', 'never', 1, 'me'],
    ['news', 'TASK_FAILED', 'never', undefined, 'me'],
    ['news', 'JOB_FAILED', undefined, undefined, 'me'],
  ]);
  await engine.stop();
  removeDir(engine.dataDir);
});
