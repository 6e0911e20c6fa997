/** Stores the results of an attempt whose command has exited, for any backend. */
import type { EngineSettings } from '../../settings.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { AttemptFiles } from '../../store/instance-files.ts';
import type { AttemptKey, Report } from '../backend.ts';
import { hasResults, type StoredResults, storeResults } from './store-results.ts';
import type { TaskLaunch } from './task-launch.ts';

type LaunchOf = (task: number) => TaskLaunch;

/** Whether an attempt of the task may leave results. */
export const mayHaveResults = (launchOf: LaunchOf, task: number): boolean => {
  try {
    return hasResults(launchOf(task));
  } catch {
    // `collectResults` reports the reason.
    return true;
  }
};

interface CollectContext {
  readonly settings: EngineSettings;
  readonly launchOf: LaunchOf;
  readonly report: (report: Report) => void;
}

/** Stores the results of an attempt, and reports it as `collected`. */
export const collectResults = (
  { settings, launchOf, report }: CollectContext,
  {
    key,
    attempt,
    files,
  }: { readonly key: AttemptKey; readonly attempt: Attempt; readonly files: AttemptFiles },
): void => {
  const done = (results: StoredResults): void => report({ kind: 'collected', key, ...results });
  try {
    void storeResults(settings, launchOf(attempt.task), files, attempt).then(done);
  } catch (error) {
    done({ fault: error instanceof Error ? error.message : String(error) });
  }
};
