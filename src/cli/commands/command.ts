/** The contract of a command, and what it may use of the terminal. */
import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config.ts';

export interface Terminal {
  /** Prints one or more lines on stdout. */
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly input: Readable;
  /** For the protocol, which owns stdout. */
  readonly output: Writable;
  /** Whether stdin and stderr are a terminal, so that the user can be asked. */
  readonly isInteractive: boolean;
  readonly hasColours: boolean;
  /** Width of the terminal, which may change; by default 80. */
  readonly columns?: () => number;
  /** Resolves when everything printed has been written. */
  readonly flush: () => Promise<void>;
  /** Exits the process after this many milliseconds, even if something keeps it running. */
  readonly endWithin: (milliseconds: number) => void;
  /** The file this program was started from. */
  readonly program: string;
}

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 refused by the service or the gate, 2 usage error
 * @throws ConfigError for a usage error, with the correct usage
 */
export type Command = (config: Config, terminal: Terminal) => Promise<number>;
