/** Ends attempts: those that have not begun never begin, the others are cancelled in Slurm, many with one command. */
import { cancelArgsOf } from './commands.ts';
import { reportSlurmEnd, type SlurmContext, type SlurmEntry } from './entry.ts';
import { cancelElement, requestElementStop } from './status-files.ts';

/** Ends an attempt that has been submitted. @returns whether Slurm has to cancel its element */
export const stopSubmitted = (context: SlurmContext, entry: SlurmEntry): boolean => {
  const { element } = entry;
  if (element === undefined || entry.state.phase !== 'submitted') return false;
  const { submission, number } = element;
  try {
    if (!entry.status.hasBegun && cancelElement(submission.directory, number)) {
      reportSlurmEnd(context, entry, { kind: 'not-begun' });
      return true;
    }
    // For a job that Slurm has forgotten.
    requestElementStop(submission.directory, number);
  } catch (error) {
    context.log.warn(`the status of an element could not be written: ${String(error)}`);
  }
  return true;
};

/** Cancels the elements of entries in Slurm. Nothing depends on the result: what still runs is cancelled again. */
export const cancelEntries = (context: SlurmContext, entries: readonly SlurmEntry[]): void => {
  cancelIds(context, cancelIdsOf(entries));
};

/** Cancels jobs or elements by their ids. */
export const cancelIds = (context: SlurmContext, ids: readonly string[]): void => {
  if (ids.length === 0) return;
  void (async () => {
    for (const args of cancelArgsOf(ids)) await context.client.run('scancel', args);
  })();
};

/** Ids for `scancel`: `JOB` if every open element of a submission is meant, `JOB_NUMBER` otherwise. */
export const cancelIdsOf = (entries: readonly Pick<SlurmEntry, 'element'>[]): readonly string[] => {
  const numbers = new Map<NonNullable<SlurmEntry['element']>['submission'], number[]>();
  for (const { element } of entries) {
    if (element === undefined) continue;
    const known = numbers.get(element.submission);
    if (known === undefined) numbers.set(element.submission, [element.number]);
    else known.push(element.number);
  }
  return [...numbers].flatMap(([{ liveJobs, open }, own]) =>
    [...liveJobs].flatMap((job) =>
      [...open].every((number) => own.includes(number))
        ? [`${job}`]
        : own.map((number) => `${job}_${number}`),
    ),
  );
};
