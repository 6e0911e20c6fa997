/** The types of the API: what each rule takes, what it refuses, and with which of the API's codes. */
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { codeOfMessage } from '../../src/catalogue/action.ts';
import type { ErrorCode } from '../../src/catalogue/error-codes.ts';
import * as common from '../../src/catalogue/shapes/common.ts';
import { circleOf } from '../../src/catalogue/shapes/dependences.ts';
import { type TypeName, types } from '../../src/catalogue/shapes/index.ts';

const application = { DeliveryForm: 'LOCAL', Command: 'echo' };
const task = { Application: application, EnvId: 'env-1a2b3c4d' };
const bucket = 'cos://b-1.cos.ap-guangzhou.myqcloud.com/';
const vpc = { VpcId: 'vpc-1', SubnetId: 'subnet-1' };

/** The least that each type needs to be right; nothing where it needs nothing. */
const least: Partial<Record<TypeName, object>> = {
  Application: application,
  Docker: { Image: 'ubuntu' },
  InputMapping: { SourcePath: bucket, DestinationPath: '/data/' },
  Job: { Tasks: [task] },
  NamedComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount: 1 },
  Notification: { TopicName: 'topic', EventConfigs: [] },
  OutputMapping: { SourcePath: '/data/', DestinationPath: bucket },
  Task: task,
};

/** Every complaint about a value: where, and with which code. */
const complaintsOf = (schema: z.ZodType, value: unknown) =>
  schema
    .safeParse(value)
    .error?.issues.map(({ path, message }) => [path.join('.'), codeOfMessage(message).code]) ?? [];
const complaintsOfField = (type: TypeName, field: string, value: unknown) =>
  complaintsOf(types[type], { ...least[type], [field]: value });

type Limit = readonly [
  type: TypeName,
  field: string,
  most: number,
  code?: ErrorCode | undefined,
  letter?: string,
];
const limits: readonly Limit[] = [
  ['Task', 'TaskName', 60, 'InvalidParameter.TaskNameTooLong'],
  ['Job', 'JobName', 60, 'InvalidParameter.JobNameTooLong'],
  ['Job', 'JobDescription', 200, 'InvalidParameter.JobDescriptionTooLong'],
  ['NamedComputeEnv', 'EnvName', 60, 'InvalidParameter.EnvNameTooLong'],
  ['NamedComputeEnv', 'EnvDescription', 200, 'InvalidParameter.EnvDescriptionTooLong'],
  ['Notification', 'TopicName', 64, 'InvalidParameter.NotificationTopicNameTooLong'],
  ['SystemDisk', 'DiskName', 128],
  // Documented in bytes, of which this letter has three.
  ['EnvData', 'InstanceName', 20, undefined, '作'],
];
for (const [type, field, most, code, letter = 'x'] of limits) {
  test(`${type}.${field} takes ${most} characters and not one more`, () => {
    expect(complaintsOfField(type, field, letter.repeat(most))).toEqual([]);
    expect(complaintsOfField(type, field, letter.repeat(most + 1))).toEqual([[field, code]]);
  });
}

type Range = readonly [TypeName, string, from: number, to: number, below?: ErrorCode, above?: ErrorCode];
const ranges: readonly Range[] = [
  ['Job', 'Priority', 0, 100, 'InvalidParameterValue.Negative'],
  [
    'Task',
    'TaskInstanceNum',
    1,
    200_000,
    'InvalidParameterValue.TaskInstanceNum',
    'InvalidParameterValue.TaskInstanceNum',
  ],
  ['Task', 'MaxRetryCount', 0, 5, 'InvalidParameterValue.Negative', 'InvalidParameterValue.MaxRetryCount'],
  ['Task', 'Timeout', 1, 2_147_483_647, 'InvalidParameterValue.Negative'],
  ['Task', 'MaxConcurrentNum', 0, 200_000, 'InvalidParameterValue.Negative'],
  ['Task', 'ResourceMaxRetryCount', 0, 100, 'InvalidParameterValue.Negative'],
  ['Docker', 'MaxRetryCount', 0, 10, 'InvalidParameterValue.Negative', 'InvalidParameterValue.MaxRetryCount'],
  ['Docker', 'DelayOnRetry', 1, 360],
  ['NamedComputeEnv', 'DesiredComputeNodeCount', 0, 2000, 'InvalidParameterValue.Negative'],
  ['NamedComputeEnv', 'ResourceMaxRetryCount', 0, 100, 'InvalidParameterValue.Negative'],
];
for (const [type, field, from, to, below, above] of ranges) {
  test(`${type}.${field} is a whole number from ${from} to ${to}`, () => {
    expect([from, to].map((value) => complaintsOfField(type, field, value))).toEqual([[], []]);
    expect(complaintsOfField(type, field, from - 1)).toEqual([[field, below]]);
    expect(complaintsOfField(type, field, to + 1)).toEqual([[field, above]]);
    expect(complaintsOfField(type, field, from + 0.5)).toEqual([[field, undefined]]);
  });
}

type Text = readonly [TypeName, string, right: readonly string[], wrong: string, code: ErrorCode];
const texts: readonly Text[] = [
  ['Task', 'EnvId', ['env-1a2b3c4d'], 'env_238swek2', 'InvalidParameter.EnvIdMalformed'],
  ['EnvData', 'ImageId', ['img-31tjrtph'], 'ubuntu', 'InvalidParameter.ImageIdMalformed'],
  ['Task', 'TaskName', ['pre_task-1', 'A'], '../x', 'InvalidParameter.TaskName'],
  ['Task', 'TaskName', ['A'], '', 'InvalidParameter.TaskName'],
  ['Notification', 'TopicName', ['compute-env-topic'], '1-topic', 'InvalidParameter.NotificationTopicName'],
  ['SpotMarketOptions', 'MaxPrice', ['1', '0.25'], 'cheap', 'InvalidParameterValue.NotFloat'],
  [
    'InputMapping',
    'SourcePath',
    [bucket, 'cfs://10.66.1.2/', 'nfs://h:/a'],
    's3://b/',
    'InvalidParameterValue.RemoteStorageSchemeType',
  ],
  ['InputMapping', 'SourcePath', [`${bucket}in/`], `${bucket}in`, 'InvalidParameterValue.RemoteStoragePath'],
  [
    'OutputMapping',
    'DestinationPath',
    ['cfs://10.0.0.1:/'],
    'cfs://',
    'InvalidParameterValue.RemoteStoragePath',
  ],
  [
    'RedirectInfo',
    'StdoutRedirectPath',
    [bucket, ''],
    '/logs/',
    'InvalidParameterValue.RemoteStorageSchemeType',
  ],
  [
    'RedirectInfo',
    'StderrRedirectPath',
    [bucket, ''],
    `${bucket}log`,
    'InvalidParameterValue.RemoteStoragePath',
  ],
  [
    'Application',
    'PackagePath',
    [`${bucket}a.tgz`, 'http://127.0.0.1:8080/a.tgz'],
    'ftp://host/a.tgz',
    'InvalidParameterValue.RemoteStorageSchemeType',
  ],
  ['Application', 'PackagePath', [`${bucket}a`], bucket, 'InvalidParameterValue.RemoteStoragePath'],
  ['InputMapping', 'DestinationPath', ['/data', 'H:\\'], 'data/in', 'InvalidParameterValue.LocalPath'],
  ['OutputMapping', 'SourcePath', ['C:\\render\\'], 'out', 'InvalidParameterValue.LocalPath'],
  ['MountDataDisk', 'LocalPath', ['/mnt'], 'mnt', 'InvalidParameterValue.LocalPath'],
  ['RedirectLocalInfo', 'StdoutLocalPath', ['/var/log/'], './log', 'InvalidParameterValue.LocalPath'],
];
for (const [type, field, right, wrong, code] of texts) {
  test(`${type}.${field} refuses '${wrong}' with ${code}`, () => {
    expect(right.flatMap((value) => complaintsOfField(type, field, value))).toEqual([]);
    expect(complaintsOfField(type, field, wrong)).toEqual([[field, code]]);
  });
}

const named = (...names: string[]) => names.map((TaskName) => ({ ...task, TaskName }));
const edge = (StartTask: string, EndTask: string) => ({ StartTask, EndTask });
const events = (...names: string[]) => names.map((EventName) => ({ EventName, EventVars: [] }));
const typesOf = (many: number) => Array.from({ length: many }, (_, index) => `S${index}.SMALL2`);
const tags = (many: number) => Array(many).fill({ Key: 'team', Value: 'blue' });

type Between = readonly [
  demand: string,
  TypeName,
  right: readonly object[],
  wrong: object,
  at: string,
  ErrorCode?,
];
const between: readonly Between[] = [
  [
    'a task has a command',
    'Application',
    [{ Commands: [] }, { Command: undefined, Commands: [{ Command: 'a' }] }],
    { Command: undefined },
    'Command',
    'InvalidParameter.InvalidParameterCombination',
  ],
  [
    'a task has not both Command and Commands',
    'Application',
    [application],
    { Commands: [{ Command: 'a' }] },
    'Command',
    'InvalidParameter.InvalidParameterCombination',
  ],
  [
    'delivery as a package needs one',
    'Application',
    [{ DeliveryForm: 'PACKAGE', PackagePath: `${bucket}a.tgz` }],
    { DeliveryForm: 'PACKAGE' },
    'PackagePath',
    'InvalidParameterValue.RemoteStoragePath',
  ],
  [
    'a task says where it runs',
    'Task',
    [task, { EnvId: undefined, ComputeEnv: {} }],
    { EnvId: undefined },
    'ComputeEnv',
    'AllowedOneAttributeInEnvIdAndComputeEnv',
  ],
  [
    'a task does not say twice where it runs',
    'Task',
    [task],
    { ComputeEnv: {} },
    'ComputeEnv',
    'AllowedOneAttributeInEnvIdAndComputeEnv',
  ],
  [
    'machines name their type in one way',
    'EnvData',
    [
      {},
      { InstanceType: 'S5.SMALL2' },
      { InstanceTypes: typesOf(2) },
      { InstanceTypeOptions: { CPU: 1, Memory: 2 } },
    ],
    { InstanceType: 'S5.SMALL2', InstanceTypes: typesOf(1) },
    'InstanceType',
    'InvalidParameterValue.ComputeEnv',
  ],
  [
    'machines name their network in one way',
    'EnvData',
    [{ VirtualPrivateCloud: vpc }, { VirtualPrivateClouds: [vpc], Zones: [] }, { Zones: ['ap-guangzhou-3'] }],
    { VirtualPrivateCloud: vpc, Zones: ['ap-guangzhou-3'] },
    'VirtualPrivateCloud',
    'InvalidParameterValue.ComputeEnv',
  ],
  [
    'a login is by password or by key',
    'LoginSettings',
    [{ Password: 'B1habcd-B1' }, { KeyIds: ['skey-1'] }, { Password: 'B1habcd-B1', KeyIds: [] }],
    { Password: 'B1habcd-B1', KeyIds: ['skey-1'] },
    '',
    'InvalidParameter.CvmParameters',
  ],
  [
    "the image's own login excludes others",
    'LoginSettings',
    [{ KeepImageLogin: 'TRUE' }, { KeepImageLogin: 'FALSE', KeyIds: ['skey-1'] }],
    { KeepImageLogin: 'TRUE', KeyIds: ['skey-1'] },
    'KeepImageLogin',
    'InvalidParameter.CvmParameters',
  ],
  [
    'an instance type has a family and a size',
    'ComputeEnvData',
    [{ InstanceTypes: ['S5.SMALL2', 'BMD3c.24XLARGE-2'] }],
    { InstanceTypes: ['small'] },
    'InstanceTypes.0',
    'InvalidParameterValue.InstanceType',
  ],
  [
    'there is at least one instance type',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(1) }],
    { InstanceTypes: [] },
    'InstanceTypes',
    'InvalidParameterValue.InstanceTypesEmpty',
  ],
  [
    'there are at most ten instance types',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(10) }],
    { InstanceTypes: typesOf(11) },
    'InstanceTypes',
    'InvalidParameterValue.LimitExceeded',
  ],
  [
    'each instance type stands once',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(2) }],
    { InstanceTypes: [...typesOf(2), ...typesOf(1)] },
    'InstanceTypes',
    'InvalidParameterValue.InstanceTypeDuplicate',
  ],
  [
    'one topic is told of each event once',
    'Notification',
    [{ EventConfigs: events('JOB_FAILED', 'JOB_SUCCEED') }],
    { EventConfigs: events('JOB_FAILED', 'JOB_FAILED') },
    'EventConfigs',
    'InvalidParameter.NotificationEventNameDuplicate',
  ],
  ['a job has a task', 'Job', [{ Tasks: [task] }], { Tasks: [] }, 'Tasks'],
  ['a job has at most ten tags', 'Job', [{ Tags: tags(10) }], { Tags: tags(11) }, 'Tags'],
  [
    'a TaskName is unique in its job',
    'Job',
    [{ Tasks: named('A', 'B') }, { Tasks: [task, task] }],
    { Tasks: named('A', 'B', 'A') },
    'Tasks',
    'InvalidParameter.TaskName',
  ],
  [
    'a dependence names tasks of the job',
    'Job',
    [{ Tasks: named('A', 'B'), Dependences: [edge('A', 'B')] }],
    { Tasks: named('A', 'B'), Dependences: [edge('A', 'C')] },
    'Dependences',
    'InvalidParameterValue.DependenceNotFoundTaskName',
  ],
  [
    'dependences form no circle',
    'Job',
    [
      {
        Tasks: named('A', 'B', 'C', 'D'),
        Dependences: [edge('A', 'B'), edge('A', 'C'), edge('B', 'D'), edge('C', 'D')],
      },
    ],
    { Tasks: named('A', 'B', 'C'), Dependences: [edge('A', 'B'), edge('B', 'C'), edge('C', 'B')] },
    'Dependences',
    'InvalidParameterValue.DependenceUnfeasible',
  ],
  [
    'a task does not wait for itself',
    'Job',
    [{ Tasks: named('A') }],
    { Tasks: named('A'), Dependences: [edge('A', 'A')] },
    'Dependences',
    'InvalidParameterValue.DependenceUnfeasible',
  ],
];
for (const [demand, type, right, wrong, at, code] of between) {
  test(demand, () => {
    expect(right.flatMap((value) => complaintsOf(types[type], { ...least[type], ...value }))).toEqual([]);
    expect(complaintsOf(types[type], { ...least[type], ...wrong })).toEqual([[at, code]]);
  });
}

test('a broken rule between fields names the culprit', () => {
  const textsOf = (job: object) =>
    types.Job.safeParse(job).error?.issues.map(({ message }) => codeOfMessage(message).text);
  expect([
    textsOf({ Tasks: named('A', 'A') }),
    textsOf({ Tasks: named('A'), Dependences: [edge('A', 'nobody')] }),
    textsOf({ Tasks: named('A', 'B', 'C'), Dependences: [edge('A', 'B'), edge('B', 'C'), edge('C', 'B')] }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "Two tasks are named A; a TaskName is unique in its job.",
      ],
      [
        "No task in Tasks has the TaskName nobody.",
      ],
      [
        "The tasks wait for each other in a circle: B -> C -> B.",
      ],
    ]
  `);
});

test('all that is wrong with a job is said at once', () => {
  const InputMappings = [{ SourcePath: 's3://x', DestinationPath: '/x' }];
  const wrong = { ...task, TaskName: 'a b', TaskInstanceNum: 0, InputMappings };
  expect(complaintsOf(types.Job, { Tasks: [wrong], Priority: 101, Dependences: [edge('a b', 'c')] })).toEqual(
    [
      ['Tasks.0.TaskName', 'InvalidParameter.TaskName'],
      ['Tasks.0.TaskInstanceNum', 'InvalidParameterValue.TaskInstanceNum'],
      ['Tasks.0.InputMappings.0.SourcePath', 'InvalidParameterValue.RemoteStorageSchemeType'],
      ['Priority', undefined],
      ['Dependences', 'InvalidParameterValue.DependenceNotFoundTaskName'],
    ],
  );
});

test('a circle is found behind a long chain, and a long chain alone is none', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => edge(`t${index}`, `t${index + 1}`));
  expect(circleOf({ Tasks: [], Dependences: chain })).toBeUndefined();
  expect(circleOf({ Tasks: [], Dependences: [...chain, edge('t20000', 't19998')] })).toEqual([
    't19998',
    't19999',
    't20000',
    't19998',
  ]);
});

describe('the shared blocks', () => {
  const filters = common.filters(['job-id', 'tag:KEY']);
  const filter = (Name: string, many = 1) => ({ Name, Values: Array(many).fill('a') });
  type Block = readonly [
    demand: string,
    z.ZodType,
    right: readonly unknown[],
    wrong: unknown,
    at: string,
    ErrorCode?,
  ];
  const blocks: readonly Block[] = [
    ['JobId', common.JobId, ['job-1a2b3c4d'], 'job-1A2b3c4d', '', 'InvalidParameter.JobIdMalformed'],
    [
      'ComputeNodeId',
      common.ComputeNodeId,
      ['node-1a2b3c4d'],
      'node-1',
      '',
      'InvalidParameter.ComputeNodeIdMalformed',
    ],
    [
      'TaskTemplateId',
      common.TaskTemplateId,
      ['task-tmpl-7vtx96n2'],
      'task-templ-7vtx96n2',
      '',
      'InvalidParameter.TaskTemplateIdMalformed',
    ],
    [
      'TaskTemplateName, its characters',
      common.TaskTemplateName,
      ['rendering'],
      'a b',
      '',
      'InvalidParameter.TaskTemplateName',
    ],
    [
      'TaskTemplateName, its length',
      common.TaskTemplateName,
      ['x'.repeat(60)],
      'x'.repeat(61),
      '',
      'InvalidParameter.TaskTemplateNameTooLong',
    ],
    [
      'TaskTemplateDescription, its bytes',
      common.TaskTemplateDescription,
      ['作'.repeat(66)],
      '作'.repeat(67),
      '',
      'InvalidParameter.TaskTemplateDescriptionTooLong',
    ],
    [
      'ExistingTaskName, which may be one we would not give',
      common.ExistingTaskName,
      ['task A'],
      '',
      '',
      'InvalidParameter.TaskName',
    ],
    [
      'ExistingTaskName, its length',
      common.ExistingTaskName,
      ['x'.repeat(200)],
      'x'.repeat(201),
      '',
      'InvalidParameter.TaskNameTooLong',
    ],
    ['ClientToken, which is ASCII', common.ClientToken, ['x'.repeat(64)], 'é', ''],
    ['ClientToken, its length', common.ClientToken, ['x'], 'x'.repeat(65), ''],
    [
      'filters, by name',
      filters,
      [[filter('job-id'), filter('tag:team')]],
      [filter('job-ids')],
      '0.Name',
      'InvalidFilter',
    ],
    [
      'filters, at most ten',
      filters,
      [Array(10).fill(filter('job-id'))],
      Array(11).fill(filter('job-id')),
      '',
      'InvalidParameterValue.LimitExceeded',
    ],
    [
      'filters, at most 100 values',
      filters,
      [[filter('job-id', 100)]],
      [filter('job-id', 101)],
      '0.Values',
      'InvalidParameterValue.LimitExceeded',
    ],
    ['idsOf', common.idsOf(common.JobId, 'jobs', 2), [['job-1a2b3c4d']], Array(3).fill('job-1a2b3c4d'), ''],
    ['limit', common.limit(20, 100), [1, 100], 101, ''],
    ['Offset', common.Offset, [0], -1, ''],
  ];
  for (const [demand, schema, right, wrong, at, code] of blocks) {
    test(demand, () => {
      expect(right.flatMap((value) => complaintsOf(schema, value))).toEqual([]);
      expect(complaintsOf(schema, wrong)).toEqual([[at, code]]);
    });
  }
});

test('a hundred thousand tasks that wait for one are looked through at once', () => {
  const Dependences = Array.from({ length: 100_000 }, (_, at) => ({ StartTask: 'first', EndTask: `t${at}` }));
  // With a list made anew for each, this takes longer than a test may.
  expect(circleOf({ Tasks: [], Dependences })).toBeUndefined();
});
