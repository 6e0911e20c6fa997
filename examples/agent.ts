/** How an agent handles a job that fails: plan, submit, wait, diagnose, fix, retry, and delete with a confirmation. */
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
  const diagnosis = await call<{ summary: string; kinds: { proof?: string }[] }>('DiagnoseJob', { JobId });
  const proof = diagnosis.kinds[0]?.proof ?? '';
  console.log('diagnosis:', diagnosis.summary, proof);

  // A model would decide from the diagnosis; this example knows one fix.
  if (proof.includes('No such file')) writeFileSync(input, 'one two three\n');
  await call('RetryJobs', { JobIds: [JobId] });
  ({ JobState } = await call<{ JobState: string }>('WaitForJob', { JobId }));
  console.log('second try:', JobState);

  // The first call only returns a preview; the second one passes its code to confirm.
  const { preview } = await call<{ preview: { code: string } }>('DeleteJob', { JobId });
  await call('DeleteJob', { JobId, confirm: true, preview: preview.code });
  console.log('deleted:', JobId);
} finally {
  await close();
}
