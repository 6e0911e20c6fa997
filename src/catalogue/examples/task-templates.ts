/** Example calls of the actions on task templates, with realistic answers. */
import type { Example } from '../action.ts';

const renderFrame = {
  TaskName: 'render',
  TaskInstanceNum: 4,
  Application: { DeliveryForm: 'LOCAL', Command: 'echo "frame $BATCH_TASK_INSTANCE_INDEX"' },
  ComputeEnv: { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL2', ImageId: 'img-eb30mz89' } },
  Timeout: 3600,
};

export const createTaskTemplate: readonly Example[] = [
  {
    title: 'A task that renders four frames',
    input: {
      TaskTemplateName: 'render-frame',
      TaskTemplateInfo: renderFrame,
      TaskTemplateDescription: 'Renders one frame per instance',
      Tags: [{ Key: 'team', Value: 'film' }],
    },
    output: { TaskTemplateId: 'task-tmpl-5hw2e8kr', RequestId: '4a1e9c60-7d3b-42f8-9b05-c6f2e81d7a39' },
  },
];

export const describeTaskTemplates: readonly Example[] = [
  {
    title: 'By name',
    input: { Filters: [{ Name: 'task-template-name', Values: ['render-frame'] }] },
    output: {
      TaskTemplateSet: [
        {
          TaskTemplateId: 'task-tmpl-5hw2e8kr',
          TaskTemplateName: 'render-frame',
          TaskTemplateDescription: 'Renders one frame per instance',
          TaskTemplateInfo: renderFrame,
          CreateTime: '2024-03-08T03:27:43Z',
          Tags: [{ Key: 'team', Value: 'film' }],
        },
      ],
      TotalCount: 1,
      RequestId: '7f83d2b1-0a6c-4e95-b3f7-58c4a9e10d62',
    },
  },
];
