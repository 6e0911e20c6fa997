/** A Slurm cluster of two nodes on this machine, for a test file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalTo } from '../../src/engine/runner/processes/process-table.ts';

export interface Cluster {
  /** Variables with which Slurm's programs find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** A directory that all nodes see. */
  readonly shared: string;
  /** Runs one of Slurm's programs. @throws Error with what it says, if it fails */
  run(program: string, ...args: string[]): string;
  /** Puts nodes into service again. A node that was set down may have returned by itself, as the configuration allows. */
  resume(nodes: string): void;
  /** The queue with the ends that Slurm remembers, for the message of a test that fails. */
  report(): string;
  /** Kills the controller and starts it again. */
  restartController(): void;
  killController(): void;
  startController(): void;
  stop(): Promise<void>;
}

/** Calls that the controller may leave unanswered, each for 10 s, on a machine that is busy. */
const maxUnanswered = 3;

const script = join(import.meta.dirname, 'cluster.sh');
const path = `/usr/sbin:/usr/local/bin:/usr/bin:/bin`;

/** Why no cluster can be started here; undefined if one can. */
export const noClusterReason = (): string | undefined => {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return 'a test cluster needs root on Linux';
  const missing = ['slurmctld', 'slurmd', 'sbatch', 'munged'].filter(
    (program) => !path.split(':').some((directory) => existsSync(join(directory, program))),
  );
  return missing.length === 0
    ? undefined
    : 'slurmctld, slurmd, slurm-client and munge are not installed (apt-get install)';
};

/** Starts a cluster of two nodes. @param processors that each of them says it has */
export const startCluster = async (processors = 32): Promise<Cluster> => {
  const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-slurm-'));
  const environment = { PATH: path, SLURM_CONF: join(directory, 'slurm.conf'), HOME: directory, LC_ALL: 'C' };
  const sh = (...args: string[]): void => {
    // The daemons would hold pipes open.
    execFileSync('/bin/sh', [script, ...args], { env: environment, stdio: 'ignore' });
  };
  const run = (program: string, ...args: string[]): string => {
    for (let left = maxUnanswered; ; left -= 1) {
      const { status, stdout, stderr } = spawnSync(program, args, { env: environment, encoding: 'utf8' });
      if (status === 0) return stdout;
      if (left === 0 || !/unable to contact|timed out/i.test(stderr))
        throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    }
  };
  const pidOf = (name: string): number | undefined => {
    try {
      return Number(readFileSync(join(directory, `${name}.pid`), 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  };
  const daemons = ['slurmd.n1', 'slurmd.n2', 'slurmctld', 'munged'];
  const ports = await freePorts(3);
  sh('start', directory, String(processors), ...ports.map(String));
  // The controller may not listen yet.
  await until('both nodes are idle', () => {
    const args = ['-h', '-p', 'main', '-t', 'idle', '-o', '%D'];
    return /^2$/m.test(spawnSync('sinfo', args, { env: environment, encoding: 'utf8' }).stdout);
  });
  // As a service manager does: slurmd 22.05 may crash when it ends the jobs that a restarted controller does not know.
  const nodes = setInterval(() => {
    for (const name of ['n1', 'n2']) {
      const pid = pidOf(`slurmd.${name}`);
      if (pid !== undefined && isAlive(pid)) continue;
      rmSync(join(directory, `slurmd.${name}.pid`), { force: true });
      sh('node', directory, name);
    }
  }, 2000);
  const killController = (): void => {
    const pid = pidOf('slurmctld');
    if (pid === undefined) return;
    signalTo(pid, 'SIGKILL');
    rmSync(join(directory, 'slurmctld.pid'), { force: true });
  };
  const startController = (): void => sh('controller', directory);
  return {
    environment,
    shared: join(directory, 'shared'),
    run,
    resume: (nodes) => {
      try {
        run('scontrol', 'update', `nodename=${nodes}`, 'state=resume');
      } catch (error) {
        if (!/Invalid node state/.test(String(error))) throw error;
      }
    },
    report: () => `${run('squeue', '--states=all')}\n${run('sinfo', '--Node', '--long')}`,
    killController,
    startController,
    restartController: () => {
      killController();
      startController();
    },
    stop: async () => {
      clearInterval(nodes);
      // Best effort: a test may have left the cluster without its controller.
      await until('no job is left', () => run('scancel', '--user=0') + run('squeue', '-h') === '', 30).catch(
        () => undefined,
      );
      const pids = daemons.flatMap((name) => pidOf(name) ?? []);
      for (const pid of pids) signalTo(pid, 'SIGTERM');
      await until('the daemons have ended', () => !pids.some(isAlive), 30);
      // A restarted controller does not know all jobs; the processes of the others would stay.
      for (const pid of stepsOf(environment.SLURM_CONF)) signalTo(pid, 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Processes of Slurm that manage the jobs of a cluster; they inherit its SLURM_CONF. */
const stepsOf = (configuration: string): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/comm`, 'utf8').startsWith('slurmstepd') &&
          readFileSync(`/proc/${name}/environ`, 'utf8').includes(`SLURM_CONF=${configuration}\0`)
        );
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

const until = async (what: string, test: () => boolean, seconds = 180): Promise<void> => {
  const end = Date.now() + seconds * 1000;
  while (!test()) {
    if (Date.now() > end) throw new Error(`After ${seconds} s still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/**
 * Ports in a sequence that nothing listens on. They are below those that Linux assigns to connections and to servers
 * without a port (32768 and above), so that no other test receives them, also while a killed controller is down.
 */
const freePorts = async (count: number): Promise<readonly number[]> => {
  for (;;) {
    const first = randomInt(20_000, 32_000);
    const ports = Array.from({ length: count }, (_, at) => first + at);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
