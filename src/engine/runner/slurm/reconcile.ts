/** Compares what the status files and Slurm say with what the engine has submitted. */
import { detailArgsOf, listingArgsOf } from './commands.ts';
import {
  type ElementOf,
  reportSlurmEnd,
  type SlurmContext,
  type SlurmEntry,
  type Submission,
} from './entry.ts';
import { isActive, type ListedElement, type Listing, parseListing } from './parse.ts';
import { cancelElement, readBeat, readStatuses } from './status-files.ts';
import { cancelEntries, cancelIds } from './stop.ts';
import { entryOf, sendElements } from './submit.ts';
import { mayBeKillOfOrphan, verdictOf, verdictOfStatus } from './verdict.ts';

/** Reads the status files of all submissions with open elements, and reports what has begun and ended. */
export const readAllStatuses = (context: SlurmContext): void => {
  for (const submission of context.submissions.values()) {
    try {
      const statuses = readStatuses(submission.directory);
      for (const [number, status] of statuses) {
        const entry = entryOf(context, submission, number);
        if (entry === undefined || entry.state.phase !== 'submitted') continue;
        if (status.hasBegun && !status.isCancelled && !entry.status.hasBegun)
          reportBegun(context, entry, submission, number);
        entry.status = status;
        const verdict = verdictOfStatus(status, entry.isStopped);
        if (verdict.kind === 'ended') reportSlurmEnd(context, entry, verdict.ending, verdict.stopReason);
      }
    } catch (error) {
      context.log.warn(`the status of a job array cannot be read and is read again: ${String(error)}`);
    }
  }
};

const reportBegun = (
  context: SlurmContext,
  { key, attempt }: SlurmEntry,
  { token }: Submission,
  number: number,
): void => {
  const { runningTime } = attempt;
  // The wrapper measures Timeout by itself; that of the engine is a net, and may start late.
  const elapsedMs = runningTime === undefined ? 0 : Math.max(0, Date.now() - runningTime);
  context.report({
    kind: 'started',
    key,
    backendId: attempt.backendId ?? `slurm ${token} ${number}`,
    elapsedMs,
  });
};

/**
 * Asks Slurm for all jobs of this engine, and decides about elements that it does not list.
 * @returns false if Slurm did not answer; then nothing is decided
 */
export const reconcile = async (context: SlurmContext): Promise<boolean> => {
  const { client, settings, uid } = context;
  // What was submitted while the list was made may be missing in it.
  const before = new Map([...context.submissions.values()].map((each) => [each, new Set(each.liveJobs)]));
  const result = await client.run('squeue', listingArgsOf(settings.engineId, uid));
  if (context.isClosed()) return true;
  if (result.code !== 0) {
    // It may have lost its last jobs.
    context.forgottenAt = context.monotonic();
    return false;
  }
  const listing = parseListing(result.stdout);
  for (const submission of context.submissions.values())
    adoptJobs(submission, listing, before.get(submission));
  // After the list was made: what has ended since has a status.
  readAllStatuses(context);
  cancelGhosts(context, listing);
  const missing = missingIn(context, listing);
  return missing.length === 0 || resolveMissing(context, missing);
};

/** @param before the jobs that were known before the list was made */
const adoptJobs = (
  { token, jobs, liveJobs }: Submission,
  listing: Listing,
  before: ReadonlySet<number> | undefined,
): void => {
  const listed = listing.jobs.get(token) ?? new Set();
  for (const job of before ?? []) if (!listed.has(job)) liveJobs.delete(job);
  for (const job of listed) {
    jobs.add(job);
    liveJobs.add(job);
  }
};

/** Many times longer than a wrapper needs to end after its last status. */
const ghostMs = 20_000;

/**
 * Cancels elements that have ended, and that a controller with an old memory lists as running: they would occupy
 * processors until their time limit.
 */
const cancelGhosts = (context: SlurmContext, listing: Listing): void => {
  const { ghosts, submissions } = context;
  const now = context.monotonic();
  const listed = [...submissions.values()].flatMap(({ token, open }) =>
    [...(listing.elements.get(token) ?? [])].flatMap(([number, { state, job }]) =>
      state === 'RUNNING' && !open.has(number) ? [`${job}_${number}`] : [],
    ),
  );
  const seen = new Set(listed);
  for (const id of ghosts.keys()) if (!seen.has(id)) ghosts.delete(id);
  for (const id of listed) if (!ghosts.has(id)) ghosts.set(id, now);
  cancelIds(
    context,
    listed.filter((id) => now - (ghosts.get(id) ?? now) >= ghostMs),
  );
};

interface Missing extends ElementOf {
  readonly entry: SlurmEntry;
  readonly forMs: number;
}

/** The elements that Slurm does not list, since the list before at the latest. */
const missingIn = (context: SlurmContext, listing: Listing): readonly Missing[] => {
  const now = context.monotonic();
  const active: SlurmEntry[] = [];
  const missing = [...context.entries.values()].flatMap((entry): readonly Missing[] => {
    const { element } = entry;
    if (element === undefined || entry.state.phase !== 'submitted') return [];
    const listed = listing.elements.get(element.submission.token)?.get(element.number);
    if (listed !== undefined && isActive(listed)) {
      entry.missingSince = undefined;
      if (entry.isStopped || isStuck(context, entry, element, listed)) active.push(entry);
      return [];
    }
    if (element.submission.isSending) return [];
    entry.missingSince ??= now;
    const forMs = now - entry.missingSince;
    return forMs > 0 ? [{ ...element, entry, forMs }] : [];
  });
  // Slurm may not have known them when they were cancelled the first time.
  cancelEntries(context, active);
  return missing;
};

/**
 * Gives up an element that Slurm lists as running, and that its node has never started: after a restart, a controller
 * may give it the number of an earlier job, which the node refuses.
 * @returns whether Slurm has to cancel it
 */
const isStuck = (
  context: SlurmContext,
  entry: SlurmEntry,
  { submission, number }: ElementOf,
  { state, node }: ListedElement,
): boolean => {
  if (state !== 'RUNNING' || entry.status.hasBegun) {
    entry.runningSince = undefined;
    return false;
  }
  const { monotonic, timings } = context;
  entry.runningSince ??= monotonic();
  if (monotonic() - entry.runningSince < timings.beginMs || !claim(submission, number)) return false;
  const detail = `Slurm lists it as running, but node ${node} has not started it`;
  reportSlurmEnd(context, entry, { kind: 'machine-failure', detail });
  return true;
};

/** @returns false if Slurm did not answer */
const resolveMissing = async (context: SlurmContext, missing: readonly Missing[]): Promise<boolean> => {
  const jobs = [...new Set(missing.flatMap(({ submission }) => [...submission.jobs]))];
  const details = await detailsOf(context, jobs);
  if (context.isClosed()) return true;
  if (details === undefined) return false;
  readAllStatuses(context);
  const again = new Map<Submission, number[]>();
  for (const each of missing) {
    if (each.entry.state.phase !== 'submitted') continue;
    const listed = details.elements.get(each.submission.token)?.get(each.number);
    if (resolveElement(context, each, listed) !== 'submit') continue;
    again.set(each.submission, [...(again.get(each.submission) ?? []), each.number]);
  }
  for (const [submission, numbers] of again) {
    context.log.warn(
      `Slurm has no job of ${numbers.length} instances that have not begun; they are submitted again`,
    );
    for (const number of numbers) {
      const entry = entryOf(context, submission, number);
      if (entry !== undefined) entry.missingSince = undefined;
    }
    await sendElements(context, submission, numbers);
    if (context.isClosed()) return true;
  }
  return true;
};

/** @returns undefined if Slurm did not answer */
const detailsOf = async ({ client }: SlurmContext, jobs: readonly number[]): Promise<Listing | undefined> => {
  if (jobs.length === 0) return parseListing('');
  const { code, stdout, stderr } = await client.run('squeue', detailArgsOf(jobs));
  if (code === 0) return parseListing(stdout);
  // It says so of a single job that it has forgotten.
  return /invalid job id/i.test(stderr) ? parseListing('') : undefined;
};

/** Decides about one element that neither waits nor runs in Slurm. */
const resolveElement = (
  context: SlurmContext,
  { entry, submission, number, forMs }: Missing,
  listed: ListedElement | undefined,
): 'submit' | undefined => {
  const { status, isStopped } = entry;
  if (listed !== undefined && isActive(listed)) return undefined;
  if (listed === undefined && submission.jobs.size > 0) context.forgottenAt = context.monotonic();
  const verdict = verdictOf(status, listed, isStopped);
  if (verdict.kind === 'ended') {
    // What has not begun must not begin any more, before it is reported as ended.
    if (!status.hasBegun && !claim(submission, number)) return undefined;
    if (isKillOfOrphan(context, entry, listed))
      reportSlurmEnd(context, entry, { kind: 'machine-failure', detail: silent });
    else reportSlurmEnd(context, entry, verdict.ending, verdict.stopReason);
    return undefined;
  }
  if (status.code !== undefined) {
    reportSlurmEnd(context, entry, { kind: 'machine-failure', detail: silent });
    return undefined;
  }
  if (status.hasBegun) {
    if (isLost(context, entry, submission, number))
      reportSlurmEnd(context, entry, { kind: 'machine-failure', detail: lost });
    return undefined;
  }
  if (listed === undefined) return forMs >= context.timings.resubmitMs ? 'submit' : undefined;
  // It ended without a claim. On a network file system the claim may be seen late.
  if (forMs >= context.timings.lostMs && claim(submission, number)) {
    const detail = `its wrapper left no status: the directory of --work-dir may be missing on node ${listed.node}`;
    reportSlurmEnd(context, entry, { kind: 'machine-failure', detail });
  }
  return undefined;
};

const silent = 'the cluster ended it, and does not say why';

/** A controller that lost its state ends jobs that it does not know, and those that it gave the same numbers. */
const orphanKillsMs = 600_000;

const isKillOfOrphan = (
  { monotonic, forgottenAt }: SlurmContext,
  { status, isStopped }: SlurmEntry,
  listed: ListedElement | undefined,
): boolean => !isStopped && mayBeKillOfOrphan(status, listed) && monotonic() - forgottenAt < orphanKillsMs;

const lost = 'lost: Slurm does not know it any more, and its node has written no sign of life';

const claim = (submission: Submission, number: number): boolean => {
  try {
    return cancelElement(submission.directory, number);
  } catch {
    // The file system is unreachable; tried again with the next list.
    return false;
  }
};

const isLost = (
  { monotonic, timings }: SlurmContext,
  entry: SlurmEntry,
  { directory }: Submission,
  number: number,
): boolean => {
  const text = readBeat(directory, number);
  const now = monotonic();
  if (entry.beat === undefined || entry.beat.text !== text) entry.beat = { text, since: now };
  return now - entry.beat.since >= timings.lostMs;
};
