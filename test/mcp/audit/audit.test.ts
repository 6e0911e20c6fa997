import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuditRecord, createAudit } from '../../../src/mcp/audit/audit.ts';
import { verifyAudit } from '../../../src/mcp/audit/verify-audit.ts';
import { connect, jobOf, startTestEngine, until } from '../harness.ts';

const record = (tool: string): AuditRecord => ({
  event: 'done',
  call: 'c',
  client: 'test',
  tool,
  endpoint: 'http://x',
  region: 'ap-guangzhou',
  arguments: {},
  consent: 'not_required',
  outcome: 'ok',
});
const randomOf = (byte: number) => (bytes: number) => new Uint8Array(bytes).fill(byte);

describe('the audit file', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
    file = join(dir, 'deep', 'audit.jsonl');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const linesOf = async () => (await readFile(file, 'utf8')).split('\n');

  test('of two processes contains two intact chains and is readable by its owner only', async () => {
    const one = createAudit({ file, now: () => 0, random: randomOf(1) });
    const two = createAudit({ file, now: () => 0, random: randomOf(2) });
    await Promise.all([one.write(record('A')), two.write(record('B')), one.write(record('C'))]);
    expect(await verifyAudit(await linesOf())).toEqual({
      isIntact: true,
      chains: expect.arrayContaining([
        { chain: '0101010101010101', lines: 2 },
        { chain: '0202020202020202', lines: 1 },
      ]),
      unreadable: [],
    });
    // Windows does not have these modes.
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('fails verification after a change of any character', async () => {
    const audit = createAudit({ file, now: () => 0, random: randomOf(1) });
    for (const tool of ['A', 'B', 'C', 'D']) await audit.write(record(tool));
    const text = (await readFile(file, 'utf8')).trimEnd();
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom('x', '0', '"', ' '), async (at, letter) => {
        fc.pre(text[at] !== letter && text[at] !== '\n');
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        return !(await verifyAudit(changed.split('\n'))).isIntact;
      }),
    );
  });

  test.each([
    [
      'removed',
      (lines: string[]) => lines.toSpliced(1, 1),
      { line: 2, why: 'line 2 of the chain is missing' },
    ],
    [
      'duplicated',
      (lines: string[]) => lines.toSpliced(1, 0, lines[0] ?? ''),
      { line: 2, why: 'line 2 of the chain is missing' },
    ],
    [
      'swapped',
      (lines: string[]) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)],
      { line: 1, why: 'line 1 of the chain is missing' },
    ],
  ])('fails verification if a line is %s', async (_, change, broken) => {
    const audit = createAudit({ file, now: () => 0, random: randomOf(1) });
    for (const tool of ['A', 'B', 'C']) await audit.write(record(tool));
    const report = await verifyAudit(change((await linesOf()).filter(Boolean)));
    expect(report.chains[0]?.broken).toEqual(broken);
  });

  test('continues after a line truncated by a crash, which verification reports', async () => {
    await createAudit({ file, now: () => 0, random: randomOf(1) }).write(record('A'));
    await writeFile(file, '{"time":"2026', { flag: 'a' });
    await createAudit({ file, now: () => 0, random: randomOf(2) }).write(record('B'));
    expect(await verifyAudit(await linesOf())).toEqual({
      isIntact: false,
      chains: [
        { chain: '0101010101010101', lines: 1 },
        { chain: '0202020202020202', lines: 1 },
      ],
      unreadable: [2],
    });
  });
});

describe('the audit of a server over a real engine', () => {
  let engine: Awaited<ReturnType<typeof startTestEngine>>;
  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(() => engine.stop());

  test('records every call that changes something, masked, with consent and outcome', async () => {
    const client = await connect('legacy', engine);
    const args = jobOf('sleep 300', { EnvVars: [{ Name: 'DB_PASSWORD', Value: 'hunter2' }] });
    const submitted = await client.call('SubmitJob', args);
    const { JobId } = submitted.fields;
    // A job that starts running after the preview would invalidate it.
    await until(
      async () => (await client.call('DescribeJob', { JobId })).fields.JobState,
      (state) => state === 'RUNNING',
    );
    const { fields } = await client.call('TerminateJob', { JobId });
    const { code } = fields.preview as { code: string };
    await client.call('TerminateJob', { JobId, confirm: true, preview: code });
    await client.call('DeleteJob', { JobId: 'job-00000000', confirm: true });
    await client.close();
    const text = await readFile(join(engine.dataDir, 'audit.jsonl'), 'utf8');
    expect(text).not.toContain('hunter2');
    const lines = text.trimEnd().split('\n');
    const written = lines.map((line) => {
      const { event, client: name, tool, consent, outcome, ClientToken, RequestId } = JSON.parse(line);
      return { event, name, tool, consent, outcome, ids: [typeof ClientToken, typeof RequestId] };
    });
    const name = 'legacy-test 1.0.0';
    expect(written).toEqual([
      { event: 'sending', name, tool: 'SubmitJob', consent: 'not_required', ids: ['undefined', 'undefined'] },
      {
        event: 'done',
        name,
        tool: 'SubmitJob',
        consent: 'not_required',
        outcome: 'ok',
        ids: ['string', 'string'],
      },
      { event: 'refused', name, tool: 'TerminateJob', consent: 'preview', ids: ['undefined', 'undefined'] },
      {
        event: 'sending',
        name,
        tool: 'TerminateJob',
        consent: 'preview_code',
        ids: ['undefined', 'undefined'],
      },
      {
        event: 'done',
        name,
        tool: 'TerminateJob',
        consent: 'preview_code',
        outcome: 'ok',
        ids: ['undefined', 'string'],
      },
    ]);
    expect((await verifyAudit(lines)).isIntact).toBe(true);
  });

  test('prevents calls that change something if it cannot be written, and still allows reading', async () => {
    const client = await connect('modern', { ...engine, flags: ['--audit-file', engine.dataDir] });
    const before = engine.requests.filter(({ action }) => action === 'SubmitJob').length;
    const { isError, text } = await client.call('SubmitJob', jobOf('true'));
    expect(isError).toBe(true);
    expect(text).toContain('--audit-file');
    expect(engine.requests.filter(({ action }) => action === 'SubmitJob')).toHaveLength(before);
    expect((await client.call('DescribeJobs', {})).isError).toBe(false);
    await client.close();
  });

  test('reports a named pipe at the path of its file without opening it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
    execFileSync('mkfifo', [join(dataDir, 'audit.jsonl')]);
    const client = await connect('modern', { ...engine, dataDir });
    const { isError, text } = await client.call('SubmitJob', jobOf('true'));
    expect(isError).toBe(true);
    expect(text).toContain('audit.jsonl cannot be written (it is not a regular file), so nothing was sent');
    await client.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('can be disabled; then calls are sent and nothing is written', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
    const client = await connect('modern', { ...engine, dataDir, flags: ['--audit-file', 'off'] });
    expect((await client.call('SubmitJob', jobOf('true'))).isError).toBe(false);
    await client.close();
    await expect(stat(join(dataDir, 'audit.jsonl'))).rejects.toThrow('ENOENT');
    await rm(dataDir, { recursive: true, force: true });
  });
});
