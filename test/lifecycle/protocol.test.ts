/** Output of the server at start-up: protocol messages only, identical every time, without any access to the outside. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eras, messageOf, type Served, type ServeSettings, serve, startBlackHole, within } from './served.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-mcp-lifecycle-'));
let blackHole: Awaited<ReturnType<typeof startBlackHole>>;
beforeAll(async () => {
  blackHole = await startBlackHole();
});
afterAll(async () => {
  await blackHole.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Loads a module before the server, to simulate a misbehaving library. */
const preloading = (name: string, text: string): Readonly<Record<string, string>> => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
};

const end = async (served: Served): Promise<void> => {
  served.child.stdin?.end();
  await within(served.closed, 'the end');
};

/** Starts a server, requests all lists, stops it. @returns the raw responses and stderr */
const listsOf = async (era: (typeof eras)[number], settings: ServeSettings = {}) => {
  const served = await serve(era, settings);
  const lists = [];
  for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'])
    lists.push(await served.request(method));
  await end(served);
  return { lists, opening: served.lines[0], err: served.err() };
};

describe.each(eras)('a %s server', (era) => {
  test('answers the lists with the same bytes at every start', async () => {
    const [first, ...others] = [await listsOf(era), await listsOf(era), await listsOf(era)];
    expect(others).toEqual([first, first]);
    expect(messageOf(first?.lists[0] ?? '')?.result?.tools).toHaveLength(43);
  });

  test('starts and lists without credentials, writable directory or network, and accesses none of them', async () => {
    const nowhere = join(folder, 'watch.mjs', 'not-a-folder');
    const env = { HOME: nowhere, ...preloading('watch.mjs', watching) };
    const { lists, opening, err } = await listsOf(era, { args: ['--data-dir', nowhere], env });
    // The unusable directory is reported, and touched no further.
    expect(err).toMatch(/^batch-mcp: --data-dir, .*which is a file\.\n$/);
    expect(messageOf(opening ?? '')?.error).toBeUndefined();
    expect(lists).toEqual((await listsOf(era)).lists);
    // Proves that the watch sees the connection of a call.
    const served = await serve(era, { args: blackHole.args, env: { ...env, ...blackHole.env } });
    await served.request('tools/call', { name: 'DescribeJobs', arguments: {} });
    await end(served);
    expect(served.err().split('\n')).toContain('touched connect');
  });
});

// Both eras at the same time, because each server gives the call in progress ten seconds.
test.concurrent.each(eras)(
  'a %s server writes only protocol messages to stdout even if a library prints',
  async (era) => {
    const silent = await startBlackHole();
    const served = await serve(era, {
      args: silent.args,
      env: {
        ...silent.env,
        ...preloading(
          `noise-${era}.mjs`,
          // Starts when the server begins to read; reading stdin here would consume its first bytes.
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
    // The first call is rejected before sending; the second is in flight when the server exits.
    await served.request('tools/call', { name: 'TerminateJob', arguments: { JobId: 1 } });
    const heard = silent.heard();
    served.post('tools/call', { name: 'DescribeJobs', arguments: {} });
    await within(heard, 'the call');
    await end(served);
    expect(served.lines.map((line) => messageOf(line)?.jsonrpc)).toEqual(['2.0', '2.0', '2.0', '2.0']);
    expect([...new Set(served.err().match(/noise of (console\.\w+|a warning)/g))].sort()).toEqual([
      'noise of a warning',
      ...['debug', 'dir', 'error', 'group', 'info', 'log', 'table', 'trace', 'warn'].map(
        (name) => `noise of console.${name}`,
      ),
    ]);
    await silent.stop();
  },
);

/** Reports and blocks every access outside the process. Reading files is allowed: the program reads its own code. */
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
