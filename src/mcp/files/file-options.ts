/** What the operator allows the file tools. */
import { ConfigError } from '../../shared/errors.ts';
import type { Random } from '../../shared/random.ts';

export interface FileOptions {
  /** The only local directory that is read and written; absent: none. */
  readonly filesDir: string | undefined;
  /** Never staged and never written to. */
  readonly dataDir: string;
  /** Whether links may be made. */
  readonly links: boolean;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly owner: OwnerProcess;
}

/** Identifies this process among all that fetch files, so that the partial file of one that was killed is recognized. */
export interface OwnerProcess {
  readonly hostname: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** @throws ConfigError without --files-dir */
export const requireFilesDir = ({ filesDir }: FileOptions): string => {
  if (filesDir !== undefined) return filesDir;
  throw new ConfigError(
    'Local files are neither read nor written: the server has to be started with --files-dir and the directory that may be used.',
  );
};
