/** Under a root engine the storage belongs to the user of the jobs, also where directories are created concurrently. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import COS from 'cos-nodejs-sdk-v5';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, removeDir, shellTask, startRunningEngine } from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';

const bucket = 'results-1250000000';
const directory = `${bucket}.cos.ap-guangzhou.myqcloud.com`;

let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ sandbox: hasBwrap ? 'bwrap' : 'none' });
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

/** Files and directories of the storage that another user owns. */
const strayFiles = (): readonly string[] => {
  const { uid } = statSync(engine.storageDir);
  return readdirSync(join(engine.storageDir, 'cos'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(engine.storageDir, 'cos', name)).uid !== uid,
  );
};

/** The state between the two steps of a concurrent writer, which creates a directory and then gives it away. */
const createAsRoot = (...names: readonly string[]): void => {
  mkdirSync(join(engine.storageDir, 'cos', directory, ...names), { recursive: true, mode: 0o700 });
};

test.skipIf(!hasBwrap)(
  'An object in a directory that a concurrent writer has just created can be read by jobs',
  async () => {
    const cos: COS & { readonly options?: object } = new COS({
      SecretId: engine.secretId,
      SecretKey: engine.secretKey,
      Domain: new URL(engine.endpoint).host,
      Protocol: 'http:',
    });
    Object.assign(cos.options ?? {}, { ForcePathStyle: true });
    createAsRoot('in', 'deep');
    await cos.putObject({ Bucket: bucket, Region: 'ap-guangzhou', Key: 'in/deep/er/a.txt', Body: 'a' });
    expect(strayFiles()).toEqual([]);
  },
);

test.skipIf(!hasBwrap)(
  'Results in a directory that a concurrent instance has just created can be read by jobs',
  async () => {
    createAsRoot('results', 'a');
    const JobId = await engine.submit({
      JobName: 'parts',
      Tasks: [
        shellTask('part', 'mkdir -p /out/a/b && echo x > /out/a/b/$BATCH_TASK_INSTANCE_INDEX', {
          TaskInstanceNum: 4,
          OutputMappings: [{ SourcePath: '/out/', DestinationPath: `cos://${directory}/results/` }],
        }),
      ],
    });
    expect((await engine.settled(JobId)).JobState).toBe('SUCCEED');
    expect(strayFiles()).toEqual([]);
  },
);
