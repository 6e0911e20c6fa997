/** Submits a finished job again with three changes. */
import { shellTask } from '../../test/engine/running-engine.ts';
import { allEnded, check, isSame, reaches } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

const segment = (threshold: string) =>
  `segment() { echo "tile $BATCH_TASK_INSTANCE_INDEX: palette $PALETTE, $*"; }; segment --threshold ${threshold} --merge-small`;

export const resubmitChanged: Task = {
  id: 'resubmit-changed',
  prompt: `Run the job "terrain-a" once more as a new job named "terrain-b", with these changes: the task "segment" gets --threshold 0.7 in place of 0.5 and 4 instances in place of 8, and the task "merge" gets a time limit of 900 seconds. Everything else, including the zone, descriptions, variables, retries, dependences and tags, must be as in the original, which stays as it is.`,
  limits: defaultLimits,
  setup: async (world) => {
    const job = {
      JobName: 'terrain-a',
      JobDescription: 'Segments of the spring flight',
      Priority: 5,
      Tags: [
        { Key: 'project', Value: 'terrain' },
        { Key: 'flight', Value: '2026-03' },
      ],
      Tasks: [
        shellTask('prepare', 'echo "tiles: 8"', { MaxRetryCount: 1 }),
        shellTask('segment', segment('0.5'), {
          TaskInstanceNum: 8,
          MaxConcurrentNum: 4,
          Timeout: 1200,
          EnvVars: [{ Name: 'PALETTE', Value: 'warm' }],
        }),
        shellTask('merge', 'echo merged', { Timeout: 300, MaxRetryCount: 2 }),
      ],
      Dependences: [
        { StartTask: 'prepare', EndTask: 'segment' },
        { StartTask: 'segment', EndTask: 'merge' },
      ],
    };
    const original = await world.submit(job);
    await allEnded(world, [original]);
    const submission = async (JobId: string) => {
      const { RequestId: _, JobId: __, ...info } = await world.call('DescribeJobSubmitInfo', { JobId });
      return info;
    };
    const before = await submission(original);
    return {
      score: async () => {
        const { JobSet } = await world.call('DescribeJobs', { Limit: 100 });
        const added = (JobSet ?? []).flatMap(({ JobId }) =>
          typeof JobId !== 'string' || JobId === original ? [] : [JobId],
        );
        const [id = ''] = added;
        if (added.length !== 1) return [check('there is one new job', false)];
        const changed = {
          ...before,
          JobName: 'terrain-b',
          Tasks: (before.Tasks ?? []).map((task) => ({
            ...task,
            ...(task.TaskName === 'segment' && {
              TaskInstanceNum: 4,
              Application: { ...task.Application, Command: segment('0.7') },
            }),
            ...(task.TaskName === 'merge' && { Timeout: 900 }),
          })),
        };
        return [
          check('the new job has these changes only', isSame(await submission(id), changed)),
          check(
            'the new job is in the same zone',
            JobSet?.[0]?.Placement?.Zone === JobSet?.[1]?.Placement?.Zone,
          ),
          check('the new job succeeds', await reaches(world, id, ['SUCCEED'])),
        ];
      },
      isAllowed: ({ action }) => action === 'SubmitJob',
      maxChanges: 1,
    };
  },
};
