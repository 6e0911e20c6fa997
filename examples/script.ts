/** One script instead of many calls: it sums over jobs, and records deletions that are confirmed together. */
import { connect, Placement, task } from './connect.ts';

const { call, close } = await connect('example-script');
try {
  for (const owner of ['anna', 'ben', 'ben']) {
    const { JobId } = await call<{ JobId: string }>('SubmitJob', {
      Placement,
      Job: {
        JobName: `report of ${owner}`,
        Tags: [{ Key: 'owner', Value: owner }],
        Tasks: [task('report', 'true', { TaskInstanceNum: 2 })],
      },
    });
    await call('WaitForJob', { JobId });
  }

  const script = `
    const jobs = await all('DescribeJobs', { Filters: [{ Name: 'job-state', Values: ['SUCCEED'] }] });
    const ownerOf = ({ Tags }) => Tags?.find(({ Key }) => Key === 'owner')?.Value;
    const instances = {};
    for (const job of jobs) {
      const runs = await all('DescribeTask', { JobId: job.JobId, TaskName: 'report' });
      instances[ownerOf(job)] = (instances[ownerOf(job)] ?? 0) + runs.length;
      if (ownerOf(job) !== 'anna') await DeleteJob({ JobId: job.JobId });
    }
    return instances;`;
  type Shown = { result: Record<string, number>; preview: { code: string; target: string } };
  const { result, preview } = await call<Shown>('RunScript', { script });
  console.log('instances:', `anna ${result.anna}, ben ${result.ben}`);
  console.log('to be deleted:', preview.target);

  // A user has seen the preview. The script does not run again: exactly the recorded calls are sent.
  const { summary } = await call<{ summary: string }>('RunScript', { confirm: true, preview: preview.code });
  console.log(summary);
} finally {
  await close();
}
