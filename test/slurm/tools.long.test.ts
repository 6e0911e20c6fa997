/** The tools over an engine on a cluster: the same as on one machine, with the reasons of the cluster. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTourGuide, tour } from '../../src/cli/commands/demo-tour.ts';
import { makeDataDir, removeDir } from '../engine/running-engine.ts';
import { type Answer, commandOf, connect, type TestClient, until } from '../mcp/harness.ts';
import { program } from '../paths.ts';
import { type Cluster, noClusterReason, startCluster } from './cluster.ts';

const reason = noClusterReason();

/** What waits for the cluster, which may be busy with other tests. */
const patienceMs = 180_000;
/** Of the cluster. */
const processors = 8;

describe.skipIf(reason !== undefined)(
  `the tools over a Slurm cluster${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster;
    let client: TestClient;
    const dataDir = makeDataDir();
    /** The operator's table. @returns the options that name it */
    const tableOf = (environments: object): readonly string[] => {
      const file = join(dataDir, 'table.json');
      // Slurm's limits are minutes; this is the shortest.
      const instanceTypes = { 'S5.SMALL1': { options: ['--time=1'] } };
      writeFileSync(file, JSON.stringify({ environments, instanceTypes }));
      return ['--slurm-options', file];
    };
    const settings = (environments: object = { nightly: { partition: 'other' } }) => ({
      dataDir,
      flags: [
        ...['--local', '--backend', 'slurm', '--work-dir', cluster.shared],
        ...['--sandbox', 'none', '--confirm', 'flag', ...tableOf(environments)],
      ],
      env: cluster.environment,
    });
    /** A directory for files with which commands and the test wait for each other. */
    const exchange = (name: string): string => {
      const directory = join(cluster.shared, 'exchange', name);
      mkdirSync(directory, { recursive: true });
      return directory;
    };
    const job = (TaskName: string, Command: string, more: object = {}) => ({
      Placement: { Zone: 'ap-guangzhou-2' },
      Job: {
        Tasks: [
          {
            TaskName,
            Application: { DeliveryForm: 'LOCAL', Command },
            ComputeEnv: { EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } },
            ...more,
          },
        ],
      },
    });
    const submit = async (...args: Parameters<typeof job>): Promise<string> => {
      const { isError, text, fields } = await client.call('SubmitJob', job(...args));
      if (isError) throw new Error(text);
      return String(fields.JobId);
    };
    /** Waits for what `isDone` accepts; the error says what Slurm and the engine report. */
    const untilSeen = async <T>(
      JobId: string,
      poll: () => T | Promise<T>,
      isDone: (result: T) => boolean,
    ): Promise<T> => {
      try {
        return await until(async () => await poll(), isDone, patienceMs);
      } catch (error) {
        const { text } = await client.call('ShowJob', { JobId });
        throw new Error(`${String(error)}\n${cluster.report()}\n${text}`);
      }
    };
    const ended = async (JobId: string): Promise<unknown> =>
      (
        await untilSeen(
          JobId,
          () => client.call('DescribeJob', { JobId }),
          ({ fields }) => ['SUCCEED', 'FAILED'].includes(String(fields.JobState)),
        )
      ).fields.JobState;
    /** Calls DiagnoseJob until it says what is expected. */
    const diagnosed = (JobId: string, expected: RegExp): Promise<Answer> =>
      untilSeen(
        JobId,
        () => client.call('DiagnoseJob', { JobId }),
        ({ text }) => expected.test(text),
      );
    const doctor = (more: readonly string[] = [], environments?: object) => {
      const { status, stdout } = spawnSync(
        process.execPath,
        [
          program,
          'doctor',
          '--data-dir',
          dataDir,
          '--region',
          'ap-guangzhou',
          ...settings(environments).flags,
          ...more,
        ],
        { env: { HOME: dataDir, ...cluster.environment }, encoding: 'utf8' },
      );
      return { status, lines: stdout.split('\n').map((line) => line.replace(/ +/g, ' ').trim()) };
    };

    beforeAll(async () => {
      // Few processors, so that few instances occupy all of them.
      cluster = await startCluster(processors / 2);
      client = await connect('modern', settings());
    });
    afterAll(async () => {
      await client?.close();
      removeDir(dataDir);
      await cluster?.stop();
    });

    test('doctor finds commands, controller, partition, arrays, shared directory and nodes, each with its state', () => {
      const { status, lines } = doctor();
      for (const expected of [
        /^ok commands sbatch, squeue, scancel, scontrol \d+/,
        /^ok controller Slurmctld\(primary\) at \S+ is UP/,
        /^ok partition main \(default of the cluster\): 2 of 2 nodes can run jobs/,
        /^ok arrays MaxArraySize 2001: up to 2000 instances/,
        /^ok accounting off/,
        /^ok options Slurm accepts defaults, instanceTypes\.S5\.SMALL1, environments\.nightly/,
        /^ok work-dir .* is writable here/,
        /^ok nodes a probe job on node n[12] saw /,
        /^warning sandbox commands run on the nodes as plain processes/,
        /^Calls go to the local engine on this machine \(jobs run on a Slurm cluster; sandbox: none\)/,
        /^ok access the keys are accepted/,
      ])
        expect(lines).toContainEqual(expect.stringMatching(expected));
      expect(status).toBe(0);
    });

    test('doctor finds that bubblewrap works on a node', () => {
      const { lines } = doctor(['--sandbox', 'bwrap', '--data-dir', makeDataDir()]);
      expect(lines).toContainEqual(expect.stringMatching(/^ok sandbox bubblewrap works on node n[12]/));
    });

    test('doctor names the entry of the table that Slurm refuses, and starts no engine', () => {
      const { status, lines } = doctor([], { gpu: { partition: 'nope' } });
      expect(lines).toContainEqual('failed options environments.gpu: Invalid partition name specified');
      expect(lines.some((line) => line.startsWith('Calls go to'))).toBe(false);
      expect(status).toBe(1);
    });

    test('every step of the demo runs as on one machine: a job of four tasks, logs, termination, retry, deletion', async () => {
      const printed: string[] = [];
      const { command, args, env } = commandOf(settings());
      const demoClient = new Client(
        { name: 'demo', version: '1.0.0' },
        { versionNegotiation: { mode: { pin: '2026-07-28' } } },
      );
      await demoClient.connect(new StdioClientTransport({ command, args, env }));
      const guide = createTourGuide({
        client: demoClient,
        print: (text) => printed.push(text),
        hasColours: false,
        signal: AbortSignal.timeout(5 * patienceMs),
      });
      try {
        await tour(guide, exchange('demo'));
      } finally {
        await demoClient.close();
      }
      const text = printed.join('\n');
      expect(text).toContain('shot 1 of 3 rendered');
      expect(text).toContain('one channel was silent');
      expect(text).toMatch(/prepare SUCCEED, render SUCCEED, sound SUCCEED, cut SUCCEED/);
    });

    test('DiagnoseJob explains the failures of an array by kind, with instances and proof', async () => {
      const JobId = await submit(
        'sweep',
        'i=$BATCH_TASK_INSTANCE_INDEX; case $i in 7|27) echo "case $i: ValueError: negative mass" >&2; exit 3;; 11) exit 75;; esac; echo done',
        { TaskInstanceNum: 40, MaxRetryCount: 0 },
      );
      expect(await ended(JobId)).toBe('FAILED');
      const { text, fields } = await client.call('DiagnoseJob', { JobId });
      const kinds = fields.kinds as { count: number; where: string; ExitCode: number; unchanged?: string }[];
      expect(kinds.map(({ count, where, ExitCode }) => ({ count, where, ExitCode }))).toEqual([
        { count: 2, where: '7,27 of "sweep"', ExitCode: 3 },
        { count: 1, where: '11 of "sweep"', ExitCode: 75 },
      ]);
      expect(kinds[0]?.unchanged).toBe('would fail again');
      expect(text).toContain('negative mass');
    });

    test('what waits for processors says so with the number of its job, and PlanJob when the next would start', async () => {
      const directory = exchange('full');
      // The time limit lets Slurm plan.
      const command = `until [ -e ${directory}/go ]; do sleep 0.2; done`;
      const more = { TaskInstanceNum: processors + 6, Timeout: 600 };
      const plan = async () =>
        (await client.call('PlanJob', job('later', command, more))).fields.expectedStart;
      expect(await plan()).toMatch(
        /^within a minute or so, for the first instance of "later" in partition main/,
      );
      const JobId = await submit('wide', command, more);
      const { fields } = await diagnosed(JobId, /in the queue of the cluster/);
      expect(fields.waiting).toContainEqual(
        expect.stringMatching(
          /^6 instances of "wide" wait in the queue of the cluster \(Slurm job \d+; Resources\): all suitable processors/,
        ),
      );
      const shown = await client.call('ShowJob', { JobId });
      expect(shown.text).toContain('in the queue of the cluster');
      const start = await plan();
      writeFileSync(join(directory, 'go'), '');
      expect(await ended(JobId)).toBe('SUCCEED');
      // What runs has a time limit of 20 minutes in Slurm.
      expect(start).toMatch(/^about \S+Z, in \d+m/);
    });

    test('a compute environment runs in the partition that the operator has assigned to its name', async () => {
      const directory = exchange('environment');
      const created = await client.call('CreateComputeEnv', {
        Placement: { Zone: 'ap-guangzhou-2' },
        ComputeEnv: {
          EnvName: 'nightly',
          DesiredComputeNodeCount: 1,
          EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' },
        },
      });
      const { EnvId } = created.fields;
      await until(
        () => client.call('DescribeComputeEnv', { EnvId }),
        ({ text }) => /RunningCount: 1/.test(text),
        patienceMs,
      );
      const inEnv = { EnvId, ComputeEnv: undefined };
      const command = `until [ -e ${directory}/go ]; do sleep 0.2; done`;
      const { fields } = await client.call('PlanJob', job('night', command, inEnv));
      expect(fields.expectedStart).toMatch(/of "night" in partition other:/);
      const JobId = await submit('night', command, inEnv);
      await untilSeen(
        JobId,
        () => cluster.run('squeue', '-h', '-t', 'running', '-o', '%P %N'),
        (text) => text.trim() === 'other n2',
      );
      writeFileSync(join(directory, 'go'), '');
      expect(await ended(JobId)).toBe('SUCCEED');
      const shown = await client.call('ShowJob', { JobId });
      expect(shown.text).toContain(
        'it ran on a node of the cluster, whose processes the engine does not see',
      );
    });

    test('a partition that is down is named as the reason, and no start is promised', async () => {
      cluster.run('scontrol', 'update', 'partitionname=main', 'state=down');
      try {
        const JobId = await submit('blocked', 'true');
        const { fields } = await diagnosed(JobId, /PartitionDown/);
        expect(fields.waiting).toContainEqual(
          expect.stringMatching(
            /^1 instance of "blocked" waits in the queue .*PartitionDown\): their partition is down/,
          ),
        );
        cluster.run('scontrol', 'update', 'partitionname=main', 'state=up');
        expect(await ended(JobId)).toBe('SUCCEED');
      } finally {
        cluster.run('scontrol', 'update', 'partitionname=main', 'state=up');
      }
    });

    test('PlanJob shows no date where the nodes are drained', async () => {
      cluster.run('scontrol', 'update', 'nodename=n[1-2]', 'state=drain', 'reason=test');
      let JobId: string;
      try {
        const { fields } = await client.call('PlanJob', job('later', 'true'));
        expect(fields.submittable).toBe(true);
        expect(fields.expectedStart).toMatch(/^not known for "later": no node that is up at present/);
        JobId = await submit('drained', 'true');
        await diagnosed(JobId, /ReqNodeNotAvail\): nodes that they need are down, drained or reserved/);
      } finally {
        cluster.resume('n[1-2]');
      }
      expect(await ended(JobId)).toBe('SUCCEED');
    });

    test('an instance that Slurm preempts is repeated as after a failure of the machine', async () => {
      const directory = exchange('preempted');
      const JobId = await submit('victims', `until [ -e ${directory}/go ]; do sleep 0.2; done`, {
        TaskInstanceNum: processors,
        MaxRetryCount: 0,
        Timeout: 600,
      });
      const count = (state: string): number =>
        cluster
          .run('squeue', '-h', '--array', '--partition=main', `--states=${state}`, '-o', '%i')
          .split('\n').length - 1;
      await untilSeen(
        JobId,
        () => count('RUNNING'),
        (running) => running === processors,
      );
      const urgent = ['--partition=urgent', '--output=/dev/null', '--wrap=true'];
      const id = cluster.run('sbatch', '--parsable', ...urgent).trim();
      const state = () => cluster.run('squeue', '-h', '--states=all', `--jobs=${id}`, '-o', '%T').trim();
      await untilSeen(JobId, state, (text) => text === 'COMPLETED');
      expect(count('PREEMPTED')).toBe(1);
      await untilSeen(
        JobId,
        () => client.call('ShowJob', { JobId }),
        ({ text }) => text.includes('preempted by a job of higher priority'),
      );
      writeFileSync(join(directory, 'go'), '');
      expect(await ended(JobId)).toBe('SUCCEED');
    });

    test('an instance that reaches the time limit of Slurm has failed for lack of time', async () => {
      const JobId = await submit('slow', 'exec sleep 600', {
        MaxRetryCount: 0,
        ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-31tjrtph' } },
      });
      const running = () => cluster.run('squeue', '-h', '--states=RUNNING', '-o', '%i').trim();
      const id = await untilSeen(JobId, running, (text) => /^\d+_0$/.test(text));
      // In place of the minute that is the shortest limit. Slurm compares times every 30 s, and refuses the past.
      cluster.run('scontrol', 'update', `jobid=${id}`, 'endtime=now+10');
      expect(await ended(JobId)).toBe('FAILED');
      const { fields, text } = await client.call('DiagnoseJob', { JobId });
      const [kind] = fields.kinds as { reason: string; unchanged: string }[];
      expect(kind?.reason).toMatch(/^it reached the time limit of its job in Slurm/);
      expect(kind?.unchanged).toBe('would fail again');
      expect(text).toContain('slow.Timeout=');
    });

    test('doctor says what to do about a controller that does not answer', () => {
      cluster.killController();
      try {
        const { status, lines } = doctor();
        const at = lines.findIndex((line) => line.startsWith('failed controller'));
        expect(lines[at + 1]).toMatch(/^→ Run `scontrol ping` as your user/);
        expect(status).toBe(1);
      } finally {
        cluster.startController();
      }
    });
  },
);
