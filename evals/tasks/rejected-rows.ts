/** Sums a figure that every instance of a job prints. */
import { allEnded, listCheck, nothingAllowed, numberCheck, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const instances = 32;
/** The same figure as the command computes. */
const rejectedOf = (index: number): number => (index * 37) % 29;
const threshold = 24;

const command = `i=$BATCH_TASK_INSTANCE_INDEX
echo "opening part-$i.csv"
echo "columns: id, name, amount, currency"
echo "rows=$((9000 + i)) rejected=$(((i * 37) % 29)) seconds=$((2 + i % 3))"
echo "closing part-$i.csv"`;

export const rejectedRows: Task = {
  id: 'rejected-rows',
  prompt: `The job "import-ledger" has loaded ${instances} files, one in each task instance. Every instance printed how many rows it rejected. How many rows were rejected in total, and which instances rejected more than ${threshold}? Do not change anything. End your answer with two lines:
TOTAL: the number of rejected rows
ABOVE: the indexes of the instances that rejected more than ${threshold}, separated by commas`,
  limits: defaultLimits,
  setup: async (world) => {
    await allEnded(world, [await submitJob(world, 'import-ledger', command, { TaskInstanceNum: instances })]);
    const rejected = Array.from({ length: instances }, (_, index) => rejectedOf(index));
    return {
      score: async (answer) => [
        numberCheck(
          answer,
          'TOTAL',
          rejected.reduce((sum, count) => sum + count, 0),
        ),
        listCheck(
          answer,
          'ABOVE',
          rejected.flatMap((count, index) => (count > threshold ? [index] : [])),
        ),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
