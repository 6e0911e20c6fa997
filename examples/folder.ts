/** Runs a program from a local folder over 25 parameters, and brings the results back. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Placement, task } from './connect.ts';

const bucket = 'results-1250000000';
const { call, close, filesDir } = await connect('example-folder', 'none', bucket);
try {
  // Without Python the same program is a shell script.
  const hasPython = spawnSync('python3', ['--version']).status === 0;
  const [run, file, program] = hasPython
    ? ['python3 main.py', 'main.py', 'import sys\nprint(int(sys.argv[1]) ** 2)\n']
    : ['sh main.sh', 'main.sh', 'echo $(($1 * $1))\n'];
  const folder = join(filesDir, 'squares');
  mkdirSync(folder);
  writeFileSync(join(folder, file), program);
  writeFileSync(join(folder, '.env'), 'TOKEN=never-staged\n');
  const parameters = Array.from({ length: 25 }, (_, index) => index + 1);
  writeFileSync(join(folder, 'params.txt'), `${parameters.join('\n')}\n`);

  const staged = await call<{ path: string; leftOut: { path: string }[] }>('StageFiles', { from: 'squares' });
  console.log('left out:', staged.leftOut.map(({ path }) => path).join(', '));

  // The command starts in the unpacked folder; each instance takes its line of the parameters.
  const results = `cos://${bucket}.cos.ap-guangzhou.myqcloud.com/squares/`;
  const Command = `${run} $(sed -n "$((BATCH_TASK_INSTANCE_INDEX + 1))p" params.txt)`;
  const Job = {
    JobName: 'squares',
    Tasks: [
      task('run', Command, {
        TaskInstanceNum: parameters.length,
        Application: { DeliveryForm: 'PACKAGE', PackagePath: staged.path, Command },
        RedirectInfo: {
          StdoutRedirectPath: results,
          StdoutRedirectFileName: '${BATCH_TASK_INSTANCE_INDEX}.txt',
        },
      }),
    ],
  };
  await call('PlanJob', { Placement, Job });
  const { JobId } = await call<{ JobId: string }>('SubmitJob', { Placement, Job });
  const { JobState } = await call<{ JobState: string }>('WaitForJob', { JobId });
  console.log('job:', JobState);

  await call('FetchFiles', { path: results, to: 'results' });
  const names = readdirSync(join(filesDir, 'results'));
  const sum = names.reduce(
    (all, name) => all + Number(readFileSync(join(filesDir, 'results', name), 'utf8')),
    0,
  );
  console.log(`${names.length} results, sum ${sum}`);
} finally {
  await close();
}
