import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decideSandbox } from '../../src/engine/runner/processes/sandbox.ts';
import { ConfigError } from '../../src/shared/errors.ts';
import {
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';

describe.skipIf(!hasBwrap)('A sandboxed command', () => {
  let engine: RunningEngine;
  let home: string;
  const canary = `canary-${Math.random().toString(36).slice(2)}`;
  beforeAll(async () => {
    home = mkdtempSync(join(homedir(), '.batch-mcp-test-'));
    writeFileSync(join(home, 'secret'), canary);
    // A secret in the environment of the process that starts the engine, as a cloud key would be.
    engine = await startRunningEngine({
      sandbox: 'bwrap',
      // On a busy machine a command may need more than the tests' usual tenth of a second to react.
      killGraceMs: 1000,
      environment: { ...process.env, TENCENTCLOUD_SECRET_KEY: canary },
    });
    writeFileSync(join(engine.dataDir, 'secret'), canary);
  });
  afterAll(async () => {
    await engine.stop();
    removeDir(engine.dataDir);
    rmSync(home, { recursive: true });
  });

  const run = async (
    command: string,
  ): Promise<{ stdout: string; stderr: string; code: number | null | undefined }> => {
    const JobId = await engine.submit({ Tasks: [shellTask('probe', command)] });
    await engine.settled(JobId);
    const [instance] = await engine.instances(JobId, 'probe');
    return { ...(await engine.logs(JobId, 'probe')), code: instance?.ExitCode };
  };

  test('can create directories in the root, which are in memory of a limited size and gone with it', async () => {
    const name = `/${canary}`;
    const { stdout, code } = await run(
      `mkdir -p ${name}/deep && echo ok > ${name}/deep/file && cat ${name}/deep/file; echo home > ${homedir()}/${canary} && cat ${homedir()}/${canary}
       df -Pk / | tail -n 1 | { read -r _ size _; total=$(sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo); [ "$size" -gt 0 ] && [ "$size" -lt $((total / 4)) ] && echo limited; }`,
    );
    expect({ stdout, code }).toEqual({ stdout: 'ok\nhome\nlimited\n', code: 0 });
    expect([existsSync(name), existsSync(join(homedir(), canary))]).toEqual([false, false]);
  });

  test('that prints what bubblewrap prints when it fails is not taken for it', async () => {
    const JobId = await engine.submit({
      Tasks: [shellTask('probe', 'echo "bwrap: Can\'t mkdir /x: Permission denied" >&2; exit 1')],
    });
    await engine.settled(JobId);
    expect((await engine.instances(JobId, 'probe'))[0]).toMatchObject({
      ExitCode: 1,
      StateReason: 'failed',
      StateDetailedReason: 'the command ended with exit code 1',
    });
  });

  test('has no file open but its streams, and cannot reach the record of its runner', async () => {
    const { stdout } = await run(
      'for fd in /proc/self/fd/* /proc/1/fd/*; do readlink "$fd"; done | grep -c runners; true',
    );
    expect(stdout).toBe('0\n');
  });

  test('can write to its working directory, and to nothing else of the machine', async () => {
    const { stdout } = await run(
      `echo ok > here && cat here; for directory in /etc /usr /var /opt ${engine.dataDir}; do
         touch $directory/${canary} 2>/dev/null && [ -e $directory/${canary} ] && echo "wrote $directory"; done; true`,
    );
    const left = ['/etc', '/usr', '/var', '/opt', '/', homedir(), engine.dataDir].filter((directory) => {
      try {
        readFileSync(join(directory, canary));
        return true;
      } catch {
        return false;
      }
    });
    expect(stdout.startsWith('ok\n')).toBe(true);
    expect(left).toEqual([]);
  });

  test('finds no secret: not in a home directory, not in the data directory of the engine, not in the environment of a process', async () => {
    const { stdout } = await run(
      `cat ${home}/secret ${engine.dataDir}/secret ${engine.dataDir}/engine-keys.json ${engine.dataDir}/engine.json ${engine.dataDir}/engine.db 2>/dev/null
       cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -v '^BATCH_\\|^HOME=\\|^PATH=\\|^PWD=\\|^OLDPWD=\\|^TMPDIR=\\|^LANG\\|^LC_\\|^TZ=\\|^_=\\|^SHLVL='`,
    );
    expect(stdout).toBe('');
  });

  test('cannot see the directory of another job', async () => {
    const other = await engine.submit({ Tasks: [shellTask('other', `echo ${canary} > mine; sleep 1000`)] });
    await until(
      'it runs',
      async () => (await engine.instances(other, 'other'))[0]?.TaskInstanceState === 'RUNNING',
    );
    const { stdout } = await run(
      `ls ${engine.dataDir}/jobs; cat ${engine.dataDir}/jobs/${other}/0/*/mine 2>/dev/null`,
    );
    expect(stdout).not.toContain(other);
    expect(stdout).not.toContain(canary);
    await engine.call('TerminateJob', { JobId: other });
    await engine.settled(other);
  });

  test('has no network, not even that of this machine', async () => {
    const server = createServer((socket) => socket.end(canary));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { stdout } = await run(
      `node -e "require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))"`,
    );
    server.close();
    expect(stdout).toBe('ECONNREFUSED\n');
  });

  test('cannot kill a process outside, and leaves none behind', async () => {
    const outside = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const { stdout } = await run(
      `kill -9 $PPID ${outside.pid} ${process.pid} 2>/dev/null; setsid sh -c 'sleep 1000.125' & echo started`,
    );
    expect(stdout).toBe('started\n');
    expect(outside.exitCode).toBe(null);
    outside.kill('SIGKILL');
    await until('nothing of the job is left', () => !hasProcess('sleep 1000.125'));
  });

  test('gets SIGTERM when it is terminated, and SIGKILL when it ignores that', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('polite', 'trap "echo asked; exit 7" TERM; echo ready; while :; do sleep 0.01; done'),
        shellTask('rude', 'trap "" TERM; echo started; while :; do sleep 0.01; done'),
      ],
    });
    await until('both run', async () => (await engine.logs(JobId, 'rude')).stdout !== '');
    await until('both run', async () => (await engine.logs(JobId, 'polite')).stdout !== '');
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'polite')).stdout).toBe('ready\nasked\n');
    expect((await engine.instances(JobId, 'rude'))[0]).toMatchObject({ TaskInstanceState: 'FAILED' });
  });

  test('ends with its own exit code', async () => {
    expect((await run('exit 42')).code).toBe(42);
  });
});

describe('The decision about the sandbox', () => {
  const withoutPrograms = { dataDir: tmpdir(), path: '/nonexistent', platform: 'linux' } as const;
  test('is to refuse commands where bubblewrap is not installed, naming both remedies', () => {
    expect(decideSandbox('auto', false, withoutPrograms)).toEqual({
      mode: 'refuse',
      network: false,
      prefix: [],
      reason:
        'commands cannot run in a sandbox: bubblewrap (bwrap) is not installed. Install bubblewrap (`apt-get install ' +
        'bubblewrap`, `dnf install bubblewrap`) and allow unprivileged user namespaces, or use `--sandbox none` to run ' +
        'them as plain processes of your user, which can do everything that you can.',
    });
  });
  test('names the system where it is not Linux', () => {
    const { mode, reason } = decideSandbox('auto', false, { ...withoutPrograms, platform: 'darwin' });
    expect([mode, reason.split('. ')[0]]).toEqual([
      'refuse',
      'commands cannot run in a sandbox: bubblewrap is for Linux only, and this is darwin',
    ]);
  });
  test('is an error where bubblewrap was required and does not work', () => {
    expect(() => decideSandbox('bwrap', false, withoutPrograms)).toThrow(ConfigError);
  });
  test('is to run plain processes where the operator said so', () => {
    expect(decideSandbox('none', false, withoutPrograms).mode).toBe('none');
  });
});

/** Whether any process of this machine has that command line. */
const hasProcess = (commandLine: string): boolean => {
  return readdirSync('/proc').some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === commandLine;
    } catch {
      return false;
    }
  });
};
