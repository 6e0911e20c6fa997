/** Reruns failed jobs, but only those that a lost connection has failed. */
import { join } from 'node:path';
import { allEnded, check, names, reaches, stateOf, submitJob } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

/** Fails the first time for a lost connection, and every time for a bad record. */
const command = (directory: string, name: string, lost: readonly number[], bad: readonly number[]) =>
  `case $BATCH_TASK_INSTANCE_INDEX in
${lost.map((index) => `${index}) if mkdir ${join(directory, `${name}-${index}`)} 2>/dev/null; then echo "upload: connection reset by peer" >&2; exit 75; fi ;;`).join('\n')}
${bad.map((index) => `${index}) echo "record 88${index}: invalid date 2026-02-30" >&2; exit 65 ;;`).join('\n')}
esac
echo "uploaded"`;

/** Job → instances that lose their connection, instances with a bad record. */
const jobs: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  'upload-ams': [[1], []],
  'upload-ber': [[], [2]],
  'upload-cdg': [[0, 2], []],
  'upload-dub': [[3], [1]],
  'upload-edi': [[], []],
  'upload-fra': [[0, 1, 2, 3], []],
  'upload-gva': [[], [0, 3]],
};
const targets = ['upload-ams', 'upload-cdg', 'upload-fra'];

export const rerunTransient: Task = {
  id: 'rerun-transient',
  prompt: `Last night the network was down for a while and some of our "upload-…" jobs failed. Rerun the failed instances of those jobs in which every failure was a lost connection. A job with any other failure must stay as it is, because its data is corrected first. Do not submit new jobs: the job ids are in a report.`,
  limits: defaultLimits,
  setup: async (world) => {
    const ids: Record<string, string> = {};
    for (const [name, [lost, bad]] of Object.entries(jobs)) {
      ids[name] = await submitJob(world, name, command(world.scratchDir, name, lost, bad), {
        TaskInstanceNum: 4,
      });
    }
    await allEnded(world, Object.values(ids));
    return {
      score: async () =>
        Promise.all(
          Object.entries(ids).map(async ([name, id]) => {
            if (targets.includes(name))
              return check(`${name} succeeds`, await reaches(world, id, ['SUCCEED']));
            const expected = name === 'upload-edi' ? 'SUCCEED' : 'FAILED';
            return check(`${name} stays ${expected}`, (await stateOf(world, id)) === expected);
          }),
        ),
      isAllowed: (request) =>
        request.action === 'RetryJobs' &&
        names(
          request,
          'JobIds',
          targets.map((name) => ids[name]),
        ),
      maxChanges: targets.length,
    };
  },
};
