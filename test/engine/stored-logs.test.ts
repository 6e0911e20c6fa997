/** The stored logs of an instance: the documented name is that of the last attempt, earlier ones have the number of their attempt. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineLog } from '../../src/client/engine-requests.ts';
import { networkOf } from '../../src/client/network.ts';
import { createTransport } from '../../src/client/transport.ts';
import { askEngine } from '../../src/engine/daemon/ask-engine.ts';
import { readAddress } from '../../src/engine/daemon/data-directory.ts';
import { clientOf } from '../client/client-under-test.ts';
import {
  type RunningEngine,
  region,
  removeDir,
  shellTask,
  startRunningEngine,
  until,
} from './running-engine.ts';

const maxLogBytes = 64 * 1024;
const bucket = 'logs-1250000000.cos.ap-guangzhou.myqcloud.com';
const RedirectInfo = {
  StdoutRedirectPath: `cos://${bucket}/runs/`,
  StderrRedirectPath: `cos://${bucket}/runs/`,
};
let engine: RunningEngine;
beforeAll(async () => {
  engine = await startRunningEngine({ maxLogBytes });
});
afterAll(async () => {
  await engine.stop();
  removeDir(engine.dataDir);
});

const stored = (name: string): string => join(engine.storageDir, 'cos', bucket, 'runs', name);
const read = (name: string): string => readFileSync(stored(name), 'utf8');
const logsOf = async (JobId: string, TaskName: string, Attempt?: number): Promise<readonly EngineLog[]> => {
  const address = readAddress(engine.dataDir);
  if (address === undefined) throw new Error('The engine has no address.');
  const input = { Region: region, JobId, TaskName, TaskInstanceIndexes: [0], Attempt };
  return ((await askEngine(address, 'logs', input)) as { logs: EngineLog[] }).logs;
};

const counting =
  'n=$(cat ../n 2>/dev/null || echo 1); echo $((n + 1)) > ../n; echo "try $n"; [ $n -ge 3 ] || exit 9';

test('The log of the last attempt has the documented name, earlier ones have the number of their attempt', async () => {
  const JobId = await engine.submit({
    Tasks: [shellTask('a', counting, { RedirectInfo, MaxRetryCount: 1 })],
  });
  await engine.settled(JobId);
  const name = `stdout.${JobId}.a.0.log`;
  expect([read(name), read(`${name}.attempt-1`)]).toEqual(['try 2\n', 'try 1\n']);
  await engine.call('RetryJobs', { JobIds: [JobId] });
  await engine.settled(JobId);
  expect([read(name), read(`${name}.attempt-1`), read(`${name}.attempt-2`)]).toEqual([
    'try 3\n',
    'try 1\n',
    'try 2\n',
  ]);
});

test('What else is stored under the name of an earlier attempt is left as it is', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask('a', counting, {
        RedirectInfo: { ...RedirectInfo, StdoutRedirectFileName: 'fixed' },
        MaxRetryCount: 1,
      }),
    ],
  });
  mkdirSync(stored('.'), { recursive: true });
  writeFileSync(stored('fixed.attempt-1'), 'of the user');
  await engine.settled(JobId);
  expect([read('fixed'), read('fixed.attempt-1')]).toEqual(['try 2\n', 'of the user']);
});

test('The engine reports the length of a log, what was cut out of it and where, and whether the instance still runs', async () => {
  const JobId = await engine.submit({
    Tasks: [
      shellTask(
        'a',
        'echo first; head -c 300000 /dev/zero | tr "\\0" x; echo; echo last; touch ../written; while [ ! -e ../end ]; do sleep 0.05; done',
      ),
    ],
  });
  const running = await until('it was shortened', async () => {
    const [log] = await logsOf(JobId, 'a');
    return log?.Stdout.MissingBytes !== undefined && log;
  });
  expect(running).toMatchObject({ Attempt: 1, IsRunning: true, Stderr: { Size: 0 } });
  writeFileSync(join(engine.dataDir, 'jobs', JobId, '0', 'end'), '');
  await engine.settled(JobId);
  const [ended] = await logsOf(JobId, 'a');
  const { Size = 0, MissingBytes = 0, MissingOffset } = ended?.Stdout ?? {};
  expect(ended).toMatchObject({ IsRunning: false });
  expect(MissingOffset).toBe(maxLogBytes / 4);
  const mark = '\n[batch-mcp cut 000000000000000 bytes here]\n'.length;
  expect(Size - mark + MissingBytes).toBe('first\n'.length + 300_000 + '\nlast\n'.length);
});

test('DescribeTaskLogs of an earlier attempt names the file in which its log is stored', async () => {
  const JobId = await engine.submit({
    Tasks: [shellTask('a', counting, { RedirectInfo, MaxRetryCount: 1 })],
  });
  await engine.settled(JobId);
  const transport = createTransport(networkOf({ isLoopback: true }));
  const client = await clientOf({ origin: engine.endpoint }, { keys: engine, transport });
  const nameOf = async (instanceAttempt: number) => {
    const { output } = await client.call('DescribeTaskLogs', { JobId, TaskName: 'a' }, { instanceAttempt });
    return output.TaskInstanceLogSet?.[0]?.StdoutRedirectFileName;
  };
  const name = `stdout.${JobId}.a.0.log`;
  expect([await nameOf(1), await nameOf(2)]).toEqual([`${name}.attempt-1`, name]);
  await client.close();
});
