/** Every call of every skill runs, in the order of the skill, through a real client, server and engine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFinal } from '../../../src/catalogue/job-states.ts';
import { callsOf, loadSkills } from '../../../src/mcp/skills/skill-catalog.ts';
import { bucket } from '../files/file-tools.ts';
import { type Answer, connect, jobOf, startTestEngine, type TestClient } from '../harness.ts';

const skills = await loadSkills();
const names = skills.map(({ entry }) => entry.frontmatter.name);
let engine: Awaited<ReturnType<typeof startTestEngine>>;
let filesDir: string;
let client: TestClient;
beforeAll(async () => {
  engine = await startTestEngine();
  filesDir = mkdtempSync(join(tmpdir(), 'batch-mcp-skills-'));
  mkdirSync(join(filesDir, 'work'));
  writeFileSync(join(filesDir, 'work', 'main.sh'), 'echo "$1 squared is $(($1 * $1))"\n');
  writeFileSync(join(filesDir, 'work', 'params.txt'), '2\n3\n4\n');
  const flags = ['--files-dir', filesDir, '--buckets', bucket, '--confirm', 'flag'];
  client = await connect('modern', { ...engine, flags });
});
afterAll(async () => {
  await client.close();
  await engine.stop();
  rmSync(filesDir, { recursive: true, force: true });
});

/** Waits as a skill says: the call is repeated until the job has ended. */
const waitForJob = async (args: object): Promise<Answer> => {
  const answer = await client.call('WaitForJob', { ...args });
  const state = answer.fields.JobState;
  return answer.isError || typeof state !== 'string' || isFinal(state) ? answer : waitForJob(args);
};

const ended = async (command: string): Promise<string> => {
  const { JobId } = (await client.call('SubmitJob', jobOf(command))).fields;
  await waitForJob({ JobId });
  return String(JobId);
};

// One of three instances fails, as the skill assumes: its argument is wrong.
const failing =
  'run() { test "$2" -gt 0 || test "$BATCH_TASK_INSTANCE_INDEX" != 1 || { echo "error: size must be positive" >&2; exit 3; }; }; run --size 0';

/** What exists before a skill is used. @returns the id of the job that the user means */
const preparations: Readonly<Record<string, () => Promise<string>>> = {
  'batch-diagnose': async () => {
    const { JobId } = (await client.call('SubmitJob', jobOf(failing, { TaskInstanceNum: 3 }))).fields;
    await waitForJob({ JobId });
    return String(JobId);
  },
  'batch-clean-up': () => ended('echo old'),
  'batch-move': () => ended('echo local'),
};

/** The code of a preview. */
const codeIn = (text: string): string | undefined => /preview: "([\w-]{16,})"/.exec(text)?.[1];

interface Done {
  readonly tool: string;
  readonly answer: Answer;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Runs the calls of a skill. A value such as `<JobId>` is that of the newest answer which has it. */
const follow = async (name: string): Promise<readonly Done[]> => {
  const skill = skills.find(({ entry }) => entry.frontmatter.name === name);
  const known: Record<string, string> = { JobId: (await preparations[name]?.()) ?? '' };
  const done: Done[] = [];
  for (const { tool, json } of callsOf(skill?.text ?? '')) {
    const text = json.replace(/<(\w+)>/g, (whole, key) => known[key] || whole);
    const args = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const answer = tool === 'WaitForJob' ? await waitForJob(args) : await client.call(tool, { ...args });
    known.preview = codeIn(answer.text) ?? known.preview ?? '';
    // A preview is marked as an error, because nothing was sent.
    const isPreview = codeIn(answer.text) !== undefined && args.confirm === undefined;
    expect(answer.isError, `${tool}: ${answer.text}`).toBe(isPreview);
    for (const key of ['JobId', 'path']) {
      if (typeof answer.fields[key] === 'string') known[key] = answer.fields[key];
    }
    done.push({ tool, answer, args });
  }
  return done;
};

const textsOf = (done: readonly Done[], tool: string): readonly string[] =>
  done.filter((one) => one.tool === tool).map(({ answer }) => answer.text);
const statesOf = (done: readonly Done[]): readonly unknown[] =>
  done.filter((one) => one.tool === 'WaitForJob').map(({ answer }) => answer.fields.JobState);

/** What shows that a skill reached its aim. */
const aims: Readonly<Record<string, (done: readonly Done[]) => void>> = {
  'batch-submit': (done) => {
    expect(done[0]?.answer.fields.submittable).toBe(true);
    expect(done[1]?.args).toEqual(done[0]?.args);
    expect(statesOf(done)).toEqual(['SUCCEED']);
    for (const index of [0, 1, 2]) expect(textsOf(done, 'ReadTaskLogs')[0]).toContain(`hello from ${index}`);
  },
  'batch-diagnose': (done) => {
    expect(textsOf(done, 'DiagnoseJob')[0]).toContain('size must be positive');
    expect(textsOf(done, 'SearchTaskLogs')[0]).toContain('size must be positive');
    expect(statesOf(done)).toEqual(['FAILED', 'SUCCEED']);
  },
  'batch-sweep': (done) => {
    expect(statesOf(done)).toEqual(['SUCCEED', 'SUCCEED']);
    const found = textsOf(done, 'SearchTaskLogs')[0] ?? '';
    for (let index = 0; index < 12; index++) {
      expect(found).toContain(`result=${Math.floor(index / 3) * 10 + (index % 3)}`);
    }
  },
  'batch-folder': (done) => {
    expect(statesOf(done)).toEqual(['SUCCEED']);
    const texts = readdirSync(join(filesDir, 'run-1')).map((file) =>
      readFileSync(join(filesDir, 'run-1', file), 'utf8'),
    );
    expect(texts.sort()).toEqual(['2 squared is 4\n', '3 squared is 9\n', '4 squared is 16\n']);
  },
  'batch-clean-up': (done) => {
    const [preview, confirmed] = done.filter(({ tool }) => tool === 'EndMany');
    expect(preview?.args.confirm).toBeUndefined();
    expect(preview?.answer.text).toMatch(/preview/i);
    expect(confirmed?.answer.text).toMatch(/DeleteJob/);
  },
  'batch-cost': (done) => {
    expect(done[0]?.answer.fields.submittable).toBe(true);
    expect(statesOf(done)).toEqual(['SUCCEED']);
    expect(textsOf(done, 'DescribeCvmZoneInstanceConfigInfos')[0]).toContain('S5.');
  },
  'batch-move': (done) => {
    expect(textsOf(done, 'DescribeJobSubmitInfo')[0]).toContain('echo local');
    expect(statesOf(done)).toEqual(['SUCCEED', 'SUCCEED']);
  },
};

test.each(names)(
  'the calls of the skill %s run in their order and reach its aim',
  async (name) => {
    const done = await follow(name);
    expect(done.length).toBeGreaterThan(2);
    const reached = aims[name];
    expect(reached).toBeDefined();
    reached?.(done);
  },
  300_000,
);

test('the job that the skill batch-clean-up deletes exists until the call with the code', async () => {
  const JobId = await ended('echo old');
  const first = await client.call('EndMany', { action: 'DeleteJob', targets: [JobId] });
  expect((await client.call('DescribeJob', { JobId })).isError).toBe(false);
  const preview = codeIn(first.text);
  await client.call('EndMany', { action: 'DeleteJob', targets: [JobId], confirm: true, preview });
  expect((await client.call('DescribeJob', { JobId })).isError).toBe(true);
});
