/** Why the instances of a local engine wait: what occupies its slots, and what releases them. */
import type { EngineRequests, SlotHolder } from '../../client/engine-requests.ts';
import { counted } from '../render/counted.ts';
import { namedId, quoted } from '../render/untrusted.ts';

/** Enough to see what to do; a full list would be as long as the machine has slots. */
const maxNamed = 5;

/** Sentences on the slots; none where some are free. */
export const slotUseOf = async (engine: EngineRequests): Promise<readonly string[]> => {
  const { Total, Holders } = await engine.slots();
  const used = Holders.reduce((sum, { Count }) => sum + Count, 0);
  if (used < Total) return [];
  const rest = Holders.slice(maxNamed).reduce((sum, { Count }) => sum + Count, 0);
  return [
    `all slots of the local engine are occupied (${Total})`,
    ...Holders.slice(0, maxNamed).map(sentenceOf),
    ...(rest > 0 ? [`${counted(rest, 'more slot', 'more slots')} by other tasks`] : []),
  ];
};

const sentenceOf = ({ JobId, JobName, Priority, TaskName, TaskInstanceState, Count }: SlotHolder): string => {
  const who = `${counted(Count, 'slot')} by task ${quoted(TaskName)} of ${namedId(JobId, JobName)}, ${TaskInstanceState}, Priority ${Priority}`;
  return TaskInstanceState === 'FAILED_INTERRUPTED'
    ? `${who}: it keeps the slot until TerminateTaskInstance or TerminateJob`
    : who;
};
