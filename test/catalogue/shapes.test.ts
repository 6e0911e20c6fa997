/** The types of the API: which values each constraint accepts, and the error code for those it rejects. */
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { codeOfMessage } from '../../src/catalogue/action.ts';
import type { ErrorCode } from '../../src/catalogue/error-codes.ts';
import * as common from '../../src/catalogue/shapes/common.ts';
import { cycleOf } from '../../src/catalogue/shapes/dependences.ts';
import { type TypeName, types } from '../../src/catalogue/shapes/index.ts';

const application = { DeliveryForm: 'LOCAL', Command: 'echo' };
const task = { Application: application, EnvId: 'env-1a2b3c4d' };
const bucket = 'cos://b-1.cos.ap-guangzhou.myqcloud.com/';
const vpc = { VpcId: 'vpc-1', SubnetId: 'subnet-1' };

/** A minimal valid value of each type that has required fields. */
const minimal: Partial<Record<TypeName, object>> = {
  Application: application,
  Docker: { Image: 'ubuntu' },
  InputMapping: { SourcePath: bucket, DestinationPath: '/data/' },
  Job: { Tasks: [task] },
  NamedComputeEnv: { EnvName: 'pool', DesiredComputeNodeCount: 1 },
  Notification: { TopicName: 'topic', EventConfigs: [] },
  OutputMapping: { SourcePath: '/data/', DestinationPath: bucket },
  Task: task,
};

/** The issues of a value: path and error code. */
const issuesOf = (schema: z.ZodType, value: unknown) =>
  schema
    .safeParse(value)
    .error?.issues.map(({ path, message }) => [path.join('.'), codeOfMessage(message).code]) ?? [];
const issuesOfField = (type: TypeName, field: string, value: unknown) =>
  issuesOf(types[type], { ...minimal[type], [field]: value });

type Limit = readonly [
  type: TypeName,
  field: string,
  max: number,
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
  // Documented in bytes; this character has three.
  ['EnvData', 'InstanceName', 20, undefined, '作'],
];
for (const [type, field, max, code, letter = 'x'] of limits) {
  test(`${type}.${field} accepts at most ${max} characters`, () => {
    expect(issuesOfField(type, field, letter.repeat(max))).toEqual([]);
    expect(issuesOfField(type, field, letter.repeat(max + 1))).toEqual([[field, code]]);
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
  test(`${type}.${field} accepts integers from ${from} to ${to}`, () => {
    expect([from, to].map((value) => issuesOfField(type, field, value))).toEqual([[], []]);
    expect(issuesOfField(type, field, from - 1)).toEqual([[field, below]]);
    expect(issuesOfField(type, field, to + 1)).toEqual([[field, above]]);
    expect(issuesOfField(type, field, from + 0.5)).toEqual([[field, undefined]]);
  });
}

type Text = readonly [TypeName, string, valid: readonly string[], invalid: string, code: ErrorCode];
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
for (const [type, field, valid, invalid, code] of texts) {
  test(`${type}.${field} rejects '${invalid}' with ${code}`, () => {
    expect(valid.flatMap((value) => issuesOfField(type, field, value))).toEqual([]);
    expect(issuesOfField(type, field, invalid)).toEqual([[field, code]]);
  });
}

const named = (...names: string[]) => names.map((TaskName) => ({ ...task, TaskName }));
const edge = (StartTask: string, EndTask: string) => ({ StartTask, EndTask });
const events = (...names: string[]) => names.map((EventName) => ({ EventName, EventVars: [] }));
const typesOf = (many: number) => Array.from({ length: many }, (_, index) => `S${index}.SMALL2`);
const tags = (many: number) => Array(many).fill({ Key: 'team', Value: 'blue' });

type Constraint = readonly [
  title: string,
  TypeName,
  valid: readonly object[],
  invalid: object,
  at: string,
  ErrorCode?,
];
const constraints: readonly Constraint[] = [
  [
    'Application requires Command or Commands',
    'Application',
    [{ Commands: [] }, { Command: undefined, Commands: [{ Command: 'a' }] }],
    { Command: undefined },
    'Command',
    'InvalidParameter.InvalidParameterCombination',
  ],
  [
    'Application rejects Command together with Commands',
    'Application',
    [application],
    { Commands: [{ Command: 'a' }] },
    'Command',
    'InvalidParameter.InvalidParameterCombination',
  ],
  [
    'Application with DeliveryForm PACKAGE requires PackagePath',
    'Application',
    [{ DeliveryForm: 'PACKAGE', PackagePath: `${bucket}a.tgz` }],
    { DeliveryForm: 'PACKAGE' },
    'PackagePath',
    'InvalidParameterValue.RemoteStoragePath',
  ],
  [
    'Task requires EnvId or ComputeEnv',
    'Task',
    [task, { EnvId: undefined, ComputeEnv: {} }],
    { EnvId: undefined },
    'ComputeEnv',
    'AllowedOneAttributeInEnvIdAndComputeEnv',
  ],
  [
    'Task rejects EnvId together with ComputeEnv',
    'Task',
    [task],
    { ComputeEnv: {} },
    'ComputeEnv',
    'AllowedOneAttributeInEnvIdAndComputeEnv',
  ],
  [
    'EnvData accepts only one of InstanceType, InstanceTypes and InstanceTypeOptions',
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
    'EnvData accepts only one of VirtualPrivateCloud, VirtualPrivateClouds and Zones',
    'EnvData',
    [{ VirtualPrivateCloud: vpc }, { VirtualPrivateClouds: [vpc], Zones: [] }, { Zones: ['ap-guangzhou-3'] }],
    { VirtualPrivateCloud: vpc, Zones: ['ap-guangzhou-3'] },
    'VirtualPrivateCloud',
    'InvalidParameterValue.ComputeEnv',
  ],
  [
    'LoginSettings rejects Password together with KeyIds',
    'LoginSettings',
    [{ Password: 'B1habcd-B1' }, { KeyIds: ['skey-1'] }, { Password: 'B1habcd-B1', KeyIds: [] }],
    { Password: 'B1habcd-B1', KeyIds: ['skey-1'] },
    '',
    'InvalidParameter.CvmParameters',
  ],
  [
    'LoginSettings rejects KeepImageLogin TRUE together with a password or key',
    'LoginSettings',
    [{ KeepImageLogin: 'TRUE' }, { KeepImageLogin: 'FALSE', KeyIds: ['skey-1'] }],
    { KeepImageLogin: 'TRUE', KeyIds: ['skey-1'] },
    'KeepImageLogin',
    'InvalidParameter.CvmParameters',
  ],
  [
    'InstanceTypes rejects a type without family and size',
    'ComputeEnvData',
    [{ InstanceTypes: ['S5.SMALL2', 'BMD3c.24XLARGE-2'] }],
    { InstanceTypes: ['small'] },
    'InstanceTypes.0',
    'InvalidParameterValue.InstanceType',
  ],
  [
    'InstanceTypes rejects an empty list',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(1) }],
    { InstanceTypes: [] },
    'InstanceTypes',
    'InvalidParameterValue.InstanceTypesEmpty',
  ],
  [
    'InstanceTypes rejects more than ten types',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(10) }],
    { InstanceTypes: typesOf(11) },
    'InstanceTypes',
    'InvalidParameterValue.LimitExceeded',
  ],
  [
    'InstanceTypes rejects a repeated type',
    'ComputeEnvData',
    [{ InstanceTypes: typesOf(2) }],
    { InstanceTypes: [...typesOf(2), ...typesOf(1)] },
    'InstanceTypes',
    'InvalidParameterValue.InstanceTypeDuplicate',
  ],
  [
    'Notification rejects a repeated event',
    'Notification',
    [{ EventConfigs: events('JOB_FAILED', 'JOB_SUCCEED') }],
    { EventConfigs: events('JOB_FAILED', 'JOB_FAILED') },
    'EventConfigs',
    'InvalidParameter.NotificationEventNameDuplicate',
  ],
  ['Job rejects an empty list of tasks', 'Job', [{ Tasks: [task] }], { Tasks: [] }, 'Tasks'],
  ['Job rejects more than ten tags', 'Job', [{ Tags: tags(10) }], { Tags: tags(11) }, 'Tags'],
  [
    'Job rejects a repeated TaskName',
    'Job',
    [{ Tasks: named('A', 'B') }, { Tasks: [task, task] }],
    { Tasks: named('A', 'B', 'A') },
    'Tasks',
    'InvalidParameter.TaskName',
  ],
  [
    'Job rejects a dependence on an unknown task',
    'Job',
    [{ Tasks: named('A', 'B'), Dependences: [edge('A', 'B')] }],
    { Tasks: named('A', 'B'), Dependences: [edge('A', 'C')] },
    'Dependences',
    'InvalidParameterValue.DependenceNotFoundTaskName',
  ],
  [
    'Job rejects a cycle of dependences',
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
    'Job rejects a task that depends on itself',
    'Job',
    [{ Tasks: named('A') }],
    { Tasks: named('A'), Dependences: [edge('A', 'A')] },
    'Dependences',
    'InvalidParameterValue.DependenceUnfeasible',
  ],
];
for (const [title, type, valid, invalid, at, code] of constraints) {
  test(title, () => {
    expect(valid.flatMap((value) => issuesOf(types[type], { ...minimal[type], ...value }))).toEqual([]);
    expect(issuesOf(types[type], { ...minimal[type], ...invalid })).toEqual([[at, code]]);
  });
}

test('the message of a violated constraint names the offending value', () => {
  const textsOf = (job: object) =>
    types.Job.safeParse(job).error?.issues.map(({ message }) => codeOfMessage(message).text);
  expect([
    textsOf({ Tasks: named('A', 'A') }),
    textsOf({ Tasks: named('A'), Dependences: [edge('A', 'unknown')] }),
    textsOf({ Tasks: named('A', 'B', 'C'), Dependences: [edge('A', 'B'), edge('B', 'C'), edge('C', 'B')] }),
  ]).toMatchInlineSnapshot(`
    [
      [
        "Two tasks are named A; a TaskName is unique in its job.",
      ],
      [
        "No task in Tasks has the TaskName unknown.",
      ],
      [
        "The dependences form a cycle: B -> C -> B.",
      ],
    ]
  `);
});

test('all issues of a job are reported together', () => {
  const InputMappings = [{ SourcePath: 's3://x', DestinationPath: '/x' }];
  const wrong = { ...task, TaskName: 'a b', TaskInstanceNum: 0, InputMappings };
  expect(issuesOf(types.Job, { Tasks: [wrong], Priority: 101, Dependences: [edge('a b', 'c')] })).toEqual([
    ['Tasks.0.TaskName', 'InvalidParameter.TaskName'],
    ['Tasks.0.TaskInstanceNum', 'InvalidParameterValue.TaskInstanceNum'],
    ['Tasks.0.InputMappings.0.SourcePath', 'InvalidParameterValue.RemoteStorageSchemeType'],
    ['Priority', undefined],
    ['Dependences', 'InvalidParameterValue.DependenceNotFoundTaskName'],
  ]);
});

test('cycleOf finds a cycle behind a long chain and none in a long chain', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => edge(`t${index}`, `t${index + 1}`));
  expect(cycleOf({ Tasks: [], Dependences: chain })).toBeUndefined();
  expect(cycleOf({ Tasks: [], Dependences: [...chain, edge('t20000', 't19998')] })).toEqual([
    't19998',
    't19999',
    't20000',
    't19998',
  ]);
});

describe('the shared schema', () => {
  const filters = common.filters(['job-id', 'tag:KEY']);
  const filter = (Name: string, many = 1) => ({ Name, Values: Array(many).fill('a') });
  type Block = readonly [
    title: string,
    z.ZodType,
    valid: readonly unknown[],
    invalid: unknown,
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
      'TaskTemplateName (characters)',
      common.TaskTemplateName,
      ['rendering'],
      'a b',
      '',
      'InvalidParameter.TaskTemplateName',
    ],
    [
      'TaskTemplateName (length)',
      common.TaskTemplateName,
      ['x'.repeat(60)],
      'x'.repeat(61),
      '',
      'InvalidParameter.TaskTemplateNameTooLong',
    ],
    [
      'TaskTemplateDescription (bytes)',
      common.TaskTemplateDescription,
      ['作'.repeat(66)],
      '作'.repeat(67),
      '',
      'InvalidParameter.TaskTemplateDescriptionTooLong',
    ],
    [
      'ExistingTaskName (any characters, not empty)',
      common.ExistingTaskName,
      ['task A'],
      '',
      '',
      'InvalidParameter.TaskName',
    ],
    [
      'ExistingTaskName (length)',
      common.ExistingTaskName,
      ['x'.repeat(200)],
      'x'.repeat(201),
      '',
      'InvalidParameter.TaskNameTooLong',
    ],
    ['ClientToken (ASCII)', common.ClientToken, ['x'.repeat(64)], 'é', ''],
    ['ClientToken (length)', common.ClientToken, ['x'], 'x'.repeat(65), ''],
    [
      'filters (names)',
      filters,
      [[filter('job-id'), filter('tag:team')]],
      [filter('job-ids')],
      '0.Name',
      'InvalidFilter',
    ],
    [
      'filters (at most 10)',
      filters,
      [Array(10).fill(filter('job-id'))],
      Array(11).fill(filter('job-id')),
      '',
      'InvalidParameterValue.LimitExceeded',
    ],
    [
      'filters (at most 100 values)',
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
  for (const [title, schema, valid, invalid, at, code] of blocks) {
    test(`${title} accepts valid values and rejects an invalid one`, () => {
      expect(valid.flatMap((value) => issuesOf(schema, value))).toEqual([]);
      expect(issuesOf(schema, invalid)).toEqual([[at, code]]);
    });
  }
});

test('cycleOf handles 100,000 tasks that depend on one task', () => {
  const Dependences = Array.from({ length: 100_000 }, (_, at) => ({ StartTask: 'first', EndTask: `t${at}` }));
  // Quadratic time would exceed the timeout of the test.
  expect(cycleOf({ Tasks: [], Dependences })).toBeUndefined();
});
