/** Ends the instances of a running job that their output says are stalled. */

import { until } from '../../test/engine/running-engine.ts';
import { allRunning, check, names, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const instances = 14;
const stalled = [3, 8, 9, 12];

const command = `i=$BATCH_TASK_INSTANCE_INDEX
echo "crawling site $i"
case $i in
${stalled.join('|')}) echo "page 17 of 400"; echo "stalled: no answer from proxy for 900 s" ;;
5) echo "retry after stalled connection: recovered"; echo "page 212 of 400" ;;
*) echo "page $((150 + i)) of 400" ;;
esac
sleep 7200`;

export const endStalled: Task = {
  id: 'end-stalled',
  prompt: `The job "crawl-shops" is running with ${instances} task instances. Some of them are stalled: the last line that they printed says so. End just these instances, so that the job can finish; the others must go on. You have my approval for this.`,
  limits: defaultLimits,
  setup: async (world) => {
    const id = await submitJob(world, 'crawl-shops', command, { TaskInstanceNum: instances });
    await allRunning(world, [id]);
    await until('all instances have printed', async () => {
      const logs = await Promise.all(
        Array.from({ length: instances }, (_, index) => world.logs(id, 'main', index)),
      );
      return logs.every(({ stdout }) => /page|stalled/.test(stdout));
    });
    const stateOfInstances = async () =>
      (await world.instances(id, 'main')).map((one) => one.TaskInstanceState);
    return {
      score: async () => {
        const isEnded = async () => {
          const states = await stateOfInstances();
          return stalled.every((index) => states[index] === 'FAILED');
        };
        const haveEnded = await until('the stalled instances have ended', isEnded, 15).catch(() => false);
        const states = await stateOfInstances();
        return [
          check('the stalled instances have ended', haveEnded === true),
          check(
            'the other instances still run',
            states.every((state, index) => stalled.includes(index) || state === 'RUNNING'),
          ),
        ];
      },
      isAllowed: (request) =>
        request.action === 'TerminateTaskInstance' &&
        names(request, 'JobId', [id]) &&
        stalled.includes(Number(request.input?.TaskInstanceIndex)),
    };
  },
};
