import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTimeOf } from '../../src/engine/runner/processes/process-table.ts';
import { openDatabase } from '../../src/engine/store/database.ts';
import { migrate } from '../../src/engine/store/migrations.ts';
import { computeEnvsSchema } from '../../src/engine/store/schema/step-1-compute-envs.ts';
import { jobsSchema } from '../../src/engine/store/schema/step-1-jobs.ts';
import { taskTemplatesSchema } from '../../src/engine/store/schema/step-1-task-templates.ts';
import { makeDataDir, removeDir, startRunningEngine, until } from './running-engine.ts';

/** The wrapper of 0.1.0, without its limits. */
const wrapper = [
  'echo "$3 $$" >> "$1.run"',
  '{ read -r _batch_at _batch_name; while read -r _batch_at _batch_owner && [ "$_batch_at" != "$3" ]; do :; done; } < "$1.run"',
  '[ "$_batch_name $_batch_owner" = "$3 $$" ] || exit 125',
  'exec >>"$1.out" 2>>"$1.err"',
  'trap : TERM INT HUP',
  '_batch_base=$1 _batch_file=$2; shift 3',
  'if [ $# -eq 0 ]; then (. "$_batch_file") </dev/null; else "$@" /bin/sh "$_batch_file" </dev/null; fi',
  '_batch_code=$?; echo exit $_batch_code >> "$_batch_base.run"; exit $_batch_code',
].join('\n');

const engineId = '0123456789ab';

test('an attempt that runs under the wrapper of 0.1.0 is followed to its end, and one that was not begun is started', async () => {
  const dataDir = makeDataDir();
  writeFileSync(
    join(dataDir, 'engine-keys.json'),
    JSON.stringify({ engineId, secretId: `AKID${'0'.repeat(32)}`, secretKey: '1'.repeat(32) }),
  );
  const directory = join(dataDir, 'jobs', 'job-00000001', '0');
  // 0.1.0 ran it in a directory that an earlier instance had left empty.
  const work = join(directory, '7.1.work');
  mkdirSync(work, { recursive: true });
  writeFileSync(
    join(directory, 'command'),
    '[ "$BATCH_TASK_INSTANCE_INDEX" != 1 ] || exit 4\necho begun; while [ ! -e ../go ]; do sleep 0.01; done; echo done; exit 5\n',
  );
  writeFileSync(`${work}.run`, '# 0.1\n');
  const child = spawn('/bin/sh', ['-c', wrapper, 'batch', work, join(directory, 'command'), '0.1'], {
    cwd: work,
    env: { PATH: '/usr/bin:/bin', BATCH_MCP_RUN: `${engineId}.job-00000001.0.0.1` },
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  await until('it runs', () => readFileSync(`${work}.run`, 'utf8').includes(`0.1 ${child.pid}\n`));

  const old = openDatabase(join(dataDir, 'engine.db'));
  migrate(old, [[jobsSchema, taskTemplatesSchema, computeEnvsSchema].join('\n')]);
  const spec = JSON.stringify({ Application: { DeliveryForm: 'LOCAL', Command: 'echo later' } });
  old.run(
    `INSERT INTO jobs (region, job_id, name, zone, priority, depend_on, placement, submission, state, expanded, create_time, n4)
     VALUES ('ap-guangzhou', 'job-00000001', '', 'ap-guangzhou-2', 0, 'PRE_TASK_SUCCEED', '{}', '{}', 4, 1, 1, 1)`,
  );
  old.run(
    `INSERT INTO tasks (job, position, name, spec, instances, expanded, open, priority, max_concurrent, max_retry,
       timeout_ms, failed_action, state, n3, n4) VALUES (1, 0, 't', ?, 2, 2, 1, 0, 9, 0, 60000, 'TERMINATE', 4, 1, 1)`,
    spec,
  );
  old.run(
    `INSERT INTO instances (task, idx, state, attempt, launch_time, running_time, pid, pid_birth, work)
     VALUES (1, 0, 4, 1, ?, ?, ?, ?, '7.1.work')`,
    Date.now(),
    Date.now(),
    child.pid ?? 0,
    startTimeOf(child.pid ?? 0) ?? '',
  );
  old.run(
    'INSERT INTO instances (task, idx, state, attempt, launch_time) VALUES (1, 1, 3, 1, ?)',
    Date.now(),
  );
  old.close();

  const engine = await startRunningEngine({ dataDir });
  const JobId = 'job-00000001';
  await until(
    'the other instance has run',
    async () => (await engine.instances(JobId, 't'))[1]?.TaskInstanceState === 'FAILED',
  );
  expect((await engine.instances(JobId, 't'))[0]?.TaskInstanceState).toBe('RUNNING');
  expect(await engine.logs(JobId, 't')).toEqual({ stdout: 'begun\n', stderr: '' });
  writeFileSync(join(directory, 'go'), '');
  await engine.settled(JobId);
  expect((await engine.instances(JobId, 't'))[0]).toMatchObject({ TaskInstanceState: 'FAILED', ExitCode: 5 });
  expect(await engine.logs(JobId, 't')).toEqual({ stdout: 'begun\ndone\n', stderr: '' });
  await engine.stop();
  removeDir(dataDir);
});
