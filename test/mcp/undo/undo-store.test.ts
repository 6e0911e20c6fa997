import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createUndoStore } from '../../../src/mcp/undo/undo-store.ts';
import { mask } from '../../../src/shared/mask-credentials.ts';
import { connect, jobOf, startTestEngine, type TestClient, until } from '../harness.ts';

const day = 86_400_000;
const recipe = { tool: 'SubmitJob', arguments: { Job: { JobName: 'x' } }, missing: [] };
const entry = {
  before: 'DeleteJob',
  target: 'job-1a2b3c4d',
  endpoint: 'http://x',
  region: 'ap-guangzhou',
  recipe,
};
const callTarget = { endpoint: 'http://x', region: 'ap-guangzhou', profile: '', credential: 'AKID' };

describe('the undo store', () => {
  let dir: string;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'batch-mcp-test-')), 'undo');
  });
  afterEach(() => rm(join(dir, '..'), { recursive: true, force: true }));

  test('returns a saved recipe, under the same URI for the same content', async () => {
    const store = createUndoStore({
      dir,
      now: () => Date.parse('2026-11-22T00:00:00Z'),
      random: randomBytes,
    });
    const uri = await store.save(entry);
    expect(uri).toMatch(/^batch:\/\/undo\/[0-9a-f]{16}$/);
    expect(await store.save(entry)).toBe(uri);
    expect(await store.read(uri.slice(-16))).toEqual({ ...entry, savedAt: '2026-11-22T00:00:00.000Z' });
    expect(await readdir(dir)).toHaveLength(1);
  });

  // Windows does not have these modes.
  test.skipIf(process.platform === 'win32')('makes its files readable by their owner only', async () => {
    const store = createUndoStore({ dir, now: Date.now, random: randomBytes });
    const uri = await store.save(entry);
    expect((await stat(join(dir, `${uri.slice(-16)}.json`))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test('expires recipes after thirty days and removes their files at a later save', async () => {
    const old = createUndoStore({ dir, now: () => Date.now() - 31 * day, random: randomBytes });
    const uri = await old.save(entry);
    const file = join(dir, `${uri.slice(-16)}.json`);
    await utimes(file, new Date(Date.now() - 31 * day), new Date(Date.now() - 31 * day));
    const store = createUndoStore({ dir, now: Date.now, random: randomBytes });
    expect(await store.read(uri.slice(-16))).toBeUndefined();
    await store.save({ ...entry, target: 'another' });
    expect(await readdir(dir)).toHaveLength(1);
  });

  test('treats an incomplete file as missing', async () => {
    const store = createUndoStore({ dir, now: Date.now, random: randomBytes });
    const uri = await store.save(entry);
    await writeFile(join(dir, `${uri.slice(-16)}.json`), '{"before":');
    expect(await store.read(uri.slice(-16))).toBeUndefined();
  });

  test('separates creation records by endpoint and region', async () => {
    const store = createUndoStore({ dir, now: Date.now, random: randomBytes });
    const created = { tool: 'SubmitJob', arguments: { Job: {} } };
    await store.remember(callTarget, 'job-1a2b3c4d', created);
    expect(await store.recall(callTarget, 'job-1a2b3c4d')).toEqual(created);
    expect(await store.recall({ ...callTarget, region: 'ap-tokyo' }, 'job-1a2b3c4d')).toBeUndefined();
  });
});

describe('the undo recipe of a destructive call', () => {
  let engine: Awaited<ReturnType<typeof startTestEngine>>;
  let client: TestClient;
  beforeAll(async () => {
    engine = await startTestEngine();
    client = await connect('modern', { ...engine, flags: ['--confirm', 'none'] });
  });
  afterAll(async () => {
    await client.close();
    await engine.stop();
  });
  const finished = async (args: Parameters<TestClient['call']>[1], over = client) => {
    const { fields, text } = await over.call('SubmitJob', args);
    expect(fields.JobId, text).toMatch(/^job-/);
    await until(
      () => over.call('DescribeJob', { JobId: fields.JobId }),
      ({ fields: job }) => job.JobState === 'SUCCEED',
    );
    return String(fields.JobId);
  };

  test('contains a complete submission of this server without secrets, which can be resubmitted', async () => {
    const args = jobOf('true', {
      EnvVars: [{ Name: 'API_TOKEN', Value: 'hunter2' }],
      Authentications: [{ Scene: 'COS', SecretId: 'AKIDothers', SecretKey: 'hunter2' }],
    });
    const job = { ...args, Job: { ...(args.Job as object), TaskExecutionDependOn: 'PRE_TASK_FINISHED' } };
    const JobId = await finished(job);
    const { fields, text } = await client.call('DeleteJob', { JobId });
    const { saved, tool, recipeLacks } = fields.undo as {
      saved: string;
      tool: string;
      recipeLacks: string[];
    };
    expect({ tool, recipeLacks }).toEqual({
      tool: 'SubmitJob',
      recipeLacks: [
        'Job.Tasks[0].EnvVars[0].Value (masked)',
        'Job.Tasks[0].Authentications[0].SecretKey (masked)',
      ],
    });
    expect(text).toContain(saved);
    const { recipe: found } = JSON.parse(await client.read(saved)) as { recipe: typeof recipe };
    expect(found.arguments).toEqual({
      Placement: { Zone: 'ap-guangzhou-1' },
      Region: 'ap-guangzhou',
      Job: {
        JobName: 'test',
        TaskExecutionDependOn: 'PRE_TASK_FINISHED',
        Tasks: [
          {
            ...(job.Job as unknown as { Tasks: object[] }).Tasks[0],
            EnvVars: [{ Name: 'API_TOKEN', Value: mask }],
            Authentications: [{ Scene: 'COS', SecretId: 'AKIDothers', SecretKey: mask }],
          },
        ],
      },
    });
    const masked = await client.call('SubmitJob', found.arguments);
    expect(masked.text).toContain('Job.Tasks[0].EnvVars[0].Value');
    const filled = JSON.parse(JSON.stringify(found.arguments).replaceAll(mask, 'hunter2')) as object;
    expect((await client.call('SubmitJob', filled as typeof args)).fields.JobId).toMatch(/^job-/);
    const files = await Promise.all(
      (await readdir(join(engine.dataDir, 'undo'))).map((name) =>
        readFile(join(engine.dataDir, 'undo', name), 'utf8'),
      ),
    );
    expect(files.join('')).not.toContain('hunter2');
  });

  test('contains a submission of another client as the API returns it, and names the omitted fields', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
    const other = await connect('legacy', { ...engine, dataDir });
    try {
      const JobId = await finished(jobOf('true'), other);
      const { fields } = await client.call('DeleteJob', { JobId });
      expect((fields.undo as { recipeLacks: string[] }).recipeLacks).toEqual([
        'Job.Notifications',
        'Job.TaskExecutionDependOn',
        'Job.StateIfCreateCvmFailed',
        'Job.NotificationTarget',
      ]);
    } finally {
      await other.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test('contains the previous content of a modified template', async () => {
    const [task] = (jobOf('true').Job as unknown as { Tasks: object[] }).Tasks;
    const { fields } = await client.call('CreateTaskTemplate', {
      TaskTemplateName: 'before',
      TaskTemplateInfo: task,
    });
    const changed = await client.call('ModifyTaskTemplate', {
      TaskTemplateId: fields.TaskTemplateId,
      TaskTemplateName: 'after',
    });
    const { saved } = changed.fields.undo as { saved: string };
    const { recipe: found } = JSON.parse(await client.read(saved)) as { recipe: typeof recipe };
    expect(found).toMatchObject({ tool: 'ModifyTaskTemplate', arguments: { TaskTemplateName: 'before' } });
    expect((await client.call('ModifyTaskTemplate', found.arguments)).isError).toBe(false);
  });
});
