/** What the server says at its start: the protocol and nothing else, the same every time, needing nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eras, messageOf, type Served, type ServeSettings, serve, startSilence, within } from './served.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-life-'));
let silence: Awaited<ReturnType<typeof startSilence>>;
beforeAll(async () => {
  silence = await startSilence();
});
afterAll(async () => {
  await silence.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Loads a module before the server, as a library that misbehaves would be. */
const preloading = (name: string, text: string): Readonly<Record<string, string>> => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
};

const end = async (served: Served): Promise<void> => {
  served.child.stdin?.end();
  await within(5000, served.closed, 'the end');
};

/** Starts, lists everything, ends. @returns the lists as they came, and what stood on stderr */
const listsOf = async (era: (typeof eras)[number], settings: ServeSettings = {}) => {
  const served = await serve(era, settings);
  const lists = [];
  for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'])
    lists.push(await served.request(method));
  await end(served);
  return { lists, opening: served.lines[0], err: served.err() };
};

describe.each(eras)('a %s server', (era) => {
  test('gives the same bytes at every start', async () => {
    const [first, ...others] = [await listsOf(era), await listsOf(era), await listsOf(era)];
    expect(others).toEqual([first, first]);
    expect(messageOf(first?.lists[0] ?? '')?.result?.tools).toHaveLength(34);
  });

  test('has only protocol on stdout, whatever a library prints', async () => {
    const served = await serve(era, {
      args: silence.args,
      env: {
        ...silence.env,
        ...preloading(
          'noise.mjs',
          // As soon as the server listens; reading stdin here would take its first bytes away.
          `const noise = () => {
             for (const name of ['log', 'info', 'debug', 'dir', 'table', 'group', 'warn', 'error', 'trace'])
               console[name]('noise of console.' + name);
             process.emitWarning('noise of a warning');
           };
           process.stdin.on('newListener', (event) => event === 'data' && setInterval(noise, 5).unref());`,
        ),
      },
    });
    await served.request('tools/list');
    // Refused before anything is sent; then one that is sent and is still out when the server ends.
    await served.request('tools/call', { name: 'TerminateJob', arguments: { JobId: 1 } });
    const heard = silence.heard();
    served.post('tools/call', { name: 'DescribeJobs', arguments: {} });
    await within(10_000, heard, 'the call');
    await end(served);
    expect(served.lines.map((line) => messageOf(line)?.jsonrpc)).toEqual(['2.0', '2.0', '2.0']);
    expect([...new Set(served.err().match(/noise of (console\.\w+|a warning)/g))].sort()).toEqual([
      'noise of a warning',
      ...['debug', 'dir', 'error', 'group', 'info', 'log', 'table', 'trace', 'warn'].map(
        (name) => `noise of console.${name}`,
      ),
    ]);
  });

  test('opens with no keys, no place to write, no network: it touches none of them', async () => {
    const nowhere = join(folder, 'noise.mjs', 'not-a-folder');
    const env = { HOME: nowhere, ...preloading('watch.mjs', watching) };
    const { lists, opening, err } = await listsOf(era, { args: ['--data-dir', nowhere], env });
    expect({ err, refused: messageOf(opening ?? '')?.error }).toEqual({ err: '', refused: undefined });
    expect(lists).toEqual((await listsOf(era)).lists);
    // The same watch does see what a call does.
    const served = await serve(era, { args: silence.args, env: { ...env, ...silence.env } });
    await served.request('tools/call', { name: 'DescribeJobs', arguments: {} });
    await end(served);
    expect(served.err().split('\n')).toContain('touched connect');
  });
});

/** Reports and refuses whatever reaches beyond the process. Reading is allowed: the program reads itself. */
const watching = `
  import childProcess from 'node:child_process';
  import dns from 'node:dns';
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  import net from 'node:net';
  const forbid = (owner, names) => {
    for (const name of names)
      owner[name] = () => { process.stderr.write('touched ' + name + '\\n'); throw new Error(name); };
  };
  forbid(net.Socket.prototype, ['connect']);
  forbid(net.Server.prototype, ['listen']);
  forbid(dns, ['lookup', 'resolve']);
  forbid(childProcess, ['spawn', 'fork', 'exec', 'execFile', 'spawnSync', 'execFileSync']);
  forbid(fs, ['mkdir', 'mkdirSync', 'writeFile', 'writeFileSync', 'appendFile', 'createWriteStream', 'rename']);
  forbid(fs.promises, ['mkdir', 'writeFile', 'appendFile', 'rename', 'open']);
  syncBuiltinESMExports();`;
