/** Ways out of the sandbox that were once open, or are commonly tried: each as root and as an ordinary user, with dash and bash. */
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InputOf } from '../../src/catalogue/index.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { Placement, shellTask, until } from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';
import { type ForeignEngine, makeDirectory, startEngineAs, variants } from './engine-as.ts';

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null | undefined;
  readonly state: string | undefined;
  readonly reason: string | null | undefined;
}

const decode = (log: string | null | undefined): string =>
  Buffer.from((log ?? '').slice('data:text/plain;charset=utf-8;base64,'.length), 'base64').toString('utf8');

const submit = async (engine: ForeignEngine, task: Task): Promise<string> =>
  (await engine.call('SubmitJob', { Placement, Job: { Tasks: [task] } })).JobId ?? '';

/** Runs a command to its end. */
const run = async (engine: ForeignEngine, command: string, more: Partial<Task> = {}): Promise<Outcome> => {
  const JobId = await submit(engine, shellTask('probe', command, more));
  await until('the job has ended', async () =>
    ['SUCCEED', 'FAILED'].includes((await engine.call('DescribeJob', { JobId })).JobState ?? ''),
  );
  const { TaskInstanceSet } = await engine.call('DescribeTask', { JobId, TaskName: 'probe' });
  const { TaskInstanceLogSet } = await engine.call('DescribeTaskLogs', { JobId, TaskName: 'probe' });
  const instance = TaskInstanceSet?.[0];
  return {
    stdout: decode(TaskInstanceLogSet?.[0]?.StdoutLog),
    stderr: decode(TaskInstanceLogSet?.[0]?.StderrLog),
    code: instance?.ExitCode,
    state: instance?.TaskInstanceState ?? undefined,
    reason: instance?.StateDetailedReason,
  };
};

/** The code SubmitJob refuses a task with; undefined when it is accepted. */
const refusalOf = async (engine: ForeignEngine, more: Partial<Task>): Promise<string | undefined> => {
  try {
    await engine.call('SubmitJob', { Placement, Job: { Tasks: [shellTask('probe', 'true', more)] } });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
};

/** The command lines of all processes. */
const commandLinesOf = (): readonly string[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
    } catch {
      return [];
    }
  });

const canary = 'canary-5f1d';

describe.skipIf(!hasBwrap).each(variants)(
  'A sandboxed command of $user, with $shell as /bin/sh,',
  (variant) => {
    let engine: ForeignEngine;
    beforeAll(async () => {
      engine = await startEngineAs(variant, `exec 100<<<${canary} 7<<<${canary}`);
      writeFileSync(join(engine.directory, 'root-only'), canary);
      chmodSync(join(engine.directory, 'root-only'), 0o600);
      makeDirectory(join(engine.directory, 'home', '.ssh'), variant);
      writeFileSync(join(engine.directory, 'home', '.ssh', 'id_ed25519'), canary);
    });
    afterAll(() => engine.stop());

    test('cannot use the keyrings of the session, or the sockets of the hypervisor', async () => {
      // The numbers of this machine's calls; 40 is AF_VSOCK. 425 is io_uring_setup, by which sockets are opened as well.
      const calls: Record<string, readonly number[]> = {
        x64: [250, 248, 249, 41],
        arm64: [219, 217, 218, 198],
      };
      const [keyctl, addKey, requestKey, socket] = calls[process.arch] ?? [];
      if (keyctl === undefined) throw new Error('add the numbers of this machine');
      const { stdout } = await run(
        engine,
        `for call in '${keyctl}, 0, -3, 1' '${keyctl}, 1, 0' '${addKey}, 0, 0, 0, 0, -3' '${requestKey}, 0, 0, 0, 0' '425, 0, 0' '${socket}, 40, 1, 0' '${socket}, 1, 1, 0'; do
          perl -e "\\$result = syscall($call); print \\$result < 0 ? \\$!+0 : 'allowed', ' '"
        done`,
      );
      // ENOSYS, and EAFNOSUPPORT
      expect(stdout).toBe('38 38 38 38 38 97 allowed ');
    });

    test('cannot read files of root, and cannot change settings of the kernel', async () => {
      const { stdout } = await run(
        engine,
        `cat /etc/shadow ${variant.user === 'root' ? `${engine.directory}/root-only` : ''} 2>/dev/null
       for file in core_pattern modprobe hotplug; do
         (: > /proc/sys/kernel/$file) 2>/dev/null && echo opened $file
       done
       (: > /proc/sysrq-trigger) 2>/dev/null && echo opened sysrq-trigger
       true`,
      );
      expect(stdout).toBe('');
    });

    test('has no capabilities, cannot gain any, and cannot create a user namespace', async () => {
      const { stdout } = await run(
        engine,
        "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | sort | tr -d '\\t'; unshare --user true 2>/dev/null && echo created; true",
      );
      const none = '0000000000000000';
      expect(stdout.trim().split('\n')).toEqual([
        `CapAmb:${none}`,
        `CapBnd:${none}`,
        `CapEff:${none}`,
        `CapInh:${none}`,
        `CapPrm:${none}`,
        'NoNewPrivs:1',
      ]);
    });

    test('cannot read the engine’s keys or a home, whatever its mappings are beside', async () => {
      makeDirectory(join(engine.storageDir, 'cos', 'b'), variant);
      const { stdout, reason } = await run(
        engine,
        `find ${engine.directory} -type f 2>/dev/null; cat ${engine.dataDir}/engine-keys.json ${engine.directory}/home/.ssh/* 2>/dev/null; ls /new; true`,
        {
          InputMappings: [
            { SourcePath: 'cos://b/', DestinationPath: `${engine.directory}/new/` },
            { SourcePath: 'cos://b/', DestinationPath: '/new/' },
          ],
        },
      );
      expect(reason).not.toContain('cannot be mounted');
      // What the command is started from, and a file that it cannot read.
      const expected = [/\/data\/jobs\/job-\w+\/0\/command$/, /\/root-only$/];
      const found = stdout.split('\n').filter((line) => line.includes(engine.directory));
      expect(found.filter((line) => !expected.some((form) => form.test(line)))).toEqual([]);
      expect(stdout).not.toMatch(/secretKey|canary/);
    });

    test.each(['data', 'data/storage/x', 'data/jobs', ''])(
      'gets nothing mounted in place of the engine’s directory (%j)',
      async (path) => {
        const target = join(engine.directory, path);
        const InputMappings = [{ SourcePath: 'cfs://share/', DestinationPath: target }];
        expect(await refusalOf(engine, { InputMappings })).toBe('InvalidParameterValue.LocalPath');
      },
    );

    test('cannot choose by its variables what runs outside', async () => {
      const share = makeDirectory(join(engine.storageDir, 'cfs', 'share'), variant);
      const marker = join(engine.directory, 'was-run');
      for (const name of ['bwrap', 'setpriv', 'sh', 'docker', 'tar', 'env']) {
        writeFileSync(join(share, name), `#!/bin/sh\necho ran > ${marker}\n`);
        chmodSync(join(share, name), 0o755);
      }
      writeFileSync(join(share, 'env.sh'), `echo ran > ${marker}\n`);
      const { stdout, state } = await run(engine, 'echo "$OPTIND $PATH"', {
        EnvVars: [
          { Name: 'PATH', Value: `${share}:/usr/bin:/bin` },
          { Name: 'BASH_ENV', Value: `${share}/env.sh` },
          { Name: 'ENV', Value: `${share}/env.sh` },
          { Name: 'SHELLOPTS', Value: 'xtrace' },
          { Name: 'PS4', Value: `$(echo ran > ${marker})` },
          { Name: 'IFS', Value: '/' },
          { Name: 'OPTIND', Value: 'abc' },
        ],
      });
      expect(existsSync(marker)).toBe(false);
      // What a shell makes of OPTIND=abc is its own affair; the engine reports it as the command's result.
      expect(['SUCCEED', 'FAILED']).toContain(state);
      if (state === 'SUCCEED') expect(stdout).toContain(`${share}:/usr/bin:/bin`);
    });

    test('does not have the values of its variables shown on a command line outside', async () => {
      const secret = `${canary}-value`;
      const JobId = await submit(
        engine,
        shellTask('probe', 'sleep 1000', { EnvVars: [{ Name: 'SECRET', Value: secret }] }),
      );
      await until(
        'it runs',
        async () => (await engine.call('DescribeJob', { JobId })).JobState === 'RUNNING',
      );
      const commandLines = await until('the command runs', () => {
        const lines = commandLinesOf();
        return lines.some((line) => line.startsWith('sleep\x001000')) ? lines : undefined;
      });
      await engine.call('TerminateJob', { JobId });
      expect(commandLines.some((line) => line.includes('--args'))).toBe(true);
      expect(commandLines.filter((line) => line.includes(secret))).toEqual([]);
    });

    test('cannot have anything created through a link that it left in a share', async () => {
      const outside = makeDirectory(join(engine.directory, 'outside'), variant);
      await run(engine, `ln -s ${outside} /x/l; ln -s /oldroot${outside} /x/m; mkdir /x/d; ls /x`, {
        InputMappings: [{ SourcePath: 'cfs://links/', DestinationPath: '/x/' }],
      });
      for (const path of ['/x/l/new/', '/x/m/new/', '/x/d/new/', '/x/new/']) {
        const code = await refusalOf(engine, {
          InputMappings: [{ SourcePath: 'cfs://links/', DestinationPath: '/x/' }],
          OutputMappings: [{ SourcePath: path, DestinationPath: 'cos://b/out/' }],
        });
        expect(code).toBe('InvalidParameterValue.LocalPath');
      }
      const share = await run(engine, 'ls /y; echo > /y/file', {
        InputMappings: [{ SourcePath: 'cfs://links/l/', DestinationPath: '/y/' }],
      });
      expect(share.state).toBe('FAILED');
      expect(readdirSync(outside)).toEqual([]);
    });

    test('can open its own streams again', async () => {
      const { stdout, stderr } = await run(engine, 'echo 1 >>/dev/stdout; echo 2 >>/dev/stderr; echo 3 >&2');
      expect([stdout, stderr]).toEqual(['1\n', '2\n3\n']);
    });

    test('inherits no open file', async () => {
      const { stdout } = await run(
        engine,
        'for n in 3 4 5 6 7 8 9 10 100; do [ -e /proc/self/fd/$n ] && readlink /proc/self/fd/$n; done; cat /proc/self/fd/100 /proc/self/fd/7 2>/dev/null; true',
      );
      // The shell itself may have its script open.
      expect(stdout.split('\n').filter((line) => line !== '' && !line.endsWith('/command'))).toEqual([]);
    });

    test('cannot connect to a Unix socket of the machine', async () => {
      const socket = join(engine.directory, 'service.sock');
      const server = createServer((connection) => connection.end(canary));
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      chmodSync(socket, 0o777);
      const { stdout } = await run(
        engine,
        `node -e "require('net').connect('${socket}').on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))"`,
      );
      server.close();
      expect(stdout).toMatch(/^E(CONNREFUSED|NOENT|NOTSOCK|ACCES)\n$/);
    });

    test('cannot fill the memory with files', async () => {
      const { stdout } = await run(
        engine,
        `awk '/MemTotal/ {print $2}' /proc/meminfo
       df -k --output=size / /home /root /tmp /dev/shm /var/tmp | tail -n +2
       for directory in /dev /run /etc /var/lib; do touch $directory/x 2>/dev/null && echo wrote $directory; done; true`,
      );
      const [total = 0, ...sizes] = stdout.trim().split('\n').map(Number);
      expect(sizes).toHaveLength(6);
      for (const size of sizes) expect(size / total).toBeLessThan(0.07);
    });

    test('cannot leave a link for the engine among its outputs', async () => {
      symlinkSync(
        join(engine.directory, 'root-only'),
        join(makeDirectory(join(engine.directory, 'l'), variant), 'k'),
      );
      const { state } = await run(
        engine,
        `ln -s ${engine.directory}/root-only /o/stolen; ln -s ${engine.dataDir} /o/data; mkdir /o/p; ln -s / /o/p/root; echo ok > /o/kept`,
        { OutputMappings: [{ SourcePath: '/o/', DestinationPath: 'cos://b/links/' }] },
      );
      expect(state).toBe('SUCCEED');
      expect(readdirSync(join(engine.storageDir, 'cos', 'b', 'links'), { recursive: true }).sort()).toEqual([
        'kept',
        'p',
      ]);
    });
  },
);

test('The suite runs as root and as an ordinary user where the tests run as root.', () => {
  const expected = process.geteuid?.() === 0 ? 2 : 1;
  expect(new Set(variants.map(({ user }) => user)).size).toBe(expected);
});
