/** A DAG whose tasks hand files on through storage: cut a text, count its parts side by side, sum up. Needs bubblewrap. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Placement, task } from './connect.ts';

const { call, close, files, dataDir } = await connect('example-dag', 'auto');
try {
  const text = join(dataDir, 'text.txt');
  writeFileSync(text, 'one two three\nfour five\nsix\n');
  files('put', text, 'cos://book/in/');

  // A bucket is read at the place it is mapped to; what a task writes to its output is stored when it ends.
  const reads = (place: string) => ({
    InputMappings: [{ SourcePath: `cos://book/${place}/`, DestinationPath: '/data/in/' }],
  });
  const writes = (place: string) => ({
    OutputMappings: [{ SourcePath: '/data/out/', DestinationPath: `cos://book/${place}/` }],
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
