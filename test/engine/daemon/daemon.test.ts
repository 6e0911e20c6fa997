import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import {
  findEngine,
  findOrStartEngine,
  type StartOptions,
  stopEngine,
} from '../../../src/engine/daemon/daemon.ts';
import { createSettings } from '../../../src/engine/settings.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { program } from '../../paths.ts';
import { callEngine, makeDataDir, Placement, removeDir, shellTask, until } from '../running-engine.ts';

/** The default of `--limits`. */
const { limits } = createSettings({ dataDir: '', engineId: '' });

const optionsFor = (dataDir: string, more: Partial<StartOptions> = {}): StartOptions => ({
  dataDir,
  program: process.execPath,
  args: [program, 'engine', `--data-dir=${dataDir}`, '--sandbox=none', '--idle-exit=60'],
  wanted: { backend: 'local', sandbox: 'none', network: false, docker: false, limits, packagePorts: [] },
  environment: { ...process.env, TENCENTCLOUD_SECRET_KEY: 'a canary' },
  ...more,
});

/** Stops the engine of a directory, waits until its process has exited, and removes the directory. */
const stopAndRemove = async (dataDir: string): Promise<void> => {
  const pid = (await findEngine(dataDir))?.status.pid;
  await stopEngine(dataDir);
  await until('the engine has exited', () => pid === undefined || isGone(pid));
  removeDir(dataDir);
};

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('the engine of a data directory', () => {
  test('is started once for two callers, does not inherit their keys, and outlives them until it is stopped', async () => {
    const dataDir = makeDataDir();
    const [one, other] = await Promise.all([
      findOrStartEngine(optionsFor(dataDir)),
      findOrStartEngine(optionsFor(dataDir)),
    ]);
    expect(one.status.pid).toBe(other.status.pid);
    const { JobId } = await callEngine(one, 'SubmitJob', {
      Placement,
      Job: {
        Tasks: [
          shellTask(
            'env',
            'cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n" | grep "^TENCENTCLOUD_SECRET_KEY=a canary" | wc -l; cat /proc/$PPID/environ',
          ),
        ],
      },
    });
    const log = await until('it has run', async () => {
      const { TaskInstanceLogSet } = await callEngine(other, 'DescribeTaskLogs', {
        JobId: JobId ?? '',
        TaskName: 'env',
      });
      const [first] = TaskInstanceLogSet ?? [];
      const text = Buffer.from(first?.StdoutLog?.split('base64,')[1] ?? '', 'base64').toString();
      return text.includes('\n') ? text : undefined;
    });
    expect(log).not.toContain('a canary');
    const modes = ['.', 'engine.json', 'engine-keys.json'].map(
      (name) => statSync(join(dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(await stopEngine(dataDir)).toBe(true);
    await until('the engine has exited', () => isGone(one.status.pid));
    expect(await findEngine(dataDir)).toBe(undefined);
    removeDir(dataDir);
  });

  test('is refused when it runs without the sandbox that the caller asks for', async () => {
    const dataDir = makeDataDir();
    await findOrStartEngine(optionsFor(dataDir));
    await expect(
      findOrStartEngine(
        optionsFor(dataDir, {
          wanted: {
            backend: 'local',
            sandbox: 'auto',
            network: false,
            docker: false,
            limits,
            packagePorts: [],
          },
        }),
      ),
    ).rejects.toThrow('runs commands without a sandbox');
    await stopAndRemove(dataDir);
  });

  test('is stopped and replaced when it is idle and of another version', async () => {
    const dataDir = makeDataDir();
    const old = await findOrStartEngine(optionsFor(dataDir));
    // An engine of another version is recognised by its status; this program claims another version.
    await expect(findOrStartEngine(optionsFor(dataDir, { version: '9.9.9' }))).resolves.toMatchObject({
      status: { version: old.status.version },
    });
    const replaced = await findEngine(dataDir);
    expect(replaced?.status.pid).not.toBe(old.status.pid);
    await stopAndRemove(dataDir);
  });

  test('is not replaced when it is busy and of another version; the error names the command that stops it', async () => {
    const dataDir = makeDataDir();
    const old = await findOrStartEngine(optionsFor(dataDir));
    await callEngine(old, 'SubmitJob', { Placement, Job: { Tasks: [shellTask('a', 'sleep 60')] } });
    const error = await findOrStartEngine(optionsFor(dataDir, { version: '9.9.9' })).catch(String);
    expect(error).toContain(
      `is version ${old.status.version}, this server is version 9.9.9, and jobs are running`,
    );
    expect(error).toContain(`batch-mcp engine stop --data-dir "${dataDir}"`);
    expect((await findEngine(dataDir))?.status.pid).toBe(old.status.pid);
    await stopAndRemove(dataDir);
  });

  test('is not started on Windows, in one sentence that names WSL', async () => {
    const dataDir = makeDataDir();
    await expect(findOrStartEngine(optionsFor(dataDir, { platform: 'win32' }))).rejects.toThrow(
      /^The local engine runs on Linux and macOS; on Windows, [^.]*WSL\.$/,
    );
    removeDir(dataDir);
  });

  test('reports its output when it does not start', async () => {
    const dataDir = makeDataDir();
    const broken = optionsFor(dataDir, { args: ['-e', 'console.error("no such luck"); process.exit(3)'] });
    await expect(findOrStartEngine(broken)).rejects.toThrow(ConfigError);
    await expect(findOrStartEngine(broken)).rejects.toThrow(/exit code 3.*no such luck/s);
    removeDir(dataDir);
  });
});

test.each([
  ['sends endless data', (answer: ServerResponse) => void Readable.from(endless()).pipe(answer)],
  [
    'sends a byte now and then',
    (answer: ServerResponse) => void setInterval(() => answer.write(' '), 500).unref(),
  ],
])(
  'another program on the port of an engine that has stopped, which %s, is not taken for an engine',
  async (_, talk) => {
    const dataDir = makeDataDir();
    const server = createServer((_request, answer) => talk(answer.on('error', () => undefined)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const address = { endpoint: `http://127.0.0.1:${port}`, secretId: 'i', secretKey: 'k', dataDir };
    const stored = { ...address, storageDir: dataDir, sandbox: 'none', version: '0' };
    writeFileSync(join(dataDir, 'engine.json'), JSON.stringify(stored));
    expect(await findEngine(dataDir)).toBeUndefined();
    server.closeAllConnections();
    server.close();
    removeDir(dataDir);
  },
);

function* endless() {
  for (;;) yield Buffer.alloc(1024 * 1024);
}
