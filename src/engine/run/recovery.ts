/** After a restart: every attempt that had a place is found again, finished, or given up. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EngineSettings } from '../settings.ts';
import { type Attempt, activeAttempts } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { type AttemptFiles, attemptFilesOf } from '../store/instance-files.ts';
import { exitCodeOf, markerOfAttempt } from './attempt-process.ts';
import type { LiveAttempts } from './live-attempts.ts';
import { birthOf, markerOf } from './process-table.ts';

/** What became of the attempts of an earlier engine. */
export interface Recovery {
  readonly adopted: number;
  readonly ended: number;
  readonly notBegun: number;
  readonly lost: number;
}

/**
 * Goes through every STARTING and RUNNING instance and hands it to `lives`. Nothing is written here: the next turn
 * of the loop decides by the usual rules. What an earlier engine left running without an owner is ended.
 */
export const recover = (db: Database, settings: EngineSettings, lives: LiveAttempts): Recovery => {
  const count = { adopted: 0, ended: 0, notBegun: 0, lost: 0 };
  for (const attempt of activeAttempts(db)) {
    const files = attemptFilesOf(settings.dataDir, attempt);
    const code = exitCodeOf(files);
    if (code !== undefined) {
      lives.addEnded(attempt, { kind: 'exited', code });
      count.ended += 1;
    } else if (attempt.state === 'STARTING' && claim(files)) {
      // A wrapper that starts only now finds the claim taken and does nothing.
      lives.addEnded(attempt, { kind: 'not-begun' });
      count.notBegun += 1;
    } else {
      const found = processOf(settings, attempt, files);
      if (found === undefined) {
        lives.addEnded(attempt, {
          kind: 'lost',
          detail: 'lost: its process ended while the engine was not running',
        });
        count.lost += 1;
      } else {
        lives.adopt(attempt, found.pid, found.birth);
        count.adopted += 1;
      }
    }
  }
  lives.sweep();
  return count;
};

/** Makes the claim file for the engine. @returns false when a wrapper has made it */
const claim = (files: AttemptFiles): boolean => {
  try {
    mkdirSync(dirname(files.claim), { recursive: true });
    closeSync(openSync(files.claim, 'wx'));
    return true;
  } catch {
    return false;
  }
};

/** The living process of an attempt: by the birth in its row, or, when the engine died before it wrote the row, by its marker. */
const processOf = (
  settings: EngineSettings,
  attempt: Attempt,
  files: AttemptFiles,
): { readonly pid: number; readonly birth: string } | undefined => {
  const pid = attempt.pid ?? pidOfClaim(files);
  if (pid === undefined) return undefined;
  const birth = birthOf(pid);
  if (birth === undefined) return undefined;
  if (attempt.pidBirth !== undefined) return attempt.pidBirth === birth ? { pid, birth } : undefined;
  return markerOf(pid) === markerOfAttempt(settings, attempt) ? { pid, birth } : undefined;
};

const pidOfClaim = (files: AttemptFiles): number | undefined => {
  try {
    const pid = Number(readFileSync(files.claim, 'latin1'));
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
};
