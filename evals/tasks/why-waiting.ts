/** Explains why tasks have not begun. */
import { shellTask } from '../../test/engine/running-engine.ts';
import {
  allRunning,
  check,
  createEnv,
  lineOf,
  listCheck,
  longRunning,
  nothingAllowed,
  submitJob,
} from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const work = longRunning('scan', '--depth 4');

export const whyWaiting: Task = {
  id: 'why-waiting',
  prompt: `Some tasks of the jobs with the tag owner=lena have not begun. Say of each such task why it waits, with one of these causes: dependency (it waits for another task of its job), busy-nodes (all nodes of its compute environment are occupied), no-nodes (its compute environment has no nodes). For busy-nodes, say which job occupies the nodes. Do not change anything. End your answer with two lines:
WAITING: job name/task name=cause for each such task, separated by commas
OCCUPIED-BY: the name of the job that occupies the nodes`,
  limits: defaultLimits,
  setup: async (world) => {
    const tags = { Tags: [{ Key: 'owner', Value: 'lena' }] };
    const busy = await createEnv(world, 'pool-scan', 2);
    const empty = await createEnv(world, 'pool-train', 0);
    const idle = await createEnv(world, 'pool-spare', 1);
    const first = [
      await submitJob(world, 'survey-2025', work, { EnvId: busy, TaskInstanceNum: 2 }),
      await submitJob(world, 'survey-pilot', work, { EnvId: idle }, tags),
    ];
    await allRunning(world, first);
    const merge = await world.submit({
      JobName: 'mosaic',
      ...tags,
      Tasks: [shellTask('extract', work), shellTask('stitch', work)],
      Dependences: [{ StartTask: 'extract', EndTask: 'stitch' }],
    });
    await world.submit({ JobName: 'depth-map', ...tags, Tasks: [shellTask('scan', work, { EnvId: busy })] });
    await world.submit({
      JobName: 'classify',
      ...tags,
      Tasks: [
        shellTask('label', work),
        shellTask('train', work, { EnvId: empty }),
        shellTask('export', work),
      ],
      Dependences: [{ StartTask: 'train', EndTask: 'export' }],
    });
    await allRunning(world, [merge]);
    return {
      score: async (answer) => [
        listCheck(answer, 'WAITING', [
          'mosaic/stitch=dependency',
          'depth-map/scan=busy-nodes',
          'classify/train=no-nodes',
          'classify/export=dependency',
        ]),
        check(
          'the job that occupies the nodes is named',
          /survey-2025/.test(lineOf(answer, 'OCCUPIED-BY') ?? ''),
        ),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
