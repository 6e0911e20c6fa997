/** What an agent does with a job that fails: plan, submit, wait, diagnose, mend, retry, tidy up behind the gate. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, Placement, task } from './connect.ts';

const { call, close, dataDir } = await connect('example-agent');
try {
  const input = join(dataDir, 'words.txt');
  const Job = {
    JobName: 'count-words',
    Tasks: [task('count', `wc -w < '${input}'`), task('report', 'echo done')],
    Dependences: [{ StartTask: 'count', EndTask: 'report' }],
  };

  const plan = await call<{ summary: string }>('PlanJob', { Placement, Job });
  console.log('plan:', plan.summary);
  const { JobId } = await call<{ JobId: string }>('SubmitJob', { Placement, Job });

  let { JobState } = await call<{ JobState: string }>('WaitForJob', { JobId });
  console.log('first try:', JobState);
  const diagnosis = await call<{ summary: string; kinds: { sample?: string }[] }>('DiagnoseJob', { JobId });
  const sample = diagnosis.kinds[0]?.sample ?? '';
  console.log('diagnosis:', diagnosis.summary, sample);

  // A model reads the diagnosis and decides; this one knows only one cure.
  if (sample.includes('No such file')) writeFileSync(input, 'one two three\n');
  await call('RetryJobs', { JobIds: [JobId] });
  ({ JobState } = await call<{ JobState: string }>('WaitForJob', { JobId }));
  console.log('second try:', JobState);

  // Nothing is deleted at the first asking: it answers with a preview, and the second call shows its code.
  const { preview } = await call<{ preview: { code: string } }>('DeleteJob', { JobId });
  await call('DeleteJob', { JobId, confirm: true, preview: preview.code });
  console.log('deleted:', JobId);
} finally {
  await close();
}
