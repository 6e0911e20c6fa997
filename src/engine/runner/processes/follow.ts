/** Follows attempts that no runner of this engine reports on: those of an earlier engine, or of a runner that is gone. */
import { type BackendContext, type Entry, pidOfEntry, reportEnd, terminateEntry } from './entry.ts';
import { inspectAttempt } from './inspect-attempt.ts';
import { ageOf, isAlive, markerOf, processIdentity } from './process-table.ts';
import { forceKill, killProcessGroup } from './terminate-attempt.ts';
import { isOfOldVersion, linkOldStreams } from './version-0.1.0.ts';

/** A person does not notice the delay, and it costs one small read for each attempt. */
const pollMs = 200;

/** Determines the state of attempts of an earlier engine, and follows those that continue. */
export const followAttempts = (context: BackendContext, entries: readonly Entry[]): void => {
  const { records } = context;
  records.deleteEarlierExceptFor(entries.map(({ key }) => key));
  for (const entry of entries) {
    entry.state = { phase: 'followed', pid: undefined, records: records.earlier };
    if (isOfOldVersion(entry.attempt)) linkOldStreams(entry.files);
    follow(context, entry);
  }
};

/**
 * Polls an attempt whose runner is gone or did not start, until it has ended.
 * @param reason why its runner is gone, for an attempt that has not begun
 * @param record of its runner
 */
export const pollAfterRunnerLoss = (
  context: BackendContext,
  entry: Entry,
  reason: string,
  record: string | undefined,
): void => {
  if (entry.state.phase === 'ended') return;
  const records = record === undefined ? [] : [record];
  entry.state = { phase: 'followed', pid: pidOfEntry(entry), records };
  follow(context, entry, `the machine could not start it: ${reason || 'its runner is gone'}`);
};

/** @param notBegunReason why it counts as a failure of the machine if it has not begun */
const follow = (context: BackendContext, entry: Entry, notBegunReason?: string): void => {
  if (context.entries.get(entry.key) !== entry || entry.state.phase !== 'followed') return;
  const again = (): void => context.later(() => follow(context, entry, notBegunReason), pollMs);
  try {
    const found = inspectAttempt(entry.attempt, entry.files, entry.state.records);
    if (found.kind === 'alive') {
      if (found.pid !== undefined) reportFollowed(context, entry, found.pid);
      again();
      return;
    }
    killRemains(context, entry, found.pid);
    const { ending } = found;
    const isFailure = ending.kind === 'not-begun' && notBegunReason !== undefined && entry.stop === 'none';
    reportEnd(context, entry, isFailure ? { kind: 'machine-failure', detail: notBegunReason } : ending);
  } catch {
    // No free file descriptor, for instance: the files are inspected again.
    again();
  }
};

/** Reports that it runs, the first time. */
const reportFollowed = (context: BackendContext, entry: Entry, pid: number): void => {
  if (entry.state.phase !== 'followed' || entry.state.pid !== undefined) return;
  entry.state = { ...entry.state, pid };
  const { backendId, runningTime } = entry.attempt;
  context.report({
    kind: 'started',
    key: entry.key,
    backendId: backendId ?? processIdentity(pid),
    // The clock may have been set back since.
    elapsedMs: ageOf(pid) ?? (runningTime === undefined ? 0 : Math.max(0, Date.now() - runningTime)),
  });
  if (entry.stop === 'requested') terminateEntry(context, entry);
};

/** Kills what is left of an attempt before it is reported as ended, so that the next one never runs beside it. */
const killRemains = ({ settings }: BackendContext, entry: Entry, lostPid: number | undefined): void => {
  const pid = pidOfEntry(entry);
  // It has just ended, so no other group has its number yet.
  if (pid !== undefined) killProcessGroup(pid);
  if (lostPid === undefined) return;
  const { backendId } = entry.attempt;
  const isOwn = backendId === undefined ? markerOf(lostPid) === entry.marker : isAlive(backendId);
  if (isOwn) forceKill(settings, { ...entry, pid: lostPid });
};
