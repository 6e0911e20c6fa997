/** Finds the instances that ran long, by their times. */
import { allEnded, check, entriesOf, listCheck, nothingAllowed, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const seconds = 4;

export const slowInstances: Task = {
  id: 'slow-instances',
  prompt: `The jobs "encode-hd" and "encode-uhd" each have ten task instances. Which of these instances ran (from the start of the command to its end, without the time they waited) for ${seconds} seconds or longer? Do not change anything. End your answer with two lines:
HD: the indexes of these instances of encode-hd, separated by commas
UHD: the same of encode-uhd`,
  limits: defaultLimits,
  setup: async (world) => {
    const encode = (slow: readonly number[]) =>
      `case $BATCH_TASK_INSTANCE_INDEX in ${slow.join('|')}) sleep 5 ;; esac; echo "frames=1200"`;
    // One after the other waits in the second, so that waiting and running differ.
    const ids = [
      await submitJob(world, 'encode-hd', encode([2, 6, 7]), { TaskInstanceNum: 10 }),
      await submitJob(world, 'encode-uhd', encode([5]), { TaskInstanceNum: 10, MaxConcurrentNum: 5 }),
    ];
    await allEnded(world, ids);
    /** By the engine's own times: the machine that runs this may be busy. */
    const slowOf = async (id: string) =>
      (await world.instances(id, 'main')).flatMap(({ RunningTime, EndTime, TaskInstanceIndex }) =>
        Date.parse(EndTime ?? '') - Date.parse(RunningTime ?? '') >= seconds * 1000
          ? [TaskInstanceIndex ?? -1]
          : [],
      );
    const [hd = [], uhd = []] = await Promise.all(ids.map(slowOf));
    return {
      score: async (answer) => [
        listCheck(answer, 'HD', hd),
        listCheck(answer, 'UHD', uhd),
        check('there are slow instances', entriesOf(answer, 'HD').length > 0),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
