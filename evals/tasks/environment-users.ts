/** Finds the jobs that use one compute environment or wait for it. */
import { shellTask } from '../../test/engine/running-engine.ts';
import {
  allEnded,
  allRunning,
  createEnv,
  listCheck,
  longRunning,
  nothingAllowed,
  submitJob,
} from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const work = longRunning('fold', '--model multimer');

export const environmentUsers: Task = {
  id: 'environment-users',
  prompt: `We want to delete the compute environment "pool-east". Which jobs that have not ended use it, or will use it: in a task that runs there, waits for a node there, or waits for another task first? Do not change anything. End your answer with one line:
JOBS: the names of these jobs, separated by commas`,
  limits: defaultLimits,
  setup: async (world) => {
    const east = await createEnv(world, 'pool-east', 2);
    const west = await createEnv(world, 'pool-west', 3);
    const past = await submitJob(world, 'fold-p53', 'echo folded', { EnvId: east });
    await allEnded(world, [past]);
    const running: string[] = [];
    for (const name of ['fold-egfr', 'fold-kras'])
      running.push(await submitJob(world, name, work, { EnvId: east }));
    for (const name of ['fold-myc', 'dock-braf'])
      running.push(await submitJob(world, name, work, { EnvId: west }));
    running.push(await submitJob(world, 'dock-her2', work));
    await allRunning(world, running);
    await submitJob(world, 'fold-abl1', work, { EnvId: east });
    const staged = await world.submit({
      JobName: 'screen-42',
      Tasks: [shellTask('filter', work), shellTask('fold', work, { EnvId: east })],
      Dependences: [{ StartTask: 'filter', EndTask: 'fold' }],
    });
    await world.submit({
      JobName: 'screen-43',
      Tasks: [shellTask('filter', work), shellTask('fold', work, { EnvId: west })],
      Dependences: [{ StartTask: 'filter', EndTask: 'fold' }],
    });
    await allRunning(world, [staged]);
    return {
      score: async (answer) => [
        listCheck(answer, 'JOBS', ['fold-egfr', 'fold-kras', 'fold-abl1', 'screen-42']),
      ],
      isAllowed: nothingAllowed,
    };
  },
};
