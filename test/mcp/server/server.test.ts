import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTools, listOf } from '../../../src/mcp/registry/tools.ts';
import { resourceTemplatesOf } from '../../../src/mcp/resources/resource-list.ts';
import { root } from '../../paths.ts';
import { connect, eras, type TestClient } from '../harness.ts';

// The file tools are listed with --files-dir or --buckets only.
const expected = listOf(createTools(), 'compact')
  .filter(({ group }) => group !== 'file')
  .map(({ tool }) => tool);

describe.each(eras)('a server without credentials, used by a %s client,', (era) => {
  let client: TestClient;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'batch-mcp-test-'));
    client = await connect(era, { dataDir });
  });
  afterAll(async () => {
    await client.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('lists all tools of the catalogue', async () => {
    expect(await client.list()).toEqual(expected);
  });

  test('lists all resource templates', async () => {
    expect(await client.templates()).toEqual(resourceTemplatesOf({ has: () => true, canChange: true }));
  });

  test('has instructions of at most 2 KB', () => {
    expect(Buffer.byteLength(client.instructions())).toBeLessThanOrEqual(2048);
    expect(client.instructions()).toContain('preview');
  });

  test('answers a call with the missing configuration', async () => {
    const { isError, text, fields } = await client.call('DescribeJobs', {});
    expect({ isError, error: fields.error }).toEqual({ isError: true, error: 'ConfigError' });
    expect(text).toContain('--local');
  });

  test('answers a call of an unknown tool with a protocol error', async () => {
    await expect(client.call('DropEverything', {})).rejects.toMatchObject({ code: -32602 });
  });

  test('reads the reference of an action without credentials', async () => {
    const text = await client.read('batch://reference/TerminateJob');
    expect(text).toContain('TerminateJob');
  });

  test.each([
    'batch://reference/Nothing',
    'batch://nowhere/jobs',
    'file:///etc/passwd',
    'batch://undo/0123456789abcdef',
  ])('says that %s is not there, as an error of the protocol', async (uri) => {
    await expect(client.read(uri)).rejects.toMatchObject({ code: -32602, data: { uri } });
  });
});

test('the SDK has the version whose protocol defect this program works around', () => {
  const path = join(root, 'node_modules/@modelcontextprotocol/server/package.json');
  expect((JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version).toBe('2.4.0');
});
