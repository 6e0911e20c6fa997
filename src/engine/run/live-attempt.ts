/** One attempt that is watched, and the name it is known by. */
import type { Ending } from '../model/scheduler.ts';
import type { Attempt } from '../store/attempts.ts';
import type { AttemptFiles } from '../store/instance-files.ts';
import type { SpawnRequest } from './spawner.ts';

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
