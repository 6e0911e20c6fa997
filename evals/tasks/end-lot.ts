/** Ends the running jobs that process one lot; the lot is an argument of their commands. */

import { shellTask } from '../../test/engine/running-engine.ts';
import {
  allEnded,
  allRunning,
  check,
  longRunning,
  names,
  reaches,
  stateOf,
  submitJob,
} from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const assay = (lot: number, plate: number) => longRunning('assay', `--lot ${lot} --plate ${plate}`);

export const endLot: Task = {
  id: 'end-lot',
  prompt: `Lot 7 of our reagent is contaminated. End every job that is still running and processes lot 7 in any of its tasks (the commands say --lot). All other jobs must go on, and no record may be deleted. You have my approval for this.`,
  limits: defaultLimits,
  setup: async (world) => {
    const lots = [7, 17, 7, 8, 70, 7, 71, 8, 9];
    const running: string[] = [];
    for (const [position, lot] of lots.entries())
      running.push(await submitJob(world, `intake-${position + 1}`, assay(lot, position + 1)));
    const confirmed = await world.submit({
      JobName: 'intake-confirm',
      Tasks: [shellTask('first', assay(8, 10)), shellTask('second', assay(7, 11))],
      Dependences: [{ StartTask: 'first', EndTask: 'second' }],
    });
    const finished = await submitJob(world, 'intake-pilot', 'assay() { true; }; assay --lot 7 --plate 0');
    await allRunning(world, running);
    await allEnded(world, [finished]);
    const targets = [...running.filter((_, position) => lots[position] === 7), confirmed];
    const others = running.filter((id) => !targets.includes(id));
    return {
      score: async () => [
        ...(await Promise.all(
          targets.map(async (id) => check(`${id} has ended`, await reaches(world, id, ['FAILED']))),
        )),
        ...(await Promise.all(
          others.map(async (id) => check(`${id} still runs`, (await stateOf(world, id)) === 'RUNNING')),
        )),
      ],
      isAllowed: (request) =>
        ['TerminateJob', 'TerminateTaskInstance'].includes(request.action) &&
        names(request, 'JobId', targets),
    };
  },
};
