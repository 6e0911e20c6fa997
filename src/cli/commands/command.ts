/** What a command is, and what it may use of the terminal it runs in. */
import type { Readable } from 'node:stream';
import type { Config } from '../config.ts';

export interface Terminal {
  /** One line, or several, on stdout. */
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly input: Readable;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  readonly hasColours: boolean;
  /** Settles when what was printed has left. */
  readonly flush: () => Promise<void>;
  /** Ends the process after so many milliseconds, whatever still holds it open. */
  readonly endWithin: (milliseconds: number) => void;
  /** The file this program was started from. */
  readonly program: string;
}

/**
 * Runs one command.
 * @returns the exit code: 0 done, 1 the service or the gate said no, 2 wrong usage
 * @throws ConfigError for wrong usage, with what would be right
 */
export type Command = (config: Config, terminal: Terminal) => Promise<number>;
