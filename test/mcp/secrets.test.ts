/** Values of environment variables and credentials in commands: masked wherever they come back, in every form. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '../../src/mcp/contract/caller.ts';
import type { Fields } from '../../src/mcp/contract/tool.ts';
import type { ToolService } from '../../src/mcp/tool-service.ts';
import { mask } from '../../src/shared/mask-credentials.ts';
import { jobOf, startTestEngine, toolboxOver, until } from './harness.ts';

const caller: Caller = { name: 'secrets', signal: new AbortController().signal };
const values = {
  MYSQL_PWD: 'hunter2-db',
  GITHUB_PAT: 'ghp-hunter2',
  NOTE: 'plain-note',
  DSN: 'pg://u:hunter2@h/d',
};
const command = [
  'true https://user:hunter2-url@host/x',
  "curl -H 'Authorization: Bearer hunter2bearer0123456789' 'https://h/x?sv=1&sig=hunter2sig'",
  'MYSQL_ROOT_PASSWORD=hunter2-root run --token hunter2-option',
].join(' # ');
const secrets = /hunter2|plain-note/;

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let service: ToolService;
let JobId: string;

const callOf = async (over: ToolService, name: string, args: Fields) => {
  const outcome = await over.call(name, args, caller);
  if (outcome.kind === 'ask') throw new Error('This caller cannot be asked.');
  return outcome.answer;
};

/** Submits a job with the values in its variables and its command, and waits for its end. */
const endedJob = async (): Promise<string> => {
  const submitted = await callOf(
    service,
    'SubmitJob',
    jobOf(`true # ${command}`, {
      EnvVars: Object.entries(values).map(([Name, Value]) => ({ Name, Value })),
    }),
  );
  const id = String(submitted.structuredContent.JobId);
  expect(id, submitted.content[0].text).toMatch(/^job-/);
  await until(
    () => callOf(service, 'DescribeJob', { JobId: id }),
    ({ structuredContent }) => structuredContent.JobState === 'SUCCEED',
  );
  return id;
};

beforeAll(async () => {
  engine = await startTestEngine();
  service = toolboxOver(engine, []);
  JobId = await endedJob();
});
afterAll(async () => {
  await service.close();
  await engine.stop();
});

describe('by default no value is in', () => {
  test.each<[string, string, () => Fields]>([
    ['a concise answer', 'DescribeJobSubmitInfo', () => ({ JobId })],
    ['a full answer', 'DescribeJobSubmitInfo', () => ({ JobId, detail: 'full' })],
    ['a preview', 'DeleteJob', () => ({ JobId })],
  ])('%s', async (_, tool, args) => {
    const { content, structuredContent } = await callOf(service, tool, args());
    expect(content[0].text + JSON.stringify(structuredContent)).not.toMatch(secrets);
  });

  test('the answer, but the names of variables and the mask, which says who masked them', async () => {
    const { structuredContent } = await callOf(service, 'DescribeJobSubmitInfo', { JobId });
    const [task] = structuredContent.Tasks as { EnvVars: unknown }[];
    expect(task?.EnvVars).toEqual(Object.keys(values).map((Name) => ({ Name, Value: mask })));
    expect(mask).toContain('batch-mcp');
  });

  test('a resource', async () => {
    const content = await service.read(`batch://ap-guangzhou/jobs/${JobId}/submission`, caller);
    expect(JSON.stringify(content)).toContain(mask);
    expect(JSON.stringify(content)).not.toMatch(secrets);
  });

  test('a refusal by the service', async () => {
    const { content } = await callOf(
      service,
      'SubmitJob',
      jobOf('true', { EnvVars: [{ Name: 'A B', Value: 'hunter2' }], Timeout: 0 }),
    );
    expect(content[0].text).not.toMatch(secrets);
  });

  test('undo recipes and the audit file, where the recipe lists what is missing', async () => {
    const scripted = toolboxOver(engine, ['--confirm', 'none']);
    // Not the job that the other tests read.
    const { structuredContent } = await callOf(scripted, 'DeleteJob', { JobId: await endedJob() });
    await scripted.close();
    const undo = structuredContent.undo as { recipeLacks: readonly string[] };
    expect(undo.recipeLacks.some((field) => field.includes('EnvVars'))).toBe(true);
    const files = await readdir(join(engine.dataDir, 'undo'));
    const texts = await Promise.all([
      ...files.map((file) => readFile(join(engine.dataDir, 'undo', file), 'utf8')),
      readFile(join(engine.dataDir, 'audit.jsonl'), 'utf8'),
    ]);
    expect(texts.join('\n')).toContain(mask);
    expect(texts.join('\n')).not.toMatch(secrets);
  });
});

describe('an operator who shows variables', () => {
  const submitted = async (flags: readonly string[], env: Readonly<Record<string, string>>) => {
    const over = toolboxOver(engine, flags);
    const job = jobOf('echo "$NOTE"', {
      EnvVars: Object.entries(env).map(([Name, Value]) => ({ Name, Value })),
    });
    const { structuredContent } = await callOf(over, 'SubmitJob', job);
    const info = await callOf(over, 'DescribeJobSubmitInfo', { JobId: structuredContent.JobId });
    await over.close();
    const [task] = info.structuredContent.Tasks as { EnvVars: unknown }[];
    return task?.EnvVars;
  };

  test('by name sees these and no others', async () => {
    expect(await submitted(['--show-env', 'NOTE'], { NOTE: 'n', OTHER: 'o' })).toEqual([
      { Name: 'NOTE', Value: 'n' },
      { Name: 'OTHER', Value: mask },
    ]);
  });

  test('with "all" sees every value', async () => {
    expect(await submitted(['--show-env', 'all'], { NOTE: 'n', MYSQL_PWD: 'o' })).toEqual([
      { Name: 'NOTE', Value: 'n' },
      { Name: 'MYSQL_PWD', Value: 'o' },
    ]);
  });
});
