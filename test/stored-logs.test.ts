/** Complete logs of jobs on the local engine, over stdio: what tools and resources return of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopEngine } from '../src/engine/daemon/daemon.ts';
import { endJobsOf } from './end-jobs.ts';
import { until } from './engine/running-engine.ts';
import { program } from './paths.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-logs-'));
const logPath = 'cos://logs-1250000000.cos.ap-guangzhou.myqcloud.com/runs';
const maxLogBytes = 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;
let client: Client;
beforeAll(async () => {
  client = new Client({ name: 'test', version: '0' });
  const flags = ['--local', '--sandbox', 'none', '--confirm', 'none', '--slots', '8', '--log-path', logPath];
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, '--data-dir', dataDir, ...flags, '--max-log-bytes', String(maxLogBytes)],
      env: { PATH: process.env.PATH ?? '' },
      stderr: 'ignore',
    }),
  );
});
afterAll(async () => {
  await client.close();
  await stopEngine(dataDir);
  endJobsOf(dataDir);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const call = async (name: string, args: Fields): Promise<Fields> =>
  (await client.callTool({ name, arguments: args })).structuredContent as Fields;
const resource = async (path: string): Promise<string> => {
  const { contents } = await client.readResource({ uri: `batch://ap-guangzhou/jobs/${path}` });
  const [content] = contents;
  return content !== undefined && 'text' in content ? String(content.text) : '';
};
const submission = (Command: string, task: object = {}) => ({
  Placement: { Zone: 'ap-guangzhou-3' },
  Job: {
    Tasks: [
      {
        TaskName: 'work',
        Application: { DeliveryForm: 'LOCAL', Command },
        ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
        ...task,
      },
    ],
  },
});
const finish = async (Command: string, task: object = {}): Promise<string> => {
  const { JobId } = await call('SubmitJob', submission(Command, task));
  await call('WaitForJob', { JobId: String(JobId), timeout: 120 });
  return String(JobId);
};
const matchesOf = (fields: Fields): readonly string[] => String(fields.matches).split('\n').slice(1, -1);

// 200 KB for each instance.
const long = `awk -v i=$BATCH_TASK_INSTANCE_INDEX 'BEGIN { for (n = 1; n <= 4000; n++)
  if (i == 13 && n == 1463) print "checksum mismatch in block 77"; else printf "%06d of instance %d: nothing of interest here at all\\n", n, i }'`;

describe('A job without RedirectInfo, submitted with --log-path,', () => {
  let JobId: string;
  beforeAll(async () => {
    JobId = await finish(long, { TaskInstanceNum: 20 });
  });

  test('has its complete logs stored, and the submission says so', async () => {
    const { RedirectInfo } = ((await call('DescribeJobSubmitInfo', { JobId })).Tasks as Fields[])[0] ?? {};
    expect(RedirectInfo).toEqual({ StdoutRedirectPath: `${logPath}/`, StderrRedirectPath: `${logPath}/` });
    const { notices } = await call('SubmitJob', submission('true'));
    expect(notices).toContainEqual(expect.stringMatching(/^RedirectInfo was added to 1 task that had none/));
    const plan = await call('PlanJob', submission('true'));
    expect(plan.notices).toContainEqual(expect.stringMatching(/^RedirectInfo was added to 1 task/));
    expect(JSON.stringify(plan.warnings ?? [])).not.toContain('RedirectInfo');
  });

  test('is run again by RerunJob with the redirect, also where the first submission had none', async () => {
    const own = { StdoutRedirectPath: '', StderrRedirectPath: '' };
    const { JobId: old } = await call('SubmitJob', submission('true', { RedirectInfo: own }));
    await call('WaitForJob', { JobId: String(old), timeout: 60 });
    const rerun = await call('RerunJob', { JobId: old, remove: ['RedirectInfo'] });
    expect(rerun.notices).toContainEqual(expect.stringMatching(/^RedirectInfo was added to 1 task/));
    const { Tasks } = await call('DescribeJobSubmitInfo', { JobId: rerun.JobId });
    expect(JSON.stringify(Tasks)).toContain(`"StdoutRedirectPath":"${logPath}/"`);
  });

  test('is searched completely: a line of 20 logs of 200 KB is found with its number in one call', async () => {
    const fields = await call('SearchTaskLogs', { JobId, TaskName: 'work', pattern: 'checksum mismatch' });
    expect(matchesOf(fields)).toEqual(['13 stdout:1463: checksum mismatch in block 77']);
    expect(fields.coverage).toMatch(/^Searched 20 of 20 instances, complete logs\. 20 logs read completely/);
  });

  test('shows in DescribeTaskLogs how long a log is, and which call reads all of it', async () => {
    const fields = await call('DescribeTaskLogs', { JobId, TaskName: 'work', TaskInstanceIndexes: [3] });
    const [log] = fields.TaskInstanceLogSet as Fields[];
    expect(log?.StdoutLog).toMatch(/stdout of instance 3, 2048 bytes of 2\d{5}\n/);
    expect(fields.next).toContainEqual(expect.stringContaining('ReadTaskLogs reads any part of them'));
  });

  test('has the end of a complete log as its resource, with the length', async () => {
    const text = await resource(`${JobId}/tasks/work/instances/3/stdout`);
    expect(text).toMatch(/The last 16\d{3} of 2\d{5} bytes .* It was read from object storage\./);
    expect(text).toContain('004000 of instance 3');
    expect(text).not.toContain('003600 of instance 3');
    expect(await resource(`${JobId}/tasks/work/instances/3/stderr`)).toContain('The complete log, 0 bytes.');
  });
});

test('A running instance has no stored log, which is said', async () => {
  const { JobId } = await call(
    'SubmitJob',
    submission(
      'head -c 5000 /dev/zero | tr "\\0" "\\n"; echo now; touch ../wrote; while [ ! -e ../go ]; do sleep 0.05; done',
    ),
  );
  const id = String(JobId);
  const search = () => call('SearchTaskLogs', { JobId: id, TaskName: 'work', pattern: 'now' });
  await until('it has written', async () => (await search()).matches);
  expect((await search()).coverage).toContain(
    'the instance still runs; its log is stored when it has ended.',
  );
  expect(await resource(`${id}/tasks/work/instances/0/stdout`)).toContain('the instance still runs');
  writeFileSync(join(dataDir, 'jobs', id, '0', 'go'), '');
  await call('WaitForJob', { JobId: id, timeout: 60 });
  expect((await search()).coverage).toContain('1 log read completely from object storage');
});

test('A log that the engine shortened has its missing bytes and their position in the answer', async () => {
  const JobId = await finish('echo first; head -c 3000000 /dev/zero | tr "\\0" "x" | fold -w 100; echo last');
  const { coverage } = await call('SearchTaskLogs', { JobId, TaskName: 'work', pattern: '^last$' });
  expect(coverage).toMatch(
    /stdout of instance 0 lacks \d{7} bytes after byte 262144: the engine cut them out to keep it below its limit\./,
  );
  expect(await resource(`${JobId}/tasks/work/instances/0/stdout`)).toMatch(
    /It lacks \d{7} bytes after byte 262144/,
  );
});

test('The log of an earlier attempt is read from the file that holds it', async () => {
  const counting =
    'n=$(cat ../n 2>/dev/null || echo 1); echo $((n + 1)) > ../n; echo "attempt $n"; head -c 5000 /dev/zero | tr "\\0" "\\n"; exit 4';
  const JobId = await finish(counting, { MaxRetryCount: 1 });
  const logOf = async (attempt?: number) => {
    const args = { JobId, TaskName: 'work', TaskInstanceIndexes: [0], ...(attempt && { attempt }) };
    const [log] = (await call('DescribeTaskLogs', args)).TaskInstanceLogSet as Fields[];
    return log?.StdoutRedirectFileName;
  };
  expect([await logOf(), await logOf(1)]).toEqual([
    `stdout.${JobId}.work.0.log`,
    `stdout.${JobId}.work.0.log.attempt-1`,
  ]);
  const { matches } = await call('SearchTaskLogs', { JobId, TaskName: 'work', pattern: 'attempt' });
  expect(String(matches)).toContain('0 stdout:1: attempt 2');
});
