/** Solvers of the tasks that change something. */
import type { Tools } from './tools.ts';
import { findJobs, jobNamed, lastLines } from './views.ts';

export const endLot = async (tools: Tools): Promise<string> => {
  const jobs = await findJobs(tools, { states: ['RUNNING'], command: String.raw`--lot 7\b` });
  await tools.confirm('EndMany', { action: 'TerminateJob', targets: jobs.map(({ JobId }) => JobId) });
  return `Ended: ${jobs.map(({ JobName }) => JobName).join(', ')}.`;
};

export const endStalled = async (tools: Tools): Promise<string> => {
  const JobId = await jobNamed(tools, 'crawl-shops');
  const stalled = (await lastLines(tools, JobId, 1))
    .filter(({ text }) => text.startsWith('stalled'))
    .map(({ instance }) => instance);
  await tools.confirm('EndMany', {
    action: 'TerminateTaskInstance',
    targets: [`${JobId}/main/${stalled.join(',')}`],
  });
  return `Ended: instances ${stalled.join(', ')}.`;
};

/** Values of variables, which are masked in answers, are taken over by ChangeTemplate. */
export const editTemplates = (tools: Tools): Promise<string> =>
  tools.script(`const templates = (await all('DescribeTaskTemplates')).filter(
  (one) => one.TaskTemplateName.startsWith('prep-') && !one.TaskTemplateDescription.startsWith('frozen'),
);
const { summary } = await ChangeTemplate({
  TaskTemplateIds: templates.map((one) => one.TaskTemplateId),
  set: ['Timeout=7200', 'MaxRetryCount=2'],
});
return summary;`);

export const rerunTransient = (tools: Tools): Promise<string> =>
  tools.script(`const JobIds = [];
for (const { JobId } of (await FindJobs({ name: 'upload-', states: ['FAILED'] })).jobs) {
  const { kinds } = await DiagnoseJob({ JobId });
  if (kinds.every(({ proof }) => proof.includes('connection reset'))) JobIds.push(JobId);
}
await RetryJobs({ JobIds });
return 'Rerun: ' + JobIds.join(', ');`);

export const resubmitChanged = async (tools: Tools): Promise<string> => {
  await tools.call('RerunJob', {
    JobId: await jobNamed(tools, 'terrain-a'),
    set: [
      'JobName=terrain-b',
      'segment.Command~=--threshold 0.5=>--threshold 0.7',
      'segment.TaskInstanceNum=4',
      'merge.Timeout=900',
    ],
  });
  return 'Submitted.';
};
