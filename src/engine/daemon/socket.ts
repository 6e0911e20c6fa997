/** The engine's Unix socket: where it lies, and the check that no other user can listen there. */

import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError } from '../../shared/errors.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../http/server.ts';

/** `sun_path` has 108 bytes on Linux and 104 on macOS, the final NUL included. */
const maxPathBytes = process.platform === 'darwin' ? 103 : 107;
const socketName = 'engine.sock';

/** Whether a socket can have this path. */
const fitsSocketPath = (path: string): boolean => Buffer.byteLength(path) <= maxPathBytes;

/**
 * Prepares the directory of a socket: creates it with mode 0700 and removes the socket of an engine that crashed. The
 * caller holds the lock of the data directory, so no engine listens there.
 * @throws ConfigError when the directory belongs to another user
 */
const prepareSocket = (path: string): void => {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (lstatSync(directory).uid === process.getuid?.()) chmodSync(directory, 0o700);
  checkSocketDirectory(path);
  rmSync(path, { force: true });
};

/**
 * Creates a directory for a socket whose path in the data directory would be too long.
 * @param runtimeDir `$XDG_RUNTIME_DIR`
 * @param earlier the path that an engine of this data directory used before; used again if it still fits
 */
const socketOutsideDataDir = (runtimeDir: string | undefined, earlier: string | undefined): string => {
  if (earlier !== undefined && isPrivate(dirname(earlier))) return earlier;
  const parent = runtimeDir !== undefined && isPrivate(runtimeDir) ? runtimeDir : tmpdir();
  const path = join(parent, 'batch-mcp-XXXXXX', socketName);
  if (!fitsSocketPath(path)) {
    throw new ConfigError(
      `Neither the data directory nor ${parent} can hold the engine's socket: a socket's path has at most ${maxPathBytes} bytes. Set XDG_RUNTIME_DIR or TMPDIR to a shorter path, or choose a shorter --data-dir.`,
    );
  }
  return join(mkdtempSync(join(parent, 'batch-mcp-')), socketName);
};

/**
 * Checks that only this user can have created the socket: its directory belongs to the user and no other user may
 * enter it. Called before every connection, so that a program that takes the port or the path of an engine that has ended
 * gets no request.
 * @throws ConfigError
 */
const checkSocketDirectory = (path: string): void => {
  const directory = dirname(path);
  if (isPrivate(directory)) return;
  throw new ConfigError(
    `${directory} holds the engine's socket and must be a directory of this user with mode 0700. Remove it; the engine creates it at its next start.`,
  );
};

const isPrivate = (directory: string): boolean => {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
};

/**
 * Opens a connection to the engine for a client of the API.
 * @throws ConfigError when the directory of the socket is not private; the system's error when nothing listens there
 */
export const openConnection = async (path: string): Promise<Socket> => {
  const socket = connectToSocket(path);
  await once(socket, 'connect');
  return socket;
};

/**
 * Connects to the engine.
 * @throws ConfigError when the directory of the socket is not private; the system's ENOENT when there is none
 */
export const connectToSocket = (path: string): Socket => {
  lstatSync(dirname(path));
  checkSocketDirectory(path);
  return connect({ path });
};

export interface SocketLocation {
  readonly dataDir: string;
  /** `$XDG_RUNTIME_DIR`. */
  readonly runtimeDir: string | undefined;
  /** The path that an engine of this data directory used before. */
  readonly earlier: string | undefined;
}

/** How a file system says that it has no sockets, as shared folders of virtual machines do. */
const noSockets = ['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EACCES', 'EINVAL'];

/**
 * Starts the HTTP server on its port and on a socket: in the data directory where that works, else in a directory of its
 * own.
 * @throws ConfigError when no directory can hold the socket; the system's error when the port is in use
 */
export const listen = async (
  location: SocketLocation,
  options: Omit<HttpOptions, 'socketPath'>,
): Promise<HttpServer & { readonly socket: string }> => {
  const listenOn = async (socketPath: string) => {
    prepareSocket(socketPath);
    const server = await startHttp({ ...options, socketPath });
    const stop = async () => {
      await server.stop();
      removeSocket(socketPath, location.dataDir);
    };
    return { ...server, socket: socketPath, stop };
  };
  const preferred = join(location.dataDir, 'socket', socketName);
  if (fitsSocketPath(preferred)) {
    try {
      return await listenOn(preferred);
    } catch (error) {
      if (!noSockets.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return listenOn(socketOutsideDataDir(location.runtimeDir, location.earlier));
};

/** Removes the socket, and its directory where that is not in the data directory. */
const removeSocket = (path: string, dataDir: string): void => {
  rmSync(path, { force: true });
  if (dirname(dirname(path)) !== dataDir) rmSync(dirname(path), { recursive: true, force: true });
};
