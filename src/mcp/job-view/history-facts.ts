/** What the local engine knows of a job's earlier attempts and use, in the form of `facts.ts`. Pure. */
import type { EarlierAttempt, EngineJobHistory, TaskUsage } from '../../client/engine-requests.ts';
import type { AttemptFacts, UsageFacts } from './facts.ts';

interface TaskHistory {
  readonly earlier: readonly AttemptFacts[];
  readonly usage: UsageFacts;
}

/** @param created CreateTime of the job in milliseconds since 1970 */
export const historyFactsOf = (
  history: EngineJobHistory | undefined,
  created: number,
): ReadonlyMap<string, TaskHistory> =>
  new Map(
    (history?.tasks ?? []).map(({ TaskName, Attempts, Usage }) => [
      TaskName,
      {
        earlier: Attempts.map((attempt) => attemptOf(attempt, history?.Reasons ?? [], created)),
        usage: usageOf(Usage),
      },
    ]),
  );

const attemptOf = (
  [index, attempt, launch, running, end, ExitCode, reason]: EarlierAttempt,
  reasons: readonly string[],
  created: number,
): AttemptFacts => {
  const [launched, began, ended] = [launch, running, end].map((time) =>
    time === null ? undefined : Math.max(0, Math.round((time - created) / 1000)),
  );
  return {
    index,
    attempt,
    // Only a failed attempt is repeated.
    state: 'f',
    ...(launched !== undefined && { launched }),
    ...(began !== undefined && { began }),
    ...(ended !== undefined && { ended }),
    ...(ExitCode !== null && { ExitCode }),
    reason: reasons[reason] ?? '',
  };
};

const usageOf = (usage: TaskUsage): UsageFacts =>
  'NotMeasured' in usage
    ? { measured: 0, why: usage.NotMeasured }
    : {
        measured: usage.Measured,
        peakMemoryBytes: usage.PeakMemoryBytes,
        cpuSeconds: usage.CpuSeconds,
        measuredSeconds: usage.MeasuredSeconds,
      };
