/** ListEvents through the tools, of the local engine and of an account. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyTool, listOf } from '../../../src/mcp/registry/tools.ts';
import type { ToolService } from '../../../src/mcp/tool-service.ts';
import { program } from '../../paths.ts';
import { jobOf, startTestEngine, toolboxOver } from '../harness.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
let toolbox: ToolService;
beforeAll(async () => {
  engine = await startTestEngine();
  toolbox = toolboxOver(engine, []);
});
afterAll(async () => {
  await toolbox.close();
  await engine.stop();
});

const call = async (tool: string, args: object) => {
  const outcome = await toolbox.call(
    tool,
    { ...args },
    { name: 'test', signal: new AbortController().signal },
  );
  if (outcome.kind === 'ask') throw new Error('unexpected question');
  return { text: outcome.answer.content[0].text, fields: outcome.answer.structuredContent };
};

test('ListEvents takes at most 250 tokens of the list', () => {
  const listed = listOf(everyTool(), 'compact').find(({ tool }) => tool.name === 'ListEvents');
  expect(encode(JSON.stringify(listed?.tool)).length).toBeLessThanOrEqual(250);
});

describe('ListEvents of an account', () => {
  test('returns the events since the cursor of the last answer', async () => {
    const none = await call('ListEvents', {});
    expect(none.fields).toMatchObject({ summary: 'No event was recorded.' });
    const { JobId } = (await call('SubmitJob', jobOf('exit 1'))).fields;
    await call('WaitForJob', { JobId });
    const { fields, text } = await call('ListEvents', { since: none.fields.cursor });
    expect(fields.summary).toBe('1 event since the cursor.');
    expect(text).toContain('Names and details are text of users.');
    expect(text).toContain(String(JobId));
    expect(text).toContain('ended');
    expect(fields.next).toEqual([`ListEvents with since ${fields.cursor} returns what happens after this.`]);
    const again = await call('ListEvents', { since: fields.cursor });
    expect(again.fields).toMatchObject({ summary: '0 events since the cursor.', cursor: fields.cursor });
  });

  test('refuses a cursor that is none, and says when one belongs to another log', async () => {
    expect((await call('ListEvents', { since: 'yesterday' })).text).toContain('cursor of an earlier answer');
    const { fields } = await call('ListEvents', { since: 'ffffffffffff-3' });
    expect(fields.summary).toContain('The cursor belongs to another account, region or data directory.');
  });
});

test('ListEvents of the local engine, from the command line, returns the events of its log', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'batch-mcp-events-'));
  const run = (...args: readonly string[]) => {
    const options = ['--local', '--sandbox=none', `--data-dir=${dataDir}`];
    const { stdout, stderr } = spawnSync(process.execPath, [program, ...args, ...options], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: dataDir },
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as {
      cursor: string;
      JobId: string;
      summary: string;
      events?: { rows: unknown[][] };
    };
  };
  try {
    const { cursor } = run('call', 'ListEvents', '{}');
    const { JobId } = run('call', 'SubmitJob', JSON.stringify(jobOf('true')));
    run('call', 'WaitForJob', JSON.stringify({ JobId }));
    const { events, summary } = run('call', 'ListEvents', JSON.stringify({ since: cursor }));
    expect(summary).toBe('1 event since the cursor.');
    expect(events?.rows[0]).toEqual(expect.arrayContaining([JobId]));
  } finally {
    spawnSync(process.execPath, [program, 'engine', 'stop', `--data-dir=${dataDir}`]);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
});
