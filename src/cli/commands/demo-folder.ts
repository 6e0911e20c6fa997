/** The last step of the demo: a program in a folder is run over 25 parameters, and its results are brought back. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ComputeEnv, expectState, jobIdOf, Placement, type TourGuide } from './demo-tour.ts';

export const demoBucket = 'demo-1250000000';

const runs = 25;

/** The same program twice: a machine without Python runs it with the shell. */
const programs = {
  python3: { file: 'main.py', text: 'import sys\nx = int(sys.argv[1])\nprint(x, x * x - 24 * x)\n' },
  sh: { file: 'main.sh', text: 'x=$1\necho "$x $((x * x - 24 * x))"\n' },
} as const;

/** @param filesDir the directory of --files-dir */
export const runFolder = async (guide: TourGuide, filesDir: string): Promise<void> => {
  const program = spawnSync('python3', ['--version']).status === 0 ? 'python3' : 'sh';
  const { file, text } = programs[program];
  guide.title(`"Run ${file} from this folder over these ${runs} parameters and bring me the results"`);
  await mkdir(join(filesDir, 'search'));
  await writeFile(join(filesDir, 'search', file), text);
  const parameters = Array.from({ length: runs }, (_, index) => index).join('\n');
  await writeFile(join(filesDir, 'search', 'params.txt'), `${parameters}\n`);

  const { fields } = await guide.call('StageFiles', { from: 'search' });
  const results = `cos://${demoBucket}.cos.ap-guangzhou.myqcloud.com/search/`;
  const submission = {
    Placement,
    Job: {
      JobName: 'search',
      Tasks: [
        {
          TaskName: 'run',
          TaskInstanceNum: runs,
          Application: {
            DeliveryForm: 'PACKAGE',
            PackagePath: fields.path,
            Command: `${program} ${file} $(sed -n "$((BATCH_TASK_INSTANCE_INDEX + 1))p" params.txt)`,
          },
          ComputeEnv,
          RedirectInfo: {
            StdoutRedirectPath: results,
            StdoutRedirectFileName: '${BATCH_TASK_INSTANCE_INDEX}.txt',
          },
        },
      ],
    },
  };
  await guide.call('PlanJob', submission);
  await expectState(guide, jobIdOf(await guide.call('SubmitJob', submission)), 'SUCCEED', 'FAILED');
  await guide.call('FetchFiles', { path: results, to: 'results' });

  const directory = join(filesDir, 'results');
  const names = await readdir(directory);
  const lines = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const [best = ''] = lines.sort((one, other) => Number(one.split(' ')[1]) - Number(other.split(' ')[1]));
  guide.say(`${names.length} results of ${runs} runs are here; the smallest value: ${best.trim()}`);
  if (names.length !== runs) throw new Error('Results are missing.');
};
