import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ComputeEnv,
  makeDataDir,
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
} from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';

const bucket = 'data-1251783334.cos.ap-guangzhou.myqcloud.com';

describe.skipIf(!hasBwrap)('storage', () => {
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

  test('of a bucket cannot be written through a mount, and a share can', async () => {
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

  test('is not left by a link that a job puts into a share or among its outputs', async () => {
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

  test('delivers a PACKAGE, which is unpacked where the command runs; so does a server on this machine', async () => {
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
        packaged('abroad', 'http://example.com/app.tgz'),
      ],
    });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'bucket')).stdout).toBe('packed bucket\n');
    expect((await engine.logs(JobId, 'server')).stdout).toBe('packed server\n');
    const reasonOf = async (task: string) => (await engine.instances(JobId, task))[0]?.StateDetailedReason;
    expect(await reasonOf('missing')).toBe(
      `its files could not be prepared: there is no cos://${bucket}/code/none.tgz in the local storage; put it there with \`batch-mcp engine files put\``,
    );
    expect(await reasonOf('abroad')).toBe(
      'its files could not be prepared: the local engine does not download packages from example.com: it takes them from cos:// storage (`batch-mcp engine files put`), and from ports of this machine that it was started with (`--package-ports`)',
    );
    // Once it is there, a retry finds it.
    writeFileSync(stored('cos', bucket, 'code', 'none.tgz'), archive);
    removeDir(source);
    await engine.call('RetryJobs', { JobIds: [JobId] });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'missing')).stdout).toBe('packed missing\n');
  });

  test('shows the log at the place of RedirectLocalInfo, and data disks are there', async () => {
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

  test('does not let a file name of a redirect lead out of its directory', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('escape', 'echo x', {
          RedirectInfo: {
            StdoutRedirectPath: 'cos://bucket/logs/',
            StdoutRedirectFileName: '../../../escaped',
          },
        }),
      ],
    });
    await engine.settled(JobId);
    expect((await engine.instances(JobId, 'escape'))[0]).toMatchObject({
      TaskInstanceState: 'FAILED',
      StateDetailedReason: '`../../../escaped` is not the name of one file',
    });
  });
});

test('without a sandbox, a task that needs places of the machine is refused', async () => {
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
