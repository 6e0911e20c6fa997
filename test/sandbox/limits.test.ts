/** The default limits of commands, and those of `--limits`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSettings } from '../../src/engine/settings.ts';
import {
  type RunningEngine,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from '../engine/running-engine.ts';
import { hasBwrap } from './bwrap.ts';

const mebibyte = 1024 ** 2;

describe.skipIf(!hasBwrap)('The commands of a sandbox', () => {
  let engine: RunningEngine;
  beforeAll(async () => {
    const { limits } = createSettings({ dataDir: '', engineId: '' });
    engine = await startRunningEngine({
      sandbox: 'bwrap',
      killGraceMs: 2000,
      limits: { ...limits, diskBytes: 20 * mebibyte },
    });
  });
  afterAll(async () => {
    await engine.stop();
    removeDir(engine.dataDir);
  });

  test('cannot start processes without limit', async () => {
    const script = `const { spawn } = require('node:child_process');
      let failed = 0;
      for (let n = 0; n < 3000; n += 1) spawn('sleep', ['1000'], { stdio: 'ignore' }).on('error', () => { failed += 1; });
      setImmediate(() => { console.log(failed > 0 ? 'limited' : 'unlimited'); process.exit(); });`;
    const JobId = await engine.submit({ Tasks: [shellTask('fork', `node -e "${script}"`)] });
    await engine.settled(JobId);
    expect((await engine.logs(JobId, 'fork')).stdout).toBe('limited\n');
  });

  test('are terminated when all of them together use more disk than allowed: the one with the most', async () => {
    const JobId = await engine.submit({
      Tasks: [
        shellTask('large', 'head -c 30000000 /dev/zero > file; sleep 1000'),
        shellTask('small', 'head -c 1000000 /dev/zero > file; until [ -e stop ]; do sleep 0.1; done'),
      ],
    });
    const ended = await until('the large one is terminated', async () => {
      const [instance] = await engine.instances(JobId, 'large');
      return instance?.TaskInstanceState === 'FAILED' ? instance : undefined;
    });
    expect(ended.StateDetailedReason).toBe(
      'ended because the running commands use more than 20 MiB of disk (--limits disk=MIB), and this one the most',
    );
    expect((await engine.instances(JobId, 'small'))[0]?.TaskInstanceState).toBe('RUNNING');
    await engine.call('TerminateJob', { JobId });
    await engine.settled(JobId);
  });
});
