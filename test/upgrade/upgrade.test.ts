/** A data directory written by 0.1.0, opened by this version: every record answers as before. */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/mcp/audit/verify-audit.ts';
import { endJobsOf } from '../end-jobs.ts';
import { type RunningEngine, startRunningEngine, until } from '../engine/running-engine.ts';
import { connect, type TestClient } from '../mcp/harness.ts';
import { program } from '../paths.ts';
import {
  copyFixture,
  expected,
  type Fields,
  type JobAnswers,
  type JobName,
  removeCopy,
  type TaskAnswers,
} from './fixture.ts';

const { jobs: jobIds, EnvId } = expected.ids;
// These three go on when the engine starts; all other records must not change.
const moving: readonly JobName[] = ['running', 'runningRetry', 'queued'];
const finished = (Object.keys(jobIds) as readonly JobName[]).filter((name) => !moving.includes(name));

let dataDir: string;
let engine: RunningEngine;
let client: TestClient;

beforeAll(async () => {
  dataDir = copyFixture();
  // With one slot, the retry of `runningRetry` keeps `queued` from finishing until a test terminates it.
  engine = await startRunningEngine({ dataDir, slots: 1 });
  client = await connect('legacy', {
    dataDir,
    flags: ['--config', join(dataDir, 'profiles.json'), '--sandbox', 'none'],
  });
});

afterAll(async () => {
  await client.close();
  await engine.stop();
  endJobsOf(dataDir);
  removeCopy(dataDir);
});

const withoutRequestId = ({ RequestId, ...answer }: Fields): Fields => answer;
const answer = async (action: string, input: Fields = {}): Promise<Fields> =>
  // The names come from a JSON file, so the compiler cannot know which input each action takes.
  withoutRequestId(
    (await engine.call(action as 'DescribeJob', input as { JobId: string })) as unknown as Fields,
  );

const answersOf = async (JobId: string): Promise<JobAnswers> => {
  const DescribeJob = (await answer('DescribeJob', { JobId })) as JobAnswers['DescribeJob'];
  const tasks: Record<string, TaskAnswers> = {};
  for (const { TaskName } of DescribeJob.TaskSet as readonly { TaskName: string }[]) {
    const input = { JobId, TaskName };
    tasks[TaskName] = {
      DescribeTask: (await answer('DescribeTask', input)) as TaskAnswers['DescribeTask'],
      DescribeTaskLogs: await answer('DescribeTaskLogs', input),
    };
  }
  return { DescribeJob, DescribeJobSubmitInfo: await answer('DescribeJobSubmitInfo', { JobId }), tasks };
};

/** Runs the program with this data directory. */
const run = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', HOME: dataDir, ...env } };
    const child = execFile(
      process.execPath,
      [program, ...args, '--data-dir', dataDir],
      options,
      (error, out) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out }),
    );
    child.stdin?.end();
  });

describe('records written by 0.1.0', () => {
  test.each(finished)('the job "%s" is described as before', async (name) => {
    expect(await answersOf(jobIds[name])).toEqual(expected.jobs[name]);
  });

  test.each(moving)('the job "%s" reports what it was submitted with', async (name) => {
    expect(await answer('DescribeJobSubmitInfo', { JobId: jobIds[name] })).toEqual(
      expected.jobs[name].DescribeJobSubmitInfo,
    );
  });

  test('the list of jobs is the same, apart from jobs that run on', async () => {
    const settledOf = ({ JobSet, TotalCount }: Fields) => ({
      TotalCount,
      JobSet: (JobSet as readonly { JobId: string }[]).filter(
        ({ JobId }) => !moving.some((name) => jobIds[name] === JobId),
      ),
    });
    expect(settledOf(await answer('DescribeJobs', { Limit: 100 }))).toEqual(
      settledOf(expected.lists.DescribeJobs ?? {}),
    );
  });

  test('task templates and compute environments are listed as before', async () => {
    const { DescribeJobs, ...lists } = expected.lists;
    const ofOne = ['DescribeComputeEnv', 'DescribeComputeEnvCreateInfo', 'DescribeComputeEnvActivities'];
    for (const [action, before] of Object.entries(lists)) {
      expect(await answer(action, ofOne.includes(action) ? { EnvId } : {}), action).toEqual(before);
    }
    expect(Object.keys(lists)).toHaveLength(6);
  });

  test('the old database is retained beside the migrated one', () => {
    expect(existsSync(join(dataDir, 'engine.db.v1'))).toBe(true);
  });

  test('a deleted job is not found', async () => {
    expect(await engine.codeOf('DescribeJob', { JobId: expected.ids.deletedJob })).toBe(
      'ResourceNotFound.Job',
    );
  });
});

describe('jobs that ran when 0.1.0 was killed', () => {
  // Only what does not depend on when, and in which words, an engine finds the loss.
  const outcomeOf = ({ DescribeJob, tasks }: JobAnswers) => ({
    JobState: DescribeJob.JobState,
    TaskMetrics: DescribeJob.TaskMetrics,
    logs: tasks.wait?.DescribeTaskLogs,
    instances: tasks.wait?.DescribeTask.TaskInstanceSet?.map(
      ({ TaskInstanceState, ExitCode, CreateTime, LaunchTime }) => [
        TaskInstanceState,
        ExitCode,
        CreateTime,
        LaunchTime,
      ],
    ),
  });

  test('an instance without retries is FAILED as lost, and its log is readable', async () => {
    await engine.settled(jobIds.running);
    const lost = await answersOf(jobIds.running);
    expect(outcomeOf(lost)).toEqual(outcomeOf(expected.lostOnRestart));
    expect((await engine.instances(jobIds.running, 'wait'))[0]?.StateDetailedReason).toMatch(/^lost/);
  });

  test('an instance with a retry runs again, and the queued job runs after it was terminated', async () => {
    const retried = await until('the second attempt runs', async () => {
      const [instance] = await engine.instances(jobIds.runningRetry, 'wait');
      const hasStarted = (await engine.logs(jobIds.runningRetry, 'wait')).stdout === 'begun\n';
      return instance?.TaskInstanceState === 'RUNNING' && hasStarted ? instance : undefined;
    });
    expect(retried.EndTime).toBeNull();
    await engine.call('TerminateJob', { JobId: jobIds.runningRetry });
    expect((await engine.settled(jobIds.runningRetry)).JobState).toBe('FAILED');
    expect((await engine.settled(jobIds.queued)).JobState).toBe('SUCCEED');
    expect(await engine.logs(jobIds.queued, 'first', 1)).toEqual({ stdout: 'queued 1\n', stderr: '' });
  });
});

describe('requests, undo recipes, audit file and profiles written by 0.1.0', () => {
  test('repeating a SubmitJob whose response was lost returns the original job', async () => {
    for (const { target, arguments: input, JobId } of expected.unresolved) {
      const { endpoint, secretId, secretKey } = engine;
      const { code, out } =
        target === '--local'
          ? await run(['call', 'SubmitJob', JSON.stringify(input), '--local', '--sandbox', 'none'])
          : await run(
              [
                ...['call', 'SubmitJob', JSON.stringify(input)],
                ...['--endpoint', endpoint, '--region', expected.region],
              ],
              { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey },
            );
      expect([target, code, JSON.parse(out).JobId], out).toEqual([target, 0, JobId]);
    }
    expect(expected.unresolved).toHaveLength(2);
    expect(readdirSync(join(dataDir, 'intents'))).toEqual([]);
  });

  test('repeating a SubmitJob with its ClientToken returns the original job', async () => {
    const { arguments: input, JobId } = expected.repeatable;
    expect((await answer('SubmitJob', input)).JobId).toBe(JobId);
  });

  test('every undo recipe is readable', async () => {
    for (const { uri, recipe } of expected.undo) {
      const { savedAt, ...read } = JSON.parse(await client.read(uri));
      const { savedAt: _, ...saved } = recipe;
      expect(read).toEqual(saved);
      expect(Date.parse(savedAt)).toBeGreaterThan(0);
    }
    expect(expected.undo).toHaveLength(6);
  });

  test('the audit file verifies, and its chains have as many lines as before', async () => {
    expect((await run(['audit', 'verify'])).code).toBe(0);
    const { chains } = await verifyAudit(
      createInterface({ input: createReadStream(join(dataDir, 'audit.jsonl')) }),
    );
    // Calls of these tests have added chains of their processes.
    expect(Object.fromEntries(chains.map(({ chain, lines }) => [chain, lines]))).toMatchObject(
      expected.auditChains,
    );
  });

  test('a profile with the old spelling "ask-or-flag" is accepted, and its gate gives a preview', async () => {
    const { fields } = await client.call('DescribeJob', { JobId: jobIds.succeeded, profile: 'dev' });
    expect(fields.JobState).toBe('SUCCEED');
    const refused = await client.call('DeleteJob', { JobId: jobIds.succeeded, profile: 'dev' });
    expect(refused.fields).toMatchObject({ preview: { code: expect.any(String) } });
    expect((await answersOf(jobIds.succeeded)).DescribeJob.JobState).toBe('SUCCEED');
  });
});
