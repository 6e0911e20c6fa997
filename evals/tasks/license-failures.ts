/** Counts failures of one cause over several jobs. */
import { allEnded, listCheck, nothingAllowed, numberCheck, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

/** A solver whose instances fail for a missing license or for a broken mesh. */
const solver = (license: readonly number[], mesh: readonly number[]) => `case $BATCH_TASK_INSTANCE_INDEX in
${license.map((index) => `${index}) echo "FLEXlm error -4: license checkout failed for SOLVER" >&2; exit 3 ;;`).join('\n')}
${mesh.map((index) => `${index}) echo "mesh element 812${index} has a negative volume" >&2; exit 9 ;;`).join('\n')}
esac
echo "converged after 41 steps"`;

/** Job → instances without a license, instances with a broken mesh. */
const campaign: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  'pole-20': [[0, 2], []],
  'pole-30': [[], []],
  'pole-40': [[1], [3]],
  'wall-20': [[0, 1, 2, 3], []],
  'wall-30': [[], [2]],
  'wall-40': [[3], []],
};

export const licenseFailures: Task = {
  id: 'license-failures',
  prompt: `We ran several simulation jobs with the tag campaign=crash. In how many task instances of this campaign, over all its jobs, did the license checkout fail? And which of its jobs have instances that failed because of a broken mesh? Do not change anything. End your answer with two lines:
LICENSE: the number of instances
MESH: the names of the jobs, separated by commas`,
  limits: defaultLimits,
  setup: async (world) => {
    const submit =
      (tag: string) =>
      ([name, [license, mesh]]: [string, readonly [readonly number[], readonly number[]]]) =>
        submitJob(
          world,
          name,
          solver(license, mesh),
          { TaskInstanceNum: 4 },
          { Tags: [{ Key: 'campaign', Value: tag }] },
        );
    const jobs = await Promise.all([
      ...Object.entries(campaign).map(submit('crash')),
      submit('noise')(['pole-50', [[0, 1, 2], [3]]]),
    ]);
    await allEnded(world, jobs);
    return {
      score: async (answer) => [
        numberCheck(answer, 'LICENSE', 8),
        listCheck(answer, 'MESH', ['pole-40', 'wall-30']),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
