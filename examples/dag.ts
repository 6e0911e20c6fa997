/** A DAG whose tasks pass files through storage: split a text, count its parts in parallel, sum up. Needs bubblewrap. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Placement, task } from './connect.ts';

const { call, close, files, dataDir } = await connect('example-dag', 'auto');
try {
  const text = join(dataDir, 'text.txt');
  writeFileSync(text, 'one two three\nfour five\nsix\n');
  files('put', text, 'cos://book/in/');

  // A bucket is readable at the path it is mapped to; outputs are stored when the task ends.
  const reads = (folder: string) => ({
    InputMappings: [{ SourcePath: `cos://book/${folder}/`, DestinationPath: '/data/in/' }],
  });
  const writes = (folder: string) => ({
    OutputMappings: [{ SourcePath: '/data/out/', DestinationPath: `cos://book/${folder}/` }],
  });
  const { JobId } = await call<{ JobId: string }>('SubmitJob', {
    Placement,
    Job: {
      JobName: 'count-words',
      Tasks: [
        task('cut', 'split -l 1 -d /data/in/text.txt /data/out/part-', {
          ...reads('in'),
          ...writes('parts'),
        }),
        task('count', 'n=$BATCH_TASK_INSTANCE_INDEX; wc -w < /data/in/part-0$n > /data/out/$n', {
          ...reads('parts'),
          ...writes('counts'),
          TaskInstanceNum: 3,
        }),
        task('sum', "cat /data/in/* | awk '{ sum += $1 } END { print sum }' > /data/out/words", {
          ...reads('counts'),
          ...writes('result'),
        }),
      ],
      Dependences: [
        { StartTask: 'cut', EndTask: 'count' },
        { StartTask: 'count', EndTask: 'sum' },
      ],
    },
  });
  const { JobState } = await call<{ JobState: string }>('WaitForJob', { JobId });

  console.log(JobState);
  console.log(files('ls', 'cos://book/counts/').trimEnd());
  const words = join(dataDir, 'words');
  files('get', 'cos://book/result/words', words);
  console.log('words:', readFileSync(words, 'utf8').trim());
} finally {
  await close();
}
