/** Lines for the person who runs the program. They go to stderr: stdout belongs to the protocol. */

export type Level = 'error' | 'warn' | 'info' | 'debug';
const order: readonly Level[] = ['error', 'warn', 'info', 'debug'];

export interface Log {
  error(message: string): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/**
 * Creates a log.
 * @param level the least important level still written
 * @param secrets values that must never appear, whatever a message holds
 * @param write where a line goes; stderr unless a test gives another place
 */
export const createLog = (
  level: Level,
  secrets: () => readonly (string | undefined)[] = () => [],
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log => {
  const at = (own: Level) => (message: string) => {
    if (order.indexOf(own) > order.indexOf(level)) return;
    let line = `batch-mcp ${own}: ${message}`;
    for (const secret of secrets()) if (secret) line = line.replaceAll(secret, '***');
    write(`${line.replaceAll('\n', '\n  ')}\n`);
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
};
