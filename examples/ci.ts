/** Code that uses the vendor's SDK is tested in CI against `batch-mcp engine` instead of the cloud. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { batch } from 'tencentcloud-sdk-nodejs';
import { Placement, task } from './connect.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-example-'));
const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');
const engine = spawn(process.execPath, [program, 'engine', '--sandbox', 'none', '--data-dir', dataDir], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
try {
  // The first line of output is JSON with the address and the keys.
  const [line] = await once(createInterface({ input: engine.stdout }), 'line');
  const { endpoint, secretId, secretKey } = JSON.parse(String(line));
  const client = new batch.v20170312.Client({
    credential: { secretId, secretKey },
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: new URL(endpoint).host, protocol: 'http://' } },
  });

  const Job = { JobName: 'nightly', Priority: 1, Tasks: [task('build', 'echo built > out && cat out')] };
  const { JobId = '' } = await client.SubmitJob({ Placement, Job });
  let state = '';
  for (let tries = 0; !['SUCCEED', 'FAILED'].includes(state) && tries < 300; tries += 1) {
    await wait(100);
    state = (await client.DescribeJob({ JobId })).JobState ?? '';
  }
  const logs = await client.DescribeTaskLogs({ JobId, TaskName: 'build' });
  // A log is returned as a data: URL, which fetch can read.
  const stdout = await (await fetch(logs.TaskInstanceLogSet?.[0]?.StdoutLog ?? 'data:,')).text();
  console.log(JobId, state, stdout.trim());
  if (state !== 'SUCCEED') process.exitCode = 1;
} finally {
  engine.kill();
  await once(engine, 'exit');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
