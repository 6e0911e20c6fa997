/** One attempt that is watched, the name it is known by, and the list of them. */
import type { Ending } from '../model/scheduler.ts';
import type { Attempt } from '../store/attempts.ts';
import type { AttemptFiles } from '../store/instance-files.ts';
import type { Ahead } from './ahead.ts';
import type { SpawnRequest } from './processes/spawner.ts';

/** One watched attempt. `ending` is set once, when its process is gone. */
export interface LiveAttempt {
  readonly key: string;
  readonly files: AttemptFiles;
  readonly marker: string;
  /** 0 until its process has begun. */
  pid: number;
  birth: string;
  ending: Ending | undefined;
  /** Its process is gone and what it leaves is being stored. */
  isStoring: boolean;
  /** The signals sent so far. */
  signalled: 'none' | 'TERM' | 'KILL';
  readonly attempt: Attempt;
  /** What its process is made of, while it stands ready. */
  request: Omit<SpawnRequest, 'key'> | undefined;
  /** When its process was asked for. */
  since: number;
  /** Nobody has its streams open any more. */
  isLeft: boolean;
  /** The spawner tells of its end; otherwise one has to look. */
  isMine: boolean;
}

/** Names an instance among those that are watched. */
export const keyOf = (instance: { readonly task: number; readonly idx: number }): string =>
  `${instance.task}/${instance.idx}`;

/** The task and the index that a key names. */
export const instanceOf = (key: string): readonly [task: number, idx: number] => {
  const [task = 0, idx = 0] = key.split('/').map(Number);
  return [task, idx];
};

export interface LiveAttempts {
  get(key: string): LiveAttempt | undefined;
  all(): readonly LiveAttempt[];
  /** There will be something to begin. */
  warm(): void;
  /** Has an attempt stand ready. */
  begin(attempt: Attempt, request: Omit<SpawnRequest, 'key'>): void;
  /** Has the processes made of those that stand ready, while fewer than `places` attempts are under way. */
  admit(places: number): void;
  /** Something may have changed: until the next `admit` nothing that stands ready begins. */
  hold(): void;
  /** What may stand ready beyond those that are under way. */
  readonly ahead: Pick<Ahead<LiveAttempt>, 'most' | 'isFor'>;
  /** Those that have begun, once, a moment after it or when they have ended. */
  takeBegun(): readonly LiveAttempt[];
  /** Finds an attempt of an earlier engine, or of a spawner that has gone: watched if it lives, else ended. */
  find(attempt: Attempt): 'adopted' | 'ended' | 'notBegun' | 'lost';
  /** Notes an attempt that has already ended. */
  addEnded(attempt: Attempt, ending: Ending): void;
  /** Forgets one whose end is recorded. */
  remove(key: string): void;
  /** Asks the tree to end; after the grace time it is made to. Asking again does nothing. */
  kill(live: LiveAttempt): void;
  /** Ends what attempts left behind that are no longer watched. */
  sweep(): void;
  /** Stops watching; the processes go on. */
  stop(): void;
}
