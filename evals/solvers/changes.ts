/** Solvers of the tasks that change something. */
import type { Tools } from './tools.ts';
import { inState, jobsOf, matchesIn, named, submissionOf, type TaskView } from './views.ts';

export const endLot = async (tools: Tools): Promise<string> => {
  const ended: string[] = [];
  for (const { JobId, JobName } of await jobsOf(tools, [inState('RUNNING')])) {
    const { Tasks } = await submissionOf(tools, JobId);
    if (!Tasks.some(({ Application }) => /--lot 7\b/.test(Application.Command))) continue;
    await tools.confirm('TerminateJob', { JobId });
    ended.push(JobName);
  }
  return `Ended: ${ended.join(', ')}.`;
};

export const endStalled = async (tools: Tools): Promise<string> => {
  const [job] = await jobsOf(tools, [named('crawl-shops')]);
  const JobId = job?.JobId ?? '';
  // The last line of a log is its second, or its third where the page comes first.
  const lines = await matchesIn(tools, JobId, 'page|stalled');
  const last = new Map(lines.map(({ instance, text }) => [instance, text]));
  const stalled = [...last].filter(([, text]) => text.startsWith('stalled')).map(([index]) => index);
  for (const TaskInstanceIndex of stalled)
    await tools.confirm('TerminateTaskInstance', { JobId, TaskName: 'main', TaskInstanceIndex });
  return `Ended: instances ${stalled.join(', ')}.`;
};

interface Template {
  readonly TaskTemplateId: string;
  readonly TaskTemplateName: string;
  readonly TaskTemplateDescription: string;
  readonly TaskTemplateInfo: TaskView;
}

/** The values of variables are masked in answers; who changes a template this way must know them. */
export const editTemplates = async (tools: Tools): Promise<string> => {
  const { TaskTemplateSet } = await tools.call<{ TaskTemplateSet: Template[] }>('DescribeTaskTemplates', {});
  const chosen = TaskTemplateSet.filter(
    ({ TaskTemplateName, TaskTemplateDescription }) =>
      TaskTemplateName.startsWith('prep-') && !TaskTemplateDescription.startsWith('frozen'),
  );
  const EnvVars = [
    { Name: 'GRID', Value: 'utm-33' },
    { Name: 'EXTRA_FLAGS', Value: '' },
  ];
  for (const { TaskTemplateId, TaskTemplateInfo } of chosen) {
    await tools.call('ModifyTaskTemplate', {
      TaskTemplateId,
      TaskTemplateInfo: { ...TaskTemplateInfo, EnvVars, Timeout: 7200, MaxRetryCount: 2 },
    });
  }
  return 'Changed.';
};

export const rerunTransient = async (tools: Tools): Promise<string> => {
  const JobIds: string[] = [];
  for (const { JobId } of await jobsOf(tools, [inState('FAILED')])) {
    const { kinds } = await tools.call<{ kinds: { sample: string }[] }>('DiagnoseJob', { JobId });
    if (kinds.every(({ sample }) => sample.includes('connection reset'))) JobIds.push(JobId);
  }
  await tools.call('RetryJobs', { JobIds });
  return `Rerun: ${JobIds.join(', ')}.`;
};

/** As with templates, the value of the variable has to be known. */
export const resubmitChanged = async (tools: Tools): Promise<string> => {
  const [job] = await jobsOf(tools, [named('terrain-a')]);
  const { Tasks, JobDescription, Priority, Dependences, Tags } = await submissionOf(tools, job?.JobId ?? '');
  const changed = Tasks.map((task) => {
    if (task.TaskName === 'merge') return { ...task, Timeout: 900 };
    if (task.TaskName !== 'segment') return task;
    const Command = task.Application.Command.replace('--threshold 0.5', '--threshold 0.7');
    const EnvVars = [{ Name: 'PALETTE', Value: 'warm' }];
    return { ...task, Application: { ...task.Application, Command }, TaskInstanceNum: 4, EnvVars };
  });
  await tools.call('SubmitJob', {
    Placement: job?.Placement,
    Job: { JobName: 'terrain-b', JobDescription, Priority, Dependences, Tags, Tasks: changed },
  });
  return 'Submitted.';
};
