import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ComputeEnv,
  makeDataDir,
  Placement,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';

const bucket = 'data-1251783334.cos.ap-guangzhou.myqcloud.com';

describe.skipIf(!hasBwrap)('The storage of the engine', () => {
  let engine: RunningEngine;
  let stored: (...names: string[]) => string;
  let packages: Server;
  let port: number;
  let archive: Buffer;
  beforeAll(async () => {
    packages = createServer((_, response) => response.end(archive));
    await new Promise<void>((resolve) => packages.listen(0, '127.0.0.1', resolve));
    const address = packages.address();
    port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    engine = await startRunningEngine({ sandbox: 'bwrap', packagePorts: [port] });
    stored = (...names) => join(engine.storageDir, ...names);
    mkdirSync(stored('cos', bucket, 'in'), { recursive: true });
    writeFileSync(stored('cos', bucket, 'in', 'words'), 'hello\n');
  });
  afterAll(async () => {
    await engine.stop();
    packages.close();
    removeDir(engine.dataDir);
  });

  test('is mounted by InputMappings, filled by OutputMappings, and takes the redirected logs', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask(
          'copy',
          'mkdir /data/output/deep && tr a-z A-Z < /data/input/words > /data/output/deep/$BATCH_TASK_INSTANCE_INDEX; echo done',
          {
            TaskInstanceNum: 2,
            InputMappings: [{ SourcePath: `cos://${bucket}/in/`, DestinationPath: '/data/input/' }],
            OutputMappings: [{ SourcePath: '/data/output/', DestinationPath: `cos://${bucket}/out/` }],
            RedirectInfo: {
              StdoutRedirectPath: `cos://${bucket}/logs/`,
              StderrRedirectPath: `cos://${bucket}/logs/`,
              StderrRedirectFileName: '${BATCH_JOB_ID}.${BATCH_TASK_NAME}.${BATCH_TASK_INSTANCE_INDEX}.err',
            },
          },
        ),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    const files = {
      first: readFileSync(stored('cos', bucket, 'out', 'deep', '0'), 'utf8'),
      second: readFileSync(stored('cos', bucket, 'out', 'deep', '1'), 'utf8'),
      stdout: readFileSync(stored('cos', bucket, 'logs', `stdout.${JobId}.copy.1.log`), 'utf8'),
      stderr: readFileSync(stored('cos', bucket, 'logs', `${JobId}.copy.1.err`), 'utf8'),
    };
    expect(files).toEqual({ first: 'HELLO\n', second: 'HELLO\n', stdout: 'done\n', stderr: '' });
    expect((await engine.instances(JobId, 'copy'))[1]?.RedirectInfo).toEqual({
      StdoutRedirectPath: `cos://${bucket}/logs/`,
      StderrRedirectPath: `cos://${bucket}/logs/`,
      StdoutRedirectFileName: `stdout.${JobId}.copy.1.log`,
      StderrRedirectFileName: `${JobId}.copy.1.err`,
    });
  });

  test('mounts a bucket read-only and a share writable', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask(
          'write',
          'touch /data/bucket/x 2>/dev/null || echo read-only; echo shared > /data/share/x; echo deep > /data/deep/y',
          {
            InputMappings: [
              { SourcePath: `cos://${bucket}/in/`, DestinationPath: '/data/bucket' },
              { SourcePath: 'cfs://10.66.1.2/', DestinationPath: '/data/share' },
              { SourcePath: 'nfs://10.66.1.3:/a/b/', DestinationPath: '/data/deep' },
            ],
          },
        ),
      ],
    });
    await engine.settled(JobId);
    expect(await engine.logs(JobId, 'write')).toEqual({ stdout: 'read-only\n', stderr: '' });
    expect(readFileSync(stored('cfs', '10.66.1.2', 'x'), 'utf8')).toBe('shared\n');
    expect(readFileSync(stored('nfs', '10.66.1.3', 'a', 'b', 'y'), 'utf8')).toBe('deep\n');
  });

  test('does not follow a link that a job creates in a share or among its outputs', async () => {
    const outside = makeDataDir();
    writeFileSync(join(outside, 'secret'), 'canary');
    mkdirSync(stored('cfs', 'evil'), { recursive: true });
    symlinkSync(outside, stored('cfs', 'evil', 'out'));
    const JobId = await engine.submit({
      Tasks: [
        shellTask('read', 'cat /data/x/secret; true', {
          InputMappings: [{ SourcePath: 'cfs://evil/out/', DestinationPath: '/data/x' }],
        }),
        shellTask('write', 'echo evil > /data/out/file', {
          OutputMappings: [{ SourcePath: '/data/out', DestinationPath: 'cfs://evil/out/' }],
        }),
        shellTask('link', `ln -s ${outside}/secret /data/out/stolen; echo kept > /data/out/file`, {
          OutputMappings: [{ SourcePath: '/data/out', DestinationPath: 'cos://bucket/stolen/' }],
        }),
      ],
    });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'read')).stdout).toBe('');
    expect((await engine.instances(JobId, 'write'))[0]).toMatchObject({
      TaskInstanceState: 'FAILED',
      ExitCode: 0,
    });
    expect(existsSync(join(outside, 'file'))).toBe(false);
    expect(readFileSync(stored('cos', 'bucket', 'stolen', 'file'), 'utf8')).toBe('kept\n');
    expect(existsSync(stored('cos', 'bucket', 'stolen', 'stolen'))).toBe(false);
    removeDir(outside);
  });

  test('provides a package, which is unpacked in the working directory; so does a permitted port of this machine', async () => {
    const source = makeDataDir();
    mkdirSync(join(source, 'codepkg'));
    writeFileSync(join(source, 'codepkg', 'say.sh'), 'echo packed $1\n');
    spawnSync('tar', ['-czf', join(source, 'app.tgz'), '-C', source, 'codepkg']);
    archive = readFileSync(join(source, 'app.tgz'));
    mkdirSync(stored('cos', bucket, 'code'), { recursive: true });
    writeFileSync(stored('cos', bucket, 'code', 'app.tgz'), archive);
    const packaged = (TaskName: string, PackagePath: string) => ({
      TaskName,
      ComputeEnv,
      Application: {
        DeliveryForm: 'PACKAGE' as const,
        PackagePath,
        Command: `sh ./codepkg/say.sh ${TaskName}`,
      },
    });
    const JobId = await engine.submit({
      Tasks: [
        packaged('bucket', `cos://${bucket}/code/app.tgz`),
        packaged('server', `http://127.0.0.1:${port}/app.tgz`),
        packaged('missing', `cos://${bucket}/code/none.tgz`),
      ],
    });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'bucket')).stdout).toBe('packed bucket\n');
    expect((await engine.logs(JobId, 'server')).stdout).toBe('packed server\n');
    const reasonOf = async (task: string) => (await engine.instances(JobId, task))[0]?.StateDetailedReason;
    expect(await reasonOf('missing')).toBe(
      `its files could not be prepared: there is no cos://${bucket}/code/none.tgz in the local storage; put it there with \`batch-mcp engine files put\``,
    );
    const abroad = { Tasks: [packaged('abroad', 'http://example.com/app.tgz')] };
    expect(await engine.codeOf('SubmitJob', { Placement, Job: abroad })).toBe(
      'InvalidParameterValue.RemoteStoragePath',
    );
    // After it was stored, a retry finds it.
    writeFileSync(stored('cos', bucket, 'code', 'none.tgz'), archive);
    removeDir(source);
    await engine.call('RetryJobs', { JobIds: [JobId] });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'missing')).stdout).toBe('packed missing\n');
  });

  test('shows the log at the path of RedirectLocalInfo, and provides data disks', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask(
          'local',
          'echo first; wc -c < /var/log/batch/out.$BATCH_JOB_ID; echo x > /data/disk/y && cat /data/disk/y',
          {
            RedirectLocalInfo: {
              StdoutLocalPath: '/var/log/batch/',
              StdoutLocalFileName: 'out.${BATCH_JOB_ID}',
            },
            ComputeEnv: { ...ComputeEnv, MountDataDisks: [{ LocalPath: '/data/disk' }] },
          },
        ),
      ],
    });
    await engine.settled(JobId);
    expect(await engine.logs(JobId, 'local')).toEqual({ stdout: 'first\n6\nx\n', stderr: '' });
  });

  test('stores overlapping outputs, and a log that is shown among them', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('overlap', 'echo a > /o/a; echo b > /o/part/b; ls /data/in; echo c > /data/out/c', {
          ComputeEnv: { ...ComputeEnv, MountDataDisks: [{ LocalPath: '/data' }] },
          InputMappings: [{ SourcePath: `cos://${bucket}/in/`, DestinationPath: '/data/in' }],
          OutputMappings: [
            { SourcePath: '/o', DestinationPath: 'cos://overlap/1/' },
            { SourcePath: '/o/', DestinationPath: 'cos://overlap/2/' },
            { SourcePath: '/o/part', DestinationPath: 'cos://overlap/part/' },
            { SourcePath: '/data/out', DestinationPath: 'cos://overlap/disk/' },
          ],
          RedirectLocalInfo: { StdoutLocalPath: '/o/logs', StdoutLocalFileName: 'log' },
        }),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    const files = readdirSync(stored('cos', 'overlap'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => statSync(stored('cos', 'overlap', file)).isFile()).sort()).toEqual([
      '1/a',
      '1/logs/log',
      '1/part/b',
      '2/a',
      '2/logs/log',
      '2/part/b',
      'disk/c',
      'part/b',
    ]);
    expect(readFileSync(stored('cos', 'overlap', '2', 'logs', 'log'), 'utf8')).toBe('words\n');
  });

  test('stores files with any name and permission, and keeps their permissions', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask(
          'names',
          'cd /o; echo 1 > a; echo 2 > "$(printf \'caf\\351\')"; echo 3 > z; chmod 0 z; echo 4 > run; chmod 755 run; mkfifo pipe',
          { OutputMappings: [{ SourcePath: '/o', DestinationPath: 'cos://names/' }] },
        ),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    const names = readdirSync(stored('cos', 'names'), { encoding: 'buffer' });
    expect(names.map((name) => name.toString('latin1')).sort()).toEqual(['a', 'caf\xe9', 'run', 'z']);
    expect(statSync(stored('cos', 'names', 'run')).mode & 0o777).toBe(0o755);
    expect(readFileSync(stored('cos', 'names', 'z'), 'utf8')).toBe('3\n');
  });

  test('fails a task whose bucket directory does not exist, and creates a share', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('bucket', 'true', {
          InputMappings: [{ SourcePath: 'cos://typo/in/', DestinationPath: '/in' }],
        }),
        shellTask('share', 'echo x > /s/x', {
          InputMappings: [{ SourcePath: 'cfs://new/', DestinationPath: '/s' }],
        }),
      ],
    });
    await engine.settled(JobId);
    expect((await engine.instances(JobId, 'bucket'))[0]?.StateDetailedReason).toBe(
      'its files could not be prepared: there is no cos://typo/in/ in the local storage; put files there with `batch-mcp engine files put`',
    );
    expect(readFileSync(stored('cfs', 'new', 'x'), 'utf8')).toBe('x\n');
  });

  test('unpacks a package of another user, with read-only directories', async () => {
    const source = makeDataDir();
    const script = `mkdir -p app/lib; echo 'echo packed' > app/lib/run.sh; chmod 500 app/lib/run.sh; chmod 555 app/lib app
      tar --owner=1000 --group=1000 -czf package.tgz app; chmod 755 app app/lib`;
    spawnSync('/bin/sh', ['-c', script], { cwd: source });
    mkdirSync(stored('cos', bucket, 'code'), { recursive: true });
    writeFileSync(stored('cos', bucket, 'code', 'owned.tgz'), readFileSync(join(source, 'package.tgz')));
    writeFileSync(stored('cos', bucket, 'code', 'not.tgz'), 'PK\u0003\u0004');
    removeDir(source);
    const packaged = (TaskName: string, file: string) => ({
      TaskName,
      ComputeEnv,
      Application: {
        DeliveryForm: 'PACKAGE' as const,
        PackagePath: `cos://${bucket}/code/${file}`,
        Command: './app/lib/run.sh; stat -c %a app/lib/run.sh app/lib',
      },
      EnvVars: [{ Name: 'PATH', Value: '/nowhere:/usr/bin:/bin' }],
    });
    const JobId = await engine.submit({
      Tasks: [packaged('owned', 'owned.tgz'), packaged('not', 'not.tgz')],
    });
    await engine.settled(JobId);
    expect(await engine.logs(JobId, 'owned')).toEqual({ stdout: 'packed\n500\n555\n', stderr: '' });
    expect((await engine.instances(JobId, 'not'))[0]?.StateDetailedReason).toBe(
      `its files could not be prepared: the package cos://${bucket}/code/not.tgz is not a gzipped tar archive (.tgz), the only format that is unpacked`,
    );
    // The working directories hold read-only directories; the job is deleted all the same.
    await engine.call('DeleteJob', { JobId });
    await until('its files are gone', () => !existsSync(join(engine.dataDir, 'jobs', JobId)));
  });

  test('reports a sandbox that cannot be started as a failure of the machine, not of the command', async () => {
    mkdirSync(stored('cos', 'gone', 'in'), { recursive: true });
    const JobId = await engine.submit({
      Tasks: [
        shellTask('gone', 'until [ -e /s/removed ]; do sleep 0.05; done', {
          TaskInstanceNum: 2,
          MaxConcurrentNum: 1,
          InputMappings: [
            { SourcePath: 'cos://gone/in/', DestinationPath: '/in' },
            { SourcePath: 'cfs://gone/', DestinationPath: '/s' },
          ],
        }),
      ],
    });
    await until('the first runs', () => existsSync(stored('cfs', 'gone')));
    await until(
      'the first runs',
      async () => (await engine.instances(JobId, 'gone'))[0]?.TaskInstanceState === 'RUNNING',
    );
    rmSync(stored('cos', 'gone'), { recursive: true });
    writeFileSync(stored('cfs', 'gone', 'removed'), '');
    await engine.settled(JobId);
    expect((await engine.instances(JobId, 'gone'))[1]).toMatchObject({
      StateReason: 'machine failure',
      StateDetailedReason: expect.stringContaining('the sandbox could not be started: bwrap: '),
    });
  });

  test('ends the download of a package with its job, or after the Timeout of its task', async () => {
    const open = new Set<ServerResponse>();
    const endless = createServer((_, response) => {
      open.add(response);
      response.on('close', () => open.delete(response));
      response.write('x');
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const address = endless.address();
    const own = await startRunningEngine({
      sandbox: 'bwrap',
      packagePorts: [typeof address === 'object' ? (address?.port ?? 0) : 0],
    });
    const packaged = (TaskName: string, Timeout: number) => ({
      TaskName,
      ComputeEnv,
      Timeout,
      Application: {
        DeliveryForm: 'PACKAGE' as const,
        PackagePath: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/app.tgz`,
        Command: 'true',
      },
    });
    const short = await own.submit({ Tasks: [packaged('short', 1)] });
    await own.settled(short);
    expect((await own.instances(short, 'short'))[0]?.StateDetailedReason).toContain(
      'the package was not downloaded within Timeout',
    );
    const long = await own.submit({ Tasks: [packaged('long', 1000)] });
    await until('the download runs', () => open.size > 0);
    await own.call('TerminateJob', { JobId: long });
    expect((await own.settled(long)).JobState).toBe('FAILED');
    await until('the connection is closed', () => open.size === 0);
    await own.stop();
    endless.close();
    removeDir(own.dataDir);
  });

  test.each([
    ['a log name that leads out of its directory', '../../../escaped', 'cos://bucket/logs/'],
    ['a log name that is too long', 'x'.repeat(300), 'cos://bucket/logs/'],
  ])('refuses %s', async (_, StdoutRedirectFileName, StdoutRedirectPath) => {
    const RedirectInfo = { StdoutRedirectPath, StdoutRedirectFileName };
    const Job = { Tasks: [shellTask('escape', 'echo x', { RedirectInfo })] };
    expect(await engine.codeOf('SubmitJob', { Placement, Job })).toBe(
      'InvalidParameterValue.RemoteStoragePath',
    );
  });
});

test('Without a sandbox, a task that needs mounts is refused.', async () => {
  const engine = await startRunningEngine();
  const submit = engine.codeOf('SubmitJob', {
    Placement: { Zone: 'ap-guangzhou-2' },
    Job: {
      Tasks: [
        shellTask('t', 'true', {
          OutputMappings: [{ SourcePath: '/data/output/', DestinationPath: 'cos://b/' }],
        }),
      ],
    },
  });
  expect(await submit).toBe('InvalidParameterValue.LocalPath');
  await engine.stop();
  removeDir(engine.dataDir);
});
