/** Never lost, never twice: an array during which the engine and the controller are killed. */
import { expect, test } from 'vitest';
import { noClusterReason } from './cluster.ts';
import { isFailing, problemsOf, runWithKills } from './kills.ts';

const reason = noClusterReason();

test.skipIf(reason !== undefined)(
  `every instance of an array is accounted for exactly once, although the engine is killed five times and the controller three times${reason === undefined ? '' : ` (${reason})`}`,
  async () => {
    const report = await runWithKills({ instances: 400, slots: 400, seconds: 240 });
    expect(problemsOf(report)).toEqual([]);
    expect(report.outcomes.filter((_, index) => isFailing(index))).toHaveLength(8);
  },
);
