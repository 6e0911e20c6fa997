/** Changes two fields of some templates; everything else in them must stay. */
import type { InputOf } from '../../src/catalogue/index.ts';
import { check, isSame, names } from '../harness/prepare.ts';
import { defaultLimits, type Task } from '../harness/task.ts';

type Info = InputOf<'CreateTaskTemplate'>['TaskTemplateInfo'];

const infoOf = (program: string, more: Partial<Info> = {}): Info => ({
  TaskName: program,
  TaskInstanceNum: 4,
  Application: { DeliveryForm: 'LOCAL', Command: `/opt/prep/${program} --tile "$BATCH_TASK_INSTANCE_INDEX"` },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.MEDIUM4', ImageId: 'img-31tjrtph' } },
  EnvVars: [
    { Name: 'GRID', Value: 'utm-33' },
    { Name: 'EXTRA_FLAGS', Value: '' },
  ],
  RedirectInfo: { StdoutRedirectPath: 'cos://prep-1250000000.cos.ap-guangzhou.myqcloud.com/logs/' },
  MaxRetryCount: 0,
  Timeout: 3600,
  ...more,
});

/** Name → description and definition. */
const templates: Readonly<Record<string, readonly [string, Info]>> = {
  'prep-dem': ['Terrain model', infoOf('dem')],
  'prep-sar': ['Radar scenes', infoOf('sar', { TaskInstanceNum: 16, MaxConcurrentNum: 8 })],
  'prep-optical': ['Optical scenes', infoOf('optical', { Timeout: 1800, FailedAction: 'INTERRUPT' })],
  'prep-legacy': ['frozen: do not change', infoOf('legacy')],
  'report-weekly': ['Weekly report', infoOf('report')],
};

export const editTemplates: Task = {
  id: 'edit-templates',
  prompt: `The tasks of our templates whose names begin with "prep-" run into their time limit. Set their time limit to 7200 seconds and let failed instances be retried twice. Leave a template whose description says that it is frozen, and all other templates, as they are. Nothing else in the templates may change.`,
  limits: defaultLimits,
  setup: async (world) => {
    const ids: Record<string, string> = {};
    for (const [name, [description, TaskTemplateInfo]] of Object.entries(templates)) {
      const { TaskTemplateId } = await world.call('CreateTaskTemplate', {
        TaskTemplateName: name,
        TaskTemplateDescription: description,
        TaskTemplateInfo,
      });
      ids[name] = TaskTemplateId ?? '';
    }
    const read = async () =>
      (await world.call('DescribeTaskTemplates', { Limit: 100 })).TaskTemplateSet ?? [];
    const before = await read();
    const targets = ['prep-dem', 'prep-sar', 'prep-optical'];
    return {
      score: async () => {
        const after = await read();
        return before.map((template) => {
          const now = after.find(({ TaskTemplateId }) => TaskTemplateId === template.TaskTemplateId);
          const isTarget = targets.includes(template.TaskTemplateName ?? '');
          const expected = {
            ...template,
            TaskTemplateInfo: {
              ...template.TaskTemplateInfo,
              ...(isTarget && { Timeout: 7200, MaxRetryCount: 2 }),
            },
          };
          return check(
            `${template.TaskTemplateName} ${isTarget ? 'has the two new values only' : 'is unchanged'}`,
            isSame(now, expected),
          );
        });
      },
      isAllowed: (request) =>
        request.action === 'ModifyTaskTemplate' &&
        names(
          request,
          'TaskTemplateId',
          targets.map((name) => ids[name]),
        ),
    };
  },
};
