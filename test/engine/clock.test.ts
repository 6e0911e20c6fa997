import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTimeOf } from '../../src/engine/runner/processes/process-table.ts';
import { removeDir, shellTask, startRunningEngine, until } from './running-engine.ts';

const hour = 3_600_000;

test('a Timeout expires although the clock is set back, and not because it is set forward', async () => {
  let offset = 0;
  const engine = await startRunningEngine({ now: () => Date.now() + offset });
  const JobId = await engine.submit({
    Tasks: [
      shellTask('late', 'echo $$ > ../pid; sleep 1000', { Timeout: 1 }),
      shellTask('early', 'touch ../begun; while [ ! -e ../go ]; do sleep 0.01; done', { Timeout: 60 }),
    ],
  });
  const fileOf = (task: number, name: string) => join(engine.dataDir, 'jobs', JobId, String(task), name);
  const pidOf = (): number =>
    existsSync(fileOf(0, 'pid')) ? Number(readFileSync(fileOf(0, 'pid'), 'utf8')) : 0;
  await until('both run', () => pidOf() > 0 && existsSync(fileOf(1, 'begun')));
  // Calls are refused while the clocks of caller and engine differ, so the processes are observed.
  offset = -hour;
  await until('the first is killed', () => startTimeOf(pidOf()) === undefined);
  offset = hour;
  const other = await until('the end of the first is recorded', () => pidOf());
  expect(startTimeOf(other)).toBeUndefined();
  offset = 0;
  expect((await engine.instances(JobId, 'early'))[0]?.TaskInstanceState).toBe('RUNNING');
  const [late] = await until('it is settled', async () => {
    const instances = await engine.instances(JobId, 'late');
    return instances[0]?.TaskInstanceState === 'FAILED' ? instances : undefined;
  });
  expect(late?.StateDetailedReason).toMatch(/^timed out/);
  expect(Date.parse(late?.EndTime ?? '')).toBeGreaterThanOrEqual(Date.parse(late?.RunningTime ?? ''));
  await engine.call('TerminateJob', { JobId });
  await engine.settled(JobId);
  await engine.stop();
  removeDir(engine.dataDir);
});
