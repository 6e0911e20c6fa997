/** The engine on a cluster: what jobs, instances and logs show, and what ends them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signalTo } from '../../src/engine/runner/processes/process-table.ts';
import { attemptsOf } from '../../src/engine/store/attempt-history.ts';
import { openDatabase } from '../../src/engine/store/database.ts';
import {
  makeDataDir,
  type RunningEngine,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';
import { type Cluster, noClusterReason, startCluster } from './cluster.ts';
import { expectLedger, ledgerCommandOf } from './ledger.ts';
import { fastTimings } from './timings.ts';

const reason = noClusterReason();
/** Seconds that a wait may take on a machine that is busy with other tests. */
const patience = 180;

describe.skipIf(reason !== undefined)(
  `on a Slurm cluster${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster;
    let engine: RunningEngine;
    const start = (options: Parameters<typeof startRunningEngine>[0] = {}): Promise<RunningEngine> =>
      startRunningEngine({
        dataDir: makeDataDir(),
        backend: 'slurm',
        workDir: cluster.shared,
        slots: 200,
        environment: cluster.environment,
        slurm: { timings: fastTimings },
        ...options,
      });
    /** A directory for files with which commands and the test wait for each other. */
    const exchange = (name: string): string => {
      const directory = join(cluster.shared, 'exchange', name);
      mkdirSync(directory, { recursive: true });
      return directory;
    };
    const text = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    const historyOf = (on: RunningEngine, index = 0) => {
      const db = openDatabase(join(on.dataDir, 'engine.db'));
      const task = db.get<{ id: number }>('SELECT max(id) AS id FROM tasks')?.id ?? 0;
      const attempts = attemptsOf(db, task, index);
      db.close();
      return attempts;
    };

    beforeAll(async () => {
      cluster = await startCluster();
      engine = await start();
    });
    afterAll(async () => {
      await engine?.stop();
      await cluster?.stop();
    });

    test('a task runs as a job array, with the logs and exit codes of its instances', async () => {
      const JobId = await engine.submit({
        Tasks: [
          shellTask(
            'array',
            'echo $BATCH_TASK_INSTANCE_INDEX; echo err >&2; test $BATCH_TASK_INSTANCE_INDEX != 3',
            {
              TaskInstanceNum: 20,
              MaxRetryCount: 0,
            },
          ),
        ],
      });
      expect((await engine.settled(JobId, patience)).JobState).toBe('FAILED');
      const instances = await engine.instances(JobId, 'array');
      expect(instances.map(({ TaskInstanceState }) => TaskInstanceState)).toEqual(
        Array.from({ length: 20 }, (_, index) => (index === 3 ? 'FAILED' : 'SUCCEED')),
      );
      expect(await engine.logs(JobId, 'array', 7)).toEqual({ stdout: '7\n', stderr: 'err\n' });
    });

    test('a command gets the variables of its task, and none of Slurm or the node', async () => {
      const JobId = await engine.submit({
        Tasks: [shellTask('env', 'env', { EnvVars: [{ Name: 'SECRET', Value: "it's $HOME" }] })],
      });
      await engine.settled(JobId, patience);
      const { stdout } = await engine.logs(JobId, 'env');
      expect(stdout).toContain("SECRET=it's $HOME\n");
      expect(stdout).toContain('BATCH_TASK_INSTANCE_INDEX=0\n');
      expect(stdout).not.toMatch(/SLURM|MUNGE/);
    });

    test('nothing of a job is in the command lines and the comments that Slurm shows', async () => {
      const directory = exchange('private');
      const JobId = await engine.submit({
        JobName: 'name-of-job',
        Tasks: [
          shellTask('name-of-task', `until [ -e ${directory}/go ]; do sleep 0.1; done`, {
            EnvVars: [{ Name: 'V', Value: 'value-of-variable' }],
          }),
        ],
      });
      const shown = await until(
        'it runs',
        () => {
          const found = cluster.run('scontrol', 'show', 'job');
          return /JobState=RUNNING/.test(found) && found;
        },
        patience,
      );
      expect(shown).not.toMatch(/name-of|value-of|go \]/);
      mkdirSync(join(directory, 'go'));
      await engine.settled(JobId, patience);
    });

    test('at most MaxConcurrentNum instances run at a time, and dependences are observed', async () => {
      const directory = exchange('concurrent');
      const JobId = await engine.submit({
        Tasks: [
          shellTask(
            'narrow',
            `mkdir ${directory}/run.$BATCH_TASK_INSTANCE_INDEX; ls -d ${directory}/run.* | wc -l; sleep 0.5; rmdir ${directory}/run.$BATCH_TASK_INSTANCE_INDEX`,
            { TaskInstanceNum: 6, MaxConcurrentNum: 2 },
          ),
          shellTask('after', `ls -d ${directory}/run.* 2>/dev/null | wc -l`),
        ],
        Dependences: [{ StartTask: 'narrow', EndTask: 'after' }],
      });
      expect((await engine.settled(JobId, patience)).JobState).toBe('SUCCEED');
      for (let index = 0; index < 6; index += 1)
        expect(Number((await engine.logs(JobId, 'narrow', index)).stdout)).toBeLessThanOrEqual(2);
      expect((await engine.logs(JobId, 'after')).stdout).toBe('0\n');
    });

    test('a command that ignores SIGTERM is killed when its Timeout of seconds has expired', async () => {
      const JobId = await engine.submit({
        Tasks: [
          shellTask('slow', 'trap "" TERM; while :; do sleep 0.2; done', { Timeout: 2, MaxRetryCount: 0 }),
        ],
      });
      expect((await engine.settled(JobId, patience)).JobState).toBe('FAILED');
      const [instance] = await engine.instances(JobId, 'slow');
      expect(instance?.StateDetailedReason ?? instance?.StateReason).toMatch(/timed out|Timeout/);
    });

    test('a failing command is repeated in a new workspace, with the history of its attempts', async () => {
      const directory = exchange('retry');
      const JobId = await engine.submit({
        Tasks: [
          shellTask('retried', `echo x >> ${directory}/tries; ls; [ $(wc -l < ${directory}/tries) = 3 ]`, {
            MaxRetryCount: 2,
          }),
        ],
      });
      expect((await engine.settled(JobId, patience)).JobState).toBe('SUCCEED');
      expect(historyOf(engine).map(({ state, exitCode }) => [state, exitCode])).toEqual([
        ['FAILED', 1],
        ['FAILED', 1],
        ['SUCCEED', 0],
      ]);
    });

    test('TerminateTaskInstance and TerminateJob end what runs and what waits in the queue', async () => {
      const directory = exchange('terminate');
      // More than the 64 processors of the cluster, so that some wait.
      const JobId = await engine.submit({
        Tasks: [
          shellTask('many', `echo x >> ${directory}/begun; exec sleep 600`, {
            TaskInstanceNum: 80,
            MaxRetryCount: 0,
          }),
        ],
      });
      await until(
        'all processors are in use',
        async () => {
          const job = await engine.call('DescribeJob', { JobId });
          return job.TaskInstanceMetrics?.RunningCount === 64;
        },
        patience,
      );
      await engine.call('TerminateTaskInstance', { JobId, TaskName: 'many', TaskInstanceIndex: 3 });
      await until(
        'it has ended',
        async () => (await engine.instances(JobId, 'many'))[3]?.TaskInstanceState === 'FAILED',
        patience,
      );
      await engine.call('TerminateJob', { JobId });
      expect((await engine.settled(JobId, patience)).JobState).toBe('FAILED');
      await until('Slurm has none of them', () => cluster.run('squeue', '-h') === '', patience);
      const begun = text(join(directory, 'begun')).split('\n').length - 1;
      expect(begun).toBeGreaterThanOrEqual(64);
      expect(begun).toBeLessThanOrEqual(65);
    });

    test('a failure of the node is one of the machine: it is repeated without using up MaxRetryCount', async () => {
      const directory = exchange('node');
      const JobId = await engine.submit({
        Tasks: [
          shellTask(
            'victim',
            `echo x >> ${directory}/tries; [ $(wc -l < ${directory}/tries) = 2 ] || while :; do sleep 0.2; done`,
            {
              MaxRetryCount: 0,
            },
          ),
        ],
      });
      await until('it runs', () => text(join(directory, 'tries')), patience);
      const node = cluster.run('squeue', '-h', '--states=RUNNING', '-o', '%N').trim();
      cluster.run('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test');
      expect((await engine.settled(JobId, patience)).JobState).toBe('SUCCEED');
      expect(historyOf(engine)[0]).toMatchObject({ state: 'FAILED', reason: 'machine failure' });
      expect(historyOf(engine)[0]?.detail).toContain(`its node failed (node ${node})`);
      cluster.resume(node);
    });

    test('a job that another person cancels has failed, and says so', async () => {
      const directory = exchange('cancelled');
      const JobId = await engine.submit({
        Tasks: [
          shellTask('victim', `echo x > ${directory}/begun; exec sleep 600`, {
            MaxRetryCount: 0,
          }),
        ],
      });
      await until('it runs', () => text(join(directory, 'begun')), patience);
      cluster.run('scancel', '--user=0');
      expect((await engine.settled(JobId, patience)).JobState).toBe('FAILED');
      expect(historyOf(engine)[0]?.detail).toContain('cancelled outside this engine');
    });

    test('the wrapper that is killed with its command is lost, and its attempt repeated', async () => {
      const directory = exchange('lost');
      const JobId = await engine.submit({
        Tasks: [
          shellTask(
            'victim',
            `echo $$ $PPID >> ${directory}/tries; [ $(wc -l < ${directory}/tries) = 2 ] || exec sleep 300`,
            {
              MaxRetryCount: 0,
            },
          ),
        ],
      });
      const pids = await until('it runs', () => text(join(directory, 'tries')), patience);
      for (const pid of pids.trim().split(' ').reverse()) signalTo(Number(pid), 'SIGKILL');
      expect((await engine.settled(JobId, patience)).JobState).toBe('SUCCEED');
      expect(historyOf(engine)[0]).toMatchObject({ state: 'FAILED', reason: 'machine failure' });
    });

    test('a stopped engine leaves its jobs in the cluster, and the next one adopts them', async () => {
      const directory = exchange('adopted');
      const first = await start();
      const JobId = await first.submit({
        Tasks: [
          shellTask('long', `echo begun; until [ -e ${directory}/go ]; do sleep 0.1; done; exit 5`, {
            MaxRetryCount: 0,
          }),
        ],
      });
      await until('it runs', async () => (await first.logs(JobId, 'long')).stdout, patience);
      await first.stop();
      mkdirSync(join(directory, 'go'));
      const second = await start({ dataDir: first.dataDir });
      await second.settled(JobId, patience);
      expect((await second.instances(JobId, 'long'))[0]).toMatchObject({
        TaskInstanceState: 'FAILED',
        ExitCode: 5,
      });
      await second.stop();
      await expect(start({ dataDir: first.dataDir, backend: 'local' })).rejects.toThrow(
        /run on a Slurm cluster/,
      );
    });

    test('INTERRUPT retains the workspace on the shared directory, and no allocation', async () => {
      const JobId = await engine.submit({
        Tasks: [
          shellTask('kept', 'echo data > result; exit 3', { FailedAction: 'INTERRUPT', MaxRetryCount: 0 }),
        ],
      });
      expect((await engine.settled(JobId, patience)).JobState).toBe('FAILED_INTERRUPTED');
      const directory = join(cluster.shared, 'jobs', JobId, '0');
      expect(text(join(directory, '0.1.work', 'result'))).toBe('data\n');
      expect(historyOf(engine)[0]?.detail).toContain('its workspace is retained on the shared file system');
      await until('Slurm has no job of it', () => cluster.run('squeue', '-h') === '', patience);
      await engine.call('TerminateJob', { JobId });
      await until('the workspace is removed', () => !existsSync(join(directory, '0.1.work')), patience);
    });

    test('what Slurm refuses fails with its reason', async () => {
      const other = await start({
        slurm: { timings: fastTimings, table: { instanceTypes: { 'S5.MEDIUM4': { partition: 'nope' } } } },
      });
      const JobId = await other.submit({ Tasks: [shellTask('refused', 'true', { MaxRetryCount: 0 })] });
      expect((await other.settled(JobId, patience)).JobState).toBe('FAILED');
      expect(historyOf(other)[0]?.detail).toMatch(/Slurm refuses the job: .*partition/i);
      await other.stop();
    });

    test('the operator assigns a partition by instance type', async () => {
      const table = {
        defaults: { options: ['--nice=1'] },
        instanceTypes: { 'S5.MEDIUM4': { partition: 'other' } },
      };
      const other = await start({ slurm: { timings: fastTimings, table } });
      const directory = exchange('partition');
      const JobId = await other.submit({
        Tasks: [shellTask('placed', `until [ -e ${directory}/go ]; do sleep 0.1; done`)],
      });
      await until(
        'it runs in the partition',
        () => /^other n2$/m.test(cluster.run('squeue', '-h', '-t', 'running', '-o', '%P %N')),
        patience,
      );
      mkdirSync(join(directory, 'go'));
      expect((await other.settled(JobId, patience)).JobState).toBe('SUCCEED');
      await other.stop();
    });

    test('a log that grows without end is cut while it is written', async () => {
      const small = await start({ maxLogBytes: 100_000 });
      const directory = exchange('log');
      const JobId = await small.submit({
        Tasks: [shellTask('loud', `yes | head -c 2000000; until [ -e ${directory}/go ]; do sleep 0.1; done`)],
      });
      const file = join(cluster.shared, 'jobs', JobId, '0', '0.1.out');
      await until(
        'it is cut',
        () =>
          existsSync(file) &&
          statSync(file).size > 0 &&
          readFileSync(file, 'utf8').includes('[batch-mcp cut') &&
          statSync(file).size < 200_000,
        patience,
      );
      mkdirSync(join(directory, 'go'));
      expect((await small.settled(JobId, patience)).JobState).toBe('SUCCEED');
      await small.stop();
    });

    test('an engine says at its start why the cluster cannot be used', async () => {
      cluster.run('scontrol', 'update', 'partitionname=other', 'state=down');
      const slurm = { table: { defaults: { partition: 'other' } }, probeTimeoutMs: 2000 };
      await expect(start({ slurm })).rejects.toThrow(/the probe job has waited for 2 s/);
      cluster.run('scontrol', 'update', 'partitionname=other', 'state=up');
      await expect(start({ slurm: { table: { defaults: { partition: 'nope' } } } })).rejects.toThrow(
        /did not accept the probe job: .*partition/s,
      );
      await expect(start({ environment: { ...cluster.environment, PATH: '/none' } })).rejects.toThrow(
        /cannot be reached/,
      );
      await expect(start({ workDir: undefined })).rejects.toThrow(/needs --work-dir/);
      const dataDir = makeDataDir();
      await expect(start({ dataDir, workDir: join(dataDir, 'shared') })).rejects.toThrow(
        /must not be in each other/,
      );
    });

    test('commands run in a sandbox on the nodes, with mounts of the shared storage', async () => {
      const sandboxed = await start({ sandbox: 'bwrap' });
      const bucket = 'bucket-1250000000.cos.ap-guangzhou.myqcloud.com';
      const inside = shellTask(
        'inside',
        'ls /data/in; cat ~/../elements; id -u; echo out > /data/out/result',
        {
          InputMappings: [{ SourcePath: 'cfs://10.0.0.1/in', DestinationPath: '/data/in' }],
          OutputMappings: [{ SourcePath: '/data/out/', DestinationPath: `cos://${bucket}/out/` }],
        },
      );
      const JobId = await sandboxed.submit({
        Tasks: [inside, shellTask('fails', 'exit 1', { MaxRetryCount: 0 })],
      });
      await sandboxed.settled(JobId, patience);
      const [instance] = await sandboxed.instances(JobId, 'inside');
      expect(instance).toMatchObject({ TaskInstanceState: 'SUCCEED' });
      // Root's commands have another user, and the files of other jobs are hidden.
      expect((await sandboxed.logs(JobId, 'inside')).stdout).toMatch(/^[1-9]\d+\n$/);
      const files = readdirSync(join(cluster.shared, 'storage'), { recursive: true, encoding: 'utf8' });
      expect(files.filter((file) => file.endsWith('out/result'))).toHaveLength(1);
      expect((await sandboxed.instances(JobId, 'fails'))[0]).toMatchObject({
        TaskInstanceState: 'FAILED',
        ExitCode: 1,
      });
      await sandboxed.stop();
    });

    test('what a controller forgets that is killed after a submission is resolved, and no attempt runs twice', async () => {
      const ledger = join(exchange('forgotten'), 'ledger');
      const JobId = await engine.submit({
        Tasks: [
          shellTask('array', ledgerCommandOf(ledger, 'sleep 3'), { TaskInstanceNum: 80, MaxRetryCount: 0 }),
        ],
      });
      // 64 run, 16 wait for a processor; the controller saves its state every few seconds only.
      await until('some run', () => text(ledger), patience);
      cluster.restartController();
      await engine.settled(JobId, patience);
      const reasons = (await engine.instances(JobId, 'array')).map(
        ({ StateDetailedReason, StateReason }) => StateDetailedReason ?? StateReason,
      );
      expect([...new Set(reasons)]).toEqual(['successful']);
      expectLedger(ledger, 80);
    });
  },
);
