/** `batch-mcp doctor`: what it prints about the settings, before it tries the endpoint. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Terminal } from '../../src/cli/commands/command.ts';
import { doctor } from '../../src/cli/commands/doctor.ts';
import { loadConfig } from '../../src/cli/config.ts';
import { startTestEngine } from '../mcp/harness.ts';
import { testSecret } from '../notify/receiver.ts';
import { program } from '../paths.ts';

let engine: Awaited<ReturnType<typeof startTestEngine>>;
const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-doctor-'));
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  await engine.stop();
  rmSync(directory, { recursive: true });
});

const terminalInto = (lines: string[]): Terminal => ({
  print: (text) => lines.push(text.replace(/ +/g, ' ').trim()),
  printError: (text) => lines.push(text),
  input: new PassThrough(),
  output: new PassThrough(),
  isInteractive: false,
  hasColours: false,
  flush: async () => undefined,
  endWithin: () => undefined,
  program,
});

/** Lines are `STATE NAME FOUND`; remedies begin with an arrow. */
const runDoctor = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
  const lines: string[] = [];
  const config = loadConfig(['--endpoint', engine.endpoint, '--region', 'ap-guangzhou', ...args], {
    HOME: directory,
    BATCH_MCP_DATA_DIR: directory,
    TENCENTCLOUD_SECRET_ID: engine.secretId,
    TENCENTCLOUD_SECRET_KEY: engine.secretKey,
    ...env,
  });
  const code = await doctor(config, terminalInto(lines));
  return { code, lines };
};
const hint =
  '→ Headless hosts (claude -p, codex exec) decline forms by themselves: start the server with --confirm flag for them. docs/hosts.md has the value for each host that was tried.';

test('a working configuration: the data directory, the confirmation, the endpoint', async () => {
  const { code, lines } = await runDoctor();
  expect(code).toBe(0);
  expect(lines.slice(0, 3)).toEqual([
    `ok data ${directory} is writable`,
    'ok confirm --confirm auto: destructive calls are confirmed by a form in clients that can show one, else by a preview and its code',
    hint,
  ]);
  expect(lines[3]).toMatch(/^Calls go to /);
  expect(lines.at(-1)).toBe('ok access the keys are accepted, and jobs can be listed');
});

test.each([
  ['auto', 'ok', 'by a form in clients that can show one, else by a preview and its code', true],
  ['ask', 'ok', 'by a form only; clients that cannot show one are refused', true],
  ['flag', 'ok', 'by a preview and its code', false],
  ['none', 'warning', 'not at all', false],
])(
  '--confirm %s: %s, %s; the advice about headless hosts is shown: %s',
  async (policy, state, how, isAdvised) => {
    const { lines } = await runDoctor(['--confirm', policy]);
    expect(lines).toContain(`${state} confirm --confirm ${policy}: destructive calls are confirmed ${how}`);
    expect(lines.includes(hint)).toBe(isAdvised);
  },
);

describe('an invalid setting is a failed check that names it, and the exit code is 1:', () => {
  test.each<readonly [Readonly<Record<string, string>>, string]>([
    [
      { BATCH_MCP_TIMEOUT: 'soon' },
      "failed settings BATCH_MCP_TIMEOUT is 'soon'; it must be a number from 1 to 600.",
    ],
    [
      { TENCENTCLOUD_SECRET_ID: 'your id' },
      'failed settings TENCENTCLOUD_SECRET_ID is a placeholder that was not filled in; set the value itself.',
    ],
    [
      { HTTPS_PROXY: 'http://[' },
      'failed settings HTTPS_PROXY is not the address of a proxy, such as http://proxy.example.com:8080. Correct it, or unset it to connect directly.',
    ],
    [
      { BATCH_MCP_DATA_DIR: '/proc/x' },
      'failed settings BATCH_MCP_DATA_DIR, /proc/x, is in /proc, where no files can be stored.',
    ],
    [
      { AZURE_BATCH_ENDPOINT: 'acct' },
      'failed azure The Azure endpoint (--azure-endpoint, AZURE_BATCH_ENDPOINT) is invalid: it is not a URL',
    ],
  ])('%j', async (env, line) => {
    const { code, lines } = await runDoctor([], env);
    expect(code).toBe(1);
    expect(
      lines.some((one) => one.startsWith(line)),
      lines.join('\n'),
    ).toBe(true);
    // Nothing claims that a directory is writable which is not.
    expect(lines.some((one) => one.startsWith('ok data'))).toBe(env.BATCH_MCP_DATA_DIR === undefined);
  });

  test('a profiles file that cannot be read', async () => {
    const file = join(directory, 'profiles.json');
    writeFileSync(file, '{');
    const lines: string[] = [];
    const config = loadConfig(['--config', file], { HOME: directory, BATCH_MCP_DATA_DIR: directory });
    const code = await doctor(config, terminalInto(lines));
    expect([code, lines.at(-1)]).toEqual([1, expect.stringMatching(/^failed profiles .*profiles\.json/)]);
  });
});

test('a misspelt variable and an unset one of --allow-env are warnings', async () => {
  const { code, lines } = await runDoctor(['--allow-env', 'DEMO_UNSET'], { BATCH_MCP_REGOIN: 'x' });
  expect(code).toBe(0);
  expect(lines.slice(0, 2)).toEqual([
    'warning settings There is no variable BATCH_MCP_REGOIN, so it is ignored. Did you mean BATCH_MCP_REGION?',
    'warning settings --allow-env allows the variable DEMO_UNSET, which is not set: calls that refer to it fail.',
  ]);
});

const plain = join(directory, 'plain');
writeFileSync(plain, '');

describe('the target of notices is checked, and nothing is sent', () => {
  const secret = { BATCH_MCP_NOTIFY_SECRET: testSecret };
  test.each([
    ['/bin/sh', {}, 'ok notify notices go to the program /bin/sh, which can be executed'],
    ['["sh","-c","exit 1"]', {}, 'ok notify notices go to the program sh, which can be executed'],
    [
      'https://example.com/token',
      secret,
      'ok notify notices are posted to https://example.com, signed with a secret of 32 bytes; the address was not tried',
    ],
    ['/nowhere/on-job', {}, 'failed notify the program of --notify, /nowhere/on-job, does not exist'],
    [
      'no-such-program',
      {},
      'failed notify the program of --notify, no-such-program, is in no directory of PATH',
    ],
    [plain, {}, `failed notify the program of --notify, ${plain}, may not be executed by this user`],
    [
      './on-job',
      {},
      'failed notify --notify has a relative path; write the full path of the program, or its name alone.',
    ],
    [
      'https://example.com/',
      {},
      'failed notify A webhook needs a signing secret in BATCH_MCP_NOTIFY_SECRET.',
    ],
    [
      'http://example.com/',
      secret,
      'failed notify --notify has to begin with https://; http:// is only for this machine.',
    ],
  ])('%s', async (target, env, line) => {
    const { code, lines } = await runDoctor([`--notify=${target}`], env);
    expect(lines.filter((one) => one.includes(' notify '))).toEqual([line]);
    expect(code).toBe(line.startsWith('ok') ? 0 : 1);
  });
});
