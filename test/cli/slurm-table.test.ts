import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkBackendOptions } from '../../src/cli/commands/engine-options.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { readSlurmTable } from '../../src/cli/slurm-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-table-'));
afterAll(() => rmSync(directory, { recursive: true }));
const read = (content: unknown) => {
  const file = join(directory, 'slurm.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readSlurmTable(file);
};

test('the table of a cluster has resources for all jobs, for instance types and for environments', async () => {
  const table = {
    defaults: { account: 'lab', options: ['--mem=2G', '--nodelist=n[1-2]', '--ntasks-per-node=1'] },
    instanceTypes: { 'S5.MEDIUM4': { partition: 'short,long', constraint: 'intel&gpu' } },
    environments: { nightly: { reservation: 'night', qos: 'low' } },
  };
  expect(await read(table)).toEqual(table);
});

test.each([
  ['{', /is not valid JSON/],
  [{ default: {} }, /Unrecognized key: "default"/],
  [{ defaults: { partition: 'a b' } }, /defaults\.partition: must be a word/],
  [{ defaults: { partition: '-w' } }, /defaults\.partition: must be a word/],
  [{ defaults: { options: ['-w n1'] } }, /defaults\.options\.0: must be a long option/],
  [{ defaults: { options: ['script.sh'] } }, /defaults\.options\.0: must be a long option/],
  [{ defaults: { options: ['--array=0-9'] } }, /an option that the engine sets itself/],
  [{ defaults: { options: ['--comm=x'] } }, /an option that the engine sets itself/],
])('the table %j is refused', async (content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

test.each([
  [['--backend=slurm'], /--backend slurm needs --work-dir/],
  [['--work-dir=/shared'], /--work-dir is for --backend slurm only/],
  [['--slurm-options=/etc/slurm.json'], /--slurm-options is for --backend slurm only/],
  [['--slots=300'], /--slots must be at most 256/],
])('the options %j do not fit together', (args, message) => {
  expect(() => checkBackendOptions(loadConfig(args, {}))).toThrow(message);
});

test.each([[[]], [['--slots=256']], [['--backend=slurm', '--work-dir=/shared', '--slots=5000']]])(
  'the options %j fit together',
  (args) => {
    expect(() => checkBackendOptions(loadConfig(args, {}))).not.toThrow();
  },
);
