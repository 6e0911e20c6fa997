/** What failing tasks used, as far as a local engine has measured it. */
import { ApiError, TransportError } from '../../shared/errors.ts';
import type { ToolContext } from '../contract/tool.ts';
import { historyFactsOf } from '../job-view/history-facts.ts';
import { useTextOf } from '../job-view/sentences.ts';
import { measuredUseOf } from '../job-view/sizing.ts';
import { quoted } from '../render/untrusted.ts';
import type { JudgedCluster } from './diagnosis-fields.ts';
import { isFailure } from './failure-cause.ts';

/** The first failing tasks explain the job. */
const maxTasks = 2;

/** One sentence for each of the first failing tasks; none against the cloud, where it takes calls: ShowJob makes them. */
export const readUse = async (
  JobId: string,
  kinds: readonly JudgedCluster[],
  { engine, region, signal }: Pick<ToolContext, 'engine' | 'region' | 'signal'>,
): Promise<readonly string[]> => {
  const failed = kinds.filter(({ cause }) => isFailure(cause));
  const names = [
    ...new Set(failed.flatMap(({ cluster }) => cluster.failures.map(({ TaskName }) => TaskName))),
  ];
  const requests = names.length === 0 ? undefined : await engine?.();
  if (requests === undefined) return [];
  try {
    const facts = historyFactsOf(await requests.history({ Region: region, JobId }), 0);
    return names.slice(0, maxTasks).flatMap((name) => {
      const usage = facts.get(name)?.usage;
      return usage === undefined ? [] : [`${quoted(name)}: ${useTextOf(measuredUseOf(usage))}`];
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof TransportError) return [];
    throw error;
  }
};
