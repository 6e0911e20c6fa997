import { describe, expect, test } from 'vitest';
import type { InputOf } from '../../../src/catalogue/index.ts';
import { filesProblemOf, taskFilesOf } from '../../../src/engine/model/task-files.ts';

type Task = InputOf<'SubmitJob'>['Job']['Tasks'][number];

const task = (more: Partial<Task>): Task => ({
  TaskName: 'a',
  Application: { DeliveryForm: 'LOCAL', Command: 'true' },
  ...more,
});
const packaged = (PackagePath: string): Task =>
  task({ Application: { DeliveryForm: 'PACKAGE', Command: 'true', PackagePath } });
const containered = (Docker: NonNullable<Task['Application']['Docker']>, more: Partial<Task> = {}): Task =>
  task({ Application: { DeliveryForm: 'LOCAL', Command: 'true', Docker }, ...more });
const bucket = (DestinationPath: string) => ({ SourcePath: 'cos://b/in/', DestinationPath });
const share = (DestinationPath: string) => ({ SourcePath: 'cfs://10.0.0.1/', DestinationPath });
const output = (SourcePath: string, DestinationPath = 'cos://b/out/') => ({ SourcePath, DestinationPath });
const disks = (...paths: string[]) => ({
  ComputeEnv: { EnvData: {}, MountDataDisks: paths.map((LocalPath) => ({ LocalPath })) },
});
const problemOf = (spec: Task) => filesProblemOf(spec, undefined, [8080]);
const name = { jobId: 'job-1', taskName: 'a', idx: 0 };

describe('The mappings of a task are accepted', () => {
  test.each<[string, Partial<Task>]>([
    [
      'when they do not overlap',
      { InputMappings: [bucket('/in'), share('/share')], OutputMappings: [output('/out')] },
    ],
    [
      'when one output goes to two destinations',
      { OutputMappings: [output('/o', 'cos://b/1/'), output('/o/', 'cos://b/2/')] },
    ],
    [
      'when an output is inside another output',
      { OutputMappings: [output('/o'), output('/o/part', 'cos://b/2/')] },
    ],
    [
      'when they are inside a data disk',
      {
        ...disks('/data'),
        InputMappings: [bucket('/data/in'), share('/data/s')],
        OutputMappings: [output('/data/out')],
      },
    ],
    ['when a data disk is an output', { ...disks('/data'), OutputMappings: [output('/data')] }],
    [
      'when a log is shown in an output',
      { OutputMappings: [output('/o')], RedirectLocalInfo: { StdoutLocalPath: '/o/logs' } },
    ],
    ['when names only begin alike', { InputMappings: [share('/x')], OutputMappings: [output('/xy')] }],
  ])('%s', (_, more) => {
    expect(problemOf(task(more))).toBe(undefined);
  });
});

describe('The files of a task are refused', () => {
  test.each<[string, Partial<Task>, string]>([
    [
      'when two inputs use one path',
      { InputMappings: [bucket('/x'), share('/x/')] },
      'InputMappings and InputMappings both use /x; give each a path for itself',
    ],
    [
      'when an output is inside a share',
      { InputMappings: [share('/x')], OutputMappings: [output('/x/l/new')] },
      'OutputMappings uses /x/l/new, which is inside /x of InputMappings; give it a path outside',
    ],
    [
      'when an input is inside a bucket',
      { InputMappings: [bucket('/x'), { SourcePath: 'cos://c/', DestinationPath: '/x/y' }] },
      'InputMappings uses /x/y, which is inside /x of InputMappings; give it a path outside',
    ],
    [
      'when an input is inside an output',
      { InputMappings: [bucket('/o/in')], OutputMappings: [output('/o')] },
      'InputMappings uses /o/in, which is inside /o of OutputMappings; give it a path outside',
    ],
    [
      'when an output is inside a bucket on a data disk',
      { ...disks('/d'), InputMappings: [bucket('/d/in')], OutputMappings: [output('/d/in/o')] },
      'OutputMappings uses /d/in/o, which is inside /d/in of InputMappings; give it a path outside',
    ],
    [
      'when a data disk is inside a share',
      { ...disks('/x/d'), InputMappings: [share('/x')] },
      'MountDataDisks uses /x/d, which is inside /x of InputMappings; give it a path outside',
    ],
    [
      'when a log is inside a share',
      {
        InputMappings: [share('/x')],
        RedirectLocalInfo: { StdoutLocalPath: '/x', StdoutLocalFileName: 'log' },
      },
      'RedirectLocalInfo uses /x/log, which is inside /x of InputMappings; give it a path outside',
    ],
    [
      'when both streams are stored in one file',
      {
        RedirectInfo: {
          StdoutRedirectPath: 'cos://b/l/',
          StderrRedirectPath: 'cos://b//l/',
          StdoutRedirectFileName: 'log',
          StderrRedirectFileName: 'log',
        },
      },
      'RedirectInfo gives both streams the same file, `log`',
    ],
    [
      'when both streams are shown in one file',
      {
        RedirectLocalInfo: {
          StdoutLocalPath: '/l',
          StderrLocalPath: '/l/',
          StdoutLocalFileName: 'log',
          StderrLocalFileName: 'log',
        },
      },
      'RedirectLocalInfo gives both streams the same file, `/l/log`',
    ],
    [
      'when the name of a log has a slash',
      { RedirectInfo: { StdoutRedirectPath: 'cos://b/l/', StdoutRedirectFileName: '${BATCH_JOB_ID}/x.log' } },
      '`job-00000000/x.log` is not the name of one file',
    ],
    [
      'when the name of a log is `..`',
      { RedirectInfo: { StderrRedirectPath: 'cos://b/l/', StderrRedirectFileName: '..' } },
      '`..` is not the name of one file',
    ],
    [
      'when a path has `..`',
      { OutputMappings: [output('/o/../etc')] },
      '`/o/../etc` cannot be mounted: it must be an absolute path on Linux, without `..`, and not a directory of the system',
    ],
    [
      'when a path is /proc',
      { OutputMappings: [output('/proc/x')] },
      '`/proc/x` cannot be mounted: it must be an absolute path on Linux, without `..`, and not a directory of the system',
    ],
    [
      'when a path replaces /usr',
      { InputMappings: [bucket('/usr')] },
      '`/usr` cannot be mounted: it must be an absolute path on Linux, without `..`, and not a directory of the system',
    ],
  ])('%s', (_, more, message) => {
    expect(problemOf(task(more))?.message).toBe(message);
  });
  test('when the name of a log is longer than a file name can be', () => {
    const RedirectInfo = { StdoutRedirectPath: 'cos://b/l/', StdoutRedirectFileName: 'x'.repeat(300) };
    expect(problemOf(task({ RedirectInfo }))?.code).toBe('InvalidParameterValue.RemoteStoragePath');
  });
  test('when a mapping of the environment and one of the task use one path', () => {
    const node = { InputMappings: [bucket('/x')] };
    expect(filesProblemOf(task({ InputMappings: [share('/x')] }), node, [])?.code).toBe(
      'InvalidParameterValue.LocalPath',
    );
    expect(filesProblemOf(task({ InputMappings: [bucket('/x/')] }), node, [])).toBe(undefined);
  });
});

test('Overlapping scratch directories share the outermost one.', () => {
  const files = taskFilesOf(
    task({
      ...disks('/data', '/data/more'),
      OutputMappings: [output('/data/out/a'), output('/o'), output('/o')],
    }),
    name,
    undefined,
  );
  expect(files.scratch).toEqual([
    { name: 'disk-0', kind: 'disk', target: '/data' },
    { name: 'output-1', kind: 'output', target: '/o' },
  ]);
  expect(files.outputs.map(({ scratch, names }) => [scratch, names])).toEqual([
    ['disk-0', ['out', 'a']],
    ['output-1', []],
    ['output-1', []],
  ]);
});

describe('A package', () => {
  test.each([
    ['cos://b/app.tgz', undefined],
    ['http://127.0.0.1:8080/app.tgz', undefined],
    ['http://localhost:8080/app.tgz', undefined],
    ['http://127.0.0.1:8081/app.tgz', '127.0.0.1:8081'],
    ['http://127.0.0.1/app.tgz', '127.0.0.1'],
    ['https://example.com:8080/app.tgz', 'example.com:8080'],
    ['http://127.0.0.1.example.com:8080/app.tgz', '127.0.0.1.example.com:8080'],
    ['http://user@169.254.169.254:8080/app.tgz', '169.254.169.254:8080'],
  ])('at %s is downloaded only from a permitted port of this machine', (url, refused) => {
    const message = problemOf(packaged(url))?.message;
    if (refused === undefined) expect(message).toBe(undefined);
    else expect(message).toContain(`does not download packages from ${refused}:`);
  });
  test('in a zip file is refused, because it would not be unpacked', () => {
    expect(problemOf(packaged('cos://b/app.ZIP'))?.message).toBe(
      'the package cos://b/app.ZIP is not a gzipped tar archive (.tgz), the only format that is unpacked',
    );
  });
});

describe('A Docker task', () => {
  test.each(['debian:12', 'ccr.ccs.tencentyun.com/a/b:1.0', 'registry:5000/a@sha256:abc'])(
    'may use the image %s',
    (Image) => {
      expect(problemOf(containered({ Image }))).toBe(undefined);
    },
  );
  test.each(['--privileged', '-v', ' debian', 'a b', ''])('is refused with the image %j', (Image) => {
    expect(problemOf(containered({ Image }))?.message).toBe(`\`${Image}\` is not the name of a Docker image`);
  });
  test.each(['--privileged', '-u root --privileged', '-u=-v', '-v /:/h', '--user --privileged', '-uroot'])(
    'is refused with the options %j',
    (DockerRunOption) => {
      expect(problemOf(containered({ Image: 'a', DockerRunOption }))?.message).toContain('DockerRunOption');
    },
  );
  test.each(['-u root', '--user=1000:1000', ' -u  daemon '])('may use the options %j', (DockerRunOption) => {
    expect(problemOf(containered({ Image: 'a', DockerRunOption }))).toBe(undefined);
  });
  test('is refused with a mount whose path the container program would split', () => {
    const mapped = containered({ Image: 'a' }, { OutputMappings: [output('/o:rw')] });
    expect(problemOf(mapped)?.message).toBe(
      '`/o:rw` cannot be mounted into a container: it contains a colon',
    );
  });
});
