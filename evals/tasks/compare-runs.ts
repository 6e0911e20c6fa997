/** Compares two runs of one job: their submissions and the results of their instances. */
import { allEnded, check, lineOf, listCheck, nothingAllowed, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const align = (minQuality: number) =>
  `align() { i=$BATCH_TASK_INSTANCE_INDEX; m=$((88 + i % 5)); if [ "$2" -gt 25 ] && [ $((i % 4)) -eq 3 ]; then m=$((m - 20 - i)); fi; echo "reading sample $i"; echo "mapped=$m"; }; align --min-quality ${minQuality}`;

export const compareRuns: Task = {
  id: 'compare-runs',
  prompt: `The job "align-nightly" ran twice: once with the tag night=monday and once with night=tuesday. Tuesday's results are worse. Which settings differ between the two submissions, and for which instances did the printed value "mapped" change? Do not change anything. End your answer with two lines:
DIFFERENCES: each differing setting as field=old->new, separated by commas
INSTANCES: the indexes of the instances whose value changed, separated by commas`,
  limits: defaultLimits,
  setup: async (world) => {
    const run = (night: string, minQuality: number, Timeout: number) =>
      submitJob(
        world,
        'align-nightly',
        align(minQuality),
        { TaskInstanceNum: 12, Timeout, MaxRetryCount: 1 },
        { Tags: [{ Key: 'night', Value: night }] },
      );
    await allEnded(world, [await run('monday', 20, 600), await run('tuesday', 30, 900)]);
    return {
      score: async (answer) => {
        const differences = lineOf(answer, 'DIFFERENCES') ?? '';
        return [
          check('min-quality 20 and 30 are named', /\b20\b.*\b30\b/.test(differences)),
          check('Timeout 600 and 900 are named', /\b600\b.*\b900\b/.test(differences)),
          listCheck(answer, 'INSTANCES', [3, 7, 11]),
        ];
      },
      isAllowed: nothingAllowed,
    };
  },
};
