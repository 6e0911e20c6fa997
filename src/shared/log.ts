/** The log of the program. It is written to stderr, because stdout is reserved for the protocol. */
import { writeSync } from 'node:fs';

export type Level = 'error' | 'warn' | 'info' | 'debug';
const order: readonly Level[] = ['error', 'warn', 'info', 'debug'];

export interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** A line that cannot be written, because the disk is full or the reader is gone, is dropped. */
const writeToStderr = (line: string): void => {
  try {
    writeSync(2, line);
  } catch {
    // There is nowhere to report it.
  }
};

/**
 * Creates a log.
 * @param level the minimum level that is written
 * @param secrets values that are masked in every message
 * @param write receives each line; stderr by default
 */
export const createLog = (
  level: Level,
  secrets: () => readonly (string | undefined)[] = () => [],
  write: (line: string) => void = writeToStderr,
): Log => {
  const at = (own: Level) => (message: string) => {
    if (order.indexOf(own) > order.indexOf(level)) return;
    let line = `batch-mcp ${own}: ${message}`;
    for (const secret of secrets()) if (secret) line = line.replaceAll(secret, '***');
    write(`${line.replaceAll('\n', '\n  ')}\n`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
};
