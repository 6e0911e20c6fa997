/** "Run main.py from this folder over these 25 parameters and bring me the results", over the pipes of a real server. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasBwrap } from '../../sandbox/bwrap.ts';
import { connect, eras, startTestEngine, type TestClient } from '../harness.ts';
import { bucket, bucketUrl } from './file-tools.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let filesDir: string;
beforeAll(async () => {
  engine = await startTestEngine();
  filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-files-'));
  const folder = join(filesDir, 'work');
  mkdirSync(folder);
  // The shell, because not every machine has Python.
  writeFileSync(join(folder, 'main.sh'), 'echo "$1 squared is $(($1 * $1))"\n');
  writeFileSync(
    join(folder, 'params.txt'),
    `${Array.from({ length: 25 }, (_, index) => index).join('\n')}\n`,
  );
  writeFileSync(join(folder, '.env'), 'TOKEN=secret');
});
afterAll(async () => {
  await engine.stop();
  rmSync(filesDir, { recursive: true, force: true });
});

const ComputeEnv = { EnvType: 'MANAGED', EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } };

test.each(eras)('A folder runs over 25 parameters, and 25 results arrive (%s protocol)', async (era) => {
  const flags = ['--files-dir', filesDir, '--buckets', bucket];
  const client: TestClient = await connect(era, { ...engine, flags });
  try {
    const staged = await client.call('StageFiles', { from: 'work' });
    expect(staged.fields.leftOut).toEqual([{ path: '.env', reason: 'may hold secrets' }]);
    const results = `${bucketUrl}/${era}/`;
    const submission = {
      Placement: { Zone: 'ap-guangzhou-3' },
      Job: {
        JobName: 'squares',
        Tasks: [
          {
            TaskName: 'run',
            TaskInstanceNum: 25,
            Application: {
              DeliveryForm: 'PACKAGE',
              PackagePath: staged.fields.path,
              Command: 'sh main.sh $(sed -n "$((BATCH_TASK_INSTANCE_INDEX + 1))p" params.txt)',
            },
            ComputeEnv,
            RedirectInfo: {
              StdoutRedirectPath: results,
              StdoutRedirectFileName: '${BATCH_TASK_INSTANCE_INDEX}.txt',
            },
          },
        ],
      },
    };
    expect((await client.call('PlanJob', submission)).fields.submittable).toBe(true);
    const { JobId } = (await client.call('SubmitJob', submission)).fields;
    const ended = await client.call('WaitForJob', { JobId });
    expect(ended.fields).toMatchObject({ JobState: 'SUCCEED' });
    const fetched = await client.call('FetchFiles', { path: results, to: era });
    expect(fetched.isError).toBe(false);
    const texts = readdirSync(join(filesDir, era)).map((name) =>
      readFileSync(join(filesDir, era, name), 'utf8'),
    );
    expect(texts.sort()).toEqual(
      Array.from({ length: 25 }, (_, index) => `${index} squared is ${index * index}\n`).sort(),
    );
  } finally {
    await client.close();
  }
});

test.skipIf(!hasBwrap)('Staged files are mounted as inputs, and outputs are fetched', async () => {
  const sandboxed = await startTestEngine({ sandbox: 'bwrap' });
  mkdirSync(join(filesDir, 'inputs/deep'), { recursive: true });
  writeFileSync(join(filesDir, 'inputs/a.txt'), 'one');
  writeFileSync(join(filesDir, 'inputs/deep/b.txt'), 'two');
  const flags = ['--files-dir', filesDir, '--buckets', bucket];
  const client = await connect('modern', { ...sandboxed, flags });
  try {
    const staged = await client.call('StageFiles', {
      from: 'inputs',
      pack: false,
      to: `${bucketUrl}/inputs/`,
    });
    const { JobId } = (
      await client.call('SubmitJob', {
        Placement: { Zone: 'ap-guangzhou-3' },
        Job: {
          JobName: 'mapped',
          Tasks: [
            {
              TaskName: 'join',
              Application: {
                DeliveryForm: 'LOCAL',
                Command: 'cat /data/in/a.txt /data/in/deep/b.txt > /data/out/joined.txt',
              },
              ComputeEnv,
              InputMappings: [{ SourcePath: staged.fields.path, DestinationPath: '/data/in/' }],
              OutputMappings: [{ SourcePath: '/data/out/', DestinationPath: `${bucketUrl}/outputs/` }],
            },
          ],
        },
      })
    ).fields;
    expect((await client.call('WaitForJob', { JobId })).fields).toMatchObject({ JobState: 'SUCCEED' });
    await client.call('FetchFiles', { path: `${bucketUrl}/outputs/`, to: 'outputs' });
    expect(readFileSync(join(filesDir, 'outputs/joined.txt'), 'utf8')).toBe('onetwo');
  } finally {
    await client.close();
    await sandboxed.stop();
  }
});
