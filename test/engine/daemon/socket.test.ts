/** The Unix socket: where it lies, who can have created it, and that another user's socket gets no request. */
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { networkOf } from '../../../src/client/network.ts';
import { createTransport } from '../../../src/client/transport.ts';
import { findEngine } from '../../../src/engine/daemon/daemon.ts';
import { readAddress, writeAddress } from '../../../src/engine/daemon/data-directory.ts';
import { openConnection } from '../../../src/engine/daemon/socket.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { clientOf } from '../../client/client-under-test.ts';
import { makeDataDir, removeDir, startRunningEngine } from '../running-engine.ts';

const directories: string[] = [];
const temporary = (parent = tmpdir(), prefix = 'batch-mcp-socket-'): string => {
  const directory = mkdtempSync(join(parent, prefix));
  directories.push(directory);
  return directory;
};
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

test('the API answers on a socket in a directory of mode 0700 in the data directory', async () => {
  const dataDir = makeDataDir();
  const engine = await startRunningEngine({ dataDir });
  expect(engine.socket).toBe(join(dataDir, 'socket', 'engine.sock'));
  expect(modeOf(dirname(engine.socket))).toBe(0o700);
  const transport = createTransport(networkOf({ openSocket: () => openConnection(engine.socket) }));
  // Nothing listens on the port of this address, so an answer came over the socket.
  const client = await clientOf({ origin: 'http://127.0.0.1:9' }, { keys: engine, transport });
  expect((await client.call('DescribeJobs', {})).output.TotalCount).toBe(0);
  await client.close();
  await engine.stop();
  expect(existsSync(engine.socket)).toBe(false);
  removeDir(dataDir);
});

test('a socket left by an engine that was killed is replaced', async () => {
  const dataDir = makeDataDir();
  mkdirSync(join(dataDir, 'socket'), { mode: 0o755 });
  const left = createServer().listen(join(dataDir, 'socket', 'engine.sock'));
  await new Promise((resolve) => left.once('listening', resolve));
  const engine = await startRunningEngine({ dataDir });
  expect(modeOf(join(dataDir, 'socket'))).toBe(0o700);
  expect((await findEngine(dataDir))?.status.pid).toBe(process.pid);
  await engine.stop();
  left.close();
  removeDir(dataDir);
});

describe('in a data directory whose path is too long for a socket', () => {
  const longDir = (): string => {
    const directory = join(temporary(), 'x'.repeat(100));
    mkdirSync(directory);
    return directory;
  };

  test('the socket lies below XDG_RUNTIME_DIR, is found through engine.json, and is removed at the end', async () => {
    const dataDir = longDir();
    const runtimeDir = temporary();
    const engine = await startRunningEngine({ dataDir, environment: { XDG_RUNTIME_DIR: runtimeDir } });
    expect(dirname(dirname(engine.socket))).toBe(runtimeDir);
    expect(modeOf(dirname(engine.socket))).toBe(0o700);
    expect(readAddress(dataDir)?.socket).toBe(engine.socket);
    expect((await findEngine(dataDir))?.status.pid).toBe(process.pid);
    await engine.stop();
    expect(existsSync(dirname(engine.socket))).toBe(false);
  });

  test('the socket lies below the temporary directory when others may enter XDG_RUNTIME_DIR', async () => {
    const dataDir = longDir();
    const runtimeDir = temporary();
    chmodSync(runtimeDir, 0o755);
    const engine = await startRunningEngine({ dataDir, environment: { XDG_RUNTIME_DIR: runtimeDir } });
    expect(dirname(dirname(engine.socket))).toBe(tmpdir());
    await engine.stop();
  });

  test('the directory of an engine that was killed is used again', async () => {
    const dataDir = longDir();
    const runtimeDir = temporary();
    const environment = { XDG_RUNTIME_DIR: runtimeDir };
    const first = await startRunningEngine({ dataDir, environment });
    const address = readAddress(dataDir);
    await first.stop();
    mkdirSync(dirname(first.socket), { mode: 0o700 });
    if (address !== undefined) writeAddress(address);
    const second = await startRunningEngine({ dataDir, environment });
    expect(second.socket).toBe(first.socket);
    await second.stop();
  });
});

describe('no request is sent to a socket', () => {
  /** Listens where an engine's socket would be, and counts connections. */
  const impostor = async (prepare: (directory: string) => void) => {
    const directory = join(temporary(), 'socket');
    mkdirSync(directory, { mode: 0o700 });
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(join(directory, 'engine.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    prepare(directory);
    return {
      path: join(directory, 'engine.sock'),
      connections: () => connections,
      close: () => server.close(),
    };
  };

  test.each([0o755, 0o770, 0o777, 0o710])('in a directory of mode %o', async (mode) => {
    const server = await impostor((directory) => chmodSync(directory, mode));
    await expect(openConnection(server.path)).rejects.toThrow(ConfigError);
    expect(server.connections()).toBe(0);
    server.close();
  });

  test('in a directory that is a symbolic link', async () => {
    const server = await impostor(() => undefined);
    const link = join(temporary(), 'link');
    symlinkSync(dirname(server.path), link);
    await expect(openConnection(join(link, 'engine.sock'))).rejects.toThrow(ConfigError);
    expect(server.connections()).toBe(0);
    server.close();
  });

  test.runIf(process.getuid?.() === 0)('in a directory of another user', async () => {
    const { chownSync } = await import('node:fs');
    const server = await impostor((directory) => chownSync(directory, 65534, 65534));
    await expect(openConnection(server.path)).rejects.toThrow(ConfigError);
    expect(server.connections()).toBe(0);
    server.close();
  });

  test('that engine.json names and whose directory others may enter: the server reports the directory', async () => {
    const server = await impostor((directory) => chmodSync(directory, 0o777));
    const dataDir = makeDataDir();
    const keys = { secretId: 'i', secretKey: 'k' };
    const address = {
      endpoint: 'http://127.0.0.1:9',
      dataDir,
      storageDir: dataDir,
      sandbox: 'none',
      version: '0',
    };
    writeAddress({ ...address, ...keys, pid: 1, socket: server.path });
    await expect(findEngine(dataDir)).rejects.toThrow(dirname(server.path));
    expect(server.connections()).toBe(0);
    server.close();
    removeDir(dataDir);
  });
});
