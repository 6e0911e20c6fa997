/** `batch-mcp watch` on a terminal: bars that are drawn again in the same lines, below what stays. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/commands/command.ts';
import { watch } from '../../src/cli/commands/watch.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { jobOf, startTestEngine, toolboxOver, until } from '../mcp/harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-watch-'));
let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const esc = '\u001b';

test('bars are drawn again in the same lines, failures stay above them, and the last line is the cost', async () => {
  const toolbox = toolboxOver(engine, ['--confirm', 'none']);
  const caller = { name: 'test', signal: new AbortController().signal };
  const flag = join(folder, 'go');
  const command = `test $BATCH_TASK_INSTANCE_INDEX != 1 || exit 4; until [ -e '${flag}' ]; do sleep 0.1; done`;
  const submitted = await toolbox.call('SubmitJob', jobOf(command, { TaskInstanceNum: 3 }), caller);
  const JobId = String(submitted.kind === 'answer' && submitted.answer.structuredContent.JobId);
  const printed: string[] = [];
  const terminal: Terminal = {
    print: (text) => printed.push(text),
    printError: (text) => printed.push(text),
    input: new PassThrough(),
    output: new PassThrough(),
    isInteractive: false,
    hasColours: true,
    columns: () => 60,
    flush: async () => undefined,
    endWithin: () => undefined,
    program: '',
  };
  const { endpoint, secretId, secretKey, dataDir } = engine;
  const config = loadConfig(
    ['watch', JobId, '--region', 'ap-guangzhou', '--data-dir', dataDir, '--endpoint', endpoint],
    { TENCENTCLOUD_SECRET_ID: secretId, TENCENTCLOUD_SECRET_KEY: secretKey },
  );
  const ended = watch(config, terminal);
  await until(
    async () => printed.join('\n'),
    (text) => /1 failed: exit 4/.test(text),
  );
  writeFileSync(flag, '');
  expect(await ended).toBe(1);
  const lines = printed.flatMap((text) => text.split('\n'));
  expect(
    lines.filter((line) => /^1 failed: exit 4, .* 1 of "work"/.test(line.replace(/^\S*0J/, ''))),
  ).toHaveLength(1);
  expect(lines.some((line) => /^work {11} \[#* *x+>* *\] \d of 3 done/.test(line))).toBe(true);
  // Each drawing after the first goes up by the lines of the bars before it: the headline and one task, or more.
  for (const text of printed.slice(1)) expect(text.startsWith(`${esc}[`)).toBe(true);
  expect(printed.at(-1)).toMatch(
    /^\S+ \("test"\) is FAILED after .*: 2 of 3 done, 1 failed\.\nCost: [\d.]+ \(estimate/,
  );
  // What a job is named cannot move the cursor: the only escapes are those of the bars.
  const others = printed.map((text) => text.replace(/^\u001b\[\d+A\u001b\[0J/, ''));
  expect(others.join('')).not.toContain(esc);
  await toolbox.close();
});
